use serde::{Deserialize, Serialize};

use crate::clinical::{DispositionCode, SymptomGroupCode};
use crate::identity::Reference;

use super::end::End;

/// What has happened in a case. Whoever did it is told beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Event {
    /// The assessment has ended here.
    Decided {
        /// What it has come to.
        end: Box<End>,
    },
    /// The handler goes back into the assessment.
    Reopened,
    /// A life is in danger now, whatever was decided: the patient has got worse.
    Danger,
    /// The case is handed to a clinician.
    HandedOver,
    /// A clinician confirms what was decided.
    Confirmed,
    /// A clinician decides otherwise.
    Changed {
        /// The disposition.
        to: DispositionCode,
        /// Why.
        why: String,
        /// What the matter is, where it is another than the assessment had, or there was no assessment.
        symptom_group: Option<SymptomGroupCode>,
    },
    /// The directory was searched: so many services are offered.
    Found {
        /// How many; none is an answer too.
        offered: usize,
    },
    /// The patient has chosen a service.
    Chosen {
        /// Its id in the directory.
        service: String,
        /// How it is referred to, in the directory's word.
        method: String,
    },
    /// The referral has come to something.
    Referred {
        /// To what.
        came_of: CameOf,
    },
    /// A callback has been promised.
    Promised {
        /// Its reference.
        reference: Reference,
    },
    /// The advice has been given.
    Given,
    /// A control room has the caller: it has answered and been heard.
    TakenBy999,
    /// A clinician closes the case though nothing was arranged: the caller has gone, say, and cannot be reached.
    Abandoned {
        /// Why.
        why: String,
    },
}

/// What a referral has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CameOf {
    /// The service takes the patient.
    Accepted,
    /// The patient was told where to go.
    PatientTold,
    /// Nobody answered there.
    NoAnswer,
    /// The service does not take the patient.
    Declined,
}

impl CameOf {
    /// One word for reports and lists.
    pub fn word(self) -> &'static str {
        match self {
            CameOf::Accepted => "accepted",
            CameOf::PatientTold => "patient-told",
            CameOf::NoAnswer => "no-answer",
            CameOf::Declined => "declined",
        }
    }

    /// What it has come to where the caller was put through: the service talked with them, or nobody there did.
    pub fn of_call(has_talked: bool) -> Self {
        match has_talked {
            true => CameOf::Accepted,
            false => CameOf::NoAnswer,
        }
    }

    /// Whether the patient has been linked to the service.
    pub fn is_good(self) -> bool {
        matches!(self, CameOf::Accepted | CameOf::PatientTold)
    }
}
