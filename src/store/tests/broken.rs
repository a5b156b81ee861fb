//! A SQLite file that is damaged or locked, and promises that cannot be read.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use super::suite::{arrived, callback, entry};
use crate::callback::Callback;
use crate::health::Trouble;

/// As long as the slowest machine needs.
const LIMIT: Duration = Duration::from_secs(60);

on_both! {
    a_promise_that_cannot_be_read_hides_no_other,
    only_calls_from_before_are_ended,
}

async fn a_promise_that_cannot_be_read_hides_no_other(lab: &Lab) {
    let store = lab.store().await;
    for n in 1..5 {
        store.book(&callback(n), &entry()).await.unwrap();
    }
    let unreadable = callback(2).reference;
    let sql = format!("UPDATE callback SET number = 'nobody' WHERE reference = '{unreadable}'");
    assert_eq!(lab.sql(&sql).await.unwrap(), 1);
    let left = [callback(1), callback(3), callback(4)];
    assert_eq!(store.promises().await.unwrap(), left);
    assert_eq!(store.callbacks(true).await.unwrap(), left);
}

async fn only_calls_from_before_are_ended(lab: &Lab) {
    let store = lab.store().await;
    for n in 1..4 {
        let entry = arrived(crate::identity::Reference::new(n, 1), at(n as i64));
        store.write(&[entry]).await.unwrap();
    }
    // The process began at 3: what came from then on runs.
    let none = BTreeSet::new();
    assert_eq!(store.end_interrupted_calls(at(3), &none).await.unwrap(), 2);
    let calls = store.calls(5).await.unwrap();
    let running = calls.iter().filter(|call| call.ended_at.is_none());
    assert_eq!(running.count(), 1);
}

fn file(lab: &Lab) -> std::path::PathBuf {
    lab.folder().join("deep/ivr111.db")
}

fn damage(lab: &Lab) {
    std::fs::create_dir_all(lab.folder().join("deep")).unwrap();
    std::fs::write(file(lab), vec![0xA5; 100_000]).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(lab.folder().join(format!("deep/ivr111.db{end}")));
    }
}

/// Books a callback as soon as that is possible.
async fn books(store: &SharedStore, promised: &Callback) {
    let end = Instant::now() + LIMIT;
    while let Err(error) = store.book(promised, &entry()).await {
        assert!(Instant::now() < end, "{error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_damaged_file_is_left_as_it_is_until_another_is_there() {
    let lab = Lab::sqlite();
    damage(&lab);
    let before = std::fs::read(file(&lab)).unwrap();
    let error = open(&lab.place).await.unwrap_err();
    assert!(error.retryable(), "{error:?}");
    let store = open_even_away(&lab.place).await.unwrap();
    store.claim_name(Duration::ZERO).await.unwrap();
    assert_eq!(store.troubles(), [Trouble::Damaged]);
    let begun = Instant::now();
    for _ in 0..100 {
        let error = store.book(&callback(1), &entry()).await.unwrap_err();
        assert!(error.retryable(), "{error:?}");
    }
    // Nobody waits for it.
    assert!(begun.elapsed() < lab.place.patience);
    assert_eq!(std::fs::read(file(&lab)).unwrap(), before);
    std::fs::rename(file(&lab), lab.folder().join("damaged")).unwrap();
    books(&store, &callback(1)).await;
    assert_eq!(lab.store().await.promises().await.unwrap(), [callback(1)]);
}

#[tokio::test]
async fn a_file_that_is_damaged_while_it_is_used_may_be_put_back() {
    let lab = Lab::sqlite();
    let store = lab.store().await;
    store.book(&callback(1), &entry()).await.unwrap();
    let copy = lab.folder().join("copy.db");
    let kept = format!(
        "VACUUM INTO '{}'; PRAGMA wal_checkpoint(TRUNCATE)",
        copy.display()
    );
    lab.sql(&kept).await.unwrap();
    {
        // In place: whoever has the file open sees it.
        use std::os::unix::fs::FileExt as _;
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(file(&lab))
            .unwrap();
        file.write_all_at(&vec![0xA5; 64 * 4_096], 0).unwrap();
    }
    let end = Instant::now() + LIMIT;
    while store.troubles() != [Trouble::Damaged] {
        let _ = store.save(&callback(1), &entry()).await;
        let _ = store.callbacks(true).await;
        assert!(Instant::now() < end, "{:?}", store.troubles());
    }
    assert!(store.book(&callback(2), &entry()).await.is_err());
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(lab.folder().join(format!("deep/ivr111.db{end}")));
    }
    std::fs::rename(&copy, file(&lab)).unwrap();
    books(&store, &callback(2)).await;
    let promises = store.promises().await.unwrap();
    assert_eq!(promises, [callback(1), callback(2)]);
}

#[tokio::test]
async fn a_file_that_is_locked_at_the_start_is_used_when_it_is_free() {
    let mut lab = Lab::sqlite();
    drop(lab.store().await);
    lab.place.patience = Duration::from_secs(2);
    let held = lab
        .hold("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .await;
    let store = open_even_away(&lab.place).await.unwrap();
    let error = store.book(&callback(1), &entry()).await.unwrap_err();
    assert!(error.retryable(), "{error:?}");
    drop(held);
    books(&store, &callback(1)).await;
}
