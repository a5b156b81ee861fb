//! The queue hands callbacks out in the order of the book.

use proptest::prelude::*;

use super::*;
use crate::flow::Priority;
use crate::queue::{self, HandlerId, Place, Profile, Queue, Wanted};

fn joined(queue: &mut Queue, callback: &Callback) {
    let (wanted, place) = callback.wanted();
    let event = queue::Event::Joined {
        ticket: callback.reference,
        wanted,
        place,
    };
    queue.on(at(0), event);
}

/// Who is offered to somebody who signs in.
fn offered(queue: &mut Queue, name: &str, skill: &str) -> Option<Reference> {
    let event = queue::Event::SignedIn {
        handler: HandlerId::new(name),
        profile: Profile::with_skills([skill]),
    };
    let actions = queue.on(at(1), event);
    actions.first().and_then(queue::Action::ticket)
}

#[test]
fn a_named_clinician_is_the_only_one() {
    let mut queue = Queue::default();
    let named = Callback {
        clinician: Some("2002".into()),
        ..callback(1)
    };
    joined(&mut queue, &named);
    assert_eq!(offered(&mut queue, "2001", "clinician"), None);
    assert_eq!(offered(&mut queue, "2003", "clinician"), None);
    assert_eq!(offered(&mut queue, "2002", "clinician"), Some(reference(1)));
}

#[test]
fn a_named_clinician_who_is_none_gets_nobody() {
    let mut queue = Queue::default();
    let named = Callback {
        clinician: Some("1001".into()),
        ..callback(1)
    };
    joined(&mut queue, &named);
    assert_eq!(offered(&mut queue, "1001", "general"), None);
}

#[test]
fn a_caller_on_the_line_stands_as_one_with_an_hour() {
    let mut queue = Queue::default();
    let with = |n, minutes: i64| Callback {
        deadline: at(minutes * 60),
        ..callback(n)
    };
    joined(&mut queue, &with(1, 61));
    let waits = queue::Event::Joined {
        ticket: reference(2),
        wanted: Wanted::by_skill("clinician", "clinician", Priority::Ordinary),
        place: Place::InTurn,
    };
    queue.on(at(0), waits);
    joined(&mut queue, &with(3, 59));
    let order = ["a", "b", "c"].map(|name| offered(&mut queue, name, "clinician"));
    assert_eq!(order, [3, 2, 1].map(|n| Some(reference(n))));
}

fn any_callback() -> impl Strategy<Value = Callback> {
    let priority = prop_oneof![
        Just(Priority::Ordinary),
        Just(Priority::HealthProfessional),
        Just(Priority::YoungOrOld),
        Just(Priority::Emergency),
    ];
    let escalation = prop_oneof![Just(Escalation::None), Just(Escalation::First)];
    (0i64..8, priority, escalation).prop_map(|(hours, priority, escalation)| Callback {
        deadline: at(hours * 3_600),
        priority,
        escalation,
        ..callback(0)
    })
}

proptest! {
    #[test]
    fn the_queue_has_the_order_of_the_book(
        mut all in proptest::collection::vec(any_callback(), 1..12)
    ) {
        let mut queue = Queue::default();
        for (n, callback) in (0..).zip(&mut all) {
            callback.reference = reference(n);
            joined(&mut queue, callback);
        }
        all.sort_by_key(Callback::turn);
        for (n, callback) in all.iter().enumerate() {
            let next = offered(&mut queue, &format!("{n}"), "clinician");
            prop_assert_eq!(next, Some(callback.reference));
        }
    }
}
