use super::*;

/// A book whose callback has been tried as often as may be.
fn tried_out() -> (Book, Vec<Action>) {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    miss(&mut book, at(0));
    miss(&mut book, at(900));
    book.on(at(1_800), Event::Tick);
    book.on(at(1_800), ready(1));
    let missed = Event::CallerMissed(reference(1), Outcome::NoAnswer);
    let actions = book.on(at(1_845), missed);
    (book, actions)
}

fn decided(decision: Decision) -> Event {
    Event::Decided(reference(1), decision, NURSE.into())
}

#[test]
fn after_the_last_try_a_clinician_is_asked() {
    let (book, actions) = tried_out();
    let what = What::Missed(Outcome::NoAnswer);
    let stage = Stage::Decision;
    let left = (stage, What::LeftToClinician);
    assert_eq!(saved(&actions), [(stage, what), left]);
    let asked = actions.last();
    assert!(matches!(asked, Some(Action::Decide(c)) if c.attempts == 3));
    assert_eq!(book.undecided(), 1);
}

#[test]
fn they_have_the_caller_tried_once_more() {
    let (mut book, _) = tried_out();
    let actions = book.on(at(1_900), decided(Decision::TryNow));
    let stage = Stage::Due(at(1_900));
    assert_eq!(saved(&actions), [(stage, What::Rescheduled)]);
    assert!(matches!(actions.last(), Some(Action::Seek(_))));
    assert!(
        matches!(&actions[0], Action::Save(_, change) if change.by == nurse()),
        "{actions:?}"
    );
    // Once, and then somebody decides again.
    book.on(at(1_901), ready(1));
    book.on(at(1_902), Event::CallerMissed(reference(1), Outcome::Busy));
    let callback = book.get(reference(1)).unwrap();
    assert_eq!((callback.stage, callback.attempts), (Stage::Decision, 4));
}

#[test]
fn they_have_the_caller_tried_later() {
    let (mut book, _) = tried_out();
    let later = at(1_900 + 3_600);
    let actions = book.on(at(1_900), decided(Decision::TryAt(later)));
    assert_eq!(saved(&actions), [(Stage::Due(later), What::Rescheduled)]);
    assert_eq!(book.deadline(), Some(later));
}

#[test]
fn they_close_it() {
    let (mut book, _) = tried_out();
    let actions = book.on(at(1_900), decided(Decision::Close));
    assert_eq!(saved(&actions), [(Stage::Done, What::Closed)]);
    assert!(matches!(&actions[0], Action::Save(_, change) if change.by == nurse()));
    assert!(book.is_empty());
}

#[test]
fn who_hangs_up_leaves_it_undecided_and_somebody_is_asked_again() {
    let (mut book, _) = tried_out();
    assert_eq!(book.on(at(1_900), Event::Undecided(reference(1))), []);
    assert_eq!(book.deadline(), Some(at(2_200)));
    // What is said by somebody who is not asked any longer does not count.
    assert_eq!(book.on(at(1_901), decided(Decision::Close)), []);
    let actions = book.on(at(2_200), Event::Tick);
    assert!(matches!(&actions[..], [Action::Decide(_)]));
}

#[test]
fn the_last_try_is_not_made_again_by_a_restart() {
    for stage in [Stage::Ringing, Stage::Talking] {
        let mut book = Book::new(Settings::default());
        let stored = Callback {
            stage,
            attempts: 3,
            ..callback(1)
        };
        let actions = book.on(at(500), Event::Restored(stored));
        let [
            Action::Save(_, cut),
            Action::Save(_, left),
            Action::Decide(_),
        ] = &actions[..]
        else {
            panic!("{actions:?}");
        };
        assert_eq!(
            [cut.what, left.what],
            [What::BrokenOff, What::LeftToClinician]
        );
    }
}

#[test]
fn after_a_restart_it_is_asked_at_once() {
    let mut book = Book::new(Settings::default());
    let stored = Callback {
        stage: Stage::Decision,
        attempts: 3,
        ..callback(1)
    };
    let actions = book.on(at(500), Event::Restored(stored));
    assert!(matches!(&actions[..], [Action::Decide(_)]));
}
