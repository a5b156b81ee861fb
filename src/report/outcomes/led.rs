use crate::clinical::Kind;
use crate::settings::ClockStart;
use crate::store::{AssessmentCourse, Course};

use super::super::fate::Fate;

/// What somebody who turned to 111 was led to. Each is exactly one of these, so that nobody is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Led {
    /// Linked to an emergency department.
    EmergencyDepartment,
    /// Linked to a treatment centre.
    TreatmentCentre,
    /// Linked to a GP or whoever stands in for one.
    PrimaryCare,
    /// Linked to a pharmacy.
    Pharmacy,
    /// Linked to a dentist.
    Dental,
    /// Linked to a mental-health service; the region's crisis line, where the menus have led there.
    MentalHealth,
    /// Put through by the menus to another service of the directory.
    ServiceByMenus,
    /// 999, without a clinician having been asked: a life was in danger, or the menus have led there.
    Emergency,
    /// An ambulance that a clinician has validated.
    ValidatedEmergency,
    /// A callback by a clinician has been promised.
    Callback,
    /// Told how to help themselves.
    Advice,
    /// A clinician has closed the case with nothing arranged.
    NothingArranged,
    /// An assessment was begun and is not closed.
    Open,
    /// Spoke with a handler or a clinician, and no assessment was made.
    NotAssessed,
    /// Somebody whose earlier promise or place stands.
    PromiseStands,
    /// Hung up before anything was done for them.
    Abandoned,
    /// Broken off by the service.
    CutOff,
    /// The call is not over.
    UnderWay,
}

impl Led {
    /// Those who were linked to a service.
    pub const LINKED: [Led; 7] = [
        Led::EmergencyDepartment,
        Led::TreatmentCentre,
        Led::PrimaryCare,
        Led::Pharmacy,
        Led::Dental,
        Led::MentalHealth,
        Led::ServiceByMenus,
    ];

    /// What the menus lead to as well as assessments do.
    pub(super) const BY_BOTH: [Led; 3] = [Led::MentalHealth, Led::Emergency, Led::Callback];

    /// What an assessment has led to.
    pub fn of_assessment(course: &AssessmentCourse) -> Self {
        match course.outcome.as_deref() {
            None => Led::Open,
            Some("emergency") => Led::Emergency,
            Some("validated-emergency") => Led::ValidatedEmergency,
            Some("callback") => Led::Callback,
            Some("advice") => Led::Advice,
            Some("referred") => Led::linked(course.kind.as_deref()),
            Some(_) => Led::NothingArranged,
        }
    }

    /// What kind of service somebody was linked to whose disposition is of a kind.
    fn linked(kind: Option<&str>) -> Self {
        match kind.and_then(Kind::from_word) {
            Some(Kind::EmergencyDepartment) => Led::EmergencyDepartment,
            Some(Kind::TreatmentCentre) => Led::TreatmentCentre,
            Some(Kind::Pharmacy) => Led::Pharmacy,
            Some(Kind::Dental) => Led::Dental,
            Some(Kind::MentalHealth) => Led::MentalHealth,
            // The directory is asked for no other kind.
            _ => Led::PrimaryCare,
        }
    }

    /// What a call without an assessment has led to; none where it was no patient's but a provider's, who set the
    /// capacity of a service.
    pub fn of_call(course: &Course) -> Option<Self> {
        if course.is_of_provider() {
            return None;
        }
        Some(match Fate::of(course, ClockStart::Arrived) {
            Fate::Answered(_) => Led::NotAssessed,
            Fate::Abandoned(_) => Led::Abandoned,
            Fate::CutOff => Led::CutOff,
            Fate::UnderWay => Led::UnderWay,
            Fate::LedElsewhere => match course.destination.as_deref() {
                Some("emergency") => Led::Emergency,
                Some("crisis-line") => Led::MentalHealth,
                Some("directory") => Led::ServiceByMenus,
                Some("promise-kept") => Led::PromiseStands,
                // A callback was promised by the menus, or instead of waiting on the line.
                _ => Led::Callback,
            },
        })
    }
}
