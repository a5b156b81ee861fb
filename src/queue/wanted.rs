use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::flow::{self, Destination, Priority};

use super::handler::HandlerId;

/// The skill that nurses and GPs have in common.
pub const CLINICIAN: &str = "clinician";

/// Somebody who is on the line stands as if they had to be spoken to within this time of beginning to wait,
/// beside those who are not and have been promised a time.
const ON_THE_LINE: SignedDuration = SignedDuration::from_hours(1);

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
    /// Nobody but this one will do.
    pub only: Option<HandlerId>,
    /// By when a caller is to be called back who is not on the line: among those of one place it decides,
    /// and not how long they have waited.
    pub deadline: Option<Timestamp>,
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
            only: None,
            deadline: None,
        }
    }

    /// Anybody at once, for a caller whom no control room has answered yet: a clinician where no
    /// handler is there.
    pub fn for_emergency(fallback: &str) -> Self {
        Wanted::by_skill(fallback, CLINICIAN, Priority::Emergency)
    }

    /// Somebody with a skill who rings back; nobody else will do.
    pub fn for_callback(skill: &str, priority: Priority) -> Self {
        Wanted::by_skill(skill, skill, priority)
    }

    /// The same for a caller who has been promised a time.
    #[must_use]
    pub fn by(self, deadline: Timestamp) -> Self {
        let deadline = Some(deadline);
        Wanted { deadline, ..self }
    }

    /// One handler alone; but none who has not the skill.
    #[must_use]
    pub fn of_nobody_but(self, only: HandlerId) -> Self {
        let only = Some(only);
        Wanted { only, ..self }
    }

    /// The same for a caller who is on the line by now, and waits for whoever there is.
    #[must_use]
    pub fn on_the_line(self) -> Self {
        Wanted {
            only: None,
            deadline: None,
            ..self
        }
    }

    /// From when on somebody counts who has waited since then.
    pub(super) fn counts_from(&self, since: Timestamp) -> Timestamp {
        let promised = self.deadline.map(|deadline| {
            let from = deadline.checked_sub(ON_THE_LINE);
            from.unwrap_or(Timestamp::MIN)
        });
        promised.unwrap_or(since)
    }

    /// The same for a caller of a region, to a provider's share, who has chosen a language.
    #[must_use]
    pub fn for_caller(self, region: &str, provider: Option<&str>, language: &str) -> Self {
        let other = (language != flow::ENGLISH).then(|| language.to_owned());
        self.from_region(region, provider.map(str::to_owned), other)
    }

    /// The same in a region, for a provider's share, in a language where it is not English.
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
