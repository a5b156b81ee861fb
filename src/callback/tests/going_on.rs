//! Conversations that the next process goes on with.

use super::*;

/// A conversation since the tenth second; the book of the next process, which goes on with it; what the store
/// has.
fn followed() -> (Book, Callback) {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    book.on(at(5), ready(1));
    book.on(at(10), Event::CallerAnswered(reference(1)));
    let stored = book.get(reference(1)).unwrap().clone();
    assert_eq!(stored.stage, Stage::Talking);
    let mut book = Book::new(Settings::default());
    book.on(at(20), Event::GoesOn(reference(1), at(10)));
    (book, stored)
}

#[test]
fn who_talks_on_is_not_rung_anew_and_ends_the_callback() {
    let (mut book, stored) = followed();
    assert_eq!(book.on(at(20), Event::Restored(stored.clone())), []);
    assert_eq!(book.get(reference(1)), Some(&stored));
    // In all it has lasted long enough for a conversation.
    let actions = book.on(at(21), over(1));
    assert!(
        matches!(&actions[..], [Action::Save(c, _)] if c.stage == Stage::Done),
        "{actions:?}"
    );
    assert!(book.is_empty());
}

#[test]
fn a_store_that_says_less_is_behind() {
    let (mut book, stored) = followed();
    let stage = Stage::Ringing;
    let stored = Callback { stage, ..stored };
    assert_eq!(book.on(at(20), Event::Restored(stored)), []);
    assert_eq!(book.get(reference(1)).unwrap().stage, Stage::Talking);
}

#[test]
fn what_has_ended_before_the_store_was_there_counts() {
    let (mut book, stored) = followed();
    assert_eq!(book.on(at(60), over(1)), []);
    let actions = book.on(at(90), Event::Compared(vec![stored.clone()]));
    assert!(
        matches!(&actions[..], [Action::Save(c, _)] if c.stage == Stage::Done),
        "{actions:?}"
    );
    let (mut book, _) = followed();
    assert_eq!(book.on(at(60), Event::BrokenOff(reference(1))), []);
    book.on(at(90), Event::Restored(stored.clone()));
    assert!(matches!(
        book.get(reference(1)).unwrap().stage,
        Stage::Due(_)
    ));
    // Once: the next process knows nothing of it.
    let mut book = Book::new(Settings::default());
    book.on(at(90), Event::Restored(stored));
    assert_eq!(book.get(reference(1)).unwrap().stage, Stage::Seeking);
}

#[test]
fn what_is_closed_or_another_nodes_stays_so() {
    let (mut book, stored) = followed();
    let done = Callback {
        stage: Stage::Done,
        ..stored.clone()
    };
    book.on(at(20), Event::Restored(done));
    assert!(book.is_empty());
    let (mut book, _) = followed();
    assert_eq!(book.on(at(20), Event::Compared(vec![])), []);
    assert_eq!(book.on(at(30), over(1)), []);
    assert!(book.is_empty());
}
