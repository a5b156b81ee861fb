use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::on_the_line::OnTheLine;
use super::quarters::quarters;
use super::reckoned::bins;
use crate::identity::Reference;
use crate::report::{Item, Tally};
use crate::settings::ReportSettings;
use crate::store::{Course, ToldWait};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A call that was answered after so many milliseconds, or was abandoned.
fn call(n: u64, arrived: Timestamp, answered: Option<i64>) -> Course {
    let later = |millis: i64| arrived + SignedDuration::from_millis(millis);
    Course {
        introduced_at: Some(arrived),
        queued_at: Some(arrived),
        handled_at: answered.map(later),
        ended_at: Some(later(answered.unwrap_or(40_000) + 10_000)),
        is_abandoned: answered.is_none(),
        ..Course::begun(Reference::new(n, 0), arrived)
    }
}

#[test]
fn quarter_hours_are_those_of_london_over_both_changes() {
    for (midnight, hours, doubled, empty) in [
        ("2026-12-28T00:00:00Z", 24, None, None),
        ("2026-10-24T23:00:00Z", 25, Some(1), None),
        ("2026-03-29T00:00:00Z", 23, None, Some(1)),
    ] {
        let calls = (0..hours * 60).map(|n: u64| {
            let arrived = at(midnight) + SignedDuration::from_mins(n as i64);
            call(
                n,
                arrived,
                (!n.is_multiple_of(5)).then_some(1_000 * n as i64),
            )
        });
        let calls: Vec<Course> = calls.collect();
        let settings = ReportSettings::default();
        let quarters = quarters(&calls, &settings);
        assert_eq!(quarters.len(), 96);
        for (n, quarter) in quarters.iter().enumerate() {
            let minutes = match n / 4 {
                hour if doubled == Some(hour) => 30,
                hour if empty == Some(hour) => 0,
                _ => 15,
            };
            assert_eq!(
                quarter.items.get(Item::A01),
                Some(minutes),
                "{midnight} {n}"
            );
            assert_eq!(quarter.x, 15.0 * n as f64);
        }
        let mut whole = Tally::new(settings.clock_starts, settings.ivr);
        calls.iter().for_each(|call| whole.add(call));
        let whole = whole.items();
        for item in [
            Item::A01,
            Item::A03,
            Item::B01,
            Item::B02,
            Item::B06,
            Item::B09,
        ] {
            let sum = quarters
                .iter()
                .map(|quarter| quarter.items.get(item).unwrap());
            assert_eq!(Some(sum.sum::<u64>()), whole.get(item), "{item:?}");
        }
    }
}

#[test]
fn who_is_on_the_line_waits_from_the_queue_to_the_answer_or_the_end() {
    let begin = at("2026-12-28T08:00:00Z");
    let calls = [
        call(1, begin, Some(60_000)),
        call(2, begin + SignedDuration::from_secs(10), None),
        Course {
            queued_at: None,
            ..call(3, begin, None)
        },
    ];
    let line = OnTheLine::of(&calls);
    let waiting =
        [-1, 0, 10, 59, 60, 61].map(|seconds| line.at(begin + SignedDuration::from_secs(seconds)));
    assert_eq!(waiting, [0, 1, 2, 2, 0, 0]);
}

#[test]
fn waits_are_told_by_what_had_been_reckoned() {
    let begin = at("2026-12-28T08:00:00Z");
    let told = |n: u64, reckoned: Option<u64>, answered: Option<i64>| Course {
        told: Some(ToldWait {
            at: begin,
            wait: Duration::from_secs(60),
            estimate: reckoned.map(Duration::from_secs),
        }),
        ..call(n, begin, answered)
    };
    let calls = [
        told(1, Some(0), Some(3_000)),
        told(2, Some(59), Some(30_000)),
        told(3, Some(60), Some(90_000)),
        told(4, Some(299), Some(90_000)),
        told(5, Some(600), Some(90_000)),
        told(6, Some(90_000), Some(90_000)),
        told(7, Some(90), None),
        told(8, None, Some(90_000)),
        call(9, begin, Some(90_000)),
    ];
    let counts = bins(&calls).map(|bin| bin.waits().to_vec());
    assert_eq!(counts[0], [3_000, 30_000]);
    assert_eq!(counts.map(|waits| waits.len()), [2, 1, 1, 0, 2]);
}
