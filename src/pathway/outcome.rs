use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clinical::{DispositionCode, Kind};
use crate::identity::Reference;

use super::by::By;

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// 999 at once.
    Emergency {
        /// For what; none where the danger came up outside the assessment.
        disposition: Option<DispositionCode>,
    },
    /// An ambulance that a clinician has confirmed.
    ValidatedEmergency {
        /// For what.
        disposition: DispositionCode,
    },
    /// The patient was linked to a service.
    Referred {
        /// For what.
        disposition: DispositionCode,
        /// What kind of help.
        kind: Kind,
        /// The service's id.
        service: String,
        /// How it was referred to.
        method: String,
        /// Whether the patient was told to go there, and nobody there was spoken to.
        patient_told: bool,
    },
    /// A callback was promised.
    Callback {
        /// For what.
        disposition: DispositionCode,
        /// The callback's reference.
        reference: Reference,
    },
    /// The patient was told how to help themselves.
    Advice {
        /// For what.
        disposition: DispositionCode,
    },
    /// Nothing was arranged, and a clinician has closed it.
    Abandoned {
        /// Why.
        why: String,
    },
}

impl Outcome {
    /// One word for reports and lists.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Emergency { .. } => "emergency",
            Outcome::ValidatedEmergency { .. } => "validated-emergency",
            Outcome::Referred { .. } => "referred",
            Outcome::Callback { .. } => "callback",
            Outcome::Advice { .. } => "advice",
            Outcome::Abandoned { .. } => "abandoned",
        }
    }

    /// The service to which the patient was linked.
    pub fn service(&self) -> Option<&str> {
        match self {
            Outcome::Referred { service, .. } => Some(service),
            _ => None,
        }
    }
}

/// How a case was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// Who did the last thing.
    pub by: By,
    /// Whether a clinician decided what it came to; a handler did otherwise, by the assessment.
    pub clinician_decided: bool,
}
