use jiff::Timestamp;

use super::*;
use crate::callback::{Action, Callback, LogEntry, Outcome, Promise, Settings, What};
use crate::identity::Number;
use crate::store::{self, Place};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn reference(n: u64) -> Reference {
    Reference::new(n, 1)
}

/// A book with one callback, for which a clinician is sought.
fn book() -> Book {
    let mut book = Book::new(Settings::default());
    let promise = Promise {
        reference: reference(1),
        number: Number::parse("07700900001").unwrap(),
        text_relay: false,
        region: "london".into(),
        postcode: None,
        language: "en-GB".into(),
        skill: crate::queue::CLINICIAN.into(),
    };
    let deadline = crate::callback::Deadline::Within(Duration::from_secs(21_600));
    let callback = Callback::promised(promise, at(0), deadline);
    book.on(at(0), Event::Booked(callback));
    book
}

fn callback() -> Callback {
    book().get(reference(1)).unwrap().clone()
}

fn order(id: u128, order: Order) -> OpenOrder {
    let order = OrderRow {
        id,
        reference: reference(1),
        at: at(1),
        by: "Mary".into(),
        order,
        reason: "asked for".into(),
    };
    OpenOrder {
        order,
        is_done: false,
    }
}

fn close(id: u128) -> OpenOrder {
    let reason = "asked for".to_owned();
    order(id, Order::Close { reason })
}

fn to_gp(id: u128) -> OpenOrder {
    let (skill, clinician) = ("gp".to_owned(), None);
    order(id, Order::Reassign { skill, clinician })
}

/// What is written of a callback and of orders, in order.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    Entry(u128, What, String),
    Taken(Vec<u128>, Taking),
}

/// Does with actions what the keeper of the book does with them.
fn carry_out(orders: &mut Orders, actions: Vec<Action>, written: &mut Vec<Written>) {
    for action in actions {
        match action {
            Action::Save(callback, mut change) => {
                let id = orders.id(callback.reference, &mut change);
                if matches!(change.by, By::Supervisor(_)) {
                    written.push(Written::Entry(id, change.what, change.detail));
                }
            }
            Action::Ordered(reference, answer) => {
                let (ids, taking) = orders.answered(reference, answer);
                written.push(Written::Taken(ids, taking));
            }
            _ => {}
        }
    }
}

fn give(orders: &mut Orders, book: &mut Book, open: &[OpenOrder]) -> Vec<Written> {
    let mut written = Vec::new();
    for order in orders.news(open.to_vec(), book) {
        let event = orders.tell(order);
        let actions = book.on(at(2), event);
        carry_out(orders, actions, &mut written);
        orders.told();
    }
    written
}

fn entry(id: u128, what: What, detail: &str) -> Written {
    Written::Entry(id, what, detail.to_owned())
}

#[test]
fn an_order_is_carried_out_once_and_its_entry_has_its_id_and_reason() {
    let (mut orders, mut book) = (Orders::default(), book());
    let done = |id| Written::Taken(vec![id], Taking::Done);
    let first = [entry(7, What::Reassigned, "to gp (asked for)"), done(7)];
    assert_eq!(give(&mut orders, &mut book, &[to_gp(7)]), first);
    // Still open: the store has not heard of it yet.
    assert_eq!(give(&mut orders, &mut book, &[to_gp(7)]), []);
    let second = [entry(8, What::Closed, "asked for"), done(8)];
    let open = [to_gp(7), close(8)];
    assert_eq!(give(&mut orders, &mut book, &open), second);
    assert!(book.is_empty());
    assert_eq!(give(&mut orders, &mut book, &open), []);
    assert_eq!(give(&mut orders, &mut book, &[]), []);
    assert!(orders.told.is_empty());
}

#[test]
fn what_is_done_is_refused_and_what_is_not_known_yet_waits() {
    let (mut orders, mut book) = (Orders::default(), Book::default());
    assert_eq!(give(&mut orders, &mut book, &[close(7)]), []);
    let done = OpenOrder {
        is_done: true,
        ..close(7)
    };
    let why = Refusal::Unknown.to_string();
    let refused = Written::Taken(vec![7], Taking::Refused(why));
    assert_eq!(give(&mut orders, &mut book, &[done]), [refused]);
}

#[test]
fn one_to_close_what_is_under_way_is_answered_when_that_is_over() {
    let (mut orders, mut book) = (Orders::default(), book());
    let ready = Event::ClinicianReady(reference(1), "2001".into());
    book.on(at(1), ready);
    let due = at(60);
    let later = Order::Reschedule {
        due,
        deadline: None,
    };
    let open = [close(7), close(8), order(9, later)];
    let why = Refusal::UnderWay.to_string();
    let refused = Written::Taken(vec![9], Taking::Refused(why));
    assert_eq!(give(&mut orders, &mut book, &open), [refused]);
    assert_eq!(give(&mut orders, &mut book, &open), []);
    let missed = Event::CallerMissed(reference(1), Outcome::NoAnswer);
    let actions = book.on(at(3), missed);
    let mut written = Vec::new();
    carry_out(&mut orders, actions, &mut written);
    let expected = [
        entry(7, What::Closed, "asked for"),
        Written::Taken(vec![7, 8], Taking::Done),
    ];
    assert_eq!(written, expected);
}

/// The process ended between the change and the word of it.
#[tokio::test]
async fn what_has_been_carried_out_is_not_carried_out_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ivr111.db").display());
    let store = store::open(&Place::new(url)).await.unwrap();
    let change = |what| Change::by_service(what);
    let booked = LogEntry::new(1, reference(1), at(0), change(What::Booked));
    store.book(&callback(), &booked).await.unwrap();
    for id in [7, 8] {
        store.order(&to_gp(id).order).await.unwrap();
    }
    assert_eq!(open(&store).await.unwrap(), [to_gp(7), to_gp(8)]);
    let reassigned = LogEntry::new(7, reference(1), at(2), change(What::Reassigned));
    store.save(&callback(), &reassigned).await.unwrap();
    assert_eq!(open(&store).await.unwrap(), [to_gp(8)]);
    assert_eq!(store.order_result(7).await.unwrap(), Some(Taking::Done));
    assert_eq!(store.order_result(8).await.unwrap(), None);
}
