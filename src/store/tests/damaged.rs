//! Rows that were not written by us, or by a later version: whoever they are about, the others go on.

use super::lab::{Lab, at};
use super::on_both;
use super::queue::{LEASE, caller, dies, long_passes, node, offered, reference};
use crate::queue::shared::Changes;

on_both! {
    a_row_that_cannot_be_read_is_left_out,
    what_a_dead_node_left_is_taken_over_as_far_as_it_can_be_read,
}

fn callers(changes: &Changes) -> Vec<crate::identity::Reference> {
    let rows = changes.callers.iter();
    rows.map(|row| row.caller.reference).collect()
}

async fn a_row_that_cannot_be_read_is_left_out(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let (b, _) = node(lab, "b", 2).await;
    for n in 3..8 {
        a.put_caller(epoch, &caller(n)).await.unwrap();
    }
    let before = a.changes(0).await.unwrap();
    assert_eq!(callers(&before).len(), 7);
    for (n, damage) in [
        (3, "wanted = '{\"priority\":'"),
        (4, "number = 'nobody'"),
        (5, "place = 'wherever'"),
        (6, "tries = -1"),
        (7, "since = 9223372036854775807"),
    ] {
        let row = reference(n);
        let sql = format!("UPDATE queue_caller SET {damage} WHERE reference = '{row}'");
        assert_eq!(lab.sql(&sql).await.unwrap(), 1);
    }
    lab.sql("UPDATE queue_handler SET profile = '7' WHERE handler = '1002'")
        .await
        .unwrap();
    lab.sql(
        "INSERT INTO queue_gone (kind, name, gone_at, change) VALUES ('caller', 'nobody', 0, 99)",
    )
    .await
    .unwrap();
    let after = a.changes(0).await.unwrap();
    assert_eq!(callers(&after), [reference(1), reference(2)]);
    let handlers = after.handlers.iter().map(|row| row.handler.as_str());
    assert_eq!(handlers.collect::<Vec<_>>(), ["1001"]);
    lab.sql("UPDATE queue_clock SET change = 100")
        .await
        .unwrap();
    let news = b.changes(before.upto).await.unwrap();
    assert!(!news.anew && news.gone_callers.is_empty(), "{news:?}");
    let mine = a.mine(epoch).await.unwrap().callers;
    let mine: Vec<_> = mine.iter().map(|row| row.caller.reference).collect();
    assert_eq!(mine, [reference(1)]);
}

async fn what_a_dead_node_left_is_taken_over_as_far_as_it_can_be_read(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    long_passes(lab).await;
    a.put_caller(epoch, &caller(3)).await.unwrap();
    let id = offered(&a, epoch, 1, "1001").await;
    let damaged = format!(
        "UPDATE queue_offer SET reference = 'nobody' WHERE id = {id}; \
         UPDATE queue_caller SET wanted = '7' WHERE reference = '{}'",
        reference(1)
    );
    lab.sql(&damaged).await.unwrap();
    dies(lab, "a").await;
    let taken = b.take_over(b_epoch, at(500)).await.unwrap();
    assert_eq!(taken.nodes, ["a"]);
    let kept: Vec<_> = taken.kept.iter().map(|row| row.caller.reference).collect();
    assert_eq!(kept, [reference(3)]);
    // The offer has ended, though nobody can say for whom it was, and the handler is free.
    assert!(taken.ended.is_empty());
    let again = "SELECT COUNT(*) FROM queue_offer WHERE ended_at IS NULL";
    assert_eq!(lab.count(again).await, 0);
    offered(&b, b_epoch, 2, "1001").await;
    // What could not be read stands there still, and is the taker's.
    let theirs = "SELECT COUNT(*) FROM queue_caller WHERE node = 'b' AND wanted = '7'";
    assert_eq!(lab.count(theirs).await, 1);
    // Nor does it stop a node that begins anew.
    let left = b.enter(at(900), LEASE).await.unwrap().left;
    let kept: Vec<_> = left.kept.iter().map(|row| row.caller.reference).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
}
