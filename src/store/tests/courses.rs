//! How calls and callbacks went, as reports read it.

use std::time::Duration;

use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use super::suite::{arrived, callback};
use crate::callback::{By, Callback, Change, LogEntry, Stage, What};
use crate::identity::Reference;

on_both! {
    a_call_is_read_as_it_went_and_only_the_first_of_each_moment_counts,
    calls_are_read_piece_by_piece_in_the_order_of_arrival,
    a_callback_is_read_with_how_it_was_closed,
    a_past_call_is_read_with_its_steps,
    calls_from_before_are_told_as_far_as_they_are_known,
}

const ALWAYS: (i64, i64) = (-1_000, 1_000_000_000);

async fn courses(store: &SharedStore, (from, to): (i64, i64)) -> Vec<Course> {
    store
        .courses((at(from), at(to)), None, 1_000)
        .await
        .unwrap()
}

fn entry(call: Reference, millis: i64, sequence: u64, what: TimelineEntry) -> Entry {
    Entry {
        call,
        at: at(millis),
        sequence,
        what,
    }
}

async fn a_call_is_read_as_it_went_and_only_the_first_of_each_moment_counts(lab: &Lab) {
    let store = lab.store().await;
    let call = Reference::new(1, 1);
    let region = TimelineEntry::Region {
        region: "london".into(),
        rule: "area-code",
        provider: Some("service-inner".into()),
        why: String::new(),
    };
    let led = || TimelineEntry::Destination {
        word: "handler-queue",
        why: "chosen".into(),
    };
    let told = |seconds| TimelineEntry::Announced {
        position: 2,
        wait: Some(Duration::from_secs(seconds)),
        estimate: Some(Duration::from_millis(seconds * 900)),
    };
    let waited = |called_back| TimelineEntry::Waited {
        time: Duration::from_secs(9),
        called_back,
    };
    let ended = TimelineEntry::Ended {
        why: "caller: hung up".into(),
        cut_off: false,
    };
    let entries = [
        (5, TimelineEntry::Answered),
        (10, TimelineEntry::Introduced),
        (11, TimelineEntry::Introduced),
        (20, led()),
        (21, region),
        (30, TimelineEntry::Queued),
        (
            31,
            TimelineEntry::Announced {
                position: 3,
                wait: None,
                estimate: None,
            },
        ),
        (32, told(120)),
        (33, told(60)),
        (40, waited(false)),
        (41, waited(false)),
        (50, TimelineEntry::Queued),
        (99, ended),
    ];
    store.write(&[arrived(call, at(0))]).await.unwrap();
    for ((millis, what), sequence) in entries.into_iter().zip(1..) {
        store
            .write(&[entry(call, millis, sequence, what)])
            .await
            .unwrap();
    }
    let expected = Course {
        region: Some("london".into()),
        provider: Some("service-inner".into()),
        destination: Some("handler-queue".into()),
        answered_at: Some(at(5)),
        introduced_at: Some(at(10)),
        led_at: Some(at(20)),
        queued_at: Some(at(30)),
        told: Some(ToldWait {
            at: at(32),
            wait: Duration::from_secs(120),
            estimate: Some(Duration::from_secs(108)),
        }),
        handled_at: Some(at(40)),
        ended_at: Some(at(99)),
        ..Course::begun(call, at(0))
    };
    assert_eq!(courses(&store, ALWAYS).await, [expected]);
    // Whoever is called back was not answered while they waited on the line; more than can be told is kept as that.
    let other = Reference::new(2, 1);
    let longest = TimelineEntry::Announced {
        position: 20,
        wait: Some(Duration::MAX),
        estimate: None,
    };
    let abandoned = TimelineEntry::Abandoned {
        part: "queue",
        in_call: Duration::ZERO,
        in_part: Duration::ZERO,
    };
    let cut_off = TimelineEntry::Ended {
        why: "the server stopped".into(),
        cut_off: true,
    };
    store
        .write(&[
            arrived(other, at(100)),
            entry(other, 101, 1, longest),
            entry(other, 102, 2, waited(true)),
            entry(other, 103, 3, abandoned),
            entry(other, 104, 4, cut_off),
        ])
        .await
        .unwrap();
    let read = &courses(&store, (100, 101)).await[0];
    assert_eq!(read.handled_at, None);
    assert_eq!(read.told.map(|told| told.wait), Some(Duration::MAX));
    assert!(read.is_abandoned && read.is_cut_off);
}

async fn calls_are_read_piece_by_piece_in_the_order_of_arrival(lab: &Lab) {
    let store = lab.store().await;
    // Several at one moment, and not written in their order.
    let calls = [(7, 30), (3, 10), (4, 10), (1, 10), (2, 40), (9, 20)];
    for (n, millis) in calls {
        let call = Reference::new(n, 1);
        store.write(&[arrived(call, at(millis))]).await.unwrap();
    }
    let period = (at(10), at(40));
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let rows = store.courses(period, after, 2).await.unwrap();
        let Some(last) = rows.last() else { break };
        after = Some((last.arrived_at, last.reference));
        read.extend(rows.iter().map(|row| row.reference));
    }
    // That of the end of the period is no more in it.
    assert_eq!(read, [1, 3, 4, 9, 7].map(|n| Reference::new(n, 1)));
}

fn logged(reference: Reference, millis: i64, by: By, what: What, detail: &str) -> LogEntry {
    let change = Change {
        by,
        what,
        detail: detail.to_owned(),
    };
    LogEntry::new(rand::random(), reference, at(millis), change)
}

async fn a_callback_is_read_with_how_it_was_closed(lab: &Lab) {
    let store = lab.store().await;
    let nurse = || By::Clinician("2001".into());
    let ways = [
        (nurse(), "", ClosedHow::Spoken),
        (
            nurse(),
            "not reached; decided by a clinician",
            ClosedHow::NotReached,
        ),
        (nurse(), "spoken to in a later call", ClosedHow::Spoken),
        (
            By::Supervisor("Ada".into()),
            "a duplicate",
            ClosedHow::Ordered,
        ),
        (By::Service, "", ClosedHow::NotPromised),
    ];
    for ((by, detail, _), n) in ways.iter().zip(0..) {
        let booked = Callback {
            booked_at: at(n),
            ..callback(n.unsigned_abs())
        };
        let reference = booked.reference;
        let log = |millis, what, detail: &str| logged(reference, millis, by.clone(), what, detail);
        store
            .book(&booked, &log(n, What::Booked, ""))
            .await
            .unwrap();
        for millis in [100, 200] {
            store
                .save(&booked, &log(millis, What::Answered, ""))
                .await
                .unwrap();
        }
        let done = Callback {
            stage: Stage::Done,
            ..booked
        };
        store
            .save(&done, &log(300, What::Closed, detail))
            .await
            .unwrap();
    }
    let open = callback(77);
    let log = logged(open.reference, 0, By::Service, What::Booked, "");
    store.book(&open, &log).await.unwrap();
    let read = store
        .promise_courses((at(0), at(50)), None, 3)
        .await
        .unwrap();
    let after = read.last().map(|last| (last.booked_at, last.reference));
    let rest = store
        .promise_courses((at(0), at(50)), after, 100)
        .await
        .unwrap();
    let read = [read, rest].concat();
    let how = |course: &PromiseCourse| course.closed.map(|closed| (closed.at, closed.how));
    let of = |n: u64| {
        read.iter()
            .find(|row| row.reference == callback(n).reference)
            .unwrap()
    };
    for ((_, _, expected), n) in ways.iter().zip(0..) {
        assert_eq!(how(of(n)), Some((at(300), *expected)));
        assert_eq!(of(n).reached_at, Some(at(200)));
    }
    assert_eq!((how(of(77)), of(77).reached_at), (None, None));
    assert_eq!((&*of(77).region, read.len()), ("london", 6));
}

async fn a_past_call_is_read_with_its_steps(lab: &Lab) {
    let store = lab.store().await;
    for (n, is_over) in [(1, true), (2, true), (3, false)] {
        let call = Reference::new(n, 1);
        let step = |name: &str| TimelineEntry::Happened {
            kind: "step",
            detail: name.to_owned(),
        };
        let ended = TimelineEntry::Ended {
            why: "caller: hung up".into(),
            cut_off: false,
        };
        let mut entries = vec![
            arrived(call, at(0)),
            entry(call, 1, 1, step("welcome")),
            entry(call, 2, 2, step(&format!("menu-{n}"))),
        ];
        if is_over {
            entries.push(entry(call, 3, 3, ended));
        }
        store.write(&entries).await.unwrap();
    }
    let read = store.past_calls((at(0), at(1)), None, 100).await.unwrap();
    let steps: Vec<_> = read.iter().map(|call| call.steps.join(" ")).collect();
    // One that still runs has not come to its end.
    assert_eq!(steps, ["welcome menu-1", "welcome menu-2"]);
    assert_eq!(read[0].identity, "withheld");
}

/// What was written down before there were columns for it.
async fn calls_from_before_are_told_as_far_as_they_are_known(lab: &Lab) {
    let store = lab.store().await;
    let migration = include_str!("../migrations/0009_the_course_of_a_call.sql");
    let update = migration
        .split_once("UPDATE call")
        .map(|(_, rest)| rest)
        .unwrap();
    let update = update
        .split_once("CREATE INDEX")
        .map(|(sql, _)| sql)
        .unwrap();
    let old = |n: u64, destination: &'static str, part: &'static str, why: &str| {
        let call = Reference::new(n, 1);
        let happened = |kind, detail: &str| TimelineEntry::Happened {
            kind,
            detail: detail.to_owned(),
        };
        let with = "handler 1001".to_owned();
        let ended = TimelineEntry::Ended {
            why: why.to_owned(),
            cut_off: false,
        };
        [
            arrived(call, at(0)),
            entry(call, 20, 1, happened("destination", destination)),
            entry(call, 30, 2, TimelineEntry::Joined { with }),
            entry(call, 40, 3, happened("abandoned", part)),
            entry(call, 50, 4, ended),
        ]
    };
    let hung_up = "caller: hung up";
    store
        .write(&old(1, "handler-queue", "queue: after 1 ms", hung_up))
        .await
        .unwrap();
    store
        .write(&old(2, "crisis-line", "", "the server was interrupted"))
        .await
        .unwrap();
    lab.sql("UPDATE call SET destination = 'handler-queue' WHERE arrived_at IS NOT NULL")
        .await
        .unwrap();
    lab.sql(&format!("UPDATE call{update}")).await.unwrap();
    let read = courses(&store, ALWAYS).await;
    assert_eq!(
        (read[0].led_at, read[0].handled_at),
        (Some(at(20)), Some(at(30)))
    );
    assert_eq!((read[0].is_abandoned, read[0].is_cut_off), (true, false));
    assert_eq!((read[1].is_abandoned, read[1].is_cut_off), (false, true));
}
