//! After a while all are tried at once.

use super::*;

/// A hunt in which three control rooms ring on.
fn ringing() -> Hunt {
    let mut hunt = started();
    hunt.on(at(100), Event::Rang(AttemptId(1)));
    hunt.on(at(10_100), Event::Tick);
    hunt.on(at(10_200), Event::Rang(AttemptId(2)));
    hunt
}

#[test]
fn after_twenty_seconds_all_that_are_not_being_tried_are_dialled_at_once() {
    let mut hunt = ringing();
    assert_eq!(hunt.deadline(), Some(at(20_000)));
    let all = hunt.on(at(20_000), Event::Tick);
    assert_eq!(all, [dial(2, 3), Action::FetchHandler]);
    assert_eq!(hunt.deadline(), Some(at(22_000)));
}

#[test]
fn those_that_fail_are_dialled_again_together_in_the_next_round() {
    let mut hunt = ringing();
    hunt.on(at(20_000), Event::Tick);
    for id in [1, 3] {
        assert_eq!(does(&mut hunt, at(20_500), ended(id)), []);
    }
    assert_eq!(hunt.on(at(22_000), Event::Tick), [dial(0, 4), dial(2, 5)]);
    takes(&mut hunt, at(22_100), 5);
    let others = hunt.on(at(25_100), Event::Tick);
    assert_eq!(others, [2, 4].map(|id| Action::Cancel(AttemptId(id))));
}

#[test]
fn one_that_answers_falsely_brings_all_others_at_once() {
    let mut hunt = ringing();
    hunt.on(at(20_000), Event::Tick);
    hunt.on(at(20_100), ended(2));
    takes(&mut hunt, at(20_200), 3);
    let again = does(&mut hunt, at(21_000), ended(3));
    assert_eq!(again, [Action::FetchHandler, dial(1, 4), dial(2, 5)]);
}

#[test]
fn somebody_is_told_once_that_it_takes_long() {
    let mut hunt = started();
    hunt.on(at(100), Event::Rang(AttemptId(1)));
    assert_eq!(hunt.deadline(), Some(at(10_000)));
    let told = hunt.on(at(10_000), Event::Tick);
    assert_eq!(told, [Action::Warn(Warning::Late)]);
    assert_eq!(hunt.deadline(), Some(at(10_100)));
}

#[test]
fn a_caller_who_is_put_through_again_begins_with_the_first_one() {
    let mut hunt = ringing();
    hunt.on(at(20_000), Event::Tick);
    takes(&mut hunt, at(20_200), 3);
    hunt.on(at(23_200), Event::Tick);
    let again = does(&mut hunt, at(60_000), lost(3));
    assert_eq!(again, [Action::FetchHandler, dial(0, 4)]);
    assert_eq!(hunt.deadline(), Some(at(62_000)));
}
