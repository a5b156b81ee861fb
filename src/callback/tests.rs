use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::flow::Priority;
use crate::identity::{Number, Reference};

mod again;
mod clocks;
mod decisions;
mod dispositions;
mod going_on;
mod histories;
mod orders;
mod plain;
mod raised;
mod tries;
mod turns;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn reference(n: u64) -> Reference {
    Reference::new(n, 0)
}

const NURSE: &str = "2001";

fn nurse() -> By {
    By::Clinician(NURSE.into())
}

fn ready(n: u64) -> Event {
    Event::ClinicianReady(reference(n), NURSE.into())
}

fn over(n: u64) -> Event {
    Event::Over(reference(n), nurse())
}

/// What of the actions is saved, and why.
fn saved(actions: &[Action]) -> Vec<(Stage, What)> {
    let saved = actions.iter().filter_map(|action| match action {
        Action::Save(callback, change) => Some((callback.stage, change.what)),
        _ => None,
    });
    saved.collect()
}

fn callback(n: u64) -> Callback {
    Callback {
        reference: reference(n),
        number: Number::parse("07700900001").unwrap(),
        text_relay: false,
        region: "national".into(),
        postcode: None,
        language: "en-GB".into(),
        booked_at: at(0),
        deadline: at(6 * 3600 - n as i64),
        priority: Priority::Ordinary,
        attempts: 0,
        last: None,
        skill: crate::queue::CLINICIAN.into(),
        clinician: None,
        escalation: Escalation::None,
        stage: Stage::Due(at(0)),
    }
}

/// One try in which the caller does not answer.
fn miss(book: &mut Book, now: Timestamp) -> Stage {
    book.on(now, Event::Tick);
    book.on(now, ready(1));
    book.on(now, Event::CallerMissed(reference(1), Outcome::NoAnswer));
    book.get(reference(1)).unwrap().stage
}

#[test]
fn the_promise_is_sought_at_once_and_saved_before_the_caller_is_rung() {
    let mut book = Book::new(Settings::default());
    let actions = book.on(at(0), Event::Booked(callback(1)));
    assert!(matches!(&actions[..], [Action::Seek(_)]));
    let actions = book.on(at(1), ready(1));
    assert!(matches!(&actions[..], [Action::Save(c, _), Action::RingCaller(_)] if c.attempts == 1));
    book.on(at(2), Event::CallerAnswered(reference(1)));
    let actions = book.on(at(60), over(1));
    assert!(matches!(&actions[..], [Action::Save(c, _)] if c.stage == Stage::Done));
    assert!(book.is_empty());
}

#[test]
fn three_tries_fifteen_minutes_apart_then_a_clinician_decides() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    assert_eq!(miss(&mut book, at(0)), Stage::Due(at(900)));
    assert_eq!(book.deadline(), Some(at(900)));
    assert_eq!(book.on(at(899), Event::Tick), []);
    assert_eq!(miss(&mut book, at(900)), Stage::Due(at(1800)));
    assert_eq!(miss(&mut book, at(1800)), Stage::Decision);
    let actions = book.on(at(1_000_000), Event::Tick);
    let is_sought = |action: &Action| matches!(action, Action::Seek(_) | Action::RingCaller(_));
    assert!(!actions.iter().any(is_sought), "{actions:?}");
    assert_eq!(book.len(), 1, "it is never closed by itself");
}

#[test]
fn a_clinician_who_goes_costs_the_caller_no_try() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    book.on(at(1), ready(1));
    book.on(at(2), Event::ClinicianGone(reference(1)));
    let callback = book.get(reference(1)).unwrap();
    assert_eq!((callback.attempts, callback.stage), (0, Stage::Due(at(62))));
}

#[test]
fn a_network_that_fails_costs_the_caller_no_try() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    for n in 0..10 {
        book.on(at(n * 900), Event::Tick);
        book.on(at(n * 900), ready(1));
        book.on(at(n * 900), Event::NotRung(reference(1)));
    }
    let callback = book.get(reference(1)).unwrap();
    assert_eq!(
        (callback.attempts, callback.stage),
        (0, Stage::Due(at(9_000)))
    );
}

#[test]
fn a_conversation_that_broke_off_is_taken_up_again() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    book.on(at(1), ready(1));
    book.on(at(5), Event::CallerAnswered(reference(1)));
    book.on(at(105), Event::BrokenOff(reference(1)));
    let callback = book.get(reference(1)).unwrap();
    assert_eq!(callback.stage, Stage::Due(at(105 + 900)));
}

#[test]
fn what_is_over_in_a_moment_was_no_conversation() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    book.on(at(1), ready(1));
    book.on(at(5), Event::CallerAnswered(reference(1)));
    book.on(at(7), over(1));
    let callback = book.get(reference(1)).unwrap();
    assert_eq!(
        (callback.attempts, callback.stage),
        (1, Stage::Due(at(907)))
    );
}

#[test]
fn a_promise_that_is_made_again_stands_in_place_of_the_first_one() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    let again = Callback {
        number: Number::parse("07700900002").unwrap(),
        booked_at: at(60),
        deadline: at(7 * 3600),
        ..callback(1)
    };
    let again = again.due_after(at(60), Duration::from_secs(900));
    // Nobody talks yet: nothing can have been promised again.
    assert_eq!(book.on(at(0), Event::Renewed(again.clone())), []);
    book.on(at(1), ready(1));
    book.on(at(5), Event::CallerAnswered(reference(1)));
    let stands = Callback {
        booked_at: at(0),
        ..again.clone()
    };
    let actions = book.on(at(60), Event::Renewed(again));
    let change = Change::by_service(What::Renewed);
    assert_eq!(actions, [Action::Save(stands.clone(), change)]);
    // The conversation is over all the same, and closes nothing.
    assert_eq!(book.on(at(61), over(1)), []);
    assert_eq!((book.len(), book.deadline()), (1, Some(at(960))));
    let actions = book.on(at(960), Event::Tick);
    let stage = Stage::Seeking;
    assert_eq!(actions, [Action::Seek(Callback { stage, ..stands })]);
}

#[test]
fn a_promise_that_is_renewed_without_a_time_is_due_at_once() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    book.on(at(1), ready(1));
    book.on(at(5), Event::CallerAnswered(reference(1)));
    let done = Callback {
        stage: Stage::Done,
        ..callback(1)
    };
    let actions = book.on(at(60), Event::Renewed(done));
    assert!(matches!(&actions[..], [Action::Save(..), Action::Seek(_)]));
}

#[test]
fn a_restart_takes_up_what_was_under_way() {
    for stage in [Stage::Seeking, Stage::Ringing, Stage::Talking] {
        let mut book = Book::new(Settings::default());
        let stored = Callback {
            attempts: 1,
            stage,
            ..callback(1)
        };
        let deadline = stored.deadline;
        let mut actions = book.on(at(500), Event::Restored(stored));
        let sought = actions.pop();
        assert!(
            matches!(&sought, Some(Action::Seek(c)) if c.attempts == 1 && c.deadline == deadline)
        );
        // Whoever looks at it sees that it was cut off.
        let is_told = matches!(
            &actions[..],
            [Action::Save(c, change)] if change.what == What::BrokenOff && c.stage == Stage::Due(at(500))
        );
        assert_eq!(is_told, stage != Stage::Seeking, "{actions:?}");
        assert!(is_told || actions.is_empty());
    }
    let mut book = Book::new(Settings::default());
    let later = Callback {
        stage: Stage::Due(at(900)),
        ..callback(1)
    };
    assert_eq!(book.on(at(500), Event::Restored(later)), []);
    assert_eq!(book.deadline(), Some(at(900)));
}

#[test]
fn what_another_node_has_taken_over_is_left_to_it() {
    let mut book = Book::new(Settings::default());
    for n in 1..=3 {
        book.on(at(0), Event::Booked(callback(n)));
    }
    book.on(at(1), ready(1));
    let stored = |n, attempts| Callback {
        attempts,
        stage: Stage::Ringing,
        ..callback(n)
    };
    let actions = book.on(at(2), Event::Compared(vec![stored(1, 1), stored(4, 1)]));
    // What is under way goes on, what is new is sought, and the rest is another's.
    let [
        Action::Stop(two),
        Action::Stop(three),
        Action::Save(..),
        Action::Seek(new),
    ] = &actions[..]
    else {
        panic!("{actions:?}");
    };
    assert_eq!([*two, *three], [2, 3].map(reference));
    assert_eq!((new.reference, new.attempts), (reference(4), 1));
    assert_eq!(book.get(reference(1)).unwrap().stage, Stage::Ringing);
    assert_eq!(book.on(at(3), ready(2)), []);
    assert_eq!(book.len(), 2);
}

#[test]
fn the_earliest_deadline_is_sought_first() {
    let mut book = Book::new(Settings::default());
    for n in 1..4 {
        let due = Callback {
            stage: Stage::Due(at(100)),
            ..callback(n)
        };
        book.on(at(0), Event::Restored(due));
    }
    let sought: Vec<_> = book
        .on(at(100), Event::Tick)
        .into_iter()
        .filter_map(|action| match action {
            Action::Seek(callback) => Some(callback.reference),
            _ => None,
        })
        .collect();
    assert_eq!(sought, [reference(3), reference(2), reference(1)]);
}

#[test]
fn a_status_says_something_about_the_number_or_about_the_network() {
    let of = Outcome::of_status;
    assert_eq!(of(Some(486), true, false), Some(Outcome::Busy));
    assert_eq!(of(Some(404), true, false), Some(Outcome::Unobtainable));
    assert_eq!(of(Some(480), true, false), Some(Outcome::NoAnswer));
    // Nothing came back, or the trunk failed: the number has not been tried.
    assert_eq!(of(Some(408), false, false), None);
    assert_eq!(of(Some(503), true, false), None);
    assert_eq!(of(None, false, true), Some(Outcome::NoAnswer));
}
