use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::flow::Key;
use crate::identity::Number;
use crate::queue::HandlerId;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn key(c: char) -> Event {
    Event::Key(Key::new(c).unwrap())
}

fn command(conversation: &mut Conversation, second: i64, digit: char) -> Vec<Action> {
    assert_eq!(conversation.on(at(second), key('*')), []);
    conversation.on(at(second), key(digit))
}

const REFERRAL: ReferralId = ReferralId(7);

fn referred(target: Option<Target>) -> Event {
    Event::Referred {
        id: REFERRAL,
        target,
    }
}

fn nurse() -> Target {
    Target::Account(HandlerId::new("2001"))
}

#[test]
fn a_digit_without_its_star_is_no_command() {
    let mut conversation = Conversation::default();
    assert_eq!(conversation.on(at(0), key('9')), []);
    assert_eq!(conversation.on(at(1), key('*')), []);
    assert_eq!(conversation.on(at(5), key('9')), [], "too late");
    assert_eq!(conversation.on(at(6), key('*')), []);
    assert_eq!(conversation.on(at(6), key('7')), [], "no such command");
    assert_eq!(conversation.on(at(6), key('9')), [], "the star is used up");
    assert!(!conversation.is_over());
}

#[test]
fn a_machine_is_told_of_only_where_we_have_rung() {
    let mut conversation = Conversation::default();
    assert_eq!(command(&mut conversation, 0, '4'), []);
    assert!(!conversation.is_over());
    let mut conversation = Conversation::new(Settings {
        is_ours: true,
        ..Settings::default()
    });
    command(&mut conversation, 0, '1');
    let machine = [Action::StopSeeking, Action::Voicemail];
    assert_eq!(command(&mut conversation, 1, '4'), machine);
    assert!(conversation.is_over());
}

#[test]
fn a_caller_is_held_and_taken_back() {
    let mut conversation = Conversation::default();
    assert_eq!(command(&mut conversation, 0, '3'), [Action::Hold]);
    assert_eq!(command(&mut conversation, 9, '3'), [Action::Join]);
}

#[test]
fn a_clinician_who_is_found_has_the_caller() {
    let mut conversation = Conversation::default();
    let sought = command(&mut conversation, 0, '1');
    let seek = Action::Seek(Target::Clinicians);
    assert_eq!(sought, [seek, Action::Tell(Notice::Connecting)]);
    assert_eq!(conversation.on(at(4), Event::Found), [Action::Give]);
    assert!(conversation.is_over());
}

#[test]
fn nobody_found_leaves_the_caller_with_the_handler() {
    let mut conversation = Conversation::default();
    command(&mut conversation, 0, '1');
    assert_eq!(conversation.deadline(), Some(at(60)));
    let actions = conversation.on(at(60), Event::Tick);
    let failed = Action::Tell(Notice::Failed);
    assert_eq!(actions, [Action::StopSeeking, Action::Join, failed]);
    assert_eq!(conversation.on(at(70), Event::HandlerGone), [Action::End]);
}

#[test]
fn a_caller_whose_handler_has_gone_meanwhile_waits_before_all_others() {
    let mut conversation = Conversation::default();
    conversation.on(at(0), referred(Some(nurse())));
    assert_eq!(conversation.on(at(1), Event::HandlerGone), [Action::Hold]);
    let actions = conversation.on(at(9), Event::NotFound);
    assert_eq!(actions, [Action::Progress(REFERRAL, 480), Action::Return]);
    assert!(conversation.is_over());
}

#[test]
fn a_referral_is_told_how_it_goes() {
    let mut conversation = Conversation::default();
    assert_eq!(
        conversation.on(at(0), referred(Some(nurse()))),
        [
            Action::Accept(REFERRAL),
            Action::Seek(nurse()),
            Action::Hold
        ]
    );
    let second = Event::Referred {
        id: ReferralId(8),
        target: Some(nurse()),
    };
    assert_eq!(
        conversation.on(at(1), second),
        [Action::Refuse(ReferralId(8), 491)]
    );
    let given = [Action::Progress(REFERRAL, 200), Action::Give];
    assert_eq!(conversation.on(at(3), Event::Found), given);
}

#[test]
fn a_referral_to_nobody_is_refused_and_changes_nothing() {
    let mut conversation = Conversation::default();
    let refused = [Action::Refuse(REFERRAL, 404)];
    assert_eq!(conversation.on(at(0), referred(None)), refused);
    let consulted = Event::ReferredToConsulted { id: REFERRAL };
    assert_eq!(
        conversation.on(at(0), consulted),
        [Action::Refuse(REFERRAL, 480)]
    );
    assert!(!conversation.is_over());
}

#[test]
fn whom_the_handler_has_consulted_has_the_caller() {
    let mut conversation = Conversation::default();
    conversation.on(at(0), Event::Consulted(true));
    let actions = conversation.on(at(9), Event::ReferredToConsulted { id: REFERRAL });
    assert_eq!(
        actions,
        [
            Action::Accept(REFERRAL),
            Action::Progress(REFERRAL, 200),
            Action::GiveToConsulted
        ]
    );
}

fn line() -> ServiceLine {
    ServiceLine {
        service: "kss-utc".to_owned(),
        trunk: "carrier".to_owned(),
        number: Number::parse("01632 960400").unwrap(),
        ring: Duration::from_secs(20),
        announced: vec![],
    }
}

#[test]
fn a_service_that_answers_has_the_caller() {
    let mut conversation = Conversation::default();
    let actions = conversation.on(at(0), Event::PutThrough(line()));
    let seek = Action::Seek(Target::Service(line()));
    let connecting = Action::Tell(Notice::Connecting);
    assert_eq!(actions, [Action::Hold, seek, connecting]);
    assert_eq!(conversation.on(at(9), Event::Found), [Action::Give]);
    assert!(conversation.is_over());
}

#[test]
fn a_service_that_does_not_answer_leaves_the_caller_with_the_handler() {
    let mut conversation = Conversation::default();
    conversation.on(at(0), Event::PutThrough(line()));
    assert_eq!(conversation.deadline(), Some(at(20)));
    let failed = Action::Tell(Notice::Failed);
    let actions = conversation.on(at(20), Event::Tick);
    assert_eq!(actions, [Action::StopSeeking, Action::Join, failed.clone()]);
    conversation.on(at(30), Event::PutThrough(line()));
    let actions = conversation.on(at(31), Event::NotFound);
    assert_eq!(actions, [Action::Join, failed]);
    assert!(!conversation.is_over());
}

#[test]
fn one_thing_at_a_time_is_ordered_at_a_desk() {
    let mut conversation = Conversation::default();
    conversation.on(at(0), Event::PutThrough(line()));
    for event in [
        Event::PutThrough(line()),
        Event::Commanded(Command::Clinician),
        Event::Commanded(Command::Callback),
        Event::Commanded(Command::Voicemail),
    ] {
        assert_eq!(conversation.on(at(1), event), [Action::Decline]);
    }
    let danger = conversation.on(at(2), Event::Commanded(Command::Emergency));
    assert_eq!(danger, [Action::StopSeeking, Action::Emergency]);
}

#[test]
fn danger_goes_before_everything_else() {
    let mut conversation = Conversation::default();
    conversation.on(at(0), referred(Some(nurse())));
    assert_eq!(
        command(&mut conversation, 1, '9'),
        [
            Action::StopSeeking,
            Action::Progress(REFERRAL, 487),
            Action::Emergency
        ]
    );
}

#[test]
fn only_those_who_look_after_callers_are_reached_by_name() {
    let parse = |user| Target::parse(user, &["1001", "2001"], &["*5"]);
    assert_eq!(parse("2001"), Some(nurse()));
    assert_eq!(parse("999"), Some(Target::Emergency));
    assert_eq!(parse("*5"), Some(Target::Clinicians));
    for other in ["1999", "9990", "", "07700900001", "2001 "] {
        assert_eq!(parse(other), None, "{other}");
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let target = prop_oneof![
        Just(None),
        Just(Some(nurse())),
        Just(Some(Target::Clinicians)),
        Just(Some(Target::Emergency))
    ];
    prop_oneof![
        4 => prop_oneof![Just('*'), Just('1'), Just('2'), Just('3'), Just('9')].prop_map(key),
        2 => target.prop_map(|target| Event::Referred { id: REFERRAL, target }),
        1 => Just(Event::ReferredToConsulted { id: REFERRAL }),
        1 => Just(Event::PutThrough(line())),
        1 => prop_oneof![
            Just(Command::Clinician),
            Just(Command::Callback),
            Just(Command::Hold),
            Just(Command::Emergency),
        ].prop_map(Event::Commanded),
        1 => Just(Event::Found),
        2 => Just(Event::NotFound),
        1 => any::<bool>().prop_map(Event::Consulted),
        1 => Just(Event::HandlerGone),
        1 => Just(Event::TakenOver),
        2 => Just(Event::Tick),
    ]
}

fn is_end(action: &Action) -> bool {
    matches!(
        action,
        Action::Give
            | Action::GiveToConsulted
            | Action::Callback
            | Action::Emergency
            | Action::Return
            | Action::End
    )
}

proptest! {
    /// A caller always has somebody, or is on the way to somebody; every referral hears how it has gone.
    #[test]
    fn nobody_is_lost_between_two(
        events in proptest::collection::vec((any_event(), 0i64..30), 0..60)
    ) {
        let mut conversation = Conversation::default();
        let (mut now, mut ends, mut seeking) = (at(0), 0, false);
        let mut open: BTreeMap<u64, bool> = BTreeMap::new();
        let drain = [Event::NotFound, Event::HandlerGone].map(|event| (event, 0));
        for (n, (event, wait)) in events.into_iter().chain(drain).enumerate() {
            now += SignedDuration::from_secs(wait);
            // No two referrals have the same name.
            let own = ReferralId(n as u64);
            let event = match event {
                Event::Referred { target, .. } => Event::Referred { id: own, target },
                Event::ReferredToConsulted { .. } => Event::ReferredToConsulted { id: own },
                event => event,
            };
            for action in conversation.on(now, event) {
                ends += usize::from(is_end(&action));
                match action {
                    Action::Seek(_) => {
                        prop_assert!(!seeking, "two are sought at once");
                        seeking = true;
                    }
                    Action::StopSeeking | Action::Give | Action::Return => seeking = false,
                    Action::Tell(Notice::Failed) => seeking = false,
                    Action::Accept(id) => {
                        open.insert(id.0, true);
                    }
                    Action::Progress(id, status) => {
                        prop_assert_eq!(open.get(&id.0), Some(&true), "told after its end");
                        if status >= 200 {
                            open.insert(id.0, false);
                        }
                    }
                    _ => {}
                }
            }
            prop_assert!(ends <= 1, "two ends");
            prop_assert_eq!(conversation.is_over(), ends == 1);
        }
        prop_assert_eq!(ends, 1, "the caller is left with nobody");
        prop_assert!(open.values().all(|open| !open), "a referral never hears how it went");
        prop_assert!(!seeking || conversation.is_over());
    }
}
