use std::os::unix::fs::MetadataExt;

use jiff::Timestamp;

use super::*;
use crate::callback::{Callback, Outcome, Stage};
use crate::flow::Priority;
use crate::identity::{Number, Reference};
use crate::queue::{KeptPlace, Wanted};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

fn callback(n: u64) -> Callback {
    Callback {
        reference: Reference::new(n, 7),
        number: Number::parse("07700900001").unwrap(),
        text_relay: true,
        region: "london".into(),
        language: "cy-GB".into(),
        booked_at: at(0),
        deadline: at(6 * 3_600_000),
        priority: Priority::YoungOrOld,
        attempts: 2,
        stage: Stage::Due(at(900_000)),
    }
}

async fn store(folder: &tempfile::TempDir) -> Store {
    let path = folder.path().join("deep/ivr111.db");
    Store::open(&format!("sqlite:{}", path.display()))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_promise_is_there_after_a_power_cut() {
    let folder = tempfile::tempdir().unwrap();
    let before = store(&folder).await;
    before.book(&callback(1)).await.unwrap();
    before
        .book(&Callback {
            attempts: 0,
            ..callback(1)
        })
        .await
        .unwrap();
    // Nothing is closed: what the next process finds is what had reached the file.
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("deep")).unwrap();
    for file in ["ivr111.db", "ivr111.db-wal"] {
        let name = format!("deep/{file}");
        std::fs::copy(folder.path().join(&name), copy.path().join(&name)).unwrap();
    }
    let after = store(&copy).await;
    assert_eq!(after.callbacks(false).await.unwrap(), [callback(1)]);
}

#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let _store = store(&folder).await;
    let mode = std::fs::metadata(folder.path().join("deep/ivr111.db"))
        .unwrap()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn every_stage_is_read_back_and_done_ones_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    store.book(&callback(1)).await.unwrap();
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
        store.save(&moved).await.unwrap();
        assert_eq!(store.callbacks(false).await.unwrap(), [moved]);
    }
    store
        .attempted(callback(1).reference, at(5), Outcome::Busy)
        .await
        .unwrap();
    store
        .save(&Callback {
            stage: Stage::Done,
            ..callback(1)
        })
        .await
        .unwrap();
    assert!(store.callbacks(false).await.unwrap().is_empty());
    assert_eq!(store.callbacks(true).await.unwrap().len(), 1);
}

#[tokio::test]
async fn ten_thousand_entries_arrive_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let timeline = Timeline::start(store.clone());
    let call = Reference::new(1, 1);
    let arrived = TimelineEntry::Arrived {
        trunk: "carrier".into(),
        dialled: "111".into(),
        number: None,
        identity: "withheld",
    };
    timeline.record(call, at(0), 0, arrived);
    for n in 1..10_000 {
        let detail = n.to_string();
        timeline.record(
            call,
            at(n),
            n as u64,
            TimelineEntry::Happened {
                kind: "key",
                detail,
            },
        );
    }
    timeline.record(
        call,
        at(10_000),
        10_000,
        TimelineEntry::Ended { why: "test".into() },
    );
    timeline.flush().await;
    let events = store.events(&call.to_string()).await.unwrap();
    assert_eq!(events.len(), 10_001);
    assert!((1..10_000).all(|n| events[n].detail == n.to_string()));
    let row = &store.calls(5).await.unwrap()[0];
    assert_eq!(
        (row.identity.as_str(), row.ended_why.as_deref()),
        ("withheld", Some("test"))
    );
}

#[tokio::test]
async fn a_locked_database_delays_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let timeline = Timeline::start(store.clone());
    let mut lock = store.pool.acquire().await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE")
        .execute(&mut *lock)
        .await
        .unwrap();
    let call = Reference::new(2, 1);
    timeline.record(call, at(0), 0, TimelineEntry::Answered);
    let flushed = tokio::spawn(async move { timeline.flush().await });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!flushed.is_finished());
    sqlx::query("ROLLBACK").execute(&mut *lock).await.unwrap();
    flushed.await.unwrap();
    assert_eq!(store.events(&call.to_string()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn bindings_survive_until_they_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
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

#[tokio::test]
async fn calls_that_a_power_cut_has_ended_are_ended_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
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
    timeline.record(over, at(90), 2, TimelineEntry::Ended { why });
    timeline.flush().await;
    assert_eq!(store.end_interrupted_calls().await.unwrap(), 1);
    assert_eq!(store.end_interrupted_calls().await.unwrap(), 0);
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

#[tokio::test]
async fn a_kept_place_is_there_until_it_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let place = |n: u64, since: i64| KeptPlace {
        reference: Reference::new(n, 7),
        number: Number::parse("07700900001").unwrap(),
        text_relay: true,
        language: "cy-GB".into(),
        display: "London: dental".into(),
        wanted: Wanted::by_skill("dental", "general", Priority::YoungOrOld),
        since: at(since),
        tries: 0,
    };
    for place in [place(1, 70), place(2, 60), place(3, 80)] {
        store.keep_place(&place).await.unwrap();
    }
    let tried = KeptPlace {
        tries: 1,
        ..place(3, 80)
    };
    store.keep_place(&tried).await.unwrap();
    store.forget_place(place(1, 0).reference).await.unwrap();
    store.forget_place(place(1, 0).reference).await.unwrap();
    assert_eq!(store.kept_places().await.unwrap(), [place(2, 60), tried]);
}
