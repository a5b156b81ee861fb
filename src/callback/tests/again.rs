//! Callers who ring while a callback of theirs is open.

use jiff::SignedDuration;

use super::*;

fn rings() -> Event {
    Event::CallerRings(reference(1))
}

fn has_rung() -> Event {
    Event::CallerHasRung(reference(1))
}

fn booked() -> Book {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    book
}

fn stage(book: &Book) -> Stage {
    book.get(reference(1)).unwrap().stage
}

#[test]
fn while_the_caller_is_on_the_line_nobody_is_sought_and_then_again() {
    let mut book = booked();
    assert_eq!(stage(&book), Stage::Seeking);
    assert_eq!(book.on(at(1), rings()), [Action::Stop(reference(1))]);
    assert_eq!(book.on(at(9_000), Event::Tick), []);
    // A clinician who had just been found is not kept, and the caller not rung.
    assert_eq!(
        book.on(at(9_001), Event::ClinicianReady(reference(1), NURSE.into())),
        []
    );
    let actions = book.on(at(9_002), has_rung());
    assert!(
        matches!(&actions[..], [Action::Seek(c)] if c.attempts == 0),
        "{actions:?}"
    );
}

#[test]
fn a_line_that_is_never_free_puts_no_callback_off_beyond_its_deadline() {
    let mut book = booked();
    let spare = SignedDuration::from_secs(900);
    let last = callback(1).deadline - spare;
    book.on(at(1), rings());
    // It is raised meanwhile, and sought no sooner for it.
    while let Some(next) = book.deadline().filter(|next| *next < last) {
        let actions = book.on(next, Event::Tick);
        let sought = actions.iter().any(|a| matches!(a, Action::Seek(_)));
        assert!(!sought, "{actions:?}");
    }
    let actions = book.on(last, Event::Tick);
    assert!(matches!(&actions[..], [Action::Seek(_)]), "{actions:?}");
    // From now on it is tried as any other.
    assert_eq!(book.on(last, rings()), []);
    book.on(last, Event::ClinicianReady(reference(1), NURSE.into()));
    book.on(last, Event::CallerMissed(reference(1), Outcome::Busy));
    let pause = Settings::default().pauses.busy;
    assert_eq!(stage(&book), Stage::Due(last + pause));
    assert_eq!(book.get(reference(1)).unwrap().attempts, 1);
}

#[test]
fn two_calls_at_once_are_both_waited_for() {
    let mut book = booked();
    book.on(at(1), rings());
    book.on(at(1), rings());
    assert_eq!(book.on(at(2), has_rung()), []);
    assert!(matches!(&book.on(at(3), has_rung())[..], [Action::Seek(_)]));
    // One end too many is none.
    book.on(at(4), has_rung());
    assert_eq!(book.on(at(5), rings()), [Action::Stop(reference(1))]);
}

#[test]
fn what_is_not_due_yet_is_due_when_it_was() {
    let mut book = Book::new(Settings::default());
    let later = Stage::Due(at(900));
    book.on(
        at(0),
        Event::Restored(Callback {
            stage: later,
            ..callback(1)
        }),
    );
    assert_eq!(book.on(at(1), rings()), []);
    assert_eq!(book.on(at(2), has_rung()), []);
    assert_eq!((stage(&book), book.deadline()), (later, Some(at(900))));
}

#[test]
fn a_line_that_is_engaged_with_us_costs_the_caller_no_try() {
    let mut book = booked();
    book.on(at(1), Event::ClinicianReady(reference(1), NURSE.into()));
    assert_eq!(book.on(at(2), rings()), []);
    let engaged = Event::CallerMissed(reference(1), Outcome::Busy);
    let actions = book.on(at(3), engaged);
    assert!(
        matches!(&actions[..], [Action::Save(c, _)] if c.attempts == 0),
        "{actions:?}"
    );
    assert!(matches!(
        &book.on(at(60), has_rung())[..],
        [Action::Seek(_)]
    ));
}

#[test]
fn who_has_been_spoken_to_is_not_called_back() {
    let mut book = booked();
    book.on(at(1), rings());
    // A slip is no conversation.
    let slip = Event::SpokenTo(reference(1), nurse(), at(55));
    assert_eq!(book.on(at(57), slip), []);
    let actions = book.on(at(60), Event::SpokenTo(reference(1), nurse(), at(57)));
    let [Action::Save(closed, change)] = &actions[..] else {
        panic!("{actions:?}");
    };
    assert_eq!(
        (closed.stage, closed.deadline),
        (Stage::Done, callback(1).deadline)
    );
    assert_eq!((change.what, &change.by), (What::Closed, &nurse()));
    assert_eq!(change.detail, "spoken to in a later call");
    assert_eq!(book.on(at(61), has_rung()), []);
    assert!(book.is_empty());
    assert_eq!(
        book.on(at(62), Event::SpokenTo(reference(1), nurse(), at(0))),
        []
    );
}

#[test]
fn a_callback_that_is_being_made_is_closed_by_its_own_conversation() {
    let mut book = booked();
    book.on(at(1), Event::ClinicianReady(reference(1), NURSE.into()));
    assert_eq!(
        book.on(at(12), Event::SpokenTo(reference(1), nurse(), at(0))),
        []
    );
    book.on(at(13), Event::CallerAnswered(reference(1)));
    assert_eq!(
        book.on(at(14), Event::SpokenTo(reference(1), nurse(), at(0))),
        []
    );
    assert_eq!(stage(&book), Stage::Talking);
}

#[test]
fn a_callback_left_to_a_decision_is_closed_by_a_clinician_too() {
    let mut book = Book::new(Settings::default());
    book.on(
        at(0),
        Event::Restored(Callback {
            stage: Stage::Decision,
            ..callback(1)
        }),
    );
    let actions = book.on(at(4), Event::SpokenTo(reference(1), nurse(), at(0)));
    assert!(
        matches!(&actions[..], [Action::Stop(_), Action::Save(c, _)] if c.stage == Stage::Done)
    );
}

fn another_number() -> Callback {
    Callback {
        number: Number::parse("07700900002").unwrap(),
        booked_at: at(500),
        deadline: at(100_000),
        priority: Priority::HealthProfessional,
        attempts: 7,
        ..callback(1)
    }
}

#[test]
fn another_number_is_called_from_the_next_try_on_and_the_deadline_stands() {
    for before in [
        Stage::Seeking,
        Stage::Due(at(900)),
        Stage::Ringing,
        Stage::Decision,
    ] {
        let mut book = Book::new(Settings::default());
        let attempts = if before == Stage::Decision { 3 } else { 0 };
        let stage = match before {
            Stage::Ringing | Stage::Seeking => Stage::Due(at(0)),
            stage => stage,
        };
        book.on(
            at(0),
            Event::Restored(Callback {
                attempts,
                stage,
                ..callback(1)
            }),
        );
        if before == Stage::Ringing {
            book.on(at(1), Event::ClinicianReady(reference(1), NURSE.into()));
        }
        book.on(at(499), rings());
        let actions = book.on(at(500), Event::ConfirmedAgain(another_number()));
        let Some(Action::Save(saved, change)) = actions.last() else {
            panic!("{actions:?}");
        };
        assert_eq!((change.what, &change.by), (What::Renewed, &By::Caller));
        assert_eq!(saved.number, another_number().number, "{before:?}");
        assert_eq!(
            (saved.booked_at, saved.deadline),
            (at(0), callback(1).deadline)
        );
        assert_eq!(saved.priority, Priority::HealthProfessional);
        assert_eq!(book.len(), 1);
        // The one that rings the old number comes to nothing, and is not counted.
        if before == Stage::Ringing {
            book.on(
                at(510),
                Event::CallerMissed(reference(1), Outcome::NoAnswer),
            );
        }
        let actions = book.on(at(600), has_rung());
        let [Action::Seek(sought)] = &actions[..] else {
            panic!("{before:?}: {actions:?}");
        };
        assert_eq!(
            (&sought.number, sought.attempts),
            (&another_number().number, 0)
        );
    }
}

#[test]
fn a_conversation_that_began_before_the_number_was_changed_does_not_close_it() {
    let mut book = booked();
    book.on(at(1), Event::ClinicianReady(reference(1), NURSE.into()));
    book.on(at(5), Event::CallerAnswered(reference(1)));
    book.on(at(100), Event::ConfirmedAgain(another_number()));
    assert_eq!(stage(&book), Stage::Talking);
    book.on(at(900), Event::Over(reference(1), nurse()));
    assert_eq!(stage(&book), Stage::Due(at(1_800)));
    let actions = book.on(at(1_800), Event::Tick);
    assert!(matches!(&actions[..], [Action::Seek(c)] if c.number == another_number().number));
}

#[test]
fn an_earlier_deadline_comes_with_what_is_confirmed_again() {
    let mut book = booked();
    let sooner = Callback {
        deadline: at(1_200),
        ..another_number()
    };
    book.on(at(500), Event::ConfirmedAgain(sooner));
    assert_eq!(book.get(reference(1)).unwrap().deadline, at(1_200));
}

#[test]
fn what_was_closed_in_the_meantime_stands_again_once_it_is_confirmed() {
    let mut book = Book::new(Settings::default());
    let actions = book.on(at(500), Event::ConfirmedAgain(another_number()));
    assert!(matches!(&actions[..], [Action::Save(c, _), Action::Seek(_)] if c.attempts == 0));
}

#[test]
fn a_machine_that_answers_while_the_caller_talks_with_us_is_a_try_like_any_other() {
    let mut book = booked();
    book.on(at(1), ready(1));
    book.on(at(2), rings());
    book.on(at(3), Event::CallerAnswered(reference(1)));
    book.on(at(9), Event::CallerMissed(reference(1), Outcome::Voicemail));
    assert!(matches!(stage(&book), Stage::Due(_)), "{:?}", stage(&book));
}

#[test]
fn what_is_confirmed_while_the_old_number_rings_is_not_closed_by_whoever_answers_there() {
    let mut book = booked();
    book.on(at(1), ready(1));
    book.on(at(2), Event::ConfirmedAgain(another_number()));
    book.on(at(3), Event::CallerAnswered(reference(1)));
    book.on(at(300), over(1));
    let callback = book.get(reference(1)).unwrap();
    assert_eq!(callback.number, another_number().number);
    assert!(matches!(callback.stage, Stage::Due(_)));
    // The next one counts.
    book.on(at(5_000), Event::Tick);
    book.on(at(5_001), ready(1));
    book.on(at(5_002), Event::CallerAnswered(reference(1)));
    book.on(at(5_300), over(1));
    assert!(book.is_empty());
}

#[test]
fn an_order_to_close_does_not_close_what_is_confirmed_after_it() {
    let mut book = booked();
    book.on(at(1), ready(1));
    let order = Order::Close {
        reason: "moved away".into(),
    };
    let by = By::Supervisor("3001".into());
    assert_eq!(book.on(at(2), Event::Ordered(reference(1), order, by)), []);
    let actions = book.on(at(3), Event::ConfirmedAgain(another_number()));
    let refused = Action::Ordered(reference(1), Err(Refusal::UnderWay));
    assert!(actions.contains(&refused), "{actions:?}");
    book.on(at(4), Event::CallerMissed(reference(1), Outcome::NoAnswer));
    assert!(matches!(stage(&book), Stage::Due(_)));
}

#[test]
fn who_is_lost_on_the_way_to_999_is_rung_before_all_others_on_the_number_that_holds_now() {
    let mut book = booked();
    book.on(at(1), ready(1));
    book.on(at(2), Event::CallerAnswered(reference(1)));
    book.on(at(3), Event::ConfirmedAgain(another_number()));
    let actions = book.on(at(60), Event::LostInDanger(reference(1)));
    let [Action::Save(..), Action::Seek(sought)] = &actions[..] else {
        panic!("{actions:?}");
    };
    assert_eq!(sought.number, another_number().number);
    assert_eq!(sought.priority, Priority::Emergency);
}
