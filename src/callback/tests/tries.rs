use super::*;

/// Tries once at this second; the caller is missed so.
fn try_at(book: &mut Book, second: i64, outcome: Outcome) -> Stage {
    let sought = book.on(at(second), Event::Tick);
    assert!(
        matches!(sought.last(), Some(Action::Seek(_))),
        "not sought at {second}: {sought:?}"
    );
    book.on(at(second), ready(1));
    book.on(at(second), Event::CallerMissed(reference(1), outcome));
    book.get(reference(1)).unwrap().stage
}

fn book() -> Book {
    let mut book = Book::new(Settings::default());
    let due = Callback {
        stage: Stage::Due(at(0)),
        ..callback(1)
    };
    let far = due.clone().due_after(at(0), Duration::from_secs(1));
    book.on(at(0), Event::Restored(far));
    book
}

#[test]
fn each_outcome_has_its_own_pause() {
    for (outcome, pause) in [
        (Outcome::NoAnswer, 900),
        (Outcome::Busy, 300),
        (Outcome::Unobtainable, 900),
    ] {
        let stage = try_at(&mut book(), 1, outcome);
        assert_eq!(stage, Stage::Due(at(1 + pause)), "{outcome:?}");
    }
}

#[test]
fn a_number_that_cannot_be_reached_twice_in_a_row_is_decided_on() {
    let mut book = book();
    try_at(&mut book, 1, Outcome::Unobtainable);
    let stage = try_at(&mut book, 901, Outcome::Unobtainable);
    assert_eq!(stage, Stage::Decision);
    assert_eq!(book.get(reference(1)).unwrap().attempts, 2);
}

#[test]
fn twice_but_not_in_a_row_is_not_enough() {
    let mut book = Book::new(Settings {
        attempts: 5,
        ..Settings::default()
    });
    book.on(
        at(0),
        Event::Restored(callback(1).due_after(at(0), Duration::from_secs(1))),
    );
    try_at(&mut book, 1, Outcome::Unobtainable);
    try_at(&mut book, 901, Outcome::Busy);
    let stage = try_at(&mut book, 1_201, Outcome::Unobtainable);
    assert_eq!(stage, Stage::Due(at(2_101)));
}

#[test]
fn a_machine_that_has_answered_is_a_try_that_has_failed() {
    let mut book = book();
    book.on(at(1), Event::Tick);
    book.on(at(1), ready(1));
    book.on(at(5), Event::CallerAnswered(reference(1)));
    let missed = Event::CallerMissed(reference(1), Outcome::Voicemail);
    let actions = book.on(at(20), missed.clone());
    let stage = Stage::Due(at(920));
    let what = What::Missed(Outcome::Voicemail);
    assert_eq!(saved(&actions), [(stage, what)]);
    let attempted = Action::Attempted(reference(1), Outcome::Voicemail);
    assert_eq!(actions.last(), Some(&attempted));
    let callback = book.get(reference(1)).unwrap();
    assert_eq!(
        (callback.attempts, callback.last),
        (1, Some(Outcome::Voicemail))
    );
    assert_eq!(book.on(at(21), missed), [], "said twice, it counts once");
}

#[test]
fn nobody_who_talks_can_be_missed_otherwise() {
    let mut book = book();
    book.on(at(1), Event::Tick);
    book.on(at(1), ready(1));
    book.on(at(5), Event::CallerAnswered(reference(1)));
    let missed = Event::CallerMissed(reference(1), Outcome::Busy);
    assert_eq!(book.on(at(20), missed), []);
}

#[test]
fn the_log_tells_who_has_done_what() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    let actions = book.on(at(1), ready(1));
    let [Action::Save(_, tried), Action::RingCaller(_)] = &actions[..] else {
        panic!("{actions:?}");
    };
    assert_eq!((&tried.by, tried.what), (&nurse(), What::Tried));
    let actions = book.on(at(2), Event::CallerAnswered(reference(1)));
    assert_eq!(saved(&actions), [(Stage::Talking, What::Answered)]);
    let actions = book.on(at(60), over(1));
    let [Action::Save(_, closed)] = &actions[..] else {
        panic!("{actions:?}");
    };
    assert_eq!((&closed.by, closed.what), (&nurse(), What::Closed));
}
