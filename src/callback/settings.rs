use std::time::Duration;

use super::entry::Outcome;
use super::risk::Risk;

/// How callbacks are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Tries before a clinician decides.
    pub attempts: u32,
    /// Between two tries, where the last one did not reach the caller or broke off.
    pub pauses: Pauses,
    /// After a try that the clinician's side broke off before the caller's phone was rung.
    pub breath: Duration,
    /// After one that it broke off while the caller's phone rang.
    pub rest: Duration,
    /// A conversation that is over sooner than this has not taken place.
    pub proof: Duration,
    /// A decision that nobody has made is put to a clinician again after this.
    pub decision: Duration,
    /// When a callback is raised whose deadline is near.
    pub risk: Risk,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            attempts: 3,
            pauses: Pauses::default(),
            breath: Duration::from_secs(5),
            rest: Duration::from_secs(60),
            proof: Duration::from_secs(3),
            decision: Duration::from_secs(5 * 60),
            risk: Risk::default(),
        }
    }
}

/// How long after a try the next one is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// Nobody has answered, or the try failed by no fault of the caller.
    pub no_answer: Duration,
    /// The caller was engaged.
    pub busy: Duration,
    /// A machine answered.
    pub voicemail: Duration,
    /// The network could not reach the number. Twice in a row is as good as the last try.
    pub unobtainable: Duration,
}

impl Pauses {
    /// After a try that has ended so.
    pub fn after(&self, outcome: Outcome) -> Duration {
        match outcome {
            Outcome::NoAnswer => self.no_answer,
            Outcome::Busy => self.busy,
            Outcome::Voicemail => self.voicemail,
            Outcome::Unobtainable => self.unobtainable,
        }
    }
}

impl Default for Pauses {
    fn default() -> Self {
        let quarter = Duration::from_secs(15 * 60);
        Pauses {
            no_answer: quarter,
            busy: Duration::from_secs(5 * 60),
            voicemail: quarter,
            unobtainable: quarter,
        }
    }
}
