use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::identity::Reference;
use crate::settings::{AbandonedOf, ClockStart, Ivr, ReportSettings};
use crate::store::{Course, ToldWait};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

/// A call that has come at a moment and was introduced ten seconds later.
fn call(n: u64, millis: i64) -> Course {
    Course {
        region: Some(Arc::from("london")),
        answered_at: Some(at(millis)),
        introduced_at: Some(at(millis + 10_000)),
        ..Course::begun(Reference::new(n, 0), at(millis))
    }
}

fn answered(n: u64, after: i64) -> Course {
    Course {
        led_at: Some(at(12_000)),
        destination: Some(Arc::from("handler-queue")),
        handled_at: Some(at(10_000 + after)),
        ended_at: Some(at(600_000)),
        ..call(n, 0)
    }
}

fn abandoned(n: u64, after: i64) -> Course {
    Course {
        ended_at: Some(at(10_000 + after)),
        is_abandoned: true,
        ..call(n, 0)
    }
}

fn items(courses: &[Course], clock: ClockStart, ivr: Ivr) -> Items {
    let mut tally = Tally::new(clock, ivr);
    courses.iter().for_each(|course| tally.add(course));
    tally.items()
}

fn measured(courses: &[Course]) -> Measured {
    let mut adc = Adc::new(Rules::all(ReportSettings::default()));
    courses.iter().for_each(|course| adc.add(course));
    adc.measured(at(0), at(86_400_000))
}

#[test]
fn edges_belong_where_the_items_say() {
    let courses = [
        answered(1, 60_000),
        answered(2, 60_001),
        abandoned(3, 30_000),
        abandoned(4, 30_001),
        abandoned(5, 60_000),
        abandoned(6, 60_001),
        abandoned(7, -4_000),
    ];
    let items = items(&courses, ClockStart::Introduced, Ivr::Led);
    let figures = |codes: &[Item]| {
        codes
            .iter()
            .map(|i| items.get(*i).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        figures(&[Item::A01, Item::A02, Item::A03, Item::B01]),
        [7, 2, 2, 1]
    );
    assert_eq!(
        figures(&[Item::B02, Item::B03, Item::B04, Item::B05]),
        [5, 2, 2, 1]
    );
    assert_eq!(figures(&[Item::B06, Item::B07]), [120_001, 60_001]);
    assert_eq!(figures(&[Item::B09]), [180_002]);
}

#[test]
fn a_call_is_one_thing_only() {
    let over = |course: Course| Course {
        ended_at: Some(at(50_000)),
        ..course
    };
    let both = Course {
        is_abandoned: true,
        is_cut_off: true,
        ..answered(1, 5_000)
    };
    let cut_off = Course {
        is_cut_off: true,
        ..over(call(2, 0))
    };
    let fates = [
        (both, Fate::Answered(Duration::from_secs(5))),
        (cut_off, Fate::CutOff),
        (over(call(3, 0)), Fate::LedElsewhere),
        (call(4, 0), Fate::UnderWay),
    ];
    for (course, fate) in fates {
        assert_eq!(Fate::of(&course, ClockStart::Introduced), fate);
    }
}

#[test]
fn the_clock_starts_where_the_settings_say() {
    let whole = Course {
        queued_at: Some(at(15_000)),
        ..answered(1, 20_000)
    };
    let bare = Course {
        answered_at: None,
        introduced_at: None,
        led_at: None,
        ..answered(2, 20_000)
    };
    let after = |course: &Course, clock| match Fate::of(course, clock) {
        Fate::Answered(after) => after.as_secs(),
        fate => panic!("{fate:?}"),
    };
    let clocks = [
        (ClockStart::Arrived, 30),
        (ClockStart::Answered, 30),
        (ClockStart::Introduced, 20),
        (ClockStart::Queued, 15),
    ];
    for (clock, seconds) in clocks {
        assert_eq!(after(&whole, clock), seconds, "{clock:?}");
        assert_eq!(after(&bare, clock), 30, "{clock:?}");
    }
    let never_queued = Course {
        queued_at: None,
        ..whole
    };
    assert_eq!(after(&never_queued, ClockStart::Queued), 18);
}

#[test]
fn streamed_calls_are_those_led_elsewhere_than_to_a_handler() {
    let crisis = Course {
        destination: Some(Arc::from("crisis-line")),
        handled_at: None,
        ..answered(2, 0)
    };
    let courses = [answered(1, 0), crisis, abandoned(3, 0)];
    let of = |ivr| items(&courses, ClockStart::Introduced, ivr).get(Item::A02);
    assert_eq!((of(Ivr::Led), of(Ivr::Streamed)), (Some(2), Some(1)));
}

#[test]
fn targets_of_nobody_are_neither_met_nor_missed() {
    let settings = ReportSettings::default();
    let none = measured(&[]);
    assert!(none.targets.iter().all(|target| target.met.is_none()));
    let calls: Vec<Course> = (0..97)
        .map(|n| answered(n, 20_000))
        .chain((0..3).map(|n| abandoned(100 + n, 0)))
        .collect();
    let met = |of| {
        let measured = measured(&calls);
        Target::all(&measured.items, &settings.target, of).map(|target| target.met.unwrap())
    };
    // Exactly three in a hundred are too many; a mean of exactly 20 s is not.
    assert_eq!(met(AbandonedOf::Received), [false, true, true]);
}

#[test]
fn waits_as_told_stand_against_waits_as_they_were() {
    let told = |n, wait, estimate, real: i64| Course {
        told: Some(ToldWait {
            at: at(20_000),
            wait: Duration::from_secs(wait),
            estimate: Some(Duration::from_secs(estimate)),
        }),
        handled_at: Some(at(20_000 + real * 1_000)),
        ..answered(n, 0)
    };
    let over = Course {
        told: Some(ToldWait {
            at: at(0),
            wait: Duration::MAX,
            estimate: None,
        }),
        ..answered(9, 0)
    };
    let courses = [
        told(1, 120, 100, 110),
        told(2, 120, 100, 130),
        told(3, 300, 250, 100),
        over,
    ];
    let announced = measured(&courses).announced;
    let expected = Announced {
        calls: 4,
        told_over_an_hour: 1,
        median_wait: Some(105.0),
        median_error_as_told: Some(10.0),
        median_error_as_reckoned: Some(30.0),
        median_error_percent: Some(100.0 * 30.0 / 130.0),
        not_longer_than_told: 3,
    };
    assert_eq!(announced, expected);
}

#[test]
fn a_provider_who_sets_a_capacity_is_no_caller() {
    let provider = |n| Course {
        destination: Some("capacity".into()),
        ended_at: Some(at(40_000)),
        ..call(n, 0)
    };
    let and_talks = Course {
        handled_at: Some(at(3_000)),
        ..provider(2)
    };
    let measured = measured(&[provider(1), and_talks, answered(3, 10_000)]);
    assert_eq!(measured.items.get(Item::A01), Some(2));
}

#[test]
fn a_month_a_day_and_an_hour_are_londons() {
    let in_summer = |text: &str| Course::begun(Reference::new(1, 0), text.parse().unwrap());
    let zone = crate::routing::london();
    let group = |by: By, text| by.group((&in_summer(text)).into(), &zone);
    assert_eq!(group(By::Day, "2026-07-14T23:30:00Z"), "2026-07-15");
    assert_eq!(group(By::Hour, "2026-07-14T23:30:00Z"), "00");
    assert_eq!(group(By::Month, "2026-07-31T22:59:59Z"), "2026-07");
    assert_eq!(group(By::Month, "2026-07-31T23:00:00Z"), "2026-08");
    for twice in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
        assert_eq!(group(By::Hour, twice), "01");
    }
    assert_eq!(group(By::Hour, "2026-03-29T01:00:00Z"), "02");
}

fn any_course() -> impl Strategy<Value = Course> {
    let regions = prop_oneof![
        Just(None),
        "[a-c]".prop_map(|name| Some(Arc::<str>::from(name)))
    ];
    let moment = || prop::option::of(0i64..200_000);
    (
        0u64..1 << 40,
        0i64..86_400_000 * 3,
        regions,
        moment(),
        moment(),
        any::<(bool, bool)>(),
    )
        .prop_map(
            |(n, arrived, region, handled, ended, (is_abandoned, is_cut_off))| Course {
                region,
                handled_at: handled.map(|after| at(arrived + after)),
                ended_at: ended.map(|after| at(arrived + after)),
                is_abandoned,
                is_cut_off,
                led_at: handled.map(|_| at(arrived + 5)),
                ..call(n, arrived)
            },
        )
}

const PARTS: [Item; 5] = [
    Item::A03,
    Item::B02,
    Item::LedElsewhere,
    Item::CutOff,
    Item::UnderWay,
];

proptest! {
    #[test]
    fn nobody_is_missing_and_groups_come_to_the_whole(courses in prop::collection::vec(any_course(), 0..60)) {
        let measured = measured(&courses);
        let sum = |items: &Items, parts: &[Item]| parts.iter().map(|i| items.get(*i).unwrap()).sum::<u64>();
        let whole = &measured.items;
        prop_assert_eq!(whole.get(Item::A01).unwrap(), courses.len() as u64);
        prop_assert_eq!(whole.get(Item::A01).unwrap(), sum(whole, &PARTS));
        prop_assert_eq!(whole.get(Item::B02).unwrap(), sum(whole, &[Item::B03, Item::B04, Item::B05]));
        for breakdown in &measured.breakdowns {
            for item in Item::ALL.into_iter().filter(|item| *item != Item::B07) {
                let groups = breakdown.groups.iter().map(|group| group.items.get(item).unwrap());
                prop_assert_eq!(groups.sum::<u64>(), whole.get(item).unwrap());
            }
        }
    }

    #[test]
    fn the_centile_is_the_nearest_rank(values in prop::collection::vec(0u32..500, 1..200)) {
        let mut sorted = values.clone();
        sorted.sort_unstable();
        let found = super::items::centile(&mut values.clone(), 95).unwrap();
        let no_longer = |most: u32| values.iter().filter(|v| **v <= most).count() * 100 >= values.len() * 95;
        prop_assert!(no_longer(found));
        let smaller = sorted.iter().rev().find(|value| **value < found);
        prop_assert!(smaller.is_none_or(|value| !no_longer(*value)));
    }

    #[test]
    fn small_numbers_cannot_be_read_nor_reckoned(courses in prop::collection::vec(any_course(), 0..80)) {
        let settings = ReportSettings::default();
        let mut measured = measured(&courses);
        Suppressed(5).apply(&mut measured, &settings);
        let groups = measured.breakdowns.iter().flat_map(|breakdown| &breakdown.groups);
        for items in groups.map(|group| &group.items).chain([&measured.items]) {
            for item in Item::ALL.into_iter().filter(|item| !item.is_time()) {
                prop_assert!(items.get(item).is_none_or(|figure| figure == 0 || figure >= 5));
            }
            for (whole, parts) in [(Item::A01, &PARTS[..]), (Item::B02, &[Item::B03, Item::B04, Item::B05])] {
                let hidden = parts.iter().filter(|part| items.get(**part).is_none()).count();
                prop_assert!(items.get(whole).is_none() || hidden != 1);
            }
            if items.get(Item::A03).is_none() {
                prop_assert!(items.get(Item::B06).is_none() && items.mean_to_answer().is_none());
            }
        }
        for breakdown in &measured.breakdowns {
            for item in Item::ALL.into_iter().filter(|item| !item.is_time()) {
                let hidden = breakdown.groups.iter().filter(|group| group.items.get(item).is_none());
                let hidden = hidden.count();
                prop_assert!(
                    measured.items.get(item).is_none() || hidden != 1 || breakdown.groups.len() == 1
                );
            }
        }
    }
}

fn target_of(live: &Live, name: &str) -> Option<bool> {
    let mut targets = live.targets.iter().flatten();
    targets.find(|target| target.name == name)?.met
}

#[test]
fn a_live_summary_is_the_report_of_its_period() {
    let period = Live::period(at(900_000));
    assert_eq!(period, (at(0), at(900_000)));
    let elsewhere = Course {
        region: None,
        ..abandoned(3, 20_000)
    };
    let courses = [answered(1, 10_000), answered(2, 29_000), elsewhere];
    let mut recent = Recent::new(ReportSettings::default());
    courses.iter().for_each(|course| recent.add(course));
    let live = Live::new(period, Ok(recent.counted(period)), Standing::default());
    let report = measured(&courses);
    assert_eq!(live.items, Some(report.items));
    assert_eq!(live.targets, Some(report.targets));
    // 19.5 s in the mean, and one of three abandoned.
    assert_eq!(target_of(&live, "mean time to answer"), Some(true));
    assert_eq!(target_of(&live, "abandoned"), Some(false));
    let regions = live.regions.unwrap();
    let calls = regions.iter().map(|r| (&*r.name, r.items.get(Item::A01)));
    assert_eq!(
        calls.collect::<Vec<_>>(),
        [("", Some(1)), ("london", Some(2))]
    );
}

#[test]
fn a_live_summary_follows_the_settings() {
    let counted = |settings: ReportSettings| {
        let period = Live::period(at(900_000));
        let mut recent = Recent::new(settings);
        // Introduced ten seconds after they came.
        recent.add(&answered(1, 55_000));
        let live = Live::new(period, Ok(recent.counted(period)), Standing::default());
        live.items.unwrap().get(Item::B01)
    };
    assert_eq!(counted(ReportSettings::default()), Some(1));
    let arrived = ReportSettings {
        clock_starts: ClockStart::Arrived,
        ..ReportSettings::default()
    };
    assert_eq!(counted(arrived), Some(0));
}

#[test]
fn a_live_summary_without_items_says_why_and_how_things_stand() {
    let longest = [("london", Duration::from_millis(12_340))].into();
    let queue = QueueStanding::new([("", 1), ("london", 3)], &longest);
    let standing = Standing {
        queue,
        ..Standing::default()
    };
    let period = Live::period(at(900_000));
    for why in Missing::ALL {
        let live = Live::new(period, Err(why), standing.clone());
        let json = serde_json::to_value(live).unwrap();
        assert_eq!(json["why"], why.word());
        assert!(["items", "targets", "regions"].map(|name| json[name].is_null()) == [true; 3]);
        let now = &json["now"];
        assert_eq!(
            (&now["waiting"], &now["longest-wait"]),
            (&4.into(), &12.3.into())
        );
        assert_eq!(now["regions"][0]["longest-wait"], serde_json::Value::Null);
        assert_eq!(now["regions"][1]["waiting"], 3);
        assert_eq!(now["callbacks"]["at-risk"], 0);
    }
}
