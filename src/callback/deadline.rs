use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// What is to be done at once is to be done within this time.
const IMMEDIATE: SignedDuration = SignedDuration::from_mins(5);

/// When a callback is to have been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// At once: within five minutes, for all of which it is at risk.
    Immediate,
    /// Within some time of the promise.
    Within(Duration),
    /// At the latest then.
    At(Timestamp),
}

impl Deadline {
    /// As a moment, for what is promised now. One beyond all time is the last moment there is.
    pub fn of(self, now: Timestamp) -> Timestamp {
        let within = match self {
            Deadline::Immediate => IMMEDIATE,
            Deadline::Within(time) => SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX),
            Deadline::At(moment) => return moment,
        };
        now.checked_add(within).unwrap_or(Timestamp::MAX)
    }
}
