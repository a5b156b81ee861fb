use super::*;

fn ordered(order: Order) -> Event {
    Event::Ordered(reference(1), order, supervisor())
}

fn supervisor() -> By {
    By::Supervisor("3001".into())
}

fn close() -> Order {
    Order::Close {
        reason: "seen at home".into(),
    }
}

fn to_gp() -> Order {
    Order::Reassign {
        skill: "gp".into(),
        clinician: Some("2002".into()),
    }
}

fn reschedule(due: i64, deadline: Option<i64>) -> Order {
    Order::Reschedule {
        due: at(due),
        deadline: deadline.map(at),
    }
}

fn answer(actions: &[Action]) -> Option<Result<(), Refusal>> {
    let mut answers = actions.iter().filter_map(|action| match action {
        Action::Ordered(_, answer) => Some(*answer),
        _ => None,
    });
    let answer = answers.next();
    assert_eq!(answers.next(), None, "answered twice");
    answer
}

fn sought() -> Book {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(callback(1)));
    book
}

fn talking() -> Book {
    let mut book = sought();
    book.on(at(1), ready(1));
    book.on(at(5), Event::CallerAnswered(reference(1)));
    book
}

#[test]
fn what_is_not_open_cannot_be_ordered() {
    for order in [close(), to_gp(), reschedule(9, None)] {
        let actions = Book::default().on(at(0), ordered(order));
        assert_eq!(answer(&actions), Some(Err(Refusal::Unknown)));
    }
}

#[test]
fn others_are_sought_from_then_on() {
    let mut book = sought();
    let actions = book.on(at(9), ordered(to_gp()));
    let [
        Action::Save(_, change),
        Action::SeekAnew(anew),
        Action::Ordered(..),
    ] = &actions[..]
    else {
        panic!("{actions:?}");
    };
    assert_eq!(
        (&change.by, change.detail.as_str()),
        (&supervisor(), "to 2002, gp")
    );
    assert_eq!(
        (anew.skill.as_str(), anew.clinician.as_deref()),
        ("gp", Some("2002"))
    );
    assert_eq!(answer(&actions), Some(Ok(())));
}

#[test]
fn who_is_ordered_after_it_was_raised_to_all_is_the_one() {
    let mut book = sought();
    // Two hours before a deadline in six, any clinician may make it.
    book.on(at(4 * 3_600 + 1_800), Event::Tick);
    let actions = book.on(at(4 * 3_600 + 1_801), ordered(to_gp()));
    assert!(matches!(&actions[1], Action::SeekAnew(c) if c.clinician.as_deref() == Some("2002")));
    assert_eq!(book.on(at(4 * 3_600 + 1_802), Event::Tick), []);
}

#[test]
fn it_is_closed_with_a_reason() {
    let mut book = sought();
    let actions = book.on(at(9), ordered(close()));
    let [
        Action::Stop(_),
        Action::Save(closed, change),
        Action::Ordered(..),
    ] = &actions[..]
    else {
        panic!("{actions:?}");
    };
    assert_eq!(closed.stage, Stage::Done);
    assert_eq!(
        (&change.by, change.detail.as_str()),
        (&supervisor(), "seen at home")
    );
    assert!(book.is_empty());
}

#[test]
fn a_conversation_is_not_broken_off_by_closing_it() {
    let mut book = talking();
    assert_eq!(book.on(at(9), ordered(close())), []);
    assert_eq!(
        book.on(at(10), ordered(close())),
        [],
        "nor when it comes again"
    );
    let actions = book.on(at(60), over(1));
    let [Action::Save(closed, change), Action::Ordered(_, Ok(()))] = &actions[..] else {
        panic!("{actions:?}");
    };
    assert_eq!((closed.stage, &change.by), (Stage::Done, &nurse()));
}

#[test]
fn what_is_closed_meanwhile_is_not_tried_again() {
    let mut book = talking();
    book.on(at(9), ordered(close()));
    let actions = book.on(at(60), Event::BrokenOff(reference(1)));
    assert_eq!(saved(&actions)[1], (Stage::Done, What::Closed));
    assert_eq!(answer(&actions), Some(Ok(())));
    assert!(book.is_empty());
}

#[test]
fn a_new_promise_in_the_conversation_stands_against_closing_the_old_one() {
    let mut book = talking();
    book.on(at(9), ordered(close()));
    let actions = book.on(at(60), Event::Renewed(callback(1)));
    assert_eq!(answer(&actions), Some(Err(Refusal::UnderWay)));
    assert_eq!(book.len(), 1);
}

#[test]
fn it_is_tried_at_another_time_and_its_deadline_moves_only_where_that_is_said() {
    let mut book = sought();
    let before = book.get(reference(1)).unwrap().deadline;
    let actions = book.on(at(9), ordered(reschedule(3_600, None)));
    assert!(matches!(actions[0], Action::Stop(_)));
    assert_eq!(
        saved(&actions),
        [(Stage::Due(at(3_600)), What::Rescheduled)]
    );
    assert_eq!(book.get(reference(1)).unwrap().deadline, before);
    let late = reschedule(40_000, Some(50_000));
    let actions = book.on(at(10), ordered(late));
    assert_eq!(answer(&actions), Some(Ok(())));
    assert_eq!(book.get(reference(1)).unwrap().deadline, at(50_000));
}

#[test]
fn it_is_tried_at_once_where_its_time_lies_behind_us() {
    let mut book = sought();
    let actions = book.on(at(9), ordered(reschedule(-5, None)));
    assert!(matches!(actions.first(), Some(Action::Stop(_))));
    assert!(matches!(actions.last(), Some(Action::Seek(_))));
}

#[test]
fn no_time_is_given_after_the_deadline_or_to_what_is_under_way() {
    let mut book = sought();
    let actions = book.on(at(9), ordered(reschedule(30_000, None)));
    assert_eq!(answer(&actions), Some(Err(Refusal::PastDeadline)));
    let actions = talking().on(at(9), ordered(reschedule(3_600, None)));
    assert_eq!(answer(&actions), Some(Err(Refusal::UnderWay)));
}
