use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::handler::State;
use super::*;
use crate::flow::Priority;
use crate::identity::Reference;

fn ticket(n: u64) -> Reference {
    Reference::new(n, 0)
}

fn id(name: &str) -> HandlerId {
    HandlerId(name.into())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn wanted(skill: &str, priority: Priority) -> Wanted {
    Wanted {
        skill: skill.into(),
        otherwise: (skill != "clinician").then(|| "general".into()),
        priority,
    }
}

fn join(n: u64, skill: &str) -> Event {
    Event::Joined {
        ticket: ticket(n),
        wanted: wanted(skill, Priority::Ordinary),
    }
}

fn sign_in(name: &str, skills: &[&str]) -> Event {
    Event::SignedIn {
        handler: id(name),
        skills: skills.iter().map(|s| (*s).to_owned()).collect(),
    }
}

fn offer(n: u64, name: &str) -> Action {
    Action::Offer {
        ticket: ticket(n),
        handler: id(name),
    }
}

fn answered(n: u64, name: &str) -> Event {
    Event::Answered {
        handler: id(name),
        ticket: ticket(n),
    }
}

fn over(name: &str, lost: bool) -> Event {
    Event::Over {
        handler: id(name),
        lost,
    }
}

fn withdraw(n: u64, name: &str) -> Action {
    Action::Withdraw {
        ticket: ticket(n),
        handler: id(name),
    }
}

fn two_handlers() -> Queue {
    let mut queue = Queue::new(Settings::default());
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(1), sign_in("1002", &["general"]));
    queue
}

#[test]
fn the_longest_idle_handler_is_rung() {
    let mut queue = two_handlers();
    assert_eq!(queue.on(at(2), join(1, "general")), [offer(1, "1001")]);
    assert_eq!(queue.on(at(2), join(2, "general")), [offer(2, "1002")]);
    assert_eq!(queue.on(at(2), join(3, "general")), []);
    assert_eq!(queue.position(ticket(3)), Some(3));
}

#[test]
fn no_answer_in_time_rings_the_next_one() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    assert_eq!(queue.deadline(), Some(at(17)));
    assert_eq!(queue.on(at(16), Event::Tick), []);
    let actions = queue.on(at(17), Event::Tick);
    assert_eq!(actions, [withdraw(1, "1001"), offer(1, "1002")]);
}

#[test]
fn a_lone_handler_who_refuses_is_asked_again_but_not_at_once() {
    let mut queue = Queue::new(Settings::default());
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), join(1, "general"));
    let refused = Event::Refused {
        handler: id("1001"),
        ticket: ticket(1),
    };
    assert_eq!(queue.on(at(1), refused), []);
    assert_eq!(queue.deadline(), Some(at(4)));
    assert_eq!(queue.on(at(4), Event::Tick), [offer(1, "1001")]);
}

#[test]
fn an_answer_that_comes_too_late_loses() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    queue.on(at(17), Event::Tick);
    let answered = |name: &str| Event::Answered {
        handler: id(name),
        ticket: ticket(1),
    };
    let late = Action::Late {
        ticket: ticket(1),
        handler: id("1001"),
    };
    assert_eq!(queue.on(at(18), answered("1001")), [late]);
    let connect = Action::Connect {
        ticket: ticket(1),
        handler: id("1002"),
    };
    assert_eq!(queue.on(at(18), answered("1002")), [connect]);
    assert_eq!(queue.waiting(), 0);
}

#[test]
fn a_caller_who_gives_up_leaves_the_handler_as_idle_as_before() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    let left = Event::Left { ticket: ticket(1) };
    assert_eq!(queue.on(at(5), left), [withdraw(1, "1001")]);
    assert_eq!(queue.on(at(6), join(2, "general")), [offer(2, "1001")]);
}

#[test]
fn priority_comes_before_arrival() {
    let mut queue = Queue::new(Settings::default());
    let joined = [
        (1, 0, Priority::Ordinary),
        (2, 3, Priority::HealthProfessional),
        (3, 6, Priority::YoungOrOld),
        (4, 9, Priority::Emergency),
    ];
    for (n, second, priority) in joined {
        let event = Event::Joined {
            ticket: ticket(n),
            wanted: wanted("general", priority),
        };
        queue.on(at(second), event);
    }
    for (n, name) in [(4, "1001"), (3, "1002"), (2, "1003"), (1, "1004")] {
        let offered = queue.on(at(10), sign_in(name, &["general"]));
        assert_eq!(offered, [offer(n, name)]);
    }
}

#[test]
fn what_will_do_instead_counts_only_while_nobody_has_the_skill() {
    let mut queue = Queue::new(Settings::default());
    queue.on(at(0), join(1, "mental-health"));
    queue.on(at(1), join(2, "clinician"));
    assert_eq!(
        queue.on(at(2), sign_in("1001", &["general"])),
        [offer(1, "1001")]
    );
    let mut busy = Queue::new(Settings::default());
    busy.on(at(0), sign_in("1003", &["mental-health"]));
    busy.on(at(0), join(1, "mental-health"));
    busy.on(at(1), sign_in("1001", &["general"]));
    assert_eq!(
        busy.on(at(2), join(2, "mental-health")),
        [],
        "1003 comes free again"
    );
}

#[test]
fn a_specialist_who_lets_a_caller_ring_does_not_keep_them_from_others() {
    let mut queue = Queue::new(Settings::default());
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), sign_in("1003", &["general", "mental-health"]));
    assert_eq!(
        queue.on(at(1), join(1, "mental-health")),
        [offer(1, "1003")]
    );
    assert_eq!(
        queue.on(at(16), Event::Tick),
        [withdraw(1, "1003"), offer(1, "1001")]
    );
    // Nor does it leave them with nobody, where nobody else is there.
    let mut alone = Queue::new(Settings::default());
    alone.on(at(0), sign_in("1003", &["mental-health"]));
    alone.on(at(1), join(1, "mental-health"));
    alone.on(at(16), Event::Tick);
    assert_eq!(alone.on(at(19), Event::Tick), [offer(1, "1003")]);
}

#[test]
fn a_caller_in_danger_is_offered_to_a_clinician_while_all_handlers_talk() {
    let mut queue = Queue::new(Settings::default());
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), join(1, "general"));
    queue.on(at(1), answered(1, "1001"));
    queue.on(at(1), sign_in("2001", &["clinician"]));
    let event = Event::Joined {
        ticket: ticket(2),
        wanted: Wanted::for_emergency("general"),
    };
    assert_eq!(queue.on(at(2), event), [offer(2, "2001")]);
}

#[test]
fn a_conversation_of_a_moment_puts_the_caller_back_where_they_were() {
    let mut queue = Queue::new(Settings::default());
    queue.on(at(0), join(1, "general"));
    queue.on(at(1), join(2, "general"));
    queue.on(at(2), sign_in("1001", &["general"]));
    queue.on(at(3), answered(1, "1001"));
    let parted = |again| Action::Parted {
        ticket: ticket(1),
        again,
    };
    assert_eq!(queue.on(at(4), over("1001", false)), [parted(true)]);
    assert_eq!(queue.position(ticket(1)), Some(1));
    assert_eq!(queue.on(at(7), Event::Tick), [offer(1, "1001")]);
    queue.on(at(8), answered(1, "1001"));
    let actions = queue.on(at(60), over("1001", false));
    assert_eq!(actions, [parted(false), offer(2, "1001")]);
}

#[test]
fn a_caller_whose_handler_is_lost_waits_again_at_their_old_place() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    queue.on(at(3), answered(1, "1001"));
    let lost = queue.on(at(1_200), over("1001", true));
    let parted = Action::Parted {
        ticket: ticket(1),
        again: true,
    };
    assert_eq!(lost, [parted, offer(1, "1002")]);
    assert_eq!(queue.waiting[&ticket(1)].since, at(2));
}

#[test]
fn a_caller_who_hangs_up_in_a_moment_does_not_wait_again() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    queue.on(at(3), answered(1, "1001"));
    queue.on(at(4), Event::Left { ticket: ticket(1) });
    assert_eq!(queue.on(at(4), over("1001", false)), []);
    assert_eq!(queue.waiting(), 0);
    assert_eq!(queue.handlers[&id("1001")].missed, 0);
}

#[test]
fn a_handler_whose_phone_goes_is_offered_nobody() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    let out = Event::SignedOut {
        handler: id("1001"),
    };
    assert_eq!(
        queue.on(at(3), out),
        [withdraw(1, "1001"), offer(1, "1002")]
    );
}

#[test]
fn two_missed_in_a_row_make_not_ready_where_that_is_set() {
    let mut queue = Queue::new(Settings {
        missed: 2,
        ..Settings::default()
    });
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), join(1, "general"));
    for second in [15, 18, 33, 100, 1000] {
        queue.on(at(second), Event::Tick);
    }
    assert_eq!(queue.handlers[&id("1001")].state, State::NotReady);
    assert_eq!(
        queue.on(at(1001), sign_in("1001", &["general"])),
        [offer(1, "1001")]
    );
}

fn any_event() -> impl Strategy<Value = Event> {
    let ticket = (0u64..5).prop_map(ticket);
    let handler = prop_oneof!["a", "b", "c"].prop_map(HandlerId);
    let both = (ticket.clone(), handler.clone());
    prop_oneof![
        (0u64..5, prop_oneof!["general", "dental", "clinician"])
            .prop_map(|(n, skill)| join(n, &skill)),
        ticket.prop_map(|ticket| Event::Left { ticket }),
        (handler.clone(), any::<bool>()).prop_map(|(handler, dental)| {
            let skills = if dental {
                vec!["general".into(), "dental".into()]
            } else {
                vec!["general".into()]
            };
            Event::SignedIn { handler, skills }
        }),
        handler
            .clone()
            .prop_map(|handler| Event::SignedOut { handler }),
        both.clone()
            .prop_map(|(ticket, handler)| Event::Refused { handler, ticket }),
        both.prop_map(|(ticket, handler)| Event::Answered { handler, ticket }),
        (handler, any::<bool>()).prop_map(|(handler, lost)| Event::Over { handler, lost }),
        Just(Event::Tick),
    ]
}

/// An offer on either side has its fellow on the other, and nobody who could be served waits.
fn is_sound(queue: &Queue) -> Result<(), TestCaseError> {
    for (ticket, waiting) in &queue.waiting {
        if let Some(handler) = &waiting.offered_to {
            let state = &queue.handlers[handler].state;
            let fits = matches!(state, State::Offered { ticket: t, .. } if t == ticket);
            prop_assert!(fits, "{handler} does not ring for {ticket}");
            continue;
        }
        let otherwise = queue.otherwise(waiting);
        let mut handlers = queue.handlers.values();
        let free = handlers.any(|h| h.is_free() && waiting.suits(h, otherwise));
        prop_assert!(!free, "a caller waits although a handler is free");
    }
    for (id, handler) in &queue.handlers {
        if let State::Offered { ticket, .. } = handler.state {
            let offered = queue
                .waiting
                .get(&ticket)
                .and_then(|w| w.offered_to.clone());
            prop_assert_eq!(offered.as_ref(), Some(id));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn nobody_is_stuck_and_nobody_is_offered_twice(
        events in proptest::collection::vec((any_event(), 0i64..20), 0..150)
    ) {
        let mut queue = Queue::new(Settings { wrap_up: Duration::from_secs(5), ..Settings::default() });
        let mut now = at(0);
        for (event, wait) in events {
            now += SignedDuration::from_secs(wait);
            queue.on(now, event);
            is_sound(&queue)?;
            if let Some(deadline) = queue.deadline() {
                prop_assert!(deadline > now, "a deadline in the past would spin");
            }
        }
        for n in 0..5 {
            queue.on(now, Event::Left { ticket: ticket(n) });
        }
        for name in ["a", "b", "c"] {
            queue.on(now, over(name, false));
        }
        for _ in 0..10 {
            if let Some(deadline) = queue.deadline() {
                now = deadline;
            }
            queue.on(now, Event::Tick);
        }
        prop_assert!(queue.handlers.values().all(super::handler::Handler::is_free));
    }
}
