use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::clinical::AgeGroup;
use crate::routing::Opening;

use super::asked::Asked;
use super::bits::Bits;
use super::capacity::Colour;
use super::criterion::{Criteria, Criterion};
use super::id::ServiceId;
use super::place::PatientPlace;
use super::position::Distance;
use super::query::Query;
use super::service::{Method, Service};

/// What a search came to.
///
/// A service is first held against the first kind of criteria ([`Criterion::FIRST`]). Only one that passes all of them
/// is held against the second kind. So each service that is left out has reasons of one kind alone.
#[derive(Debug)]
pub struct Found<'d> {
    /// The best two of each type by ranking, then distance, then name; the types in the order of their best.
    pub offered: Vec<Offer<'d>>,
    /// The others that would do, by ranking, then distance, then name.
    pub more: Vec<Offer<'d>>,
    /// The nearest two emergency departments that are open, whatever was asked for. They may be offered as well.
    pub catch_all: Vec<Offer<'d>>,
    /// Those that fail exactly one of the second kind of criteria, in the same order.
    pub near_misses: Vec<NearMiss<'d>>,
    pub(super) asked: Arc<Asked<'d>>,
    /// Who passes each of the first kind.
    pub(super) passed: [Bits; Criterion::FIRST.len()],
    /// What those fail of the second kind who pass all of the first.
    pub(super) second: Vec<(usize, Criteria)>,
}

impl<'d> Found<'d> {
    /// Where the patient is taken to be.
    pub fn place(&self) -> &PatientPlace {
        &self.asked.place
    }

    /// What was asked.
    pub fn query(&self) -> &'d Query {
        self.asked.query
    }

    /// When it was asked.
    pub fn at(&self) -> Timestamp {
        self.asked.now
    }

    /// Up to when a service must be open.
    pub fn until(&self) -> Timestamp {
        self.asked.until
    }

    /// Of those that would do, the ones that take a patient of any age and are referred to by ringing them, the best
    /// first: for whoever is to be put through and of whom no more is known than the place.
    pub fn for_anybody_by_phone(&self) -> impl Iterator<Item = &Offer<'d>> + '_ {
        let all = self.offered.iter().chain(&self.more);
        all.filter(|offer| {
            let service = offer.service;
            let takes_all = AgeGroup::ALL.iter().all(|age| service.ages.contains(age));
            takes_all && service.referral.method == Method::Phone
        })
    }

    /// All services that were left out, each with the criteria that it fails, in the order of their names.
    pub fn left_out(&self) -> impl Iterator<Item = LeftOut<'_>> {
        let asked = &*self.asked;
        let criteria = self.all_criteria().into_iter().enumerate();
        criteria.filter_map(move |(index, criteria)| {
            let service = asked.service(index).filter(|_| !criteria.is_empty())?;
            Some(LeftOut {
                service,
                criteria,
                index,
                asked,
            })
        })
    }

    /// What each service fails, in the order of their names.
    fn all_criteria(&self) -> Vec<Criteria> {
        let mut all = vec![Criteria::default(); self.asked.directory.services.len()];
        for (criterion, passed) in Criterion::FIRST.into_iter().zip(&self.passed) {
            for i in passed.missing() {
                if let Some(criteria) = all.get_mut(i) {
                    criteria.insert(criterion);
                }
            }
        }
        for (i, criteria) in &self.second {
            if let Some(known) = all.get_mut(*i) {
                *known = *criteria;
            }
        }
        all
    }

    /// What a service fails; empty for one that would do, none for one that is not in the directory.
    pub fn criteria_of(&self, id: &ServiceId) -> Option<Criteria> {
        let services = &self.asked.directory.services;
        let index = services.binary_search_by(|service| service.id.cmp(id));
        index.ok().map(|i| self.failed(i))
    }

    fn failed(&self, i: usize) -> Criteria {
        let first = Criterion::FIRST.into_iter().zip(&self.passed);
        let failed = first.filter(|(_, passed)| !passed.contains(i));
        let failed: Criteria = failed.map(|(criterion, _)| criterion).collect();
        match self.second.binary_search_by_key(&i, |(i, _)| *i) {
            Ok(at) if failed.is_empty() => {
                self.second.get(at).map_or(failed, |(_, second)| *second)
            }
            _ => failed,
        }
    }
}

/// A service that would do.
#[derive(Clone)]
pub struct Offer<'d> {
    /// The service.
    pub service: &'d Service,
    /// How far it is.
    pub distance: Distance,
    /// Green or amber.
    pub capacity: Colour,
    /// Whether its entry should have been verified again.
    pub is_overdue: bool,
    /// Whether it is named to everybody, whatever was asked for.
    pub is_catch_all: bool,
    asked: Arc<Asked<'d>>,
}

impl<'d> Offer<'d> {
    pub(super) fn new(asked: &Arc<Asked<'d>>, i: usize, is_catch_all: bool) -> Option<Self> {
        let service = asked.service(i)?;
        Some(Offer {
            service,
            distance: asked.distance(i),
            capacity: asked.capacity(service),
            is_overdue: asked.today > service.verify_by,
            is_catch_all,
            asked: Arc::clone(asked),
        })
    }

    /// The opening by which it can be used.
    pub fn opening(&self) -> Option<Opening> {
        let asked = &self.asked;
        let by = if self.is_catch_all {
            asked.now
        } else {
            asked.until
        };
        asked.useful(&self.service.hours, by)
    }

    /// The same in words, such as "open until 18:30".
    pub fn opening_words(&self) -> String {
        self.opening()
            .map_or_else(String::new, |opening| self.asked.opening_words(opening))
    }

    /// What its type is called.
    pub fn type_name(&self) -> &str {
        self.asked.type_name(self.service)
    }
}

/// A service that fails exactly one of the second kind of criteria.
#[derive(Clone)]
pub struct NearMiss<'d> {
    /// The service.
    pub service: &'d Service,
    /// How far it is.
    pub distance: Distance,
    /// What it fails.
    pub criterion: Criterion,
    index: usize,
    asked: Arc<Asked<'d>>,
}

impl<'d> NearMiss<'d> {
    pub(super) fn new(asked: &Arc<Asked<'d>>, i: usize, criterion: Criterion) -> Option<Self> {
        Some(NearMiss {
            service: asked.service(i)?,
            distance: asked.distance(i),
            criterion,
            index: i,
            asked: Arc::clone(asked),
        })
    }

    /// Why it is not offered, in words such as "closed until Monday 09:00".
    pub fn words(&self) -> String {
        self.asked.reason(self.index, self.criterion)
    }
}

/// A service that does not do.
#[derive(Clone)]
pub struct LeftOut<'f> {
    /// The service.
    pub service: &'f Service,
    /// All of one kind that it fails.
    pub criteria: Criteria,
    index: usize,
    asked: &'f Asked<'f>,
}

impl LeftOut<'_> {
    /// How far it is.
    pub fn distance(&self) -> Distance {
        self.asked.distance(self.index)
    }

    /// Why it does not do: words for each criterion.
    pub fn words(&self) -> Vec<String> {
        let criteria = self.criteria.iter();
        criteria
            .map(|criterion| self.asked.reason(self.index, criterion))
            .collect()
    }
}

macro_rules! debug {
    ($name:ident, $field:ident) => {
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {:?}", self.service.id, self.$field)
            }
        }
    };
}

debug!(Offer, distance);
debug!(NearMiss, criterion);
debug!(LeftOut, criteria);

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct OfferView<'v> {
    service: &'v Service,
    type_name: &'v str,
    distance: Distance,
    capacity: Colour,
    opening: String,
    opens: Option<Opening>,
    is_overdue: bool,
    is_catch_all: bool,
}

impl Serialize for Offer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = OfferView {
            service: self.service,
            type_name: self.type_name(),
            distance: self.distance,
            capacity: self.capacity,
            opening: self.opening_words(),
            opens: self.opening(),
            is_overdue: self.is_overdue,
            is_catch_all: self.is_catch_all,
        };
        view.serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct MissView<'v> {
    service: &'v ServiceId,
    name: &'v str,
    r#type: &'v str,
    distance: Distance,
    criteria: Criteria,
    words: Vec<String>,
}

impl Serialize for NearMiss<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = MissView {
            service: &self.service.id,
            name: &self.service.name,
            r#type: &self.service.kind,
            distance: self.distance,
            criteria: Criteria::from_iter([self.criterion]),
            words: vec![self.words()],
        };
        view.serialize(serializer)
    }
}

impl Serialize for LeftOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = MissView {
            service: &self.service.id,
            name: &self.service.name,
            r#type: &self.service.kind,
            distance: self.distance(),
            criteria: self.criteria,
            words: self.words(),
        };
        view.serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct FoundView<'v, 'd> {
    at: Timestamp,
    until: Timestamp,
    place: &'v PatientPlace,
    doubts: Vec<String>,
    offered: &'v [Offer<'d>],
    more: &'v [Offer<'d>],
    catch_all: &'v [Offer<'d>],
    near_misses: &'v [NearMiss<'d>],
}

/// All but those that were left out, which are looked at when they are asked for.
impl Serialize for Found<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = FoundView {
            at: self.at(),
            until: self.until(),
            place: self.place(),
            doubts: self.place().doubts(),
            offered: &self.offered,
            more: &self.more,
            catch_all: &self.catch_all,
            near_misses: &self.near_misses,
        };
        view.serialize(serializer)
    }
}
