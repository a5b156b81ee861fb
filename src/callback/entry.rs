use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::flow::Priority;
use crate::identity::{Number, Reference};

use super::deadline::Deadline;

/// A promised callback, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Its reference: that of the call in which it was promised.
    pub reference: Reference,
    /// The number that the caller confirmed.
    pub number: Number,
    /// To be dialled through text relay (18002).
    pub text_relay: bool,
    /// The caller's region.
    pub region: String,
    /// The first half of the postcode that they have keyed, of where the patient is.
    pub postcode: Option<String>,
    /// The language that the caller chose.
    pub language: String,
    /// When it was promised.
    pub booked_at: Timestamp,
    /// When it is to have been made. An instant: clock changes and restarts do not move it.
    pub deadline: Timestamp,
    /// How soon among those that are due.
    pub priority: Priority,
    /// Tries in which the caller's phone was rung.
    pub attempts: u32,
    /// How the last of them ended, where the caller was not reached.
    pub last: Option<Outcome>,
    /// The skill of whoever is to make it.
    pub skill: String,
    /// The one clinician who is to make it, by account; none for whoever has the skill.
    pub clinician: Option<String>,
    /// How far it has been raised because its deadline is near.
    pub escalation: Escalation,
    /// Where it stands.
    pub stage: Stage,
}

/// How far a callback has been raised because its deadline is near. Each step includes those before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Escalation {
    /// There is time.
    #[default]
    None,
    /// It goes before all others of its priority.
    First,
    /// Any clinician may make it.
    AnySkill,
    /// A supervisor has been told.
    Supervisor,
}

impl Escalation {
    /// One word for the store and for lists.
    pub fn word(self) -> &'static str {
        match self {
            Escalation::None => "none",
            Escalation::First => "first",
            Escalation::AnySkill => "any-skill",
            Escalation::Supervisor => "supervisor",
        }
    }
}

/// What is known when a callback is promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The call's reference.
    pub reference: Reference,
    /// The number that the caller confirmed.
    pub number: Number,
    /// To be dialled through text relay (18002).
    pub text_relay: bool,
    /// The caller's region.
    pub region: String,
    /// The first half of the postcode that they have keyed, of where the patient is.
    pub postcode: Option<String>,
    /// The language that the caller chose.
    pub language: String,
    /// The skill of whoever is to make it: [`CLINICIAN`](crate::queue::CLINICIAN), or of some alone.
    pub skill: String,
}

impl Callback {
    /// A callback promised now, and due at once.
    pub fn promised(promise: Promise, now: Timestamp, deadline: Deadline) -> Callback {
        Callback {
            reference: promise.reference,
            number: promise.number,
            text_relay: promise.text_relay,
            region: promise.region,
            postcode: promise.postcode,
            language: promise.language,
            booked_at: now,
            deadline: deadline.of(now),
            priority: Priority::Ordinary,
            attempts: 0,
            last: None,
            skill: promise.skill,
            clinician: None,
            escalation: Escalation::None,
            stage: Stage::Due(now),
        }
    }

    /// The same, to be tried only some time after now.
    #[must_use]
    pub fn due_after(self, now: Timestamp, pause: Duration) -> Callback {
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::from_secs(900));
        let due = now.checked_add(pause).unwrap_or(Timestamp::MAX);
        Callback {
            stage: Stage::Due(due),
            ..self
        }
    }
}

/// Where a callback stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// To be tried from this moment on.
    Due(Timestamp),
    /// Waiting for a clinician.
    Seeking,
    /// A clinician is there; the caller's phone rings.
    Ringing,
    /// The two talk.
    Talking,
    /// All tries have failed; a clinician decides what happens. It stays until somebody does.
    Decision,
    /// Made.
    Done,
}

impl Stage {
    /// One word for the store and for lists.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Due(_) => "due",
            Stage::Seeking => "seeking-clinician",
            Stage::Ringing => "ringing-caller",
            Stage::Talking => "talking",
            Stage::Decision => "clinician-decision",
            Stage::Done => "done",
        }
    }
}

/// How a try to reach the caller ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody answered in time.
    NoAnswer,
    /// Engaged, or refused.
    Busy,
    /// The network could not reach the number.
    Unobtainable,
    /// A machine answered; the clinician has said so.
    Voicemail,
}

impl Outcome {
    /// What the final status of a call says about the number (RFC 3261 section 21). None where it says
    /// nothing about it, but that a trunk or the network has failed: `by_peer` tells that the status came
    /// from the other side, `rang` that the phone was heard to ring.
    pub fn of_status(status: Option<u16>, by_peer: bool, rang: bool) -> Option<Outcome> {
        match status {
            Some(486 | 600 | 603) => Some(Outcome::Busy),
            Some(404 | 410 | 484 | 485 | 604) => Some(Outcome::Unobtainable),
            Some(408 | 480 | 487) if by_peer => Some(Outcome::NoAnswer),
            _ => rang.then_some(Outcome::NoAnswer),
        }
    }

    /// One word for the store.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::NoAnswer => "no-answer",
            Outcome::Busy => "busy",
            Outcome::Unobtainable => "unobtainable",
            Outcome::Voicemail => "voicemail",
        }
    }
}
