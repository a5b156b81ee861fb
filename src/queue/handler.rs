use std::fmt;

use jiff::Timestamp;

use crate::identity::Reference;

/// Somebody who answers: the name of their account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandlerId(pub String);

impl fmt::Display for HandlerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a handler is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Free since then, and to be offered nobody before `from`, where that is still to come.
    Available {
        since: Timestamp,
        from: Option<Timestamp>,
    },
    /// Their phone rings for a caller.
    Offered {
        ticket: Reference,
        until: Timestamp,
        idle_since: Timestamp,
    },
    /// With a caller.
    Talking { ticket: Reference },
    /// After a call.
    WrapUp { until: Timestamp },
    /// Not to be offered anybody.
    NotReady,
}

#[derive(Clone, Debug)]
pub(super) struct Handler {
    pub(super) skills: Vec<String>,
    pub(super) state: State,
    /// Offers missed in a row.
    pub(super) missed: u32,
    /// The phone has gone while talking; the handler goes when the call is over.
    pub(super) leaving: bool,
}

impl Handler {
    pub(super) fn has(&self, skill: &str) -> bool {
        self.skills.iter().any(|s| s == skill)
    }

    pub(super) fn is_free(&self) -> bool {
        matches!(self.state, State::Available { from: None, .. })
    }

    /// When something happens to the handler by time alone.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Available { from, .. } => from,
            State::Offered { until, .. } | State::WrapUp { until } => Some(until),
            State::Talking { .. } | State::NotReady => None,
        }
    }
}
