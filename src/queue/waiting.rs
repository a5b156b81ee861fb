use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::flow::{Destination, Priority};

use super::handler::{Handler, HandlerId};

/// The skill that nurses and GPs have in common.
pub const CLINICIAN: &str = "clinician";

/// Whom a caller waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What the handler must be able to do.
    pub skill: String,
    /// What will do while nobody with the skill is there who has not let this caller ring already.
    pub otherwise: Option<String>,
    /// How soon.
    pub priority: Priority,
}

impl Wanted {
    /// Whom a destination asks for; none where it is not a queue. `fallback` is the skill of those who
    /// take anybody.
    pub fn at(destination: &Destination, fallback: &str) -> Option<Self> {
        let (skill, priority) = match destination {
            Destination::HandlerQueue { skill, priority } => (skill.as_str(), *priority),
            Destination::ClinicianQueue { priority } => (CLINICIAN, *priority),
            _ => return None,
        };
        Some(Wanted::by_skill(skill, fallback, priority))
    }

    /// Somebody with a skill, or with the fallback one while nobody has it.
    pub fn by_skill(skill: &str, fallback: &str, priority: Priority) -> Self {
        Wanted {
            skill: skill.to_owned(),
            otherwise: (skill != fallback).then(|| fallback.to_owned()),
            priority,
        }
    }

    /// Anybody at once, for a caller whom no control room has answered yet: a clinician where no
    /// handler is there.
    pub fn for_emergency(fallback: &str) -> Self {
        Wanted::by_skill(fallback, CLINICIAN, Priority::Emergency)
    }

    /// A clinician who rings back; nobody else will do.
    pub fn for_callback(priority: Priority) -> Self {
        Wanted {
            skill: CLINICIAN.to_owned(),
            otherwise: None,
            priority,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) wanted: Wanted,
    pub(super) since: Timestamp,
    pub(super) offered_to: Option<HandlerId>,
    /// Who has let this caller ring or has refused them: asked again only after all others.
    pub(super) passed_over: BTreeSet<HandlerId>,
}

impl Waiting {
    /// Whether a handler will do, by the skill or by what will do as well.
    pub(super) fn suits(&self, handler: &Handler, otherwise: Option<&str>) -> bool {
        handler.has(&self.wanted.skill) || otherwise.is_some_and(|skill| handler.has(skill))
    }
}
