use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

fn dial(target: usize, attempt: u32) -> Action {
    Action::Dial {
        target,
        attempt: AttemptId(attempt),
    }
}

fn started() -> Hunt {
    let mut hunt = Hunt::new(3, Settings::default());
    assert_eq!(hunt.on(at(0), Event::Start), [dial(0, 1)]);
    hunt
}

#[test]
fn silence_of_two_seconds_brings_the_next_one() {
    let mut hunt = started();
    assert_eq!(hunt.deadline(), Some(at(2000)));
    assert_eq!(hunt.on(at(1999), Event::Tick), []);
    assert_eq!(hunt.on(at(2000), Event::Tick), [dial(1, 2)]);
}

#[test]
fn a_refusal_brings_the_next_one_at_once() {
    let mut hunt = started();
    assert_eq!(hunt.on(at(100), Event::Ended(AttemptId(1))), [dial(1, 2)]);
    assert_eq!(hunt.on(at(150), Event::Ended(AttemptId(2))), [dial(2, 3)]);
}

#[test]
fn a_ringing_one_keeps_ringing_while_the_next_is_tried() {
    let mut hunt = started();
    hunt.on(at(500), Event::Responded(AttemptId(1)));
    assert_eq!(hunt.deadline(), Some(at(10_500)));
    assert_eq!(hunt.on(at(10_500), Event::Tick), [dial(1, 2)]);
    let answered = hunt.on(at(11_000), Event::Answered(AttemptId(1)));
    assert_eq!(answered, [Action::Connect(AttemptId(1))]);
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
    let answered = hunt.on(at(2_200), Event::Answered(AttemptId(1)));
    assert_eq!(answered, [Action::Connect(AttemptId(1))]);
    assert_eq!(hunt.on(at(2_900), Event::Ended(AttemptId(1))), [dial(2, 3)]);
    let answered = hunt.on(at(3_000), Event::Answered(AttemptId(2)));
    assert_eq!(answered, [Action::Connect(AttemptId(2))]);
}

#[test]
fn a_handler_stays_for_as_long_as_they_like_once_a_control_room_has_answered() {
    let mut hunt = started();
    for id in 1..=3 {
        hunt.on(at(2), Event::Ended(AttemptId(id)));
    }
    assert_eq!(hunt.on(at(2_002), Event::Tick), [dial(0, 4)]);
    let answered = hunt.on(at(2_100), Event::Answered(AttemptId(4)));
    assert_eq!(answered, [Action::Connect(AttemptId(4))]);
    assert_eq!(hunt.on(at(5_100), Event::Tick), []);
    assert_eq!(hunt.on(at(60_000), Event::HandlerGone), []);
    assert!(hunt.is_connected());
}

#[test]
fn after_the_last_one_a_handler_is_fetched_once_and_the_hunt_goes_on() {
    let mut hunt = started();
    hunt.on(at(1), Event::Ended(AttemptId(1)));
    hunt.on(at(2), Event::Ended(AttemptId(2)));
    assert_eq!(
        hunt.on(at(3), Event::Ended(AttemptId(3))),
        [Action::FetchHandler]
    );
    assert_eq!(hunt.on(at(2003), Event::Tick), [dial(0, 4)]);
    hunt.on(at(2004), Event::Ended(AttemptId(4)));
    hunt.on(at(2005), Event::Ended(AttemptId(5)));
    assert_eq!(hunt.on(at(2006), Event::Ended(AttemptId(6))), []);
    assert_eq!(hunt.deadline(), Some(at(4006)));
}

#[test]
fn one_that_goes_right_after_its_answer_has_not_taken_the_call() {
    let mut hunt = started();
    hunt.on(at(100), Event::Answered(AttemptId(1)));
    assert_eq!(hunt.on(at(2_000), Event::Ended(AttemptId(1))), [dial(1, 2)]);
    hunt.on(at(2_100), Event::Answered(AttemptId(2)));
    assert_eq!(hunt.on(at(60_000), Event::Ended(AttemptId(2))), []);
    assert!(hunt.is_over());
}

#[test]
fn a_second_answer_is_let_go() {
    let mut hunt = started();
    hunt.on(at(2_000), Event::Tick);
    hunt.on(at(2_100), Event::Answered(AttemptId(2)));
    let second = hunt.on(at(2_101), Event::Answered(AttemptId(1)));
    assert_eq!(second, [Action::Cancel(AttemptId(1))]);
    assert!(hunt.is_connected());
}

#[test]
fn a_handler_who_goes_is_replaced_while_the_hunt_goes_on() {
    let mut hunt = started();
    assert_eq!(
        hunt.on(at(1), Event::HandlerGone),
        [],
        "nobody has been fetched yet"
    );
    for id in 1..=3 {
        hunt.on(at(2), Event::Ended(AttemptId(id)));
    }
    assert_eq!(hunt.on(at(3), Event::HandlerGone), [Action::FetchHandler]);
}

#[test]
fn a_room_that_is_lost_at_once_brings_a_handler_again() {
    let mut hunt = started();
    for id in 1..=3 {
        hunt.on(at(2), Event::Ended(AttemptId(id)));
    }
    assert_eq!(hunt.on(at(2_002), Event::Tick), [dial(0, 4)]);
    hunt.on(at(2_100), Event::Answered(AttemptId(4)));
    let lost = hunt.on(at(2_200), Event::Ended(AttemptId(4)));
    assert_eq!(lost, [Action::FetchHandler, dial(1, 5)]);
    hunt.on(at(2_300), Event::Ended(AttemptId(5)));
    assert_eq!(hunt.on(at(2_400), Event::Ended(AttemptId(6))), []);
}

#[test]
fn a_room_that_fell_silent_after_taking_the_request_is_dialled_afresh() {
    let mut hunt = started();
    hunt.on(at(100), Event::Responded(AttemptId(1)));
    hunt.on(at(10_100), Event::Tick);
    hunt.on(at(10_200), Event::Ended(AttemptId(2)));
    hunt.on(at(10_300), Event::Ended(AttemptId(3)));
    let again = hunt.on(at(12_300), Event::Tick);
    assert_eq!(again, [Action::Cancel(AttemptId(1)), dial(0, 4)]);
}

#[test]
fn a_caller_whose_control_room_is_lost_is_put_through_again() {
    let mut hunt = started();
    hunt.on(at(100), Event::Answered(AttemptId(1)));
    hunt.on(at(3_100), Event::Tick);
    let lost = hunt.on(at(60_000), Event::Lost(AttemptId(1)));
    assert_eq!(lost, [Action::FetchHandler, dial(0, 2)]);
    assert_eq!(
        hunt.on(at(60_100), Event::Ended(AttemptId(2))),
        [dial(1, 3)]
    );
}

fn any_event() -> impl Strategy<Value = Event> {
    let id = (1u32..12).prop_map(AttemptId);
    prop_oneof![
        2 => id.clone().prop_map(Event::Responded),
        1 => id.clone().prop_map(Event::Rang),
        1 => id.clone().prop_map(Event::Answered),
        4 => id.clone().prop_map(Event::Ended),
        1 => id.prop_map(Event::Lost),
        6 => Just(Event::Tick),
        1 => Just(Event::HandlerGone),
    ]
}

proptest! {
    #[test]
    fn it_never_idles_and_every_try_is_accounted_for(
        targets in 1usize..4,
        events in proptest::collection::vec((any_event(), 0i64..4_000), 0..80),
    ) {
        let mut hunt = Hunt::new(targets, Settings::default());
        let mut now = at(0);
        let (mut open, mut connected, mut fetched) = (BTreeSet::new(), None, 0);
        let mut may_fetch = 1;
        let events = std::iter::once((Event::Start, 0)).chain(events).chain([(Event::CallerGone, 0)]);
        for (event, wait) in events {
            now += SignedDuration::from_millis(wait);
            let known = match event {
                Event::Responded(id) | Event::Rang(id) | Event::Answered(id) | Event::Ended(id) | Event::Lost(id) => {
                    open.contains(&id) || connected == Some(id)
                }
                _ => true,
            };
            if !known {
                continue;
            }
            if let Event::Ended(id) | Event::Lost(id) = event {
                open.remove(&id);
                may_fetch += usize::from(connected == Some(id));
                connected = connected.filter(|c| *c != id);
            }
            may_fetch += usize::from(event == Event::HandlerGone);
            for action in hunt.on(now, event) {
                match action {
                    Action::Dial { target, attempt } => {
                        prop_assert!(target < targets && open.insert(attempt));
                    }
                    Action::Cancel(id) => {
                        prop_assert!(open.remove(&id) || connected == Some(id));
                    }
                    Action::Connect(id) => {
                        prop_assert!(open.remove(&id) && connected.is_none());
                        connected = Some(id);
                    }
                    Action::FetchHandler => fetched += 1,
                }
            }
            let alive = hunt.is_over() || hunt.is_connected() || hunt.deadline().is_some();
            prop_assert!(alive, "neither answered nor going on");
            prop_assert_eq!(hunt.is_connected(), connected.is_some() && !hunt.is_over());
        }
        prop_assert!(open.is_empty(), "tries left behind: {open:?}");
        prop_assert!(fetched <= may_fetch);
    }

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
                    actions = hunt.on(now, Event::Ended(*attempt));
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
