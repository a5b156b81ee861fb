use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;

use super::super::testing;
use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use crate::callback::{Callback, Change, Escalation, LogEntry, Outcome, Stage, What};
use crate::flow::Priority;
use crate::identity::{Number, Reference};

pub(super) fn callback(n: u64) -> Callback {
    Callback {
        reference: Reference::new(n, 7),
        number: Number::parse("07700900001").unwrap(),
        text_relay: true,
        region: "london".into(),
        postcode: Some("BN1".into()),
        language: "cy-GB".into(),
        booked_at: at(0),
        deadline: at(6 * 3_600_000),
        priority: Priority::YoungOrOld,
        attempts: 2,
        last: None,
        skill: crate::queue::CLINICIAN.into(),
        clinician: None,
        escalation: Escalation::None,
        stage: Stage::Due(at(900_000)),
    }
}

pub(super) fn entry() -> LogEntry {
    let change = Change::by_service(What::Booked);
    LogEntry::new(rand::random(), Reference::new(1, 7), at(0), change)
}

/// A call comes in.
pub(super) fn arrived(call: Reference, at: jiff::Timestamp) -> Entry {
    Entry {
        call,
        at,
        sequence: 0,
        what: TimelineEntry::Arrived {
            trunk: "carrier".into(),
            dialled: "111".into(),
            number: None,
            identity: "withheld",
        },
    }
}

on_both! {
    every_stage_is_read_back_and_done_ones_are_left_out,
    bindings_survive_until_they_end,
    calls_that_a_power_cut_has_ended_are_ended_at_the_next_start,
    nodes_keep_to_their_own,
    a_closed_promise_is_that_of_whoever_makes_it_anew,
    any_text_can_be_stored,
    what_was_there_belongs_to_main,
}

#[tokio::test]
async fn a_promise_is_there_after_a_power_cut() {
    let (lab, copy) = (Lab::sqlite(), Lab::sqlite());
    let before = lab.store().await;
    before.book(&callback(1), &entry()).await.unwrap();
    before
        .book(
            &Callback {
                attempts: 0,
                ..callback(1)
            },
            &entry(),
        )
        .await
        .unwrap();
    // Nothing is closed: what the next process finds is what had reached the file.
    std::fs::create_dir(copy.folder().join("deep")).unwrap();
    for file in ["ivr111.db", "ivr111.db-wal"] {
        let name = format!("deep/{file}");
        std::fs::copy(lab.folder().join(&name), copy.folder().join(&name)).unwrap();
    }
    let after = copy.store().await;
    assert_eq!(after.callbacks(false).await.unwrap(), [callback(1)]);
}

#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    let lab = Lab::sqlite();
    let _store = lab.store().await;
    let mode = std::fs::metadata(lab.folder().join("deep/ivr111.db"))
        .unwrap()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

async fn every_stage_is_read_back_and_done_ones_are_left_out(lab: &Lab) {
    let store = lab.store().await;
    store.book(&callback(1), &entry()).await.unwrap();
    for stage in [
        Stage::Seeking,
        Stage::Ringing,
        Stage::Talking,
        Stage::Decision,
    ] {
        let moved = Callback {
            stage,
            ..callback(1)
        };
        store.save(&moved, &entry()).await.unwrap();
        assert_eq!(store.callbacks(false).await.unwrap(), [moved]);
    }
    let promised_anew = Callback {
        number: Number::parse("07700900002").unwrap(),
        postcode: Some("SW1A".into()),
        deadline: at(7 * 3600),
        stage: Stage::Due(at(900)),
        ..callback(1)
    };
    store.save(&promised_anew, &entry()).await.unwrap();
    assert_eq!(store.callbacks(false).await.unwrap(), [promised_anew]);
    store
        .attempted(callback(1).reference, at(5), Outcome::Busy)
        .await
        .unwrap();
    store
        .save(
            &Callback {
                stage: Stage::Done,
                ..callback(1)
            },
            &entry(),
        )
        .await
        .unwrap();
    assert!(store.callbacks(false).await.unwrap().is_empty());
    assert_eq!(store.callbacks(true).await.unwrap().len(), 1);
}

async fn bindings_survive_until_they_end(lab: &Lab) {
    let store = lab.store().await;
    let binding = StoredBinding {
        account: "1001".into(),
        contact: "sip:1001@127.0.0.1:5070".into(),
        source: "udp:127.0.0.1:5070".into(),
        expires_at: at(1_000),
    };
    store
        .save_bindings("1001", std::slice::from_ref(&binding))
        .await
        .unwrap();
    store
        .save_bindings("1001", std::slice::from_ref(&binding))
        .await
        .unwrap();
    assert_eq!(store.bindings(at(0)).await.unwrap(), [binding]);
    assert!(store.bindings(at(1_000)).await.unwrap().is_empty());
    store.save_bindings("1001", &[]).await.unwrap();
}

async fn calls_that_a_power_cut_has_ended_are_ended_at_the_next_start(lab: &Lab) {
    let store = lab.store().await;
    let timeline = Timeline::start(store.clone());
    let arrived = || TimelineEntry::Arrived {
        trunk: "carrier".into(),
        dialled: "111".into(),
        number: None,
        identity: "withheld",
    };
    let (running, over) = (Reference::new(1, 1), Reference::new(2, 1));
    for call in [running, over] {
        timeline.record(call, at(0), 0, arrived());
        timeline.record(call, at(70), 1, TimelineEntry::Answered);
    }
    let why = "the other side hung up".to_owned();
    timeline.record(
        over,
        at(90),
        2,
        TimelineEntry::Ended {
            why,
            cut_off: false,
        },
    );
    timeline.flush().await;
    let (goes_on, none) = (BTreeSet::from([running]), BTreeSet::new());
    assert_eq!(
        store.end_interrupted_calls(at(80), &goes_on).await.unwrap(),
        0
    );
    assert_eq!(store.end_interrupted_calls(at(80), &none).await.unwrap(), 1);
    assert_eq!(store.end_interrupted_calls(at(80), &none).await.unwrap(), 0);
    let calls = store.calls(5).await.unwrap();
    let ended = |call: Reference| {
        let row = calls.iter().find(|row| row.reference == call.to_string());
        let row = row.unwrap();
        (
            row.ended_at.clone().unwrap(),
            row.ended_why.clone().unwrap(),
        )
    };
    let interrupted = "the server was interrupted".to_owned();
    assert_eq!(ended(running), (at(70).to_string(), interrupted));
    assert_eq!(ended(over).0, at(90).to_string());
}

async fn a_closed_promise_is_that_of_whoever_makes_it_anew(lab: &Lab) {
    let (leeds, york) = (lab.node("leeds").await, lab.node("york").await);
    leeds.book(&callback(1), &entry()).await.unwrap();
    york.book(&callback(1), &entry()).await.unwrap();
    assert!(york.promises().await.unwrap().is_empty());
    let done = Callback {
        stage: Stage::Done,
        ..callback(1)
    };
    leeds.save(&done, &entry()).await.unwrap();
    york.book(&callback(1), &entry()).await.unwrap();
    york.save(&callback(1), &entry()).await.unwrap();
    assert_eq!(york.promises().await.unwrap(), [callback(1)]);
    leeds.save(&done, &entry()).await.unwrap();
    assert_eq!(york.promises().await.unwrap(), [callback(1)]);
    assert!(leeds.promises().await.unwrap().is_empty());
}

async fn nodes_keep_to_their_own(lab: &Lab) {
    let (leeds, york) = (lab.node("leeds").await, lab.node("york").await);
    assert_eq!((leeds.node(), york.node()), ("leeds", "york"));
    leeds.book(&callback(1), &entry()).await.unwrap();
    assert_eq!(leeds.promises().await.unwrap(), [callback(1)]);
    assert!(york.promises().await.unwrap().is_empty());
    assert_eq!(york.callbacks(false).await.unwrap(), [callback(1)]);
    let done = Callback {
        stage: Stage::Done,
        ..callback(1)
    };
    york.save(&done, &entry()).await.unwrap();
    assert_eq!(leeds.promises().await.unwrap(), [callback(1)]);

    let binding = |port: u16, until| StoredBinding {
        account: "1001".into(),
        contact: format!("sip:1001@127.0.0.1:{port}"),
        source: format!("udp:127.0.0.1:{port}"),
        expires_at: at(until),
    };
    let (here, there) = ([binding(5070, 1_000)], [binding(5072, 2_000)]);
    leeds.save_bindings("1001", &here).await.unwrap();
    york.save_bindings("1001", &there).await.unwrap();
    assert_eq!(leeds.bindings(at(0)).await.unwrap(), here);
    assert_eq!(york.bindings(at(0)).await.unwrap(), there);

    for (store, call) in [
        (&leeds, Reference::new(1, 1)),
        (&york, Reference::new(2, 1)),
    ] {
        let entry = arrived(call, at(0));
        store.write(&[entry]).await.unwrap();
    }
    let none = BTreeSet::new();
    assert_eq!(york.end_interrupted_calls(at(80), &none).await.unwrap(), 1);
    let calls = leeds.calls(5).await.unwrap();
    let running = calls.iter().filter(|call| call.ended_at.is_none());
    let running: Vec<&str> = running.map(|call| call.node.as_str()).collect();
    assert_eq!(running, ["leeds"]);
}

/// What comes from outside goes into the timeline; nothing in it may stop the rest.
async fn any_text_can_be_stored(lab: &Lab) {
    let store = lab.store().await;
    let call = Reference::new(3, 1);
    let detail = "a\0b 'c\" $1 \u{1f600}; DROP TABLE call".to_owned();
    let what = TimelineEntry::Happened {
        kind: "note",
        detail,
    };
    let entry = Entry {
        call,
        at: at(0),
        sequence: 0,
        what,
    };
    store.write(&[entry]).await.unwrap();
    let events = store.events(&call.to_string()).await.unwrap();
    let stored = "a\u{fffd}b 'c\" $1 \u{1f600}; DROP TABLE call";
    assert_eq!(events[0].detail, stored);
}

#[tokio::test]
async fn what_cannot_be_opened_says_so_and_tells_no_password() {
    for url in [
        "mysql://a:secret@localhost/b",
        "postgres://a:secret@:x/b",
        "ivr111.db",
    ] {
        let error = open(&Place::new(url)).await.unwrap_err();
        assert!(!error.retryable());
        assert!(
            !format!("{error} {error:?}").contains("secret"),
            "{error:?}"
        );
    }
    let mut place = Lab::postgres().place;
    assert!(!format!("{place:?}").contains(testing::PASSWORD));
    place.password = Some("secret".into());
    let error = open(&place).await.unwrap_err();
    assert!(!error.retryable(), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[tokio::test]
async fn a_password_may_stand_in_the_url() {
    let mut place = Lab::postgres().place;
    let password = place.password.take().unwrap();
    let escaped = password.replace('%', "%25").replace('@', "%40");
    let escaped = escaped
        .replace('/', "%2F")
        .replace(' ', "%20")
        .replace(':', "%3A");
    place.url = place
        .url
        .replace("postgres@", &format!("postgres:{escaped}@"));
    let store = open(&place).await.unwrap();
    assert!(store.callbacks(true).await.unwrap().is_empty());
}

/// The schema is brought up to date by whoever comes first; what the first version wrote is still there.
#[tokio::test]
async fn several_nodes_may_be_the_first() {
    let lab = Lab::postgres();
    let nodes = ["a", "b", "c", "d"].map(|name| lab.node(name));
    let [a, b, c, d] = nodes;
    let (a, _b, _c, _d) = tokio::join!(a, b, c, d);
    assert!(a.calls(1).await.unwrap().is_empty());
}

async fn what_was_there_belongs_to_main(lab: &Lab) {
    let first = include_str!("../migrations/0001_calls_and_callbacks.sql");
    let second = include_str!("../migrations/0002_nodes_and_the_shared_queue.sql");
    let rows = "INSERT INTO registration (account, contact, source, expires_at) \
                VALUES ('1001', 'sip:1001@127.0.0.1:5070', 'udp:127.0.0.1:5070', 1900000000000)";
    let _made = lab.store().await;
    lab.sql(
        "DROP TABLE registration; DROP TABLE call; DROP TABLE call_event; DROP TABLE callback; \
             DROP TABLE callback_attempt; DROP TABLE node; DROP TABLE queue_clock; \
             DROP TABLE queue_caller; DROP TABLE queue_handler; DROP TABLE queue_offer; \
             DROP TABLE queue_gone",
    )
    .await
    .unwrap();
    for sql in [first, rows, second] {
        lab.sql(sql).await.unwrap();
    }
    let bindings = lab.store().await.bindings(at(0)).await.unwrap();
    assert_eq!(bindings.len(), 1);
    assert_eq!(bindings[0].source, "udp:127.0.0.1:5070");
}
