//! One process at a time runs under a node's name.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;

use super::super::name::key;
use super::super::*;
use super::lab::Lab;
use super::on_both;

on_both! {
    a_name_is_one_process_s,
    a_name_is_free_when_its_process_ends,
}

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

async fn a_name_is_one_process_s(lab: &Lab) {
    let (first, second) = (lab.node("leeds").await, lab.node("leeds").await);
    let other = lab.node("york").await;
    for _ in 0..2 {
        first.claim_name(Duration::ZERO).await.unwrap();
        let refused = second.claim_name(Duration::ZERO).await.unwrap_err();
        assert!(matches!(&refused, StoreError::NameTaken(name) if name == "leeds"));
        assert!(refused.to_string().contains("[store] node"), "{refused}");
        assert!(!refused.retryable());
    }
    other.claim_name(Duration::ZERO).await.unwrap();
    // Whoever only looks is not hindered.
    assert!(second.callbacks(true).await.unwrap().is_empty());
    first.close().await;
    second.claim_name(LONG).await.unwrap();
}

async fn a_name_is_free_when_its_process_ends(lab: &Lab) {
    let (first, second) = (lab.node("leeds").await, lab.node("leeds").await);
    first.claim_name(Duration::ZERO).await.unwrap();
    let waiting = second.claim_name(LONG);
    tokio::pin!(waiting);
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(early.is_err());
    drop(first);
    waiting.await.unwrap();
}

/// Sessions that hold or await the name, or neither, of the lab's database.
async fn sessions(lab: &Lab, which: &str) -> i64 {
    let sql = format!(
        "SELECT COUNT(*) FROM pg_locks JOIN pg_stat_activity USING (pid) \
         WHERE locktype = 'advisory' AND datname = current_database() AND {which}"
    );
    lab.count(&sql).await
}

pub(super) async fn until(lab: &Lab, which: &str) {
    while sessions(lab, which).await != 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const OURS: &str = "granted AND application_name = 'ivr111 leeds'";

async fn end(lab: &Lab) {
    let sql = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) \
         WHERE locktype = 'advisory' AND datname = current_database() AND {OURS}"
    );
    lab.sql(&sql).await.unwrap();
}

#[tokio::test]
async fn a_name_is_taken_again_after_its_session_broke_off() {
    let lab = Lab::postgres();
    let (first, second) = (lab.node("leeds").await, lab.node("leeds").await);
    first.claim_name(Duration::ZERO).await.unwrap();
    let process = format!(
        "SELECT pid::bigint FROM pg_locks JOIN pg_stat_activity USING (pid) \
         WHERE locktype = 'advisory' AND datname = current_database() AND {OURS}"
    );
    let before = lab.count(&process).await;
    end(&lab).await;
    until(&lab, &format!("{OURS} AND pid <> {before}")).await;
    let refused = second.claim_name(Duration::ZERO).await.unwrap_err();
    assert!(matches!(refused, StoreError::NameTaken(_)));
}

#[tokio::test]
async fn whoever_took_the_name_meanwhile_is_told_of() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _here = metrics::set_default_local_recorder(&recorder);
    let lab = Lab::postgres();
    let store = lab.node("leeds").await;
    store.claim_name(Duration::ZERO).await.unwrap();
    // Whoever waits in the database itself is the first to get it.
    let wait = format!("SELECT pg_advisory_lock({})", key("leeds"));
    let (rival, ()) = tokio::join!(lab.hold(&wait), async {
        until(&lab, "NOT granted").await;
        end(&lab).await;
    });
    while !metrics.render().contains("ivr111_store_name_taken_total 1") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(sessions(&lab, OURS).await, 0);
    rival.release().await;
    until(&lab, OURS).await;
}
