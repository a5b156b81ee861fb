use jiff::Timestamp;

use super::change::What;

/// What a supervisor orders about a callback that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Others are to make it.
    Reassign {
        /// The skill of whoever is to make it.
        skill: String,
        /// The one clinician who is to make it, by account; none for whoever has the skill.
        clinician: Option<String>,
    },
    /// It is to be tried at another time.
    Reschedule {
        /// Not before then. What lies behind us is due at once.
        due: Timestamp,
        /// When it is to have been made; none where that stays as it is.
        deadline: Option<Timestamp>,
    },
    /// Nothing more is to be done.
    Close {
        /// Why, in a few words, without personal data.
        reason: String,
    },
}

impl Order {
    /// One word for the store and for lists.
    pub fn word(&self) -> &'static str {
        match self {
            Order::Reassign { .. } => "reassign",
            Order::Reschedule { .. } => "reschedule",
            Order::Close { .. } => "close",
        }
    }

    /// What it changes about the callback.
    pub fn what(&self) -> What {
        match self {
            Order::Reassign { .. } => What::Reassigned,
            Order::Reschedule { .. } => What::Rescheduled,
            Order::Close { .. } => What::Closed,
        }
    }

    /// What the log has of it besides: of a closing its reason, else to whom or to when.
    pub fn detail(&self) -> String {
        match self {
            Order::Reassign {
                skill,
                clinician: Some(clinician),
            } => format!("to {clinician}, {skill}"),
            Order::Reassign {
                skill,
                clinician: None,
            } => format!("to {skill}"),
            Order::Reschedule {
                due,
                deadline: Some(deadline),
            } => format!("to {due}, deadline {deadline}"),
            Order::Reschedule {
                due,
                deadline: None,
            } => format!("to {due}"),
            Order::Close { reason } => reason.clone(),
        }
    }
}

/// Why an order cannot be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is done, was never promised, or is another node's.
    #[error("no such callback is open here")]
    Unknown,
    /// It cannot be given another time any more.
    #[error("the caller is being rung, or talks")]
    UnderWay,
    /// Its time lies after its deadline.
    #[error("it would be tried only after its deadline")]
    PastDeadline,
}
