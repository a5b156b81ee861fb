use std::time::Duration;

use jiff::Timestamp;

use crate::flow::Priority;
use crate::identity::Reference;
use crate::queue::*;

pub(in crate::queue) fn ticket(n: u64) -> Reference {
    Reference::new(n, 0)
}

pub(in crate::queue) fn id(name: &str) -> HandlerId {
    HandlerId::new(name)
}

pub(in crate::queue) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub(in crate::queue) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Somebody with a skill, or with "general" while nobody has it.
pub(in crate::queue) fn wanted(skill: &str, priority: Priority) -> Wanted {
    Wanted::by_skill(skill, "general", priority)
}

/// The same for the share of a provider in a region.
pub(in crate::queue) fn of_share(provider: &str) -> Wanted {
    let wanted = wanted("general", Priority::Ordinary);
    wanted.from_region("kent", Some(provider.into()), None)
}

pub(in crate::queue) fn joins(n: u64, wanted: Wanted) -> Event {
    Event::Joined {
        ticket: ticket(n),
        wanted,
        place: Place::InTurn,
    }
}

pub(in crate::queue) fn join(n: u64, skill: &str) -> Event {
    joins(n, wanted(skill, Priority::Ordinary))
}

pub(in crate::queue) fn leave(n: u64) -> Event {
    Event::Left { ticket: ticket(n) }
}

pub(in crate::queue) fn keep(n: u64) -> Event {
    Event::Keeps { ticket: ticket(n) }
}

pub(in crate::queue) fn unreached(n: u64) -> Event {
    Event::Unreached { ticket: ticket(n) }
}

pub(in crate::queue) fn sign_in_as(name: &str, profile: Profile) -> Event {
    Event::SignedIn {
        handler: id(name),
        profile,
    }
}

pub(in crate::queue) fn sign_in(name: &str, skills: &[&str]) -> Event {
    sign_in_as(name, Profile::with_skills(skills.iter().copied()))
}

/// Somebody who takes any caller of a provider.
pub(in crate::queue) fn sign_in_for(name: &str, provider: &str) -> Event {
    let profile = Profile {
        provider: Some(provider.into()),
        ..Profile::with_skills(["general"])
    };
    sign_in_as(name, profile)
}

pub(in crate::queue) fn sign_out(name: &str) -> Event {
    Event::SignedOut { handler: id(name) }
}

pub(in crate::queue) fn ready(name: &str) -> Event {
    Event::Ready { handler: id(name) }
}

pub(in crate::queue) fn not_ready(name: &str) -> Event {
    Event::NotReady {
        handler: id(name),
        reason: Reason::Chosen(Some(3)),
    }
}

pub(in crate::queue) fn answered(n: u64, name: &str) -> Event {
    Event::Answered {
        handler: id(name),
        ticket: ticket(n),
    }
}

pub(in crate::queue) fn refused(n: u64, name: &str) -> Event {
    Event::Refused {
        handler: id(name),
        ticket: ticket(n),
    }
}

pub(in crate::queue) fn not_rung(n: u64, name: &str) -> Event {
    Event::NotRung {
        handler: id(name),
        ticket: ticket(n),
    }
}

pub(in crate::queue) fn over(name: &str, lost: bool) -> Event {
    Event::Over {
        handler: id(name),
        lost,
    }
}

pub(in crate::queue) fn offer(n: u64, name: &str) -> Action {
    Action::Offer {
        ticket: ticket(n),
        handler: id(name),
    }
}

pub(in crate::queue) fn withdraw(n: u64, name: &str) -> Action {
    Action::Withdraw {
        ticket: ticket(n),
        handler: id(name),
    }
}

pub(in crate::queue) fn connect(n: u64, name: &str) -> Action {
    Action::Connect {
        ticket: ticket(n),
        handler: id(name),
    }
}

pub(in crate::queue) fn parted(n: u64, again: bool) -> Action {
    Action::Parted {
        ticket: ticket(n),
        again,
    }
}

pub(in crate::queue) fn word(queue: &Queue, name: &str) -> &'static str {
    queue
        .state_of(&id(name))
        .map_or("signed out", |state| state.word())
}

pub(in crate::queue) fn position(queue: &Queue, n: u64) -> Option<usize> {
    Some(queue.standing(at(0), ticket(n))?.position)
}

pub(in crate::queue) fn with(rules: Rules) -> Settings {
    Settings {
        rules,
        ..Settings::default()
    }
}

pub(in crate::queue) fn by(strategy: Strategy) -> Queue {
    Queue::new(with(Rules {
        strategy,
        ..Rules::default()
    }))
}

/// Handlers who take anybody, signed in a second after each other, from the start.
pub(in crate::queue) fn handlers(queue: &mut Queue, names: &[&str]) {
    for (second, name) in (0..).zip(names) {
        assert_eq!(queue.on(at(second), sign_in(name, &["general"])), []);
    }
}

pub(in crate::queue) fn two_handlers() -> Queue {
    let mut queue = Queue::default();
    handlers(&mut queue, &["1001", "1002"]);
    queue
}

/// A caller is put through and the conversation is over after a minute; nobody else waits.
pub(in crate::queue) fn take_a_call(queue: &mut Queue, from: i64, n: u64, name: &str) {
    queue.on(at(from), join(n, "general"));
    assert_eq!(queue.on(at(from), answered(n, name)), [connect(n, name)]);
    let actions = queue.on(at(from + 60), over(name, false));
    assert_eq!(actions, [parted(n, false)]);
}

/// Somebody who keeps a place.
pub(in crate::queue) fn kept(wanted: Wanted, since: Timestamp, tries: u32) -> Elsewhere {
    Elsewhere {
        wanted,
        place: Place::InTurn,
        since,
        not_before: None,
        kept: Some(tries),
    }
}
