//! Callbacks that are at risk of missing their deadline: they are raised before it, step by step.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::entry::{Callback, Escalation};

/// When a callback is raised, each step with its time before the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// It goes before all others of its kind.
    pub first: Margin,
    /// Any clinician may make it.
    pub any_skill: Margin,
    /// A supervisor is told.
    pub supervisor: Margin,
}

/// A time before a deadline: a part of the whole time between promise and deadline, but never less than so
/// much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margin {
    /// Of the whole time, in hundredths.
    pub percent: u32,
    /// At least.
    pub least: Duration,
}

impl Margin {
    /// A part of the whole time, in hundredths, and at least so many seconds.
    pub const fn new(percent: u32, least: u64) -> Self {
        Margin {
            percent,
            least: Duration::from_secs(least),
        }
    }

    /// The moment that lies so long before the callback's deadline.
    pub fn before(self, callback: &Callback) -> Timestamp {
        let whole = callback.deadline.duration_since(callback.booked_at);
        let part = i64::from(self.percent).saturating_mul(whole.as_secs().max(0)) / 100;
        let least = SignedDuration::try_from(self.least).unwrap_or(SignedDuration::MAX);
        let margin = SignedDuration::from_secs(part).max(least);
        let moment = callback.deadline.checked_sub(margin);
        moment.unwrap_or(Timestamp::MIN)
    }
}

impl Default for Risk {
    /// With a half, a quarter and about an eighth of the time left, at least with ten, five and two minutes.
    fn default() -> Self {
        Risk {
            first: Margin::new(50, 600),
            any_skill: Margin::new(25, 300),
            supervisor: Margin::new(12, 120),
        }
    }
}

impl Risk {
    fn steps(&self, callback: &Callback) -> [(Escalation, Timestamp); 3] {
        [
            (Escalation::First, self.first.before(callback)),
            (Escalation::AnySkill, self.any_skill.before(callback)),
            (Escalation::Supervisor, self.supervisor.before(callback)),
        ]
    }

    /// How far a callback is to be raised by now, where that is further than it is.
    pub fn step(&self, now: Timestamp, callback: &Callback) -> Option<Escalation> {
        let steps = self.steps(callback).into_iter();
        let reached = steps.filter(|(step, at)| *at <= now && *step > callback.escalation);
        reached.map(|(step, _)| step).max()
    }

    /// When it is to be raised next; none where it has been raised as far as can be.
    pub fn next(&self, callback: &Callback) -> Option<Timestamp> {
        let steps = self.steps(callback).into_iter();
        let left = steps.filter(|(step, _)| *step > callback.escalation);
        left.map(|(_, at)| at).min()
    }
}
