use serde::{Deserialize, Serialize};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::event::{AttemptId, Settings};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum State {
    Dialled,
    Responded,
    Ringing,
    /// And not heard yet, unless it leads.
    Answered,
}

/// A try that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    pub(super) target: usize,
    pub(super) state: State,
    /// Since when it is in this state.
    pub(super) since: Timestamp,
    /// It has been heard since its answer.
    pub(super) heard: bool,
    /// The control room has called us.
    pub(super) rang_back: bool,
    /// Somebody knows that nothing has come of it.
    pub(super) warned: bool,
}

impl Attempt {
    /// Until when nobody else need be dialled because of it.
    pub(super) fn patience(&self, settings: &Settings) -> Timestamp {
        let wait = match self.state {
            State::Dialled => settings.response,
            State::Responded | State::Ringing => settings.ringing,
            State::Answered => settings.proof,
        };
        later(self.since, wait)
    }

    /// Whether it has the request, and nothing more has come for as long as others ring.
    pub(super) fn is_stale(&self, now: Timestamp, settings: &Settings) -> bool {
        self.state == State::Responded && now >= self.patience(settings)
    }

    /// Whether its target may be dialled afresh while it stays: it has answered, and has not been heard
    /// for as long as others ring.
    pub(super) fn is_past_hope(&self, now: Timestamp, settings: &Settings) -> bool {
        self.state == State::Answered && now >= later(self.since, settings.ringing)
    }
}

/// A moment so much later. One that no calendar has is the last one.
pub(super) fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::from_secs(60));
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
