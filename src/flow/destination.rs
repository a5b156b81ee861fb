use serde::{Deserialize, Serialize};

use crate::clinical::{DiscriminatorCode, DispositionCode, SymptomGroupCode};
use crate::identity::Number;

/// How soon a caller's turn comes, before the time of arrival counts. Later in the list is sooner.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// First come, first served.
    #[default]
    Ordinary,
    /// A professional with a patient.
    HealthProfessional,
    /// For a patient under five or over 85.
    YoungOrOld,
    /// Returned from a hunt for 999 that nobody has answered yet.
    Emergency,
}

/// What a flow looks for in the directory, for a patient of whom it knows no more than the place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServiceNeed {
    /// What is needed, and how soon.
    pub disposition: DispositionCode,
    /// What the matter is.
    pub symptom_group: SymptomGroupCode,
    /// What the service must be able to do.
    #[serde(default)]
    pub discriminators: Vec<DiscriminatorCode>,
}

/// Where a flow ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A call handler.
    HandlerQueue {
        /// What the handler must be able to do.
        skill: String,
        /// How soon.
        priority: Priority,
    },
    /// A clinician straight away; handlers with the skill `general` if none is there.
    ClinicianQueue {
        /// How soon.
        priority: Priority,
    },
    /// A promise that a clinician rings back.
    Callback {
        /// The number that the caller has confirmed.
        number: Number,
        /// The disposition, which says by when and who; none where nothing says so.
        disposition: Option<String>,
    },
    /// The region's crisis line; where it does not answer, handlers with a skill.
    CrisisLine {
        /// That skill.
        skill: String,
    },
    /// The best service of the directory that is open; where none is found or it does not answer, handlers with a
    /// skill.
    Service {
        /// What is looked for.
        need: ServiceNeed,
        /// That skill.
        skill: String,
    },
    /// The caller sets the capacity of the service from whose telephone they call; handlers of anybody for whoever is no
    /// such service, or does not get on with the keys.
    Capacity,
    /// 999.
    Emergency,
    /// What the caller has been promised in an earlier call; they are told that it stands.
    Kept,
}

impl Destination {
    /// One word for the timeline.
    pub fn word(&self) -> &'static str {
        match self {
            Destination::HandlerQueue { .. } => "handler-queue",
            Destination::ClinicianQueue { .. } => "clinician-queue",
            Destination::Callback { .. } => "callback",
            Destination::CrisisLine { .. } => "crisis-line",
            Destination::Service { .. } => "directory",
            Destination::Capacity => "capacity",
            Destination::Emergency => "emergency",
            Destination::Kept => "promise-kept",
        }
    }
}
