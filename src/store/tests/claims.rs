//! A caller who talks with somebody is handed over to somebody else.

use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use super::queue::{free, named, node, offered, put_handler, reference};
use crate::queue::shared::{After, HandlerState, OfferOutcome, Offered};

on_both! {
    a_caller_who_talks_is_claimed_and_handed_over,
    a_claim_is_refused_for_what_stands_in_its_way,
}

async fn claim(store: &SharedStore, epoch: i64, n: u64, handler: &str) -> Offered {
    let handler = named(handler);
    let offer = store.offer(epoch, reference(n), &handler, at(300), at(15_300), true);
    offer.await.unwrap()
}

async fn a_caller_who_talks_is_claimed_and_handed_over(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    put_handler(&a, epoch, "1002", &free()).await;
    let talk = offered(&a, epoch, 1, "1001").await;
    assert!(a.answer(talk, at(200)).await.unwrap());
    let Offered::Offered(id) = claim(&a, epoch, 1, "1002").await else {
        panic!("a claim is given");
    };
    assert_eq!(claim(&a, epoch, 1, "1002").await, Offered::Offered(id));
    // While the first talk lives there is no second.
    assert!(!a.answer(id, at(400)).await.unwrap());
    let offers = a.mine(epoch).await.unwrap().offers;
    let answered: Vec<_> = offers.iter().map(|row| row.answered_at).collect();
    assert_eq!(answered, [Some(at(200)), None]);
    let end = a.end_offer(talk, at(500), OfferOutcome::Talked, &After::AsBefore);
    assert!(end.await.unwrap());
    assert!(a.answer(id, at(600)).await.unwrap());
    let handlers = a.changes(0).await.unwrap().handlers;
    let states: Vec<_> = handlers.iter().map(|row| row.standing.state).collect();
    assert_eq!(states, [HandlerState::Available, HandlerState::Talking]);
}

async fn a_claim_is_refused_for_what_stands_in_its_way(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    let talk = offered(&a, epoch, 1, "1001").await;
    assert!(a.answer(talk, at(200)).await.unwrap());
    assert_eq!(claim(&a, epoch, 1, "1001").await, Offered::HandlerTaken);
    assert_eq!(claim(&a, epoch, 9, "1002").await, Offered::CallerGone);
    assert_eq!(claim(&b, b_epoch, 1, "1002").await, Offered::CallerGone);
    assert_eq!(claim(&a, epoch + 1, 1, "1002").await, Offered::NotOwner);
    offered(&b, b_epoch, 2, "1002").await;
    assert_eq!(claim(&a, epoch, 1, "1002").await, Offered::HandlerTaken);
}
