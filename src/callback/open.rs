use jiff::Timestamp;

use super::change::By;
use super::entry::{Callback, Escalation, Stage};
use super::event::Action;
use super::order::Refusal;

/// A callback that is not done, and what of it lasts no longer than the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) callback: Callback,
    /// Since when they talk.
    pub(super) talking: Option<Timestamp>,
    /// When a clinician is to be asked for a decision; none while one is.
    pub(super) ask_at: Option<Timestamp>,
    /// The caller has confirmed it anew while it was under way: what is under way closes nothing.
    pub(super) confirmed_meanwhile: bool,
    /// It is to be closed once it is not under way any more: by whom, and why.
    pub(super) closing: Option<(By, String)>,
    /// It has been told that the deadline has passed.
    pub(super) is_late: bool,
}

impl Open {
    pub(super) fn new(now: Timestamp, callback: Callback) -> Self {
        Open {
            callback,
            talking: None,
            ask_at: Some(now),
            confirmed_meanwhile: false,
            closing: None,
            is_late: false,
        }
    }

    /// An order to close it does not hold any more; gives what is to be said of that, where there was one.
    pub(super) fn refuses_order(&mut self) -> Option<Action> {
        let reference = self.callback.reference;
        let refused = |_| Action::Ordered(reference, Err(Refusal::UnderWay));
        self.closing.take().map(refused)
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.callback.stage, Stage::Ringing | Stage::Talking)
    }

    /// Whether a clinician is being waited for or asked.
    pub(super) fn is_sought(&self) -> bool {
        match self.callback.stage {
            Stage::Seeking => true,
            Stage::Decision => self.ask_at.is_none(),
            _ => false,
        }
    }

    /// When somebody is to be waited for.
    pub(super) fn due(&self) -> Option<Timestamp> {
        match self.callback.stage {
            Stage::Due(at) => Some(at),
            Stage::Decision => self.ask_at,
            _ => None,
        }
    }

    /// Whether a clinician's decision is waited for.
    pub(super) fn is_undecided(&self) -> bool {
        self.callback.stage == Stage::Decision
    }

    /// Whether a supervisor has been told of it.
    pub(super) fn is_at_risk(&self) -> bool {
        self.is_late || self.callback.escalation == Escalation::Supervisor
    }
}
