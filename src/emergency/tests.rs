use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

mod histories;
mod proof;
mod together;

const REFUSED: Why = Why {
    status: Some(486),
    text: "refused",
};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

fn dial(target: usize, attempt: u32) -> Action {
    Action::Dial {
        target,
        attempt: AttemptId(attempt),
    }
}

fn ended(attempt: u32) -> Event {
    Event::Ended(AttemptId(attempt), REFUSED)
}

fn lost(attempt: u32) -> Event {
    Event::Lost(AttemptId(attempt), REFUSED)
}

fn started() -> Hunt {
    let mut hunt = Hunt::new(3, Settings::default());
    assert_eq!(hunt.on(at(0), Event::Start), [dial(0, 1)]);
    hunt
}

/// What a hunt does, without what it tells of.
fn does(hunt: &mut Hunt, now: Timestamp, event: Event) -> Vec<Action> {
    let mut actions = hunt.on(now, event);
    actions.retain(|action| !matches!(action, Action::Warn(_)));
    actions
}

/// A try answers and is heard.
fn takes(hunt: &mut Hunt, now: Timestamp, attempt: u32) {
    let id = AttemptId(attempt);
    assert_eq!(hunt.on(now, Event::Answered(id)), [Action::Connect(id)]);
    assert_eq!(hunt.on(now, Event::Sounded(id)), [Action::Proved(id)]);
}

#[test]
fn silence_of_two_seconds_brings_the_next_one() {
    let mut hunt = started();
    assert_eq!(hunt.deadline(), Some(at(2000)));
    assert_eq!(hunt.on(at(1999), Event::Tick), []);
    assert_eq!(does(&mut hunt, at(2000), Event::Tick), [dial(1, 2)]);
}

#[test]
fn a_refusal_brings_the_next_one_at_once_and_is_told_of() {
    let mut hunt = started();
    let told = Action::Warn(Warning::Failed(AttemptId(1), REFUSED));
    assert_eq!(hunt.on(at(100), ended(1)), [told, dial(1, 2)]);
    assert_eq!(does(&mut hunt, at(150), ended(2)), [dial(2, 3)]);
}

#[test]
fn a_ringing_one_keeps_ringing_while_the_next_is_tried() {
    let mut hunt = started();
    hunt.on(at(500), Event::Responded(AttemptId(1)));
    assert_eq!(does(&mut hunt, at(10_000), Event::Tick), []);
    assert_eq!(hunt.deadline(), Some(at(10_500)));
    assert_eq!(does(&mut hunt, at(10_500), Event::Tick), [dial(1, 2)]);
    takes(&mut hunt, at(11_000), 1);
    assert_eq!(hunt.deadline(), Some(at(14_000)));
    let lasted = hunt.on(at(14_000), Event::Tick);
    assert_eq!(lasted, [Action::Cancel(AttemptId(2))]);
    assert!(hunt.is_connected() && hunt.deadline().is_none());
}

#[test]
fn a_room_that_answers_falsely_costs_the_caller_no_other() {
    let mut hunt = started();
    hunt.on(at(2_000), Event::Tick);
    hunt.on(at(2_100), Event::Rang(AttemptId(2)));
    takes(&mut hunt, at(2_200), 1);
    assert_eq!(does(&mut hunt, at(2_900), ended(1)), [dial(2, 3)]);
    takes(&mut hunt, at(3_000), 2);
}

#[test]
fn a_handler_stays_for_as_long_as_they_like_once_a_control_room_has_answered() {
    let mut hunt = started();
    for id in 1..=3 {
        hunt.on(at(2), ended(id));
    }
    assert_eq!(hunt.on(at(2_002), Event::Tick), [dial(0, 4)]);
    takes(&mut hunt, at(2_100), 4);
    assert_eq!(hunt.on(at(5_100), Event::Tick), []);
    assert_eq!(hunt.on(at(60_000), Event::HandlerGone), []);
    assert!(hunt.is_connected());
}

#[test]
fn after_the_last_one_a_handler_is_fetched_once_and_the_hunt_goes_on() {
    let mut hunt = started();
    hunt.on(at(1), ended(1));
    hunt.on(at(2), ended(2));
    assert_eq!(does(&mut hunt, at(3), ended(3)), [Action::FetchHandler]);
    assert_eq!(hunt.on(at(2003), Event::Tick), [dial(0, 4)]);
    hunt.on(at(2004), ended(4));
    hunt.on(at(2005), ended(5));
    assert_eq!(does(&mut hunt, at(2006), ended(6)), []);
    assert_eq!(hunt.on(at(4006), Event::Tick), [dial(0, 7)]);
}

#[test]
fn without_any_target_a_handler_is_fetched_at_once() {
    let mut hunt = Hunt::new(0, Settings::default());
    assert_eq!(hunt.on(at(0), Event::Start), [Action::FetchHandler]);
    assert!(hunt.deadline().is_some(), "the hunt goes on");
}

#[test]
fn the_callers_end_ends_every_try() {
    let mut hunt = started();
    hunt.on(at(2000), Event::Tick);
    let gone = hunt.on(at(2500), Event::CallerGone);
    let all = [1, 2].map(|id| Action::Cancel(AttemptId(id)));
    assert_eq!(gone, all);
    assert!(hunt.is_over());
    assert!(hunt.tries().all().iter().all(|entry| entry.ended.is_some()));
}

#[test]
fn one_that_goes_right_after_it_was_heard_has_not_taken_the_call() {
    let mut hunt = started();
    takes(&mut hunt, at(100), 1);
    assert_eq!(does(&mut hunt, at(2_000), ended(1)), [dial(1, 2)]);
    takes(&mut hunt, at(2_100), 2);
    assert_eq!(hunt.on(at(60_000), ended(2)), []);
    assert!(hunt.is_over());
}

#[test]
fn a_second_answer_is_let_go() {
    let mut hunt = started();
    hunt.on(at(2_000), Event::Tick);
    takes(&mut hunt, at(2_100), 2);
    let second = hunt.on(at(2_101), Event::Answered(AttemptId(1)));
    assert_eq!(second, [Action::Cancel(AttemptId(1))]);
    assert!(hunt.is_connected());
}

#[test]
fn an_answer_that_crosses_its_cancelling_is_let_go() {
    let mut hunt = started();
    hunt.on(at(1), ended(1));
    let late = hunt.on(at(2), Event::Answered(AttemptId(1)));
    assert_eq!(late, [Action::Cancel(AttemptId(1))]);
}

#[test]
fn a_handler_who_goes_is_replaced_while_the_hunt_goes_on() {
    let mut hunt = started();
    let before = hunt.on(at(1), Event::HandlerGone);
    assert_eq!(before, [], "nobody has been fetched yet");
    for id in 1..=3 {
        hunt.on(at(2), ended(id));
    }
    assert_eq!(hunt.on(at(3), Event::HandlerGone), [Action::FetchHandler]);
}

#[test]
fn a_room_that_is_lost_at_once_brings_a_handler_again() {
    let mut hunt = started();
    for id in 1..=3 {
        hunt.on(at(2), ended(id));
    }
    assert_eq!(hunt.on(at(2_002), Event::Tick), [dial(0, 4)]);
    takes(&mut hunt, at(2_100), 4);
    let again = does(&mut hunt, at(2_200), ended(4));
    assert_eq!(again, [Action::FetchHandler, dial(1, 5)]);
    hunt.on(at(2_300), ended(5));
    assert_eq!(does(&mut hunt, at(2_400), ended(6)), []);
}

#[test]
fn a_room_that_fell_silent_after_taking_the_request_is_dialled_afresh() {
    let mut hunt = started();
    hunt.on(at(100), Event::Responded(AttemptId(1)));
    hunt.on(at(10_100), Event::Tick);
    hunt.on(at(10_200), ended(2));
    hunt.on(at(10_300), ended(3));
    let again = hunt.on(at(12_300), Event::Tick);
    assert_eq!(again, [Action::Cancel(AttemptId(1)), dial(0, 4)]);
}

#[test]
fn a_caller_whose_control_room_is_lost_is_put_through_again() {
    let mut hunt = started();
    takes(&mut hunt, at(100), 1);
    hunt.on(at(3_100), Event::Tick);
    let told = Action::Warn(Warning::Lost(AttemptId(1)));
    let again = hunt.on(at(60_000), lost(1));
    assert_eq!(again, [told, Action::FetchHandler, dial(0, 2)]);
    assert_eq!(does(&mut hunt, at(60_100), ended(2)), [dial(1, 3)]);
}

#[test]
fn every_step_of_a_try_is_kept_with_its_time() {
    let mut hunt = started();
    hunt.on(at(10), Event::Responded(AttemptId(1)));
    hunt.on(at(200), ended(1));
    hunt.on(at(300), Event::Rang(AttemptId(2)));
    takes(&mut hunt, at(900), 2);
    let [first, second] = hunt.tries().all() else {
        panic!("two tries");
    };
    assert_eq!((first.dialled, first.responded), (at(0), Some(at(10))));
    assert_eq!((first.ended, first.why), (Some(at(200)), Some(REFUSED)));
    assert_eq!((second.target, second.dialled), (1, at(200)));
    assert_eq!((second.rang, second.proved), (Some(at(300)), Some(at(900))));
    assert_eq!(second.ended, None);
}

#[test]
fn of_a_hunt_that_lasts_the_first_and_the_last_tries_are_kept() {
    let mut hunt = started();
    for id in 1..=1_000 {
        let now = hunt.deadline().unwrap();
        hunt.on(now, Event::Tick);
        hunt.on(now, ended(id));
    }
    let tries = hunt.tries();
    assert!(tries.all().len() <= 128);
    assert_eq!(tries.all()[63].attempt, AttemptId(64));
    assert!(tries.all().last().unwrap().attempt.0 >= 1_000);
    assert!(tries.left_out() > 800);
}

proptest! {
    #[test]
    fn every_target_is_tried_in_every_round(targets in 1usize..5, rounds in 1usize..4) {
        let mut hunt = Hunt::new(targets, Settings::default());
        let mut now = at(0);
        let mut tried = Vec::new();
        let mut actions = hunt.on(now, Event::Start);
        while tried.len() < targets * rounds {
            let dialled: Vec<_> = actions.iter().filter_map(|a| match a {
                Action::Dial { target, attempt } => Some((*target, *attempt)),
                _ => None,
            }).collect();
            match dialled.first() {
                Some((target, attempt)) => {
                    tried.push(*target);
                    actions = hunt.on(now, Event::Ended(*attempt, REFUSED));
                }
                None => {
                    now = hunt.deadline().unwrap();
                    actions = hunt.on(now, Event::Tick);
                }
            }
        }
        let wanted: Vec<usize> = (0..rounds).flat_map(|_| 0..targets).collect();
        prop_assert_eq!(tried, wanted);
    }
}
