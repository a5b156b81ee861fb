//! Any sequence of events, by anybody, at any time.

use proptest::prelude::*;

use super::cases::decided;
use super::*;
use crate::clinical::Kind;
use crate::identity::Reference;

const DISPOSITIONS: [&str; 10] = [
    "Dx1", "Dx2", "Dx3", "Dx4", "Dx5", "Dx6", "Dx7", "Dx8", "Dx9", "Dx10",
];

fn disposition() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&DISPOSITIONS[..])
}

fn event() -> impl Strategy<Value = Event> {
    let service = proptest::sample::select(&["a", "b", "c"][..]);
    let came_of = proptest::sample::select(
        &[
            CameOf::Accepted,
            CameOf::PatientTold,
            CameOf::NoAnswer,
            CameOf::Declined,
        ][..],
    );
    prop_oneof![
        4 => disposition().prop_map(decided),
        2 => Just(Event::Reopened),
        1 => Just(Event::Danger),
        2 => Just(Event::HandedOver),
        4 => Just(Event::Confirmed),
        2 => (disposition(), any::<bool>()).prop_map(|(to, knows)| Event::Changed {
            to: code(to),
            why: "otherwise".into(),
            symptom_group: knows.then(|| "SG2".parse().unwrap()),
        }),
        4 => (0usize..3).prop_map(|offered| Event::Found { offered }),
        4 => service.prop_map(|service| Event::Chosen {
            service: service.into(),
            method: "phone".into(),
        }),
        4 => came_of.prop_map(|came_of| Event::Referred { came_of }),
        1 => any::<u64>().prop_map(|n| Event::Promised { reference: Reference::new(n, 1) }),
        1 => Just(Event::Given),
        1 => Just(Event::TakenBy999),
        1 => Just(Event::Abandoned { why: "gone".into() }),
    ]
}

type Happened = (i64, bool, Event);

fn history() -> impl Strategy<Value = Vec<Happened>> {
    proptest::collection::vec((-30i64..600, any::<bool>(), event()), 0..40)
}

/// Runs a history; `check` sees the case before each event and after it, and whether it was taken.
fn run(
    history: &[Happened],
    codes: &Codes,
    mut check: impl FnMut(&Case, &Case, &By, &Event, bool),
) -> Case {
    let mut case = Case::new(at(0));
    let mut now = 0;
    for (seconds, clinician, event) in history {
        now += seconds;
        let by = if *clinician { nurse() } else { handler() };
        let before = case.clone();
        let taken = case.on(at(now), &by, event.clone(), codes).is_ok();
        check(&before, &case, &by, event, taken);
    }
    case
}

/// Follows the orders, as whoever carries them out would; gives how many events it took.
fn follow(mut case: Case, codes: &Codes) -> usize {
    for events in 0..50 {
        let event = match case.order() {
            None => return events,
            Some(Order::Assess) => decided("Dx8"),
            Some(Order::Emergency { .. }) => Event::TakenBy999,
            Some(Order::Validate {
                disposition: Some(_),
                ..
            }) if events < 10 => Event::Confirmed,
            Some(Order::Validate { .. }) => Event::Changed {
                to: code("Dx8"),
                why: "nothing else is left".into(),
                symptom_group: None,
            },
            Some(Order::Search { .. }) => Event::Found {
                offered: usize::from(events < 5),
            },
            Some(Order::Choose { .. }) => Event::Chosen {
                service: format!("new-{events}"),
                method: "phone".into(),
            },
            Some(Order::Refer { .. }) => Event::Referred {
                came_of: CameOf::NoAnswer,
            },
            Some(Order::Callback { .. }) => Event::Promised {
                reference: Reference::new(1, 1),
            },
            Some(Order::Advise { .. }) => Event::Given,
        };
        let now = at(1_000_000 + events as i64);
        case.on(now, &nurse(), event, codes).unwrap();
    }
    panic!("no end: {case:?}");
}

fn is_emergency(case: &Case) -> bool {
    matches!(case.state(), State::Emergency { .. })
}

proptest! {
    #[test]
    fn a_danger_to_life_never_waits_and_is_never_undone(history in history()) {
        let codes = codes();
        let is_danger = |code: &DispositionCode| {
            codes.disposition(code).unwrap().kind == Kind::LifeThreatening
        };
        run(&history, &codes, |before, after, _, event, taken| {
            let danger = match event {
                Event::Decided { end } => is_danger(&end.disposition),
                Event::Changed { to, .. } => is_danger(to),
                Event::Danger => true,
                _ => false,
            };
            if danger && taken {
                assert!(is_emergency(after), "{event:?} from {before:?}");
            }
            if danger && *before.state() == State::Assessing && matches!(event, Event::Decided { .. }) {
                assert!(taken);
            }
            // A danger that is told of in an open case is refused only where the event itself makes no sense.
            if *event == Event::Danger {
                assert_eq!(taken, before.closed().is_none() && !is_emergency(before));
            }
            if is_emergency(before) {
                assert_eq!(taken, *event == Event::TakenBy999);
                if !taken {
                    assert_eq!(before, after);
                }
            }
            if before.closed().is_some() {
                assert!(!taken && before == after);
            }
        });
    }

    #[test]
    fn what_is_validated_never_leads_to_999_without_a_clinician(history in history()) {
        let codes = codes();
        let last = run(&history, &codes, |before, after, by, event, taken| {
            if !taken || is_emergency(before) || !is_emergency(after) {
                return;
            }
            let State::Emergency { disposition, confirmed } = after.state() else {
                return;
            };
            assert_eq!(disposition.is_none(), *event == Event::Danger);
            let kind = disposition.as_ref().map(|code| codes.disposition(code).unwrap().kind);
            if kind == Some(Kind::Ambulance) && disposition != &Some(code("Dx10")) {
                assert!(by.clinician && *confirmed, "{event:?}");
                assert!(matches!(event, Event::Confirmed | Event::Changed { .. }));
            }
        });
        let clinicians = last.log().iter().filter(|entry| {
            matches!(entry.event, Event::Confirmed | Event::Changed { .. } | Event::Abandoned { .. })
        });
        for entry in clinicians {
            prop_assert!(entry.by.clinician);
        }
        if let Some(Closed { outcome: Outcome::ValidatedEmergency { .. }, clinician_decided, .. }) = last.closed() {
            prop_assert!(clinician_decided);
        }
    }

    #[test]
    fn nobody_is_stuck_and_whoever_follows_the_orders_comes_to_an_end(history in history()) {
        let codes = codes();
        run(&history, &codes, |_, after, _, _, _| {
            assert_eq!(after.order().is_some(), after.closed().is_none(), "{after:?}");
            follow(after.clone(), &codes);
        });
    }

    #[test]
    fn a_record_is_the_same_after_a_restart_and_for_the_same_events(history in history()) {
        let codes = codes();
        let last = run(&history, &codes, |before, after, _, _, taken| {
            let kept = serde_json::to_string(after).unwrap();
            assert_eq!(&serde_json::from_str::<Case>(&kept).unwrap(), after);
            assert!(after.log().is_sorted_by_key(|entry| entry.at));
            assert!(after.log().iter().all(|entry| entry.at >= after.opened()));
            assert_eq!(after.log().len(), before.log().len() + usize::from(taken));
            if !taken {
                assert_eq!(before, after);
            }
        });
        let again = run(&history, &codes, |_, _, _, _, _| {});
        prop_assert_eq!(&last, &again);
        // Its own log, played again, gives it as well.
        let mut played = Case::new(last.opened());
        for entry in last.log() {
            played.on(entry.at, &entry.by, entry.event.clone(), &codes).unwrap();
        }
        prop_assert_eq!(played, last);
    }
}
