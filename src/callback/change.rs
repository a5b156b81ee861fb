use jiff::Timestamp;

use crate::identity::Reference;

use super::entry::{Escalation, Outcome};

/// Who has changed a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The service itself, by its rules.
    Service,
    /// The caller.
    Caller,
    /// A clinician, by account.
    Clinician(String),
    /// A supervisor, by the name that they have given.
    Supervisor(String),
}

/// What has changed about a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It has been promised.
    Booked,
    /// It has been promised anew: another number, time or priority.
    Renewed,
    /// A try begins: a clinician is there, and the caller's phone is rung.
    Tried,
    /// The caller has answered.
    Answered,
    /// A try has ended so.
    Missed(Outcome),
    /// A try has failed by no fault of the caller, and does not count.
    NotRung,
    /// The conversation broke off.
    BrokenOff,
    /// It has been raised because its deadline is near.
    Escalated(Escalation),
    /// All tries have failed: a clinician is to decide.
    LeftToClinician,
    /// A clinician or a supervisor has given it another time.
    Rescheduled,
    /// A supervisor has given it to others.
    Reassigned,
    /// It is done.
    Closed,
    /// Another node makes it from now on.
    TakenOver,
}

impl What {
    /// One word for the log.
    pub fn word(self) -> &'static str {
        match self {
            What::Booked => "booked",
            What::Renewed => "renewed",
            What::Tried => "tried",
            What::Answered => "answered",
            What::Missed(outcome) => outcome.word(),
            What::NotRung => "not-rung",
            What::BrokenOff => "broken-off",
            What::Escalated(Escalation::None | Escalation::First) => "raised",
            What::Escalated(Escalation::AnySkill) => "raised-to-any-clinician",
            What::Escalated(Escalation::Supervisor) => "raised-to-supervisor",
            What::LeftToClinician => "left-to-clinician",
            What::Rescheduled => "rescheduled",
            What::Reassigned => "reassigned",
            What::Closed => "closed",
            What::TakenOver => "taken-over",
        }
    }
}

/// A change of a callback, with who made it and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub by: By,
    /// What.
    pub what: What,
    /// In a few words, without personal data; empty where `what` says it all.
    pub detail: String,
}

impl Change {
    /// What the service has done by its rules.
    pub fn by_service(what: What) -> Change {
        Change {
            by: By::Service,
            what,
            detail: String::new(),
        }
    }
}

/// An entry of the log of callbacks, before the store has chained it to those before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Unlike that of any other entry: an entry that is stored twice is there once.
    pub id: u128,
    /// Whose callback.
    pub reference: Reference,
    /// When it changed.
    pub at: Timestamp,
    /// What has changed.
    pub change: Change,
}

impl LogEntry {
    /// An entry that is told apart from others by `id`.
    pub fn new(id: u128, reference: Reference, at: Timestamp, change: Change) -> LogEntry {
        LogEntry {
            id,
            reference,
            at,
            change,
        }
    }
}
