//! A PostgreSQL that stands still, or is gone for a while.

use std::time::{Duration, Instant};

use super::super::testing::Cluster;
use super::super::*;
use super::lab::{Lab, at};
use super::names;
use super::queue::{LEASE, caller};
use crate::identity::Reference;
use crate::queue::shared::PutCaller;

/// Short enough to be tried several times, long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(2);

async fn record(timeline: &Timeline, call: Reference, from: u64, to: u64) {
    for n in from..to {
        let detail = n.to_string();
        let what = TimelineEntry::Happened {
            kind: "key",
            detail,
        };
        timeline.record(call, at(n as i64), n, what);
    }
}

async fn again<T, F: Future<Output = Result<T, StoreError>>>(request: impl Fn() -> F) -> T {
    loop {
        match request().await {
            Ok(answer) => return answer,
            Err(error) => assert!(error.retryable(), "{error:?}"),
        }
    }
}

/// Every request comes to an end, and says that another try makes sense.
async fn assert_away(store: &SharedStore, epoch: i64) {
    for _ in 0..3 {
        let begun = Instant::now();
        let put = store.put_caller(epoch, &caller(2)).await.unwrap_err();
        assert!(put.retryable(), "{put:?}");
        let asked = store.callbacks(true).await.unwrap_err();
        assert!(asked.retryable(), "{asked:?}");
        let renewed = store.renew(epoch, LEASE).await.unwrap_err();
        assert!(renewed.retryable(), "{renewed:?}");
        // Three waits, and as much again for a machine with other things to do.
        assert!(begun.elapsed() < PATIENCE * 6, "{:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_stood_still_or_was_gone_is_caught_up_with() {
    let mut cluster = Cluster::start(&[]);
    let mut lab = Lab::on(&cluster);
    lab.place.patience = PATIENCE;
    let (store, other) = (lab.node("a").await, lab.node("b").await);
    let epoch = store.enter(at(0), LEASE).await.unwrap().epoch;
    store.put_caller(epoch, &caller(1)).await.unwrap();
    let timeline = Timeline::start(store.clone());
    let call = Reference::new(1, 1);
    record(&timeline, call, 0, 100).await;
    timeline.flush().await;

    cluster.freeze();
    record(&timeline, call, 100, 5_000).await;
    assert_away(&store, epoch).await;
    cluster.thaw();
    timeline.flush().await;
    assert_eq!(store.events(&call.to_string()).await.unwrap().len(), 5_000);
    let second = caller(2);
    again(|| store.put_caller(epoch, &second)).await;

    cluster.crash();
    record(&timeline, call, 5_000, 10_000).await;
    assert_away(&store, epoch).await;
    cluster.start_again();
    timeline.flush().await;
    assert!(again(|| store.callbacks(true)).await.is_empty());
    assert_eq!(store.events(&call.to_string()).await.unwrap().len(), 10_000);

    // What was promised before is there, and the queue goes on where it was.
    let mine = store.mine(epoch).await.unwrap().callers;
    assert_eq!(mine.len(), 2);
    assert_eq!(store.renew(epoch, LEASE).await.unwrap(), Renewed::Renewed);
    // Changes are heard of again, not only looked for.
    let mut upto = again(|| other.changes(0)).await.upto;
    loop {
        store.put_caller(epoch, &caller(3)).await.unwrap();
        let begun = Instant::now();
        other.wait_for_change(upto, LEASE).await;
        assert!(begun.elapsed() < LEASE);
        let changes = other.changes(upto).await.unwrap();
        if changes.callers.iter().any(|row| row.caller == caller(3)) {
            break;
        }
        upto = changes.upto;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_may_be_opened_before_its_database_is_there() {
    let mut cluster = Cluster::start(&[]);
    let mut lab = Lab::on(&cluster);
    lab.place.patience = PATIENCE;
    cluster.crash();
    assert!(open(&lab.place).await.unwrap_err().retryable());
    let store = open_even_away(&lab.place).await.unwrap();
    store.claim_name(Duration::ZERO).await.unwrap();
    assert_away(&store, 1).await;
    cluster.start_again();
    assert!(again(|| store.callbacks(true)).await.is_empty());
    let entered = again(|| store.enter(at(0), LEASE)).await;
    assert_eq!(entered.epoch, 1);
    names::until(&lab, "granted AND application_name = 'ivr111 main'").await;
    // What trying again will not mend is said at once.
    lab.place.password = Some("another".into());
    let error = open_even_away(&lab.place).await.unwrap_err();
    assert!(!error.retryable(), "{error:?}");
}

/// A node that stops in the middle of a change must not stop the others for long.
#[tokio::test]
async fn a_change_that_is_never_finished_is_undone() {
    let lab = Lab::postgres();
    let store = lab.node("a").await;
    let epoch = store.enter(at(0), LEASE).await.unwrap().epoch;
    let stuck = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 500; \
                 UPDATE queue_clock SET change = change + 1";
    let held = lab.hold(stuck).await;
    let put = store.put_caller(epoch, &caller(1)).await.unwrap();
    assert_eq!(put, PutCaller::Stored);
    drop(held);
    assert_eq!(store.changes(0).await.unwrap().callers.len(), 1);
}
