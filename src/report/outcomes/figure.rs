use serde::Serialize;
use serde::ser::SerializeMap as _;

use super::super::words::{hundredths, or_dash};
use super::led::Led;

/// A figure of the outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Everybody.
    People,
    /// Those who were linked to a service.
    Linked,
    /// Those who were led to one thing.
    Led(Led),
    /// Assessments that are closed.
    Closed,
    /// Those of them that a clinician has closed.
    ByClinician,
    /// Those that a handler has closed with advice alone.
    ByAdvice,
    /// Those that a handler has closed in any other way.
    Otherwise,
    /// The median of the times to the outcome, in milliseconds.
    MedianTime,
    /// Their 95th centile.
    LongTime,
}

impl Figure {
    /// All of them, in their order: linking people to services stands first.
    pub const ALL: [Figure; 26] = [
        Figure::People,
        Figure::Linked,
        Figure::Led(Led::EmergencyDepartment),
        Figure::Led(Led::TreatmentCentre),
        Figure::Led(Led::PrimaryCare),
        Figure::Led(Led::Pharmacy),
        Figure::Led(Led::Dental),
        Figure::Led(Led::MentalHealth),
        Figure::Led(Led::ServiceByMenus),
        Figure::Led(Led::Emergency),
        Figure::Led(Led::ValidatedEmergency),
        Figure::Led(Led::Callback),
        Figure::Led(Led::Advice),
        Figure::Led(Led::NothingArranged),
        Figure::Led(Led::Open),
        Figure::Led(Led::NotAssessed),
        Figure::Led(Led::PromiseStands),
        Figure::Led(Led::Abandoned),
        Figure::Led(Led::CutOff),
        Figure::Led(Led::UnderWay),
        Figure::Closed,
        Figure::ByClinician,
        Figure::ByAdvice,
        Figure::Otherwise,
        Figure::MedianTime,
        Figure::LongTime,
    ];

    /// Its place among all of them.
    pub(in crate::report) const fn place(self) -> usize {
        match self {
            Figure::People => 0,
            Figure::Linked => 1,
            Figure::Led(led) => 2 + led as usize,
            Figure::Closed => 20,
            Figure::ByClinician => 21,
            Figure::ByAdvice => 22,
            Figure::Otherwise => 23,
            Figure::MedianTime => 24,
            Figure::LongTime => 25,
        }
    }

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Figure::People => "people",
            Figure::Linked => "linked",
            Figure::Led(Led::EmergencyDepartment) => "emergency-department",
            Figure::Led(Led::TreatmentCentre) => "treatment-centre",
            Figure::Led(Led::PrimaryCare) => "primary-care",
            Figure::Led(Led::Pharmacy) => "pharmacy",
            Figure::Led(Led::Dental) => "dental",
            Figure::Led(Led::MentalHealth) => "mental-health",
            Figure::Led(Led::ServiceByMenus) => "service-by-menus",
            Figure::Led(Led::Emergency) => "emergency",
            Figure::Led(Led::ValidatedEmergency) => "validated-emergency",
            Figure::Led(Led::Callback) => "callback",
            Figure::Led(Led::Advice) => "advice",
            Figure::Led(Led::NothingArranged) => "nothing-arranged",
            Figure::Led(Led::Open) => "open",
            Figure::Led(Led::NotAssessed) => "not-assessed",
            Figure::Led(Led::PromiseStands) => "promise-stands",
            Figure::Led(Led::Abandoned) => "abandoned",
            Figure::Led(Led::CutOff) => "cut-off",
            Figure::Led(Led::UnderWay) => "under-way",
            Figure::Closed => "closed",
            Figure::ByClinician => "closed-by-clinician",
            Figure::ByAdvice => "closed-by-advice",
            Figure::Otherwise => "closed-otherwise",
            Figure::MedianTime => "median-time",
            Figure::LongTime => "95th-centile-time",
        }
    }

    /// What it is, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Figure::People => "people",
            Figure::Linked => "linked to a service",
            Figure::Led(Led::EmergencyDepartment) => "to an emergency department",
            Figure::Led(Led::TreatmentCentre) => "to a treatment centre",
            Figure::Led(Led::PrimaryCare) => "to primary care",
            Figure::Led(Led::Pharmacy) => "to a pharmacy",
            Figure::Led(Led::Dental) => "to a dentist",
            Figure::Led(Led::MentalHealth) => "to mental health or a crisis line",
            Figure::Led(Led::ServiceByMenus) => "to another service, by the menus",
            Figure::Led(Led::Emergency) => "999 at once",
            Figure::Led(Led::ValidatedEmergency) => "999, validated by a clinician",
            Figure::Led(Led::Callback) => "a callback promised",
            Figure::Led(Led::Advice) => "advice",
            Figure::Led(Led::NothingArranged) => "closed with nothing arranged",
            Figure::Led(Led::Open) => "assessment not closed",
            Figure::Led(Led::NotAssessed) => "spoken with, not assessed",
            Figure::Led(Led::PromiseStands) => "told that their callback stands",
            Figure::Led(Led::Abandoned) => "hung up before anything was done",
            Figure::Led(Led::CutOff) => "cut off by the service",
            Figure::Led(Led::UnderWay) => "call still under way",
            Figure::Closed => "assessments closed",
            Figure::ByClinician => "closed by a clinician",
            Figure::ByAdvice => "closed by a handler with advice",
            Figure::Otherwise => "closed by a handler otherwise",
            Figure::MedianTime => "median time to outcome, s",
            Figure::LongTime => "95th centile of time to outcome, s",
        }
    }

    /// Whether it is a time, and no count.
    pub fn is_time(self) -> bool {
        matches!(self, Figure::MedianTime | Figure::LongTime)
    }
}

/// The outcomes of a number of people. A figure that is held back, or that there is not, is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// By their places.
    pub(super) values: [Option<u64>; Figure::ALL.len()],
    /// How many of those in [`Led::BY_BOTH`] were assessed. This stands nowhere.
    pub(super) assessed: [u64; Led::BY_BOTH.len()],
}

impl Figures {
    /// A figure: people, or milliseconds.
    pub fn get(&self, figure: Figure) -> Option<u64> {
        self.values[figure.place()]
    }

    /// A count as part of another one, in hundredths; none of nobody.
    pub fn percent(&self, part: Figure, of: Figure) -> Option<f64> {
        hundredths(self.get(part), self.get(of))
    }

    /// Of the assessments that are closed, the part that a clinician or advice has closed, in hundredths.
    pub fn closed_by_clinician_or_advice(&self) -> Option<f64> {
        let otherwise = self.percent(Figure::Otherwise, Figure::Closed)?;
        Some(100.0 - otherwise)
    }

    /// A figure as people read it: people, or whole seconds; a dash for none.
    pub fn shown(&self, figure: Figure) -> String {
        match (self.get(figure), figure.is_time()) {
            (count, false) => or_dash(count),
            (millis, true) => or_dash(millis.map(|millis| millis / 1_000)),
        }
    }
}

impl Serialize for Figures {
    /// By word, in people and in seconds.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Figure::ALL.len() + 1))?;
        for figure in Figure::ALL {
            let value = self.get(figure);
            match figure.is_time() {
                true => map
                    .serialize_entry(figure.word(), &value.map(|millis| millis as f64 / 1_000.0))?,
                false => map.serialize_entry(figure.word(), &value)?,
            }
        }
        let share = self.closed_by_clinician_or_advice();
        map.serialize_entry("closed-by-clinician-or-advice-percent", &share)?;
        map.end()
    }
}
