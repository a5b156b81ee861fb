//! Nodes that die, come back, end in good order, or are started again.

use std::time::Duration;

use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use super::queue::{
    LEASE, caller, dies, free, handler, long_passes, named, node, offer, offered, put_handler,
    reference, without_number,
};
use crate::identity::Number;
use crate::queue::shared::*;

on_both! {
    a_node_that_dies_leaves_its_callers_kept,
    a_dead_node_that_comes_back_can_change_nothing,
    a_caller_who_is_still_on_the_line_is_fetched_back,
    a_restart_keeps_the_places,
    nobody_is_buried_after_the_store_was_away_for_all,
    an_offer_that_nobody_heeds_expires,
    promises_are_taken_over,
    whoever_is_promised_a_callback_is_neither_kept_nor_lost,
    a_node_that_ends_in_good_order_is_taken_over_at_once,
    a_node_that_ended_in_good_order_finds_its_places_again,
}

async fn a_node_that_dies_leaves_its_callers_kept(lab: &Lab) {
    let (a, a_epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    let (c, c_epoch) = node(lab, "c", 3).await;
    long_passes(lab).await;
    a.put_caller(a_epoch, &without_number(4)).await.unwrap();
    let ringing = offered(&a, a_epoch, 1, "1002").await;
    assert!(b.take_over(b_epoch, at(500)).await.unwrap().is_empty());
    dies(lab, "a").await;
    let (first, second) =
        tokio::join!(b.take_over(b_epoch, at(500)), c.take_over(c_epoch, at(500)));
    let (first, second) = (first.unwrap(), second.unwrap());
    let (taken, taker, epoch) = match first.nodes.is_empty() {
        true => (second, "c", c_epoch),
        false => {
            assert!(second.is_empty(), "{second:?}");
            (first, "b", b_epoch)
        }
    };
    assert_eq!(taken.nodes, ["a"]);
    let kept = CallerRow {
        caller: Caller {
            kept: true,
            ..caller(1)
        },
        node: taker.into(),
        epoch,
    };
    assert_eq!(taken.kept, std::slice::from_ref(&kept));
    let lost: Vec<&Caller> = taken.lost.iter().map(|row| &row.caller).collect();
    assert_eq!(lost, [&without_number(4)]);
    assert_eq!(taken.ended[0].id, ringing);
    assert_eq!(
        taken.ended[0].ended,
        Some((at(500), OfferOutcome::NodeLost))
    );
    let row = handler(&b, "1002").await.unwrap();
    assert_eq!(row.standing, Standing::available(at(500)));
    assert_eq!(handler(&b, "1001").await.unwrap().node, taker);
    let taker = if taker == "b" { &b } else { &c };
    let mine = taker.mine(epoch).await.unwrap().callers;
    assert!(mine.contains(&kept), "{mine:?}");
    assert!(b.take_over(b_epoch, at(600)).await.unwrap().is_empty());
}

async fn a_dead_node_that_comes_back_can_change_nothing(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    long_passes(lab).await;
    let id = offered(&a, epoch, 1, "1001").await;
    dies(lab, "a").await;
    // A lease that has run out still counts while nobody has taken over.
    assert_eq!(a.renew(epoch, LEASE).await.unwrap(), Renewed::Renewed);
    assert!(b.take_over(b_epoch, at(500)).await.unwrap().is_empty());
    dies(lab, "a").await;
    assert_eq!(b.take_over(b_epoch, at(500)).await.unwrap().nodes, ["a"]);
    let before = b.changes(0).await.unwrap();
    assert_eq!(a.renew(epoch, LEASE).await.unwrap(), Renewed::Superseded);
    assert_eq!(
        a.put_caller(epoch, &caller(1)).await.unwrap(),
        PutCaller::Superseded
    );
    assert_eq!(
        a.put_caller(epoch, &caller(7)).await.unwrap(),
        PutCaller::Superseded
    );
    assert!(!a.remove_caller(epoch, reference(1)).await.unwrap());
    let put = put_handler(&a, epoch, "1001", &free()).await;
    assert_eq!(put, PutHandler::Superseded);
    assert_eq!(
        a.remove_handler(epoch, &named("1001")).await.unwrap(),
        Removed::Superseded
    );
    assert_eq!(offer(&a, epoch, 1, "1001").await, Offered::NotOwner);
    assert!(!a.answer(id, at(600)).await.unwrap());
    let end = a.end_offer(id, at(600), OfferOutcome::Talked, &After::Gone);
    assert!(!end.await.unwrap());
    assert!(a.take_over(epoch, at(600)).await.unwrap().is_empty());
    assert_eq!(b.changes(0).await.unwrap(), before);
}

/// A node that was only cut off from the store: its callers never noticed.
async fn a_caller_who_is_still_on_the_line_is_fetched_back(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    a.put_caller(epoch, &caller(3)).await.unwrap();
    long_passes(lab).await;
    dies(lab, "a").await;
    assert_eq!(b.take_over(b_epoch, at(500)).await.unwrap().kept.len(), 2);
    let entered = a.enter(at(600), LEASE).await.unwrap();
    assert!(entered.epoch > epoch && entered.left.is_empty());
    // The one whom nobody rings comes back; the other is about to be called back by the other node.
    let id = offered(&b, b_epoch, 3, "1002").await;
    let put = |n| {
        let (a, epoch) = (a.clone(), entered.epoch);
        async move { a.put_caller(epoch, &caller(n)).await.unwrap() }
    };
    assert_eq!(put(1).await, PutCaller::Stored);
    assert_eq!(put(3).await, PutCaller::Elsewhere);
    let end = b.end_offer(id, at(700), OfferOutcome::Withdrawn, &After::AsBefore);
    assert!(end.await.unwrap());
    assert_eq!(put(3).await, PutCaller::Stored);
    let mine = a.mine(entered.epoch).await.unwrap().callers;
    let mine: Vec<Caller> = mine.into_iter().map(|row| row.caller).collect();
    assert_eq!(mine, [caller(1), caller(3)]);
    let left = b.mine(b_epoch).await.unwrap().callers;
    assert_eq!(left.len(), 1);
    // But nobody takes a caller from the line of another.
    assert_eq!(
        b.put_caller(b_epoch, &caller(1)).await.unwrap(),
        PutCaller::Elsewhere
    );
}

async fn a_restart_keeps_the_places(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    a.put_caller(epoch, &without_number(2)).await.unwrap();
    let talking = offered(&a, epoch, 1, "1001").await;
    assert!(a.answer(talking, at(200)).await.unwrap());
    let again = lab.node("a").await;
    let entered = again.enter(at(900), LEASE).await.unwrap();
    assert_eq!(entered.epoch, epoch + 1);
    let kept = CallerRow {
        caller: Caller {
            kept: true,
            ..caller(1)
        },
        node: "a".into(),
        epoch: epoch + 1,
    };
    assert_eq!(entered.left.kept, std::slice::from_ref(&kept));
    assert_eq!(entered.left.lost.len(), 1);
    assert_eq!(again.mine(epoch + 1).await.unwrap().callers, [kept]);
    let row = handler(&again, "1001").await.unwrap();
    assert_eq!(row.standing, Standing::available(at(900)));
    assert_eq!(a.renew(epoch, LEASE).await.unwrap(), Renewed::Superseded);
    assert_eq!(
        a.put_caller(epoch, &caller(1)).await.unwrap(),
        PutCaller::Superseded
    );
}

async fn nobody_is_buried_after_the_store_was_away_for_all(lab: &Lab) {
    let (_a, _) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    long_passes(lab).await;
    dies(lab, "a").await;
    dies(lab, "b").await;
    // One whose own lease has run out takes nothing.
    assert!(b.take_over(b_epoch, at(500)).await.unwrap().is_empty());
    assert_eq!(b.renew(b_epoch, LEASE).await.unwrap(), Renewed::Renewed);
    assert!(b.take_over(b_epoch, at(500)).await.unwrap().is_empty());
    // As long as the lease of the other lasted.
    let hour = "UPDATE node SET steady_since = steady_since - 3600001 WHERE node = 'b'";
    lab.sql(hour).await.unwrap();
    assert_eq!(b.take_over(b_epoch, at(500)).await.unwrap().nodes, ["a"]);
}

async fn an_offer_that_nobody_heeds_expires(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    let ringing = offered(&a, epoch, 1, "1001").await;
    let talking = offered(&b, b_epoch, 2, "1002").await;
    assert!(b.answer(talking, at(200)).await.unwrap());
    assert!(b.take_over(b_epoch, at(500)).await.unwrap().is_empty());
    lab.sql("UPDATE queue_offer SET expires_at = 1")
        .await
        .unwrap();
    let taken = b.take_over(b_epoch, at(500)).await.unwrap();
    assert_eq!(taken.ended.len(), 1);
    assert_eq!(taken.ended[0].id, ringing);
    assert_eq!(taken.ended[0].ended, Some((at(500), OfferOutcome::Expired)));
    assert!(taken.nodes.is_empty() && taken.kept.is_empty());
    assert!(!a.answer(ringing, at(600)).await.unwrap());
    let row = handler(&b, "1001").await.unwrap();
    assert_eq!(row.standing, Standing::available(at(500)));
}

async fn promises_are_taken_over(lab: &Lab) {
    use super::suite::entry;
    use crate::callback::{Callback, Escalation, Stage};
    use crate::flow::Priority;
    let (a, _) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    let promise = Callback {
        reference: reference(5),
        number: Number::parse("07700900001").unwrap(),
        text_relay: false,
        region: "london".into(),
        postcode: None,
        language: "en-GB".into(),
        booked_at: at(0),
        deadline: at(6 * 3_600_000),
        priority: Priority::Ordinary,
        attempts: 0,
        last: None,
        skill: crate::queue::CLINICIAN.into(),
        clinician: None,
        escalation: Escalation::None,
        stage: Stage::Due(at(0)),
    };
    a.book(&promise, &entry()).await.unwrap();
    long_passes(lab).await;
    dies(lab, "a").await;
    let taken = b.take_over(b_epoch, at(500)).await.unwrap();
    assert_eq!(taken.promised, std::slice::from_ref(&promise));
    assert_eq!(b.promises().await.unwrap(), [promise]);
    assert!(a.promises().await.unwrap().is_empty());
}

fn promised(n: u64) -> Caller {
    let mut caller = caller(n);
    caller.contact.promised = true;
    caller
}

async fn whoever_is_promised_a_callback_is_neither_kept_nor_lost(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    long_passes(lab).await;
    let mut unknown = promised(4);
    unknown.contact.number = None;
    for caller in [promised(3), unknown, without_number(5)] {
        a.put_caller(epoch, &caller).await.unwrap();
    }
    let before = b.changes(0).await.unwrap().upto;
    dies(lab, "a").await;
    let taken = b.take_over(b_epoch, at(500)).await.unwrap();
    let named = |rows: &[CallerRow]| rows.iter().map(|row| row.caller.reference).collect();
    let (kept, lost): (Vec<_>, Vec<_>) = (named(&taken.kept), named(&taken.lost));
    assert_eq!((kept, lost), (vec![reference(1)], vec![reference(5)]));
    let gone = b.changes(before).await.unwrap().gone_callers;
    assert_eq!(gone, [reference(3), reference(4), reference(5)]);
    // The same for a node that begins anew.
    b.put_caller(b_epoch, &promised(6)).await.unwrap();
    let left = b.enter(at(900), LEASE).await.unwrap().left;
    assert_eq!((left.kept.len(), left.lost.len()), (2, 0));
    assert_eq!(b.changes(0).await.unwrap().callers.len(), 2);
}

async fn a_node_that_ends_in_good_order_is_taken_over_at_once(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    assert!(b.take_over(b_epoch, at(500)).await.unwrap().is_empty());
    assert_eq!(
        a.renew(epoch, Duration::ZERO).await.unwrap(),
        Renewed::Renewed
    );
    let taken = b.take_over(b_epoch, at(500)).await.unwrap();
    assert_eq!(
        (taken.nodes.as_slice(), taken.kept.len()),
        (&["a".to_owned()][..], 1)
    );
    assert_eq!(a.renew(epoch, LEASE).await.unwrap(), Renewed::Superseded);
    // Started again, it finds nothing of its own: the other has it.
    let entered = a.enter(at(900), LEASE).await.unwrap();
    assert!(entered.left.is_empty(), "{entered:?}");
    assert_eq!(b.mine(b_epoch).await.unwrap().callers.len(), 2);
}

async fn a_node_that_ended_in_good_order_finds_its_places_again(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    a.put_caller(epoch, &without_number(2)).await.unwrap();
    assert_eq!(
        a.renew(epoch, Duration::ZERO).await.unwrap(),
        Renewed::Renewed
    );
    a.close().await;
    let again = lab.node("a").await;
    let entered = again.enter(at(900), LEASE).await.unwrap();
    assert_eq!(entered.epoch, epoch + 1);
    // No offer was live and no other node is gone, and yet there is something left.
    let left = entered.left;
    assert!(!left.is_empty() && left.nodes.is_empty() && left.ended.is_empty());
    let kept = CallerRow {
        caller: Caller {
            kept: true,
            ..caller(1)
        },
        node: "a".into(),
        epoch: epoch + 1,
    };
    assert_eq!(
        (left.kept.as_slice(), left.lost.len()),
        (&[kept.clone()][..], 1)
    );
    assert_eq!(again.mine(epoch + 1).await.unwrap().callers, [kept]);
}
