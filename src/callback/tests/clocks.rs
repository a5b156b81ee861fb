//! A deadline is an instant. What people set their clocks to moves none, and nor does a restart.

use jiff::{SignedDuration, ToSpan, civil};

use super::*;

/// What the store has of the book's only callback: what is read again after a restart.
fn restarted(book: &Book, now: Timestamp) -> Book {
    let stored = book.get(reference(1)).unwrap().clone();
    let mut book = Book::new(Settings::default());
    book.on(now, Event::Restored(stored));
    book
}

/// A callback with six hours that is booked at this time of London's clocks.
fn booked(date: civil::DateTime) -> (Book, Timestamp) {
    let now = date.in_tz("Europe/London").unwrap().timestamp();
    let mut book = Book::new(Settings::default());
    let callback = Callback {
        booked_at: now,
        deadline: Deadline::Within(Duration::from_secs(6 * 3_600)).of(now),
        ..callback(1)
    };
    book.on(now, Event::Booked(callback));
    (book, now)
}

fn is_six_hours_on(date: civil::DateTime, by_the_clock: civil::DateTime) {
    let (mut book, booked_at) = booked(date);
    let deadline = booked_at + SignedDuration::from_hours(6);
    let mut now = booked_at;
    for step in 0..3 {
        book.on(now, ready(1));
        book.on(now, Event::CallerMissed(reference(1), Outcome::NoAnswer));
        book = restarted(&book, now);
        let callback = book.get(reference(1)).unwrap();
        assert_eq!(
            (callback.booked_at, callback.deadline),
            (booked_at, deadline)
        );
        if let Stage::Due(due) = callback.stage {
            assert_eq!(due, now + SignedDuration::from_mins(15), "try {step}");
            now = due;
            book.on(now, Event::Tick);
        }
    }
    let shown = deadline.in_tz("Europe/London").unwrap().datetime();
    assert_eq!(shown, by_the_clock);
    book.on(deadline - 1.second(), Event::Tick);
    assert_eq!(book.deadline(), Some(deadline));
    let actions = book.on(deadline, Event::Tick);
    assert!(actions.contains(&Action::Late(reference(1))), "{actions:?}");
}

#[test]
fn clocks_that_go_forward_move_no_deadline() {
    // At one in the morning it is two.
    let from = civil::date(2026, 3, 29).at(0, 40, 0, 0);
    is_six_hours_on(from, civil::date(2026, 3, 29).at(7, 40, 0, 0));
}

#[test]
fn clocks_that_go_back_move_no_deadline() {
    // At two in the morning it is one.
    let from = civil::date(2026, 10, 25).at(0, 40, 0, 0);
    is_six_hours_on(from, civil::date(2026, 10, 25).at(5, 40, 0, 0));
}

#[test]
fn a_clock_set_back_before_a_restart_puts_nothing_off() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    let stage = miss(&mut book, at(60));
    assert_eq!(stage, Stage::Due(at(960)));
    let deadline = callback(1).deadline;
    // By this clock it has not been promised yet.
    let back = at(60 - 3_600);
    let book = restarted(&book, back);
    let callback = book.get(reference(1)).unwrap();
    assert_eq!(
        (callback.stage, callback.deadline),
        (Stage::Seeking, deadline)
    );
    assert_eq!(callback.attempts, 1, "nor is a try forgotten");
    // Set right again, it is where it was.
    let book = restarted(&book, at(100));
    assert_eq!(book.get(reference(1)).unwrap().deadline, deadline);
}

#[test]
fn a_clock_set_back_meanwhile_tries_nobody_twice() {
    // The time that the book is given may stand still; it is not asked to run backwards.
    let mut book = Book::new(Settings::default());
    book.on(at(100), Event::Booked(callback(1)));
    book.on(at(100), ready(1));
    let missed = Event::CallerMissed(reference(1), Outcome::NoAnswer);
    book.on(at(100), missed);
    assert_eq!(book.on(at(50), Event::Tick), []);
    assert_eq!(book.deadline(), Some(at(1_000)));
}
