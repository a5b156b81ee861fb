use super::super::again::{CALLS, KEPT, OPEN};
use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use super::suite::{callback, entry};
use crate::callback::{Callback, Stage};
use crate::identity::{Number, Reference};

on_both! {
    earlier_calls_from_a_number_are_counted,
    a_promise_is_known_by_its_number_and_by_that_of_the_call,
    a_promise_of_another_node_is_known_as_that,
    a_kept_place_is_known_by_its_number,
    a_number_is_looked_up_by_indexes_alone,
}

fn number(n: u32) -> Number {
    Number::parse(&format!("0770090000{n}")).unwrap()
}

fn what_happened(call: u64, millis: i64, sequence: u64, what: TimelineEntry) -> Entry {
    Entry {
        call: Reference::new(call, 7),
        at: at(millis),
        sequence,
        what,
    }
}

/// A call from a number that arrived then, and how far it has come.
async fn called(store: &SharedStore, call: u64, from: &Number, millis: i64, steps: usize) {
    let arrived = TimelineEntry::Arrived {
        trunk: "carrier".into(),
        dialled: "111".into(),
        number: Some(from.e164().to_owned()),
        identity: "known",
    };
    let why = "hung up".to_owned();
    let whole = [
        arrived,
        TimelineEntry::Answered,
        TimelineEntry::Ended {
            why,
            cut_off: false,
        },
    ];
    let entries: Vec<Entry> = (0..)
        .zip(whole)
        .take(steps)
        .map(|(n, what)| what_happened(call, millis, n, what))
        .collect();
    store.write(&entries).await.unwrap();
}

async fn earlier_calls_from_a_number_are_counted(lab: &Lab) {
    let store = lab.store().await;
    called(&store, 1, &number(1), -1, 3).await;
    called(&store, 2, &number(1), 0, 3).await;
    called(&store, 3, &number(1), 1, 3).await;
    // Not answered; still running; somebody else's.
    called(&store, 4, &number(1), 2, 1).await;
    called(&store, 5, &number(1), 2, 2).await;
    called(&store, 6, &number(2), 2, 3).await;
    let known = store.known(&number(1), at(0)).await.unwrap();
    assert_eq!(
        known,
        Known {
            calls: 2,
            ..Known::default()
        }
    );
    assert_eq!(
        store.known(&number(3), at(0)).await.unwrap(),
        Known::default()
    );
}

async fn a_promise_is_known_by_its_number_and_by_that_of_the_call(lab: &Lab) {
    let store = lab.store().await;
    called(&store, 1, &number(1), 0, 3).await;
    let promise = |n: u64, hours: i64| Callback {
        deadline: at(hours * 3_600_000),
        number: number(2),
        ..callback(n)
    };
    store.book(&promise(1, 6), &entry()).await.unwrap();
    store.book(&promise(2, 2), &entry()).await.unwrap();
    let open = async |n| store.known(&number(n), at(0)).await.unwrap().open;
    let here = |callback| {
        Some(Open {
            callback,
            here: true,
        })
    };
    // Who called from one number and gave another is known by either.
    assert_eq!(open(1).await, here(promise(1, 6)));
    assert_eq!(open(2).await, here(promise(2, 2)));
    assert_eq!(open(3).await, None);
    for n in 1..=2 {
        let done = Callback {
            stage: Stage::Done,
            ..promise(n, 6)
        };
        store.save(&done, &entry()).await.unwrap();
    }
    assert_eq!((open(1).await, open(2).await), (None, None));
}

async fn a_promise_of_another_node_is_known_as_that(lab: &Lab) {
    let (here, there) = (lab.node("here").await, lab.node("there").await);
    there.book(&callback(1), &entry()).await.unwrap();
    let is_here = async |store: &SharedStore| {
        let known = store.known(&callback(1).number, at(0)).await.unwrap();
        known.open.map(|open| open.here)
    };
    assert_eq!(
        (is_here(&here).await, is_here(&there).await),
        (Some(false), Some(true))
    );
}

async fn a_kept_place_is_known_by_its_number(lab: &Lab) {
    let store = lab.store().await;
    for (n, kept, promised, since) in [
        (1, true, true, 0),
        (2, false, false, 1),
        (3, true, false, 3),
        (4, true, false, 2),
    ] {
        let sql = format!(
            "INSERT INTO queue_caller (reference, node, epoch, wanted, place, since, number, text_relay, \
             language, display, promised, kept, tries, change) VALUES ('{}', 'main', 1, '{{}}', 'in-turn', \
             {}, '{}', FALSE, 'en-GB', '', {promised}, {kept}, 0, 1)",
            Reference::new(n, 7),
            at(since).as_millisecond(),
            number(1).e164(),
        );
        lab.sql(&sql).await.unwrap();
    }
    let known = store.known(&number(1), at(0)).await.unwrap();
    let kept = known.kept.unwrap();
    assert_eq!((kept.reference, kept.since), (Reference::new(4, 7), at(2)));
    assert_eq!(
        lab.node("other")
            .await
            .known(&number(1), at(0))
            .await
            .unwrap()
            .kept,
        None
    );
}

/// Of the plan, not of the time, which the machine decides.
async fn a_number_is_looked_up_by_indexes_alone(lab: &Lab) {
    let _store = lab.store().await;
    for (sql, index) in [
        (CALLS, "call_number"),
        (OPEN, "callback_open_number"),
        (KEPT, "queue_caller_kept_number"),
    ] {
        let plan = lab.plan(sql).await;
        assert!(plan.contains(index), "{plan}");
        assert!(
            !plan.contains("SCAN c") && !plan.contains("SCAN q") && !plan.contains("Seq Scan"),
            "{plan}"
        );
    }
}
