use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clinical::{DiscriminatorCode, DispositionCode, SymptomGroupCode};

use super::advice::Advice;

/// What is to be done next in a case. An open one always has exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "order")]
pub enum Order {
    /// Go on with the assessment.
    Assess,
    /// Connect to 999, at once and until a control room has the caller.
    Emergency {
        /// For what; none where the danger came up outside the assessment.
        disposition: Option<DispositionCode>,
        /// Whether a clinician has confirmed the ambulance.
        confirmed: bool,
    },
    /// Bring it to a clinician, who confirms or changes it.
    Validate {
        /// What is to be confirmed; none where nothing has been decided.
        disposition: Option<DispositionCode>,
        /// The skill of the clinician.
        skill: String,
        /// Within what time of being brought there; zero is at once.
        within: Duration,
        /// By when.
        deadline: Timestamp,
    },
    /// Search the directory.
    Search {
        /// What is needed.
        disposition: DispositionCode,
        /// What the matter is.
        symptom_group: SymptomGroupCode,
        /// What a service must be able to do.
        discriminators: Vec<DiscriminatorCode>,
        /// Services that have been tried in vain: they are not to be offered.
        struck_out: Vec<String>,
    },
    /// Let the patient choose among what was found.
    Choose {
        /// How many there are.
        offered: usize,
    },
    /// Refer the patient.
    Refer {
        /// To which service.
        service: String,
        /// How.
        method: String,
    },
    /// Promise a callback.
    Callback {
        /// For what.
        disposition: DispositionCode,
        /// By when.
        deadline: Timestamp,
        /// The skill of whoever makes it.
        skill: String,
    },
    /// Tell the patient how to help themselves.
    Advise {
        /// The words.
        advice: Vec<Advice>,
    },
}

impl Order {
    /// One line for whoever carries it out.
    pub fn words(&self) -> String {
        match self {
            Order::Assess => "go on with the assessment".to_owned(),
            Order::Emergency {
                confirmed: false, ..
            } => "999 at once".to_owned(),
            Order::Emergency { .. } => "999: a clinician has confirmed the ambulance".to_owned(),
            Order::Validate { skill, within, .. } => {
                format!("to a clinician first ({skill}), {}", in_words(*within))
            }
            Order::Search { .. } => "search the directory for a service".to_owned(),
            Order::Choose { offered } => format!("choose one of {offered} services"),
            Order::Refer { service, method } => format!("refer to {service} by {method}"),
            Order::Callback { skill, .. } => format!("promise a callback ({skill})"),
            Order::Advise { .. } => "give the advice".to_owned(),
        }
    }
}

/// A time within which something is due, such as "within 4 hours"; zero is "at once".
pub fn in_words(within: Duration) -> String {
    let minutes = within.as_secs() / 60;
    let of = |n: u64, one: &str| match n {
        1 => format!("within 1 {one}"),
        n => format!("within {n} {one}s"),
    };
    match minutes {
        0 => "at once".to_owned(),
        _ if minutes.is_multiple_of(24 * 60) => of(minutes / (24 * 60), "day"),
        _ if minutes.is_multiple_of(60) => of(minutes / 60, "hour"),
        _ => of(minutes, "minute"),
    }
}
