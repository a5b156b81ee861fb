use std::time::Duration;

use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use crate::flow::Priority;
use crate::identity::{Number, Reference};
use crate::queue::shared::*;
use crate::queue::{HandlerId, Place, Profile, Reason, Wanted};

on_both! {
    an_offer_is_made_answered_and_ended,
    the_schema_forbids_what_must_not_be,
    an_offer_is_refused_for_what_stands_in_its_way,
    ringing_all_ends_with_one_who_talks,
    a_handler_goes_back_to_where_they_were,
    who_is_busy_is_not_put_aside,
    wrap_up_ends_by_time_alone,
    what_is_forgotten_is_read_anew,
    a_change_wakes_those_who_wait,
}

pub(super) const LEASE: Duration = Duration::from_secs(3_600);

pub(super) fn reference(n: u64) -> Reference {
    Reference::new(1_800_000_000_000, n.into())
}

pub(super) fn caller(n: u64) -> Caller {
    Caller {
        reference: reference(n),
        wanted: Wanted::by_skill("dental", "general", Priority::YoungOrOld).from_region(
            "london",
            Some("harmoni".into()),
            Some("cy-GB".into()),
        ),
        place: Place::Top,
        since: at(n as i64),
        not_before: Some(at(n as i64 + 5)),
        contact: Contact {
            number: Number::parse(&format!("0770090{:04}", n % 1_000)).ok(),
            text_relay: true,
            language: "cy-GB".into(),
            display: "London: dental".into(),
            postcode: Some("BN1".into()),
            promised: false,
        },
        kept: false,
        tries: 2,
    }
}

pub(super) fn without_number(n: u64) -> Caller {
    let mut caller = caller(n);
    caller.contact.number = None;
    caller
}

pub(super) fn named(account: &str) -> HandlerId {
    HandlerId::new(account)
}

/// Somebody with a skill, and with a phone.
fn desk(skill: &str) -> Desk {
    Desk {
        profile: Profile::with_skills([skill]),
        phones: vec![Phone {
            uri: "sip:1001@127.0.0.1:5070".into(),
            via: "udp:127.0.0.1:5070".into(),
            expires: at(3_600_000),
        }],
    }
}

pub(super) async fn put_handler(
    store: &SharedStore,
    epoch: i64,
    name: &str,
    standing: &Standing,
) -> PutHandler {
    let (name, desk) = (named(name), desk("general"));
    let put = store.put_handler(epoch, &name, standing, &desk);
    put.await.unwrap()
}

pub(super) fn free() -> Standing {
    Standing::available(at(0))
}

/// A node with a free handler and a caller.
pub(super) async fn node(lab: &Lab, name: &str, n: u64) -> (SharedStore, i64) {
    let store = lab.node(name).await;
    let epoch = store.enter(at(0), LEASE).await.unwrap().epoch;
    let put = store.put_caller(epoch, &caller(n)).await.unwrap();
    assert_eq!(put, PutCaller::Stored);
    let handler = format!("100{n}");
    let put = put_handler(&store, epoch, &handler, &free()).await;
    assert_eq!(put, PutHandler::Stored);
    (store, epoch)
}

pub(super) async fn offer(store: &SharedStore, epoch: i64, n: u64, handler: &str) -> Offered {
    let handler = named(handler);
    let offered = store.offer(epoch, reference(n), &handler, at(100), at(15_100), false);
    offered.await.unwrap()
}

pub(super) async fn offered(store: &SharedStore, epoch: i64, n: u64, handler: &str) -> i64 {
    match offer(store, epoch, n, handler).await {
        Offered::Offered(id) => id,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn handler(store: &SharedStore, name: &str) -> Option<HandlerRow> {
    let all = store.changes(0).await.unwrap();
    all.handlers
        .into_iter()
        .find(|row| row.handler.as_str() == name)
}

/// Lets a node's lease run out.
pub(super) async fn dies(lab: &Lab, node: &str) {
    let sql = format!("UPDATE node SET alive_until = 1 WHERE node = '{node}'");
    assert_eq!(lab.sql(&sql).await.unwrap(), 1);
}

/// Lets all nodes have been there for long.
pub(super) async fn long_passes(lab: &Lab) {
    lab.sql("UPDATE node SET steady_since = 1").await.unwrap();
}

async fn an_offer_is_made_answered_and_ended(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let id = offered(&a, epoch, 1, "1001").await;
    assert_eq!(offered(&a, epoch, 1, "1001").await, id);
    let row = handler(&a, "1001").await.unwrap();
    assert_eq!(row.standing.state, HandlerState::Offered);
    assert_eq!(row.standing.until, Some(at(15_100)));

    assert!(a.answer(id, at(200)).await.unwrap());
    assert!(a.answer(id, at(210)).await.unwrap());
    let row = handler(&a, "1001").await.unwrap();
    assert_eq!((row.standing.state, row.calls), (HandlerState::Talking, 1));
    assert_eq!(row.standing.since, at(200));
    let mine = a.mine(epoch).await.unwrap();
    assert_eq!(mine.offers[0].answered_at, Some(at(200)));

    let wrap_up = Standing {
        state: HandlerState::WrapUp,
        since: at(300),
        until: Some(at(400)),
        reason: None,
        missed: 0,
    };
    let after = After::Standing(wrap_up.clone());
    let end = |outcome| a.end_offer(id, at(300), outcome, &after);
    assert!(end(OfferOutcome::Talked).await.unwrap());
    assert!(!end(OfferOutcome::Missed).await.unwrap());
    assert_eq!(handler(&a, "1001").await.unwrap().standing, wrap_up);
    assert!(!a.answer(id, at(310)).await.unwrap());
    assert!(a.mine(epoch).await.unwrap().offers.is_empty());
    assert!(a.remove_caller(epoch, reference(1)).await.unwrap());
    assert!(!a.remove_caller(epoch, reference(1)).await.unwrap());
    assert_eq!(
        a.remove_handler(epoch, &named("1001")).await.unwrap(),
        Removed::Gone
    );
    assert_eq!(
        a.remove_handler(epoch, &named("1001")).await.unwrap(),
        Removed::Gone
    );
    let rest = a.changes(0).await.unwrap();
    assert!(rest.callers.is_empty() && rest.handlers.is_empty() && rest.offers.is_empty());
}

/// Not through the store, but past it: what a mistake in the store would do.
async fn the_schema_forbids_what_must_not_be(lab: &Lab) {
    let _store = lab.store().await;
    let offer = |id: i64, caller: u64, handler: &str, answered: &str, ended: &str| {
        let reference = reference(caller);
        let outcome = if ended == "NULL" { "NULL" } else { "'talked'" };
        let sql = format!(
            "INSERT INTO queue_offer (id, reference, handler, node, epoch, offered_at, until, \
             expires_at, idle_since, answered_at, ended_at, outcome, change) VALUES \
             ({id}, '{reference}', '{handler}', 'a', 1, 0, 0, 0, 0, {answered}, {ended}, {outcome}, 1)"
        );
        async move { lab.sql(&sql).await }
    };
    let forbidden = |done: Result<u64, sqlx::Error>| match done {
        Err(sqlx::Error::Database(error)) => error.is_unique_violation(),
        _ => false,
    };
    offer(1, 1, "1001", "NULL", "NULL").await.unwrap();
    assert!(forbidden(offer(2, 2, "1001", "NULL", "NULL").await));
    offer(3, 1, "1002", "NULL", "NULL").await.unwrap();
    offer(4, 2, "1003", "5", "NULL").await.unwrap();
    assert!(forbidden(offer(5, 2, "1004", "5", "NULL").await));
    offer(6, 2, "1004", "NULL", "NULL").await.unwrap();
    offer(7, 2, "1003", "5", "6").await.unwrap();
    let kept = format!(
        "INSERT INTO queue_caller (reference, node, epoch, wanted, place, since, not_before, number, \
         text_relay, language, display, promised, kept, tries, change) VALUES ('{}', 'a', 1, '{{}}', 'top', 0, NULL, NULL, FALSE, \
         'en-GB', '', FALSE, TRUE, 0, 1)",
        reference(3)
    );
    let refused = match lab.sql(&kept).await {
        Err(sqlx::Error::Database(error)) => error.is_check_violation(),
        _ => false,
    };
    assert!(refused, "a place is kept for nobody's number");
}

async fn an_offer_is_refused_for_what_stands_in_its_way(lab: &Lab) {
    let (a, a_epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    assert_eq!(offer(&a, a_epoch, 9, "1001").await, Offered::CallerGone);
    assert_eq!(offer(&a, a_epoch, 2, "1001").await, Offered::CallerGone);
    assert_eq!(offer(&a, a_epoch, 1, "1009").await, Offered::HandlerTaken);
    assert_eq!(offer(&a, a_epoch + 1, 1, "1001").await, Offered::NotOwner);
    assert_eq!(offer(&a, a_epoch - 1, 1, "1001").await, Offered::NotOwner);
    // Any handler gets any caller: the phone is at the other node.
    let id = offered(&a, a_epoch, 1, "1002").await;
    assert_eq!(offer(&b, b_epoch, 2, "1002").await, Offered::HandlerTaken);
    assert!(a.answer(id, at(200)).await.unwrap());
    assert_eq!(offer(&a, a_epoch, 1, "1001").await, Offered::CallerGone);
    let away = Standing {
        state: HandlerState::NotReady,
        reason: Some(Reason::Chosen(Some(1))),
        ..free()
    };
    put_handler(&b, b_epoch, "1001", &away).await;
    assert_eq!(offer(&b, b_epoch, 2, "1001").await, Offered::HandlerTaken);
    let row = handler(&a, "1001").await.unwrap();
    assert_eq!((row.node.as_str(), row.standing), ("b", away));
    let later = Standing {
        until: Some(at(101)),
        ..free()
    };
    put_handler(&b, b_epoch, "1001", &later).await;
    assert_eq!(offer(&b, b_epoch, 2, "1001").await, Offered::HandlerTaken);
}

async fn ringing_all_ends_with_one_who_talks(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    put_handler(&a, epoch, "1002", &free()).await;
    let (one, two) = (
        offered(&a, epoch, 1, "1001").await,
        offered(&a, epoch, 1, "1002").await,
    );
    assert!(a.answer(two, at(200)).await.unwrap());
    assert!(!a.answer(one, at(201)).await.unwrap());
    let end = a.end_offer(one, at(202), OfferOutcome::Withdrawn, &After::AsBefore);
    assert!(end.await.unwrap());
    let (first, second) = (handler(&a, "1001").await, handler(&a, "1002").await);
    assert_eq!(first.unwrap().standing, free());
    assert_eq!(second.unwrap().standing.state, HandlerState::Talking);
    // One who is gone cannot be answered.
    let (b, b_epoch) = node(lab, "b", 3).await;
    let id = offered(&b, b_epoch, 3, "1003").await;
    assert!(b.remove_caller(b_epoch, reference(3)).await.unwrap());
    assert!(!b.answer(id, at(300)).await.unwrap());
}

async fn a_handler_goes_back_to_where_they_were(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let id = offered(&a, epoch, 1, "1001").await;
    let end = a.end_offer(id, at(5_000), OfferOutcome::Withdrawn, &After::AsBefore);
    assert!(end.await.unwrap());
    assert_eq!(handler(&a, "1001").await.unwrap().standing, free());
    let id = offered(&a, epoch, 1, "1001").await;
    let missed = Standing {
        missed: 1,
        until: Some(at(23_000)),
        ..Standing::available(at(20_000))
    };
    let after = After::Standing(missed.clone());
    let end = a.end_offer(id, at(20_000), OfferOutcome::Missed, &after);
    assert!(end.await.unwrap());
    assert_eq!(handler(&a, "1001").await.unwrap().standing, missed);
    let name = named("1001");
    let again = a.offer(epoch, reference(1), &name, at(23_000), at(38_000), false);
    let Offered::Offered(id) = again.await.unwrap() else {
        panic!("free from then on");
    };
    let end = a.end_offer(id, at(24_000), OfferOutcome::Refused, &After::Gone);
    assert!(end.await.unwrap());
    assert_eq!(handler(&a, "1001").await, None);
}

async fn who_is_busy_is_not_put_aside(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let (b, b_epoch) = node(lab, "b", 2).await;
    let id = offered(&a, epoch, 1, "1001").await;
    let away = Standing {
        state: HandlerState::NotReady,
        ..free()
    };
    let (name, dental) = (named("1001"), desk("dental"));
    let put = b.put_handler(b_epoch, &name, &away, &dental);
    assert_eq!(put.await.unwrap(), PutHandler::Busy);
    let row = handler(&a, "1001").await.unwrap();
    assert_eq!(row.standing.state, HandlerState::Offered);
    assert_eq!((row.node.as_str(), row.desk), ("b", dental));
    assert_eq!(
        a.remove_handler(epoch, &named("1001")).await.unwrap(),
        Removed::Elsewhere
    );
    assert_eq!(
        b.remove_handler(b_epoch, &named("1001")).await.unwrap(),
        Removed::Busy
    );
    let end = a.end_offer(id, at(300), OfferOutcome::Missed, &After::AsBefore);
    assert!(end.await.unwrap());
    assert_eq!(
        b.remove_handler(b_epoch, &named("1001")).await.unwrap(),
        Removed::Gone
    );
    let busy = Standing {
        state: HandlerState::Talking,
        ..free()
    };
    let nonsense = a.put_handler(epoch, &name, &busy, &desk("general")).await;
    assert!(matches!(nonsense, Err(StoreError::Request(_))));
    let nowhere = Caller {
        kept: true,
        ..without_number(5)
    };
    let nonsense = a.put_caller(epoch, &nowhere).await;
    assert!(matches!(nonsense, Err(StoreError::Request(_))));
}

/// The node that should end it may be the one that is gone.
async fn wrap_up_ends_by_time_alone(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let wrap_up = |until| Standing {
        state: HandlerState::WrapUp,
        until: Some(at(until)),
        ..free()
    };
    let put = |standing: Standing| {
        let a = a.clone();
        async move { put_handler(&a, epoch, "1001", &standing).await }
    };
    put(wrap_up(101)).await;
    assert_eq!(offer(&a, epoch, 1, "1001").await, Offered::HandlerTaken);
    put(wrap_up(100)).await;
    let id = offered(&a, epoch, 1, "1001").await;
    let end = a.end_offer(id, at(200), OfferOutcome::Withdrawn, &After::AsBefore);
    assert!(end.await.unwrap());
    let standing = handler(&a, "1001").await.unwrap().standing;
    assert_eq!(standing, Standing::available(at(100)));
}

async fn what_is_forgotten_is_read_anew(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let before = a.changes(0).await.unwrap();
    assert!(before.anew);
    assert!(a.changes(before.upto).await.unwrap().is_empty());
    assert!(a.remove_caller(epoch, reference(1)).await.unwrap());
    let news = a.changes(before.upto).await.unwrap();
    assert_eq!(news.gone_callers, [reference(1)]);
    assert!(!news.anew && news.callers.is_empty() && news.handlers.is_empty());
    assert_eq!(a.tidy(Duration::from_secs(60)).await.unwrap(), 0);
    lab.sql("UPDATE queue_gone SET gone_at = 1").await.unwrap();
    assert_eq!(a.tidy(Duration::from_secs(60)).await.unwrap(), 1);
    let news = a.changes(before.upto).await.unwrap();
    assert!(news.anew && news.callers.is_empty() && news.handlers.len() == 1);
    // An offer that has ended and been forgotten would go on for ever with those who have not heard.
    a.put_caller(epoch, &caller(2)).await.unwrap();
    let id = offered(&a, epoch, 2, "1001").await;
    let ringing = a.changes(0).await.unwrap().upto;
    let end = a.end_offer(id, at(1), OfferOutcome::Withdrawn, &After::AsBefore);
    assert!(end.await.unwrap());
    lab.sql("UPDATE queue_offer SET ended_at = 1")
        .await
        .unwrap();
    assert_eq!(a.tidy(Duration::from_secs(60)).await.unwrap(), 1);
    assert!(a.changes(ringing).await.unwrap().anew);
    // A store that has lost what was last written to it.
    assert!(a.changes(1_000_000).await.unwrap().anew);
}

async fn a_change_wakes_those_who_wait(lab: &Lab) {
    let (a, epoch) = node(lab, "a", 1).await;
    let upto = a.changes(0).await.unwrap().upto;
    let waiting = {
        let a = a.clone();
        tokio::spawn(async move { a.wait_for_change(upto, LEASE).await })
    };
    a.put_caller(epoch, &caller(2)).await.unwrap();
    waiting.await.unwrap();
    // What was before the waiting began does not get lost.
    a.wait_for_change(upto, LEASE).await;
    a.wait_for_change(upto + 1, Duration::from_millis(1)).await;
}

/// Of what another node does a node hears at once, and not only when it looks.
#[tokio::test]
async fn other_nodes_are_heard_of() {
    let lab = Lab::postgres();
    let (a, epoch) = node(&lab, "a", 1).await;
    let b = lab.node("b").await;
    for n in 2..20 {
        let upto = b.changes(0).await.unwrap().upto;
        a.put_caller(epoch, &caller(n)).await.unwrap();
        b.wait_for_change(upto, LEASE).await;
        assert_eq!(b.changes(upto).await.unwrap().callers.len(), 1);
    }
}
