//! The log of callbacks: with each change one entry, in chains that nobody can alter unseen.

use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use super::queue::{dies, long_passes, node};
use super::suite::callback;
use crate::audit::{Flaw, Head, Summary};
use crate::callback::{By, Callback, Change, LogEntry, Outcome, Stage, What};

on_both! {
    each_change_is_one_entry,
    what_is_booked_already_is_logged_no_more,
    who_does_not_make_it_logs_nothing,
    neither_is_stored_without_the_other,
    each_node_has_a_chain_of_its_own,
    a_take_over_is_logged_by_whoever_takes_over,
    promises_at_once_are_one_chain,
    more_than_a_page_is_walked_to_its_end,
    the_log_cannot_be_altered_in_passing,
    what_is_altered_beneath_the_store_is_named,
    a_head_that_is_set_back_keeps_nobody_from_being_promised_a_callback,
    the_history_has_everything_in_order,
    long_and_odd_texts_are_logged_as_they_are_stored,
}

fn change(what: What) -> Change {
    Change::by_service(what)
}

/// An entry about the callback `n`, unlike any other.
fn entry(n: u64, millis: i64, what: What) -> LogEntry {
    LogEntry::new(
        rand::random(),
        callback(n).reference,
        at(millis),
        change(what),
    )
}

async fn book(store: &SharedStore, n: u64) {
    let booked = entry(n, 0, What::Booked);
    store.book(&callback(n), &booked).await.unwrap();
}

async fn verified(store: &SharedStore, node: &str) -> Result<Summary, Vec<Flaw>> {
    verify_chain(store, node, Vec::new()).await.unwrap()
}

/// What has changed, by a node's chain, which is sound.
async fn words(store: &SharedStore, node: &str) -> Vec<String> {
    let entries = store.log_entries(node, i64::MIN, 1_000).await.unwrap();
    let summary = verified(store, node).await.unwrap();
    assert_eq!(summary.entries, entries.len() as u64);
    entries.into_iter().map(|e| e.record.what).collect()
}

async fn each_change_is_one_entry(lab: &Lab) {
    let store = lab.store().await;
    assert!(store.chains().await.unwrap().is_empty());
    book(&store, 1).await;
    let tried = entry(1, 10, What::Tried);
    for _ in 0..3 {
        store.save(&callback(1), &tried).await.unwrap();
    }
    assert!(store.is_logged(tried.id).await.unwrap());
    let by = By::Clinician("2001".into());
    let what = What::Missed(Outcome::Voicemail);
    let detail = "a machine".to_owned();
    let missed = LogEntry {
        change: Change { by, what, detail },
        ..entry(1, 20, what)
    };
    assert!(!store.is_logged(missed.id).await.unwrap());
    store.save(&callback(1), &missed).await.unwrap();
    assert_eq!(
        words(&store, "main").await,
        ["booked", "tried", "voicemail"]
    );
    assert_eq!(store.chains().await.unwrap(), ["main"]);
    let entries = store.log_entries("main", 2, 10).await.unwrap();
    let last = &entries[0].record;
    assert_eq!((last.sequence, entries.len()), (3, 1));
    assert_eq!(last.by, "clinician 2001");
    assert_eq!(last.detail, "a machine");
    assert_eq!(last.at, at(20).as_millisecond());
    assert_eq!(last.reference, callback(1).reference.to_string());
    let head = store.head("main").await.unwrap().unwrap();
    assert_eq!((head.sequence, &head.hash), (3, &entries[0].hash));
}

async fn what_is_booked_already_is_logged_no_more(lab: &Lab) {
    let store = lab.store().await;
    book(&store, 1).await;
    book(&store, 1).await;
    assert_eq!(words(&store, "main").await, ["booked"]);
    let done = Callback {
        stage: Stage::Done,
        ..callback(1)
    };
    store.save(&done, &entry(1, 5, What::Closed)).await.unwrap();
    // Promised anew, by two requests of which each is made twice.
    let again = entry(1, 9, What::Booked);
    for _ in 0..2 {
        store.book(&callback(1), &again).await.unwrap();
    }
    for _ in 0..2 {
        store.save(&callback(1), &again).await.unwrap();
    }
    assert_eq!(words(&store, "main").await, ["booked", "closed", "booked"]);
    assert_eq!(store.promises().await.unwrap(), [callback(1)]);
}

async fn who_does_not_make_it_logs_nothing(lab: &Lab) {
    let (leeds, york) = (lab.node("leeds").await, lab.node("york").await);
    book(&leeds, 1).await;
    let tried = entry(1, 5, What::Tried);
    york.save(&callback(1), &tried).await.unwrap();
    york.save(&callback(2), &entry(2, 5, What::Tried))
        .await
        .unwrap();
    assert_eq!(leeds.chains().await.unwrap(), ["leeds"]);
    assert!(!leeds.is_logged(tried.id).await.unwrap());
}

async fn neither_is_stored_without_the_other(lab: &Lab) {
    let store = lab.store().await;
    book(&store, 1).await;
    lab.sql("ALTER TABLE callback_log RENAME TO log_away")
        .await
        .unwrap();
    let booked = store.book(&callback(2), &entry(2, 0, What::Booked)).await;
    assert!(booked.is_err());
    let tried = Callback {
        attempts: 3,
        ..callback(1)
    };
    let change = entry(1, 5, What::Tried);
    assert!(store.save(&tried, &change).await.is_err());
    assert_eq!(store.callbacks(true).await.unwrap(), [callback(1)]);
    lab.sql("ALTER TABLE log_away RENAME TO callback_log")
        .await
        .unwrap();
    store.save(&tried, &change).await.unwrap();
    assert_eq!(store.callbacks(true).await.unwrap(), [tried]);
    assert_eq!(words(&store, "main").await, ["booked", "tried"]);
}

async fn each_node_has_a_chain_of_its_own(lab: &Lab) {
    let (leeds, york) = (lab.node("leeds").await, lab.node("york").await);
    book(&leeds, 1).await;
    book(&york, 2).await;
    york.save(&callback(2), &entry(2, 5, What::Tried))
        .await
        .unwrap();
    assert_eq!(york.chains().await.unwrap(), ["leeds", "york"]);
    assert_eq!(words(&york, "leeds").await, ["booked"]);
    assert_eq!(words(&leeds, "york").await, ["booked", "tried"]);
    // What two nodes take for the same is there once, whoever comes first.
    let same = entry(1, 9, What::Tried);
    leeds.save(&callback(1), &same).await.unwrap();
    york.save(&callback(2), &same).await.unwrap();
    assert_eq!(words(&leeds, "leeds").await, ["booked", "tried"]);
    assert_eq!(words(&leeds, "york").await, ["booked", "tried"]);
}

async fn a_take_over_is_logged_by_whoever_takes_over(lab: &Lab) {
    let (a, _) = node(lab, "a", 1).await;
    let (b, epoch) = node(lab, "b", 2).await;
    for n in [11, 12, 13] {
        book(&a, n).await;
    }
    let done = Callback {
        stage: Stage::Done,
        ..callback(13)
    };
    a.save(&done, &entry(13, 5, What::Closed)).await.unwrap();
    book(&b, 14).await;
    long_passes(lab).await;
    dies(lab, "a").await;
    assert_eq!(b.take_over(epoch, at(500)).await.unwrap().promised.len(), 2);
    let words_of_b = ["booked", "taken-over", "taken-over"];
    assert_eq!(words(&b, "b").await, words_of_b);
    let entries = b.log_entries("b", 1, 10).await.unwrap();
    let taken = |n| (callback(n).reference.to_string(), "from node a");
    let mut whose: Vec<(String, &str)> = entries
        .iter()
        .map(|e| (e.record.reference.clone(), e.record.detail.as_str()))
        .collect();
    whose.sort();
    assert_eq!(whose, [taken(11), taken(12)]);
    assert!(entries.iter().all(|e| e.record.by == "service"));
    // Whoever has lost it writes nothing more about it.
    let late = entry(11, 600, What::Tried);
    a.save(&callback(11), &late).await.unwrap();
    assert_eq!(
        words(&b, "a").await,
        ["booked", "booked", "booked", "closed"]
    );
    b.take_over(epoch, at(700)).await.unwrap();
    assert_eq!(words(&b, "b").await, words_of_b);
}

async fn promises_at_once_are_one_chain(lab: &Lab) {
    let store = lab.store().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=24 {
        let store = store.clone();
        tasks.spawn(async move {
            book(&store, n).await;
            let tried = entry(n, 5, What::Tried);
            store.save(&callback(n), &tried).await.unwrap();
        });
    }
    tasks.join_all().await;
    let mut all = words(&store, "main").await;
    all.sort();
    let expected = [vec!["booked"; 24], vec!["tried"; 24]].concat();
    assert_eq!(all, expected);
}

/// Many promises are taken over at once, in pages and batches that do not end where they do.
async fn more_than_a_page_is_walked_to_its_end(lab: &Lab) {
    let (_a, _) = node(lab, "a", 1).await;
    let (b, epoch) = node(lab, "b", 2).await;
    lab.sql(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2100) \
         INSERT INTO callback (reference, number, text_relay, region, language, booked_at, deadline, \
         priority, attempts, stage, due_at, node) \
         SELECT '0000000000000000000000' || CAST(1000 + i AS TEXT), '+447700900001', FALSE, 'london', \
         'en-GB', 0, 0, 'ordinary', 0, 'decision', NULL, 'a' FROM n",
    )
    .await
    .unwrap();
    long_passes(lab).await;
    dies(lab, "a").await;
    // None of their stages can be read, but whose they are is known.
    assert!(
        b.take_over(epoch, at(500))
            .await
            .unwrap()
            .promised
            .is_empty()
    );
    assert_eq!(verified(&b, "b").await.unwrap().entries, 2_101);
}

async fn the_log_cannot_be_altered_in_passing(lab: &Lab) {
    let store = lab.store().await;
    book(&store, 1).await;
    let refused = [
        "UPDATE callback_log SET detail = 'x'",
        "UPDATE callback_log SET sequence = 7",
        "DELETE FROM callback_log",
        "UPDATE audit_head SET sequence = 0",
        "UPDATE audit_head SET node = 'york'",
        "DELETE FROM audit_head",
        "INSERT INTO callback_log SELECT * FROM callback_log",
    ];
    let replace = "INSERT OR REPLACE INTO callback_log SELECT node, sequence, id, reference, at, \
                   by_whom, what, 'x', hash FROM callback_log";
    let empty = "TRUNCATE callback_log";
    let own = if is_sqlite(lab) { replace } else { empty };
    for sql in refused.into_iter().chain([own]) {
        let error = lab.sql(sql).await.unwrap_err().to_string();
        let by_us = ["only added to", "does not go back", "duplicate key"];
        assert!(by_us.iter().any(|us| error.contains(us)), "{sql}: {error}");
    }
    assert_eq!(words(&store, "main").await, ["booked"]);
}

fn is_sqlite(lab: &Lab) -> bool {
    lab.place.url.starts_with("sqlite:")
}

/// Takes away what protects the log, as somebody would who wants to alter it.
async fn unprotect(lab: &Lab) {
    let sqlite = "DROP TRIGGER callback_log_update; DROP TRIGGER callback_log_delete; \
                  DROP TRIGGER audit_head_update";
    let postgres = "DROP TRIGGER callback_log_change ON callback_log; \
                    DROP TRIGGER audit_head_update ON audit_head";
    let sql = if is_sqlite(lab) { sqlite } else { postgres };
    lab.sql(sql).await.unwrap();
}

async fn what_is_altered_beneath_the_store_is_named(lab: &Lab) {
    let store = lab.store().await;
    for n in 1..=9 {
        book(&store, n).await;
    }
    let kept = store.head("main").await.unwrap().unwrap();
    unprotect(lab).await;
    for sql in [
        "UPDATE callback_log SET by_whom = 'caller' WHERE sequence = 2",
        "DELETE FROM callback_log WHERE sequence = 4",
        "UPDATE callback_log SET sequence = 10 WHERE sequence = 7",
        "DELETE FROM callback_log WHERE sequence = 9",
    ] {
        assert_eq!(lab.sql(sql).await.unwrap(), 1, "{sql}");
    }
    let flaws = verified(&store, "main").await.unwrap_err();
    let expected = [
        Flaw::Altered { entry: 2 },
        Flaw::Missing { from: 4, to: 4 },
        Flaw::Missing { from: 7, to: 7 },
        Flaw::Missing { from: 9, to: 9 },
        Flaw::Beyond { from: 10, to: 10 },
    ];
    assert_eq!(flaws, expected);
    // The whole chain is taken away: only what was kept elsewhere tells.
    lab.sql("DELETE FROM callback_log").await.unwrap();
    let genesis = Head::genesis("main").hash;
    let sql = format!("UPDATE audit_head SET sequence = 0, hash = '{genesis}'");
    lab.sql(&sql).await.unwrap();
    assert_eq!(verified(&store, "main").await.unwrap().entries, 0);
    let flaws = verify_chain(&store, "main", vec![kept]).await.unwrap();
    assert_eq!(flaws, Err(vec![Flaw::CutOff { from: 1, to: 9 }]));
}

async fn a_head_that_is_set_back_keeps_nobody_from_being_promised_a_callback(lab: &Lab) {
    let store = lab.store().await;
    for n in 1..=3 {
        book(&store, n).await;
    }
    unprotect(lab).await;
    lab.sql("UPDATE audit_head SET sequence = 1, hash = 'x'")
        .await
        .unwrap();
    let beyond = Flaw::Beyond { from: 2, to: 3 };
    assert_eq!(verified(&store, "main").await, Err(vec![beyond]));
    book(&store, 4).await;
    // Nothing was lost, and the head is right again.
    assert_eq!(words(&store, "main").await, ["booked"; 4]);
    lab.sql("UPDATE audit_head SET hash = 'x'").await.unwrap();
    book(&store, 5).await;
    let altered = Flaw::Altered { entry: 5 };
    assert_eq!(verified(&store, "main").await, Err(vec![altered]));
    assert_eq!(store.callbacks(false).await.unwrap().len(), 5);
}

async fn the_history_has_everything_in_order(lab: &Lab) {
    let (leeds, york) = (lab.node("leeds").await, lab.node("york").await);
    let reference = callback(1).reference;
    book(&leeds, 1).await;
    book(&leeds, 2).await;
    let tried = entry(1, 10, What::Tried);
    leeds.save(&callback(1), &tried).await.unwrap();
    leeds
        .attempted(reference, at(30), Outcome::Busy)
        .await
        .unwrap();
    let history = york.history(reference).await.unwrap();
    let shown: Vec<(&str, &str)> = history.iter().map(|h| (h.kind, h.what.as_str())).collect();
    let expected = [("log", "booked"), ("log", "tried"), ("attempt", "busy")];
    assert_eq!(shown, expected);
    assert_eq!(history[1].at, at(10).to_string());
    assert_eq!(history[1].node.as_deref(), Some("leeds"));
    assert_eq!(history[1].entry, Some(3));
    assert!(
        york.history(callback(9).reference)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn long_and_odd_texts_are_logged_as_they_are_stored(lab: &Lab) {
    let store = lab.store().await;
    book(&store, 1).await;
    let odd = "a\0\u{1f600}'\"";
    let entry = LogEntry {
        change: Change {
            by: By::Supervisor(odd.repeat(200)),
            what: What::Closed,
            detail: odd.repeat(200),
        },
        ..entry(1, 5, What::Closed)
    };
    store.save(&callback(1), &entry).await.unwrap();
    assert_eq!(words(&store, "main").await, ["booked", "closed"]);
    let stored = store.log_entries("main", 1, 1).await.unwrap();
    assert_eq!(stored[0].record.detail.chars().count(), 500);
    assert!(stored[0].record.by.starts_with("supervisor a\u{fffd}"));
}
