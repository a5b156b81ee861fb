use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};

use crate::clinical::{AgeGroup, DiscriminatorCode, DispositionCode, Gender, SymptomGroupCode};
use crate::identity::Number;
use crate::routing::{Hours, RegionId, london};

use super::capacity::Colour;
use super::id::ServiceId;
use super::position::Position;
use super::row::Row;

/// Which codes a service takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Takes<C> {
    /// All of them, those as well that come later: `"*"`.
    All,
    /// These.
    Only(BTreeSet<C>),
}

impl<C: Ord> Takes<C> {
    /// Whether a code is among them.
    pub fn has(&self, code: &C) -> bool {
        match self {
            Takes::All => true,
            Takes::Only(codes) => codes.contains(code),
        }
    }
}

/// Whether a service runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It runs.
    #[default]
    Active,
    /// It has been given up.
    Closed,
    /// It is being set up.
    Commissioning,
}

impl Status {
    /// As it stands in tables.
    pub fn word(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Closed => "closed",
            Status::Commissioning => "commissioning",
        }
    }

    /// The status of a word; none for any other text.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Status::Active, Status::Closed, Status::Commissioning];
        all.into_iter().find(|status| status.word() == word)
    }
}

/// How a patient gets from the line to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Somebody rings the service.
    Phone,
    /// A message is sent to it.
    Electronic,
    /// The patient goes there.
    Attends,
}

impl Method {
    /// As it stands in tables.
    pub fn word(self) -> &'static str {
        match self {
            Method::Phone => "phone",
            Method::Electronic => "electronic",
            Method::Attends => "attends",
        }
    }

    /// The method of a word; none for any other text.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Method::Phone, Method::Electronic, Method::Attends];
        all.into_iter().find(|method| method.word() == word)
    }
}

/// How a patient is referred, and what whoever refers should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Referral {
    /// By what way.
    pub method: Method,
    /// What to know; may be empty.
    pub text: String,
}

/// Whom a service is there for. A patient must be within each of those that are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catchment {
    /// Patients of these regions; any where it is empty.
    pub regions: BTreeSet<RegionId>,
    /// Patients of these postcode areas (`BN`) and outward codes (`RH10`); any where it is empty.
    pub outward: BTreeSet<String>,
    /// Patients within so many kilometres; any where it is left out.
    pub km: Option<u16>,
}

/// A service that patients are led to, as its provider entered it.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name for everything but people.
    pub id: ServiceId,
    /// Its name for people.
    pub name: String,
    /// What kind of service: a name in `types.toml`.
    pub kind: String,
    /// The region whose commissioners signed it off.
    pub region: RegionId,
    /// The organisation that fills the entry.
    pub provider: String,
    /// Its code in the register of organisations.
    pub ods: String,
    /// Its telephone number.
    pub phone: Number,
    /// The trunk to dial it by; the settings' usual one where it is left out.
    pub trunk: Option<String>,
    /// Its postcode.
    pub postcode: String,
    /// Where it is; the middle of its outward code where it is left out.
    pub position: Option<Position>,
    /// What it takes.
    pub symptom_groups: Takes<SymptomGroupCode>,
    /// What it can do.
    pub discriminators: Takes<DiscriminatorCode>,
    /// What may be sent to it.
    pub dispositions: Takes<DispositionCode>,
    /// Which patients it takes, by age.
    pub ages: BTreeSet<AgeGroup>,
    /// The only gender that it takes; none takes any patient.
    pub gender: Option<Gender>,
    /// The GP surgeries whose patients it takes; none takes those of any.
    pub surgeries: Option<BTreeSet<String>>,
    /// When it is open.
    pub hours: Hours,
    /// Its capacity where nobody has set another.
    pub capacity: Colour,
    /// Its place among services of its type, 1 to 10; 1 comes first.
    pub ranking: u8,
    /// Whether it runs.
    pub status: Status,
    /// The last day on which the entry counts as verified.
    pub verify_by: Date,
    /// Whom it is there for.
    pub catchment: Catchment,
    /// How patients get there.
    pub referral: Referral,
}

impl Service {
    /// Whether the entry should have been verified again by a moment (London's date).
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        london().to_datetime(now).date() > self.verify_by
    }
}

/// With the same keys as in the tables.
impl Serialize for Service {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Row::from(self).serialize(serializer)
    }
}
