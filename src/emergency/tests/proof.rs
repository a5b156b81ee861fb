//! An answer counts once its sound has come.

use super::*;

#[test]
fn a_room_that_answers_with_silence_stays_while_the_next_is_tried() {
    let mut hunt = started();
    let (silent, next) = (AttemptId(1), AttemptId(2));
    let answered = hunt.on(at(100), Event::Answered(silent));
    assert_eq!(answered, [Action::Connect(silent)]);
    assert!(!hunt.is_connected());
    assert_eq!(hunt.deadline(), Some(at(3_100)));
    let told = Action::Warn(Warning::Unheard(silent));
    assert_eq!(hunt.on(at(3_100), Event::Tick), [told, dial(1, 2)]);
    assert_eq!(
        hunt.on(at(3_300), Event::Answered(next)),
        [Action::Connect(next)]
    );
    assert_eq!(hunt.answered().count(), 2);
    assert_eq!(
        hunt.on(at(3_400), Event::Sounded(next)),
        [Action::Proved(next)]
    );
    assert_eq!(hunt.on(at(6_400), Event::Tick), [Action::Cancel(silent)]);
    assert!(hunt.is_connected());
}

#[test]
fn a_room_that_is_heard_late_has_the_caller_from_then_on() {
    let mut hunt = started();
    let (silent, next) = (AttemptId(1), AttemptId(2));
    hunt.on(at(100), Event::Answered(silent));
    hunt.on(at(3_100), Event::Tick);
    hunt.on(at(3_200), Event::Rang(next));
    assert_eq!(
        hunt.on(at(4_000), Event::Sounded(silent)),
        [Action::Proved(silent)]
    );
    assert_eq!(hunt.on(at(7_000), Event::Tick), [Action::Cancel(next)]);
}

#[test]
fn of_two_that_have_answered_the_one_that_is_heard_first_has_the_caller() {
    let mut hunt = started();
    hunt.on(at(2_000), Event::Tick);
    hunt.on(at(2_100), Event::Answered(AttemptId(1)));
    let both = hunt.on(at(2_200), Event::Answered(AttemptId(2)));
    assert_eq!(both, [Action::Connect(AttemptId(2))]);
    let heard = hunt.on(at(2_300), Event::Heard(AttemptId(2)));
    assert_eq!(heard, [Action::Proved(AttemptId(2))]);
    let second = hunt.on(at(2_400), Event::Heard(AttemptId(1)));
    assert_eq!(second, [Action::Cancel(AttemptId(1))]);
}

#[test]
fn sound_before_the_answer_proves_nothing() {
    let mut hunt = started();
    hunt.on(at(100), Event::Rang(AttemptId(1)));
    assert_eq!(hunt.on(at(200), Event::Sounded(AttemptId(1))), []);
    assert!(!hunt.is_connected());
}

#[test]
fn a_room_from_which_nothing_but_silence_comes_keeps_the_caller_and_is_told_of_once() {
    let mut hunt = started();
    let id = AttemptId(1);
    hunt.on(at(0), Event::Answered(id));
    assert_eq!(hunt.on(at(50), Event::Heard(id)), [Action::Proved(id)]);
    assert_eq!(hunt.on(at(3_050), Event::Tick), []);
    assert_eq!(hunt.deadline(), Some(at(10_050)));
    let told = Action::Warn(Warning::Silent(id));
    assert_eq!(hunt.on(at(10_050), Event::Tick), [told]);
    assert!(hunt.is_connected() && hunt.deadline().is_none());
}

#[test]
fn whoever_sounds_in_time_is_not_told_of() {
    let mut hunt = started();
    let id = AttemptId(1);
    hunt.on(at(0), Event::Answered(id));
    hunt.on(at(50), Event::Heard(id));
    hunt.on(at(3_050), Event::Tick);
    hunt.on(at(5_000), Event::Sounded(id));
    assert_eq!(hunt.deadline(), None);
}

#[test]
fn the_only_room_is_dialled_afresh_while_its_silent_leg_stays() {
    let mut hunt = Hunt::new(1, Settings::default());
    hunt.on(at(0), Event::Start);
    hunt.on(at(100), Event::Answered(AttemptId(1)));
    let mut now = at(100);
    let mut dialled = None;
    while dialled.is_none() {
        now = hunt.deadline().unwrap();
        let actions = hunt.on(now, Event::Tick);
        assert!(!actions.contains(&Action::Cancel(AttemptId(1))));
        dialled = actions.contains(&dial(0, 2)).then_some(now);
    }
    assert!(now <= at(13_000), "in the first round after ten seconds");
    let again = hunt.on(now, Event::Answered(AttemptId(2)));
    let both = [Action::Cancel(AttemptId(1)), Action::Connect(AttemptId(2))];
    assert_eq!(again, both);
}

#[test]
fn a_silent_room_that_hangs_up_brings_the_next_one() {
    let mut hunt = started();
    hunt.on(at(100), Event::Answered(AttemptId(1)));
    assert_eq!(does(&mut hunt, at(1_000), ended(1)), [dial(1, 2)]);
}

#[test]
fn a_room_that_rings_back_has_the_caller_again_whoever_had_them() {
    let mut hunt = started();
    takes(&mut hunt, at(100), 1);
    hunt.on(at(3_100), Event::Tick);
    let back = hunt.rings_back(at(20_000), 0);
    assert_eq!(
        hunt.on(at(20_000), Event::Answered(back)),
        [Action::Connect(back)]
    );
    assert_eq!(hunt.lead(), Some(AttemptId(1)));
    assert_eq!(
        hunt.on(at(20_100), Event::Sounded(back)),
        [Action::Proved(back)]
    );
    assert_eq!(
        hunt.on(at(23_100), Event::Tick),
        [Action::Cancel(AttemptId(1))]
    );
    assert_eq!(hunt.on(at(60_000), ended(back.0)), []);
    assert!(hunt.is_over());
}

#[test]
fn a_room_that_rings_back_while_the_hunt_goes_on_ends_it() {
    let mut hunt = started();
    takes(&mut hunt, at(100), 1);
    hunt.on(at(4_000), Event::Tick);
    hunt.on(at(9_000), lost(1));
    let back = hunt.rings_back(at(9_500), 0);
    hunt.on(at(9_500), Event::Answered(back));
    assert_eq!(
        hunt.on(at(9_600), Event::Heard(back)),
        [Action::Proved(back)]
    );
    let lasted = hunt.on(at(12_600), Event::Tick);
    assert_eq!(lasted, [Action::Cancel(AttemptId(2))]);
}

#[test]
fn one_that_had_the_caller_before_has_them_again_when_the_one_that_rang_back_goes() {
    let mut hunt = started();
    takes(&mut hunt, at(100), 1);
    hunt.on(at(3_100), Event::Tick);
    let back = hunt.rings_back(at(20_000), 0);
    hunt.on(at(20_000), Event::Answered(back));
    hunt.on(at(20_100), Event::Sounded(back));
    let again = does(&mut hunt, at(21_000), ended(back.0));
    assert_eq!(again, [Action::Proved(AttemptId(1))]);
}
