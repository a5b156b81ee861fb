use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use crate::identity::Reference;

on_both! {
    ten_thousand_entries_arrive_in_order,
    a_locked_database_delays_and_loses_nothing,
    a_hunt_is_written_down_once,
}

async fn ten_thousand_entries_arrive_in_order(lab: &Lab) {
    let store = lab.store().await;
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
        TimelineEntry::Ended {
            why: "test".into(),
            cut_off: false,
        },
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

async fn a_hunt_is_written_down_once(lab: &Lab) {
    let store = lab.store().await;
    let transfer = EmergencyTransfer {
        asked_at: at(0),
        first_invite_at: Some(at(3)),
        answered_at: Some(at(900)),
        proved_at: Some(at(950)),
        ended_at: at(60_000),
        room: Some("ambulance".into()),
        outcome: "room-hung-up",
        tries: "[]".into(),
    };
    let entry = Entry {
        call: Reference::new(3, 1),
        at: at(60_000),
        sequence: 0,
        what: TimelineEntry::Transferred(Box::new(transfer)),
    };
    for _ in 0..2 {
        store.write(std::slice::from_ref(&entry)).await.unwrap();
    }
    let events = store.events(&entry.call.to_string()).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, "999-transfer");
    let detail = "room-hung-up: ambulance; first INVITE after 3 ms, answered after 900 ms, heard after 950 ms; tries []";
    assert_eq!(events[0].detail, detail);
    let sql = "SELECT CAST(SUM(proved_at - asked_at) AS BIGINT) FROM emergency_transfer \
               WHERE outcome = 'room-hung-up'";
    assert_eq!(lab.count(sql).await, 950);
}

/// Holds the whole database, or the table that all entries go into, for itself.
async fn a_locked_database_delays_and_loses_nothing(lab: &Lab) {
    let store = lab.store().await;
    let timeline = Timeline::start(store.clone());
    let lock = lab.lock().await;
    let call = Reference::new(2, 1);
    timeline.record(call, at(0), 0, TimelineEntry::Answered);
    let flushed = tokio::spawn(async move { timeline.flush().await });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!flushed.is_finished());
    lock.release().await;
    flushed.await.unwrap();
    assert_eq!(store.events(&call.to_string()).await.unwrap().len(), 1);
}
