use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::flow::{Destination, Priority};

/// The skill that nurses and GPs have in common.
pub const CLINICIAN: &str = "clinician";

/// Whom a caller waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// The region whose rules hold.
    pub region: String,
    /// To whose share the caller counts; none for whoever may go to anybody.
    pub provider: Option<String>,
    /// What the handler must be able to do, all of it.
    pub required: BTreeSet<String>,
    /// What the handler should be able to do as well.
    pub preferred: BTreeSet<String>,
    /// What will do while nobody with what is required is there who has not let this caller ring already.
    pub otherwise: Option<String>,
    /// The caller's language, where it is not English.
    pub language: Option<String>,
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

    /// Somebody with a skill, or with the fallback one while nobody has it; in no region.
    pub fn by_skill(skill: &str, fallback: &str, priority: Priority) -> Self {
        Wanted {
            region: String::new(),
            provider: None,
            required: BTreeSet::from([skill.to_owned()]),
            preferred: BTreeSet::new(),
            otherwise: (skill != fallback).then(|| fallback.to_owned()),
            language: None,
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
            otherwise: None,
            ..Wanted::by_skill(CLINICIAN, CLINICIAN, priority)
        }
    }

    /// The same in a region, for a provider's share, in a language.
    #[must_use]
    pub fn from_region(
        self,
        region: &str,
        provider: Option<String>,
        language: Option<String>,
    ) -> Self {
        Wanted {
            region: region.to_owned(),
            provider,
            language,
            ..self
        }
    }
}
