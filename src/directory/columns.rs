use std::collections::HashMap;
use std::hash::Hash;

use crate::clinical::{AgeGroup, DiscriminatorCode, DispositionCode, Gender, SymptomGroupCode};
use crate::routing::{Hours, RegionId};

use super::bits::Bits;
use super::place::{OutwardPlaces, PatientPlace, district};
use super::position::{Point, Position, farthest};
use super::service::{Service, Status, Takes};
use super::types::ServiceTypes;
use super::week::StandardWeek;

/// Which services take which key: those that take any, and for each key those that name it.
#[derive(Clone, Debug)]
pub(super) struct Lookup<K> {
    any: Bits,
    named: HashMap<K, Vec<u32>>,
    /// Those of keys that very many services name.
    common: HashMap<K, Bits>,
}

impl<K: Clone + Eq + Hash + Ord> Lookup<K> {
    /// None of a service's keys means any.
    fn new<'s>(services: &'s [Service], keys: impl Fn(&'s Service) -> Option<Vec<K>>) -> Self {
        let mut lookup = Lookup {
            any: Bits::none(services.len()),
            named: HashMap::new(),
            common: HashMap::new(),
        };
        for (i, service) in (0u32..).zip(services) {
            match keys(service) {
                None => lookup.any.insert(i as usize),
                Some(keys) => {
                    for key in keys {
                        lookup.named.entry(key).or_default().push(i);
                    }
                }
            }
        }
        // A set of all is a bit for each; a list is 32 bits for each that is in it.
        let is_common = |_: &K, listed: &mut Vec<u32>| listed.len() * 32 > services.len();
        for (key, listed) in lookup.named.extract_if(is_common) {
            let mut bits = Bits::none(services.len());
            listed.iter().for_each(|i| bits.insert(*i as usize));
            lookup.common.insert(key, bits);
        }
        lookup
    }

    fn of_codes<'s>(services: &'s [Service], takes: impl Fn(&'s Service) -> &'s Takes<K>) -> Self
    where
        K: 's,
    {
        Lookup::new(services, |service| match takes(service) {
            Takes::All => None,
            Takes::Only(codes) => Some(codes.iter().cloned().collect()),
        })
    }

    /// Those that take at least one of some keys.
    pub(super) fn of<'k, Q>(&self, keys: impl IntoIterator<Item = &'k Q>) -> Bits
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized + 'k,
    {
        let mut bits = self.any.clone();
        for key in keys {
            if let Some(common) = self.common.get(key) {
                bits.add(common);
            }
            let listed = self.named.get(key).into_iter().flatten();
            listed.for_each(|i| bits.insert(*i as usize));
        }
        bits
    }
}

/// Services by what they are asked for: one column for each criterion.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) active: Bits,
    pub(super) symptom_groups: Lookup<SymptomGroupCode>,
    pub(super) discriminators: Lookup<DiscriminatorCode>,
    pub(super) dispositions: Lookup<DispositionCode>,
    genders: Lookup<Gender>,
    ages: Lookup<AgeGroup>,
    surgeries: Lookup<String>,
    regions: Lookup<RegionId>,
    outward: Lookup<String>,
    pub(super) points: Vec<Point>,
    /// The square of the longest chord within the catchment.
    reach: Vec<f64>,
    /// Which of the different hours a service has.
    pub(super) hours_of: Vec<u32>,
    pub(super) hours: Vec<Hours>,
    /// The standard week of each of them.
    pub(super) weeks: Vec<StandardWeek>,
    pub(super) kinds: Vec<u16>,
    /// Active services of types that are named to everybody.
    pub(super) catch_all: Vec<u32>,
}

impl Columns {
    pub(super) fn new(services: &[Service], types: &ServiceTypes, places: &OutwardPlaces) -> Self {
        let mut known: HashMap<&Hours, u32> = HashMap::new();
        let mut hours = Vec::new();
        let hours_of = services.iter().map(|service| {
            *known.entry(&service.hours).or_insert_with(|| {
                hours.push(service.hours.clone());
                u32::try_from(hours.len() - 1).unwrap_or(u32::MAX)
            })
        });
        let hours_of = hours_of.collect();
        let is_active = |service: &Service| service.status == Status::Active;
        let is_catch_all =
            |service: &Service| types.get(&service.kind).is_some_and(|kind| kind.catch_all);
        let catch_all = (0u32..).zip(services);
        let catch_all = catch_all.filter(|(_, s)| is_active(s) && is_catch_all(s));
        let listed = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect();
        Columns {
            active: Bits::collect(services.len(), |i| services.get(i).is_some_and(is_active)),
            symptom_groups: Lookup::of_codes(services, |s| &s.symptom_groups),
            discriminators: Lookup::of_codes(services, |s| &s.discriminators),
            dispositions: Lookup::of_codes(services, |s| &s.dispositions),
            genders: Lookup::new(services, |s| s.gender.map(|gender| vec![gender])),
            ages: Lookup::new(services, |s| Some(s.ages.iter().copied().collect())),
            surgeries: Lookup::new(services, |s| s.surgeries.as_ref().map(listed)),
            regions: Lookup::new(services, |s| {
                let regions = &s.catchment.regions;
                (!regions.is_empty()).then(|| regions.iter().cloned().collect())
            }),
            outward: Lookup::new(services, |s| {
                let codes = &s.catchment.outward;
                (!codes.is_empty()).then(|| listed(codes))
            }),
            points: services
                .iter()
                .map(|s| place_of(s, places).point())
                .collect(),
            reach: services
                .iter()
                .map(|s| s.catchment.km.map_or(f64::INFINITY, farthest))
                .collect(),
            hours_of,
            weeks: hours.iter().map(StandardWeek::new).collect(),
            hours,
            kinds: services
                .iter()
                .map(|s| types.index(&s.kind).unwrap_or(u16::MAX))
                .collect(),
            catch_all: catch_all.map(|(i, _)| i).collect(),
        }
    }

    pub(super) fn genders(&self, gender: Option<Gender>) -> Bits {
        self.genders.of(&gender)
    }

    pub(super) fn ages(&self, age: AgeGroup) -> Bits {
        self.ages.of([&age])
    }

    pub(super) fn surgeries(&self, surgery: Option<&str>) -> Bits {
        self.surgeries.of(surgery)
    }

    /// Those that are no farther from a point than a chord.
    pub(super) fn near(&self, chords: &[f64], farthest: f64) -> Bits {
        Bits::collect(chords.len(), |i| {
            chords.get(i).is_some_and(|chord| *chord <= farthest)
        })
    }

    /// Those that are there for patients of a place.
    pub(super) fn catchment(&self, place: &PatientPlace, chords: &[f64]) -> Bits {
        let mut bits = self.regions.of(&place.regions);
        let codes = [&*place.outward, district(&place.outward), &*place.area];
        bits.keep(&self.outward.of(codes));
        bits.keep(&Bits::collect(chords.len(), |i| {
            chords
                .get(i)
                .zip(self.reach.get(i))
                .is_some_and(|(chord, reach)| chord <= reach)
        }));
        bits
    }

    /// The square of the chord to each service.
    pub(super) fn chords(&self, from: Point) -> Vec<f64> {
        self.points.iter().map(|point| point.chord(from)).collect()
    }
}

/// Where a service is; every one that was read has a place.
pub(super) fn place_of(service: &Service, places: &OutwardPlaces) -> Position {
    let middle = || crate::routing::outward(&service.postcode).and_then(|code| places.of(&code));
    service.position.or_else(middle).unwrap_or(Position {
        latitude: 0.0,
        longitude: 0.0,
    })
}
