use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::code::DispositionCode;

/// What kind of help a disposition asks for: it says what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A life is in danger: 999 at once, and nobody's leave is asked.
    LifeThreatening,
    /// An ambulance, which a clinician validates first.
    Ambulance,
    /// An emergency department.
    EmergencyDepartment,
    /// A treatment centre.
    TreatmentCentre,
    /// A GP or whoever stands in for one.
    PrimaryCare,
    /// A pharmacy.
    Pharmacy,
    /// A dentist.
    Dental,
    /// The mental-health service.
    MentalHealth,
    /// A clinician of this service rings back.
    Callback,
    /// The patient is told how to help themselves.
    Advice,
}

impl Kind {
    /// All of them, the most urgent first.
    pub const ALL: [Kind; 10] = [
        Kind::LifeThreatening,
        Kind::Ambulance,
        Kind::EmergencyDepartment,
        Kind::TreatmentCentre,
        Kind::PrimaryCare,
        Kind::Pharmacy,
        Kind::Dental,
        Kind::MentalHealth,
        Kind::Callback,
        Kind::Advice,
    ];

    /// As it stands in tables, in the store and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Kind::LifeThreatening => "life-threatening",
            Kind::Ambulance => "ambulance",
            Kind::EmergencyDepartment => "emergency-department",
            Kind::TreatmentCentre => "treatment-centre",
            Kind::PrimaryCare => "primary-care",
            Kind::Pharmacy => "pharmacy",
            Kind::Dental => "dental",
            Kind::MentalHealth => "mental-health",
            Kind::Callback => "callback",
            Kind::Advice => "advice",
        }
    }

    /// The kind of a word; none for any other text.
    pub fn from_word(word: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether a service is looked up in the directory for it.
    pub fn asks_directory(self) -> bool {
        matches!(
            self,
            Kind::EmergencyDepartment
                | Kind::TreatmentCentre
                | Kind::PrimaryCare
                | Kind::Pharmacy
                | Kind::Dental
                | Kind::MentalHealth
        )
    }
}

/// What an assessment comes to: what is needed, and how soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposition {
    /// Its code.
    pub code: DispositionCode,
    /// What it means, in words for handlers.
    pub meaning: String,
    /// Within what time; zero is at once.
    pub within: Duration,
    /// What kind of help.
    pub kind: Kind,
    /// The skill of whoever rings back; none where nobody does by this disposition.
    pub skill: Option<String>,
    /// The disposition that a clinician gives who has confirmed this one; only where it is validated first.
    pub validated_as: Option<DispositionCode>,
}

impl Disposition {
    /// Whether a clinician of this service has to confirm it before anybody acts on it. Never where a life is in
    /// danger.
    pub fn is_validated_first(&self) -> bool {
        self.kind != Kind::LifeThreatening && self.validated_as.is_some()
    }
}
