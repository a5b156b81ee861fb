use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::clinical::{Codes, DiscriminatorCode, DispositionCode, Kind, Patient, SymptomGroupCode};
use crate::flow::ServiceNeed;

/// The age by which is looked for somebody whose age is not known: whoever takes all ages takes it too.
const ANY_AGE: u8 = 40;

/// What is looked for, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Query {
    /// The case; the search takes no notice of it.
    pub case: String,
    /// Where the patient is: a postcode, or its first half, in any spelling.
    pub postcode: String,
    /// Who is ill.
    pub patient: Patient,
    /// The patient's GP surgery; where it is not known, only services fit that take patients of any.
    #[serde(default)]
    pub surgery: Option<String>,
    /// What is needed, and how soon.
    pub disposition: DispositionCode,
    /// What the matter is.
    pub symptom_group: SymptomGroupCode,
    /// What the service must be able to do: all of it.
    #[serde(default)]
    pub discriminators: Vec<DiscriminatorCode>,
    /// How far the patient can go, in kilometres, 1 to 99.
    #[serde(default = "Query::usual_km")]
    pub km: u8,
}

/// Why nothing was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SearchError {
    /// The distance is out of bounds.
    #[error("a distance is 1 to 99 km")]
    Kilometres,
    /// Nothing tells where the patient is.
    #[error("nothing tells where this postcode is: ask for another one near by")]
    UnknownPostcode,
    /// It is not among the dispositions.
    #[error("there is no disposition `{0}`")]
    UnknownDisposition(DispositionCode),
    /// It is not among the symptom groups.
    #[error("there is no symptom group `{0}`")]
    UnknownSymptomGroup(SymptomGroupCode),
    /// It is not among the discriminators.
    #[error("there is no discriminator `{0}`")]
    UnknownDiscriminator(DiscriminatorCode),
    /// More than anybody needs.
    #[error("more than {} discriminators", Query::MOST_DISCRIMINATORS)]
    Discriminators,
    /// A life is in danger: nobody looks for a service then.
    #[error("{0} is life-threatening: it goes to 999, not to a service")]
    LifeThreatening(DispositionCode),
}

impl Query {
    /// The distance where nothing else is said, in kilometres.
    pub const USUAL_KM: u8 = 60;
    /// The longest distance.
    pub const FARTHEST_KM: u8 = 99;
    /// The most discriminators of a query.
    pub const MOST_DISCRIMINATORS: usize = 32;

    /// A search for somebody of whom no more is known than the place; see [`Found::for_anybody_by_phone`].
    ///
    /// [`Found::for_anybody_by_phone`]: super::Found::for_anybody_by_phone
    pub fn for_anybody(case: String, postcode: &str, need: &ServiceNeed) -> Self {
        Query {
            case,
            postcode: postcode.to_owned(),
            patient: Patient {
                years: ANY_AGE,
                gender: None,
            },
            surgery: None,
            disposition: need.disposition.clone(),
            symptom_group: need.symptom_group.clone(),
            discriminators: need.discriminators.clone(),
            km: Query::USUAL_KM,
        }
    }

    fn usual_km() -> u8 {
        Query::USUAL_KM
    }

    /// Within what time help is needed, if the query makes sense.
    pub(super) fn check(&self, codes: &Codes) -> Result<Duration, SearchError> {
        if !(1..=Query::FARTHEST_KM).contains(&self.km) {
            return Err(SearchError::Kilometres);
        }
        if self.discriminators.len() > Query::MOST_DISCRIMINATORS {
            return Err(SearchError::Discriminators);
        }
        let disposition = codes.disposition(&self.disposition);
        let unknown = || SearchError::UnknownDisposition(self.disposition.clone());
        let disposition = disposition.ok_or_else(unknown)?;
        if disposition.kind == Kind::LifeThreatening {
            return Err(SearchError::LifeThreatening(self.disposition.clone()));
        }
        if codes.symptom_group(&self.symptom_group).is_none() {
            return Err(SearchError::UnknownSymptomGroup(self.symptom_group.clone()));
        }
        let mut discriminators = self.discriminators.iter();
        match discriminators.find(|code| codes.discriminator(code).is_none()) {
            Some(code) => Err(SearchError::UnknownDiscriminator(code.clone())),
            None => Ok(disposition.within),
        }
    }
}
