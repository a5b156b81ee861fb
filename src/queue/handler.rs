use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::identity::Reference;

/// Somebody who answers: the name of their account. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HandlerId(Arc<str>);

impl HandlerId {
    /// By the name of the account.
    pub fn new(account: impl Into<Arc<str>>) -> Self {
        HandlerId(account.into())
    }

    /// The name of the account.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HandlerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody who answers can do, and for whom they work.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Profile {
    /// Skills, each with its level: the higher, the better.
    pub skills: BTreeMap<String, u8>,
    /// Languages besides English, as `cy-GB`.
    pub languages: BTreeSet<String>,
    /// Their employer; whoever has none takes everybody's callers.
    pub provider: Option<String>,
}

impl Profile {
    /// Somebody with these skills, all at level 1.
    pub fn with_skills<S: Into<String>>(skills: impl IntoIterator<Item = S>) -> Self {
        Profile {
            skills: skills.into_iter().map(|skill| (skill.into(), 1)).collect(),
            ..Profile::default()
        }
    }

    pub(super) fn has(&self, skill: &str) -> bool {
        self.skills.contains_key(skill)
    }
}

/// Why somebody is not to be offered anybody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Their own, by a code; none where they gave none.
    Chosen(Option<u8>),
    /// So many offers were missed in a row.
    Missed,
    /// They have signed out by a code, though their phone is still there.
    SignedOut,
}

impl Reason {
    /// Whether it is their own wish, which a short loss of their phone does not undo.
    pub(super) fn is_chosen(&self) -> bool {
        !matches!(self, Reason::Missed)
    }
}

/// What a handler is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Free since then, and to be offered nobody before `from`, where that is still to come.
    Available {
        /// Idle since.
        since: Timestamp,
        /// A breath after an offer that they did not take.
        from: Option<Timestamp>,
    },
    /// Their phone rings for a caller.
    Offered {
        /// The caller.
        ticket: Reference,
        /// It rings until then.
        until: Timestamp,
        /// What they go back to where it is withdrawn.
        idle_since: Timestamp,
    },
    /// With a caller.
    Talking {
        /// The caller.
        ticket: Reference,
        /// Since then.
        since: Timestamp,
    },
    /// Writing down what was said.
    WrapUp {
        /// The conversation began then.
        since: Timestamp,
        /// It ends by itself then.
        until: Timestamp,
    },
    /// Not to be offered anybody.
    NotReady {
        /// Why.
        reason: Reason,
        /// It ends by itself then; never, where somebody has chosen it.
        until: Option<Timestamp>,
    },
}

impl State {
    /// Every word that there is for a state.
    pub const WORDS: [&str; 6] = [
        "signed-out",
        "available",
        "offered",
        "talking",
        "wrap-up",
        "not-ready",
    ];

    /// One word for displays, as the field has it.
    pub fn word(&self) -> &'static str {
        match self {
            State::Available { .. } => "available",
            State::Offered { .. } => "offered",
            State::Talking { .. } => "talking",
            State::WrapUp { .. } => "wrap-up",
            State::NotReady {
                reason: Reason::SignedOut,
                ..
            } => "signed-out",
            State::NotReady { .. } => "not-ready",
        }
    }

    /// When it ends by time alone.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match self {
            State::Available { from, .. } => *from,
            State::Offered { until, .. } | State::WrapUp { until, .. } => Some(*until),
            State::Talking { .. } => None,
            State::NotReady { until, .. } => *until,
        }
    }
}

/// Which node a handler is with while their phone rings or they talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Held {
    /// With this one.
    #[default]
    Here,
    /// Left to another one, which is to ring them for its caller.
    Left,
    /// With another one.
    There,
}

/// The number of a profile among those that are known.
pub(super) type ProfileId = usize;

#[derive(Clone, Debug)]
pub(super) struct Handler {
    pub(super) profile: ProfileId,
    pub(super) state: State,
    /// Offers missed in a row.
    pub(super) missed: u32,
    /// The phone has gone while talking; the handler goes when the call is over.
    pub(super) leaving: bool,
    /// Not ready as soon as the call is over.
    pub(super) then: Option<Reason>,
    /// The region of the caller they talk with, or talked with last.
    pub(super) region: Arc<str>,
    /// The caller they were held for could not be reached: there is nothing to write down.
    pub(super) idle: bool,
    /// Conversations since they signed in.
    pub(super) calls: u64,
    /// The number of the last offer made to them.
    pub(super) turn: u64,
    /// Whose caller it is for whom they ring or with whom they talk.
    pub(super) held: Held,
}

impl Handler {
    /// Somebody of whom nothing is known yet but what they do.
    pub(super) fn new(profile: ProfileId, state: State) -> Self {
        Handler {
            profile,
            state,
            missed: 0,
            leaving: false,
            then: None,
            region: Arc::from(""),
            idle: false,
            calls: 0,
            turn: 0,
            held: Held::Here,
        }
    }

    /// Whether they ring or talk.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.state, State::Offered { .. } | State::Talking { .. })
    }

    /// Whether they talk, or ring for a caller of another node, so that what they choose holds afterwards.
    pub(super) fn is_with_a_caller(&self) -> bool {
        matches!(self.state, State::Talking { .. }) || self.held == Held::There
    }

    /// When what they do ends by time alone. What another node began, that node ends.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match self.held {
            Held::There => None,
            Held::Here | Held::Left => self.state.deadline(),
        }
    }

    /// Since when they are idle, where they may be offered somebody now.
    pub(super) fn free_since(&self) -> Option<Timestamp> {
        match self.state {
            State::Available { since, from: None } => Some(since),
            _ => None,
        }
    }

    /// What they have chosen not to be rung for, now or as soon as the call is over.
    pub(super) fn chosen(&self) -> Option<&Reason> {
        let reason = match &self.state {
            State::NotReady { reason, .. } => Some(reason),
            _ => self.then.as_ref(),
        };
        reason.filter(|reason| reason.is_chosen())
    }

    /// Whether a caller may hope for them: they are there, and not away from their desk.
    pub(super) fn is_staffed(&self) -> bool {
        !self.leaving && !matches!(self.state, State::NotReady { .. })
    }

    /// The profile for which a caller may hope, where it is so.
    pub(super) fn hoped_for(&self) -> Option<ProfileId> {
        self.is_staffed().then_some(self.profile)
    }
}
