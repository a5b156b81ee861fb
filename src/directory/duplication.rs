use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::clinical::{DispositionCode, SymptomGroupCode};
use crate::routing::RegionId;

use super::bits::Bits;
use super::book::Directory;
use super::columns::place_of;
use super::id::ServiceId;
use super::place::{district, letters};
use super::position::{Point, Position, farthest};
use super::query::Query;
use super::service::{Catchment, Service, Status, Takes};

/// The most pairs that are told.
const MOST: usize = 10_000;
/// Kilometres in a degree of latitude.
const DEGREE_KM: f64 = 111.2;

/// Two services that cover the same thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Double {
    /// The type of both.
    pub kind: String,
    /// The one whose name comes first.
    pub first: ServiceId,
    /// The other.
    pub second: ServiceId,
    /// How far they overlap.
    pub shares: Shares,
}

/// How far two services overlap in each respect: what both cover, as a part of what either covers, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shares {
    /// Where patients are.
    pub reach: f64,
    /// Minutes of a standard week.
    pub hours: f64,
    /// Dispositions taken.
    pub dispositions: f64,
    /// Symptom groups taken.
    pub symptom_groups: f64,
}

/// All pairs found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Doubles {
    /// By type, then by names.
    pub pairs: Vec<Double>,
    /// Whether there are more than are told.
    pub are_more: bool,
}

/// Finds the pairs of active services of one type that overlap, in each respect, by more than a share from 0 to 1.
///
/// Services are first put together by what they take and when they are open, and only those that are alike in that are
/// laid beside each other on the map, those far apart never.
pub fn doubles(directory: &Directory, share: f64) -> Doubles {
    let map = Map::new(directory);
    let mut alike = Alike::new(directory);
    let mut types: BTreeMap<&str, BTreeMap<Class, Vec<Placed<'_>>>> = BTreeMap::new();
    for (service, hours) in directory.services.iter().zip(&directory.columns.hours_of) {
        if service.status == Status::Active {
            let class = alike.class_of(service, *hours);
            let classes = types.entry(&service.kind).or_default();
            classes.entry(class).or_default().push(map.placed(service));
        }
    }
    let mut found = Doubles::default();
    for classes in types.values_mut() {
        for placed in classes.values_mut() {
            placed.sort_by(|a, b| a.area.south.total_cmp(&b.area.south));
        }
        let classes: Vec<(&Class, &Vec<Placed<'_>>)> = classes.iter().collect();
        for (n, (class, some)) in classes.iter().enumerate() {
            for (other, others) in classes.iter().skip(n) {
                if let Some(shares) = alike.shares(class, other, share) {
                    map.lay((some, others), share, shares, &mut found);
                }
            }
        }
    }
    let by = |double: &Double| {
        (
            double.kind.clone(),
            double.first.clone(),
            double.second.clone(),
        )
    };
    found.pairs.sort_by_cached_key(by);
    found
}

/// What a service takes and when it is open, by the numbers of those sets.
type Class = (u32, usize, usize);

/// Which sets of hours and codes are alike, each pair of sets looked at once.
struct Alike<'d> {
    directory: &'d Directory,
    dispositions: Sets<'d, DispositionCode>,
    symptom_groups: Sets<'d, SymptomGroupCode>,
    weeks: HashMap<u32, Bits>,
    hours: HashMap<(u32, u32), f64>,
}

impl<'d> Alike<'d> {
    fn new(directory: &'d Directory) -> Self {
        let codes = &directory.ground.codes;
        let dispositions = codes.dispositions().map(|d| d.code.clone());
        Alike {
            directory,
            dispositions: Sets::new(dispositions.collect()),
            symptom_groups: Sets::new(
                codes
                    .symptom_groups()
                    .map(|(code, _)| code.clone())
                    .collect(),
            ),
            weeks: HashMap::new(),
            hours: HashMap::new(),
        }
    }

    fn class_of(&mut self, service: &'d Service, hours: u32) -> Class {
        let dispositions = self.dispositions.number(&service.dispositions);
        let symptom_groups = self.symptom_groups.number(&service.symptom_groups);
        (hours, dispositions, symptom_groups)
    }

    /// How far two classes overlap; none where they do so by no more than a share. The reach is left open.
    fn shares(&mut self, one: &Class, other: &Class, share: f64) -> Option<Shares> {
        let enough = |found: f64| (found > share).then_some(found);
        let dispositions = enough(self.dispositions.share(one.1, other.1))?;
        let symptom_groups = enough(self.symptom_groups.share(one.2, other.2))?;
        let hours = enough(self.hours(one.0, other.0))?;
        Some(Shares {
            reach: 0.0,
            hours,
            dispositions,
            symptom_groups,
        })
    }

    fn hours(&mut self, one: u32, other: u32) -> f64 {
        let pair = (one.min(other), one.max(other));
        if let Some(known) = self.hours.get(&pair) {
            return *known;
        }
        for class in [one, other] {
            let hours = self.directory.columns.hours.get(class as usize);
            let week = hours.map(|hours| hours.standard_week()).unwrap_or_default();
            let open = |i: usize| week.get(i).copied().unwrap_or_default();
            self.weeks
                .entry(class)
                .or_insert_with(|| Bits::collect(week.len(), open));
        }
        let weeks = self.weeks.get(&one).zip(self.weeks.get(&other));
        let share = weeks.map_or(0.0, |(one, other)| part(one.shared(other)));
        self.hours.insert(pair, share);
        share
    }
}

fn part((both, either): (u32, u32)) -> f64 {
    match either {
        0 => 0.0,
        either => f64::from(both) / f64::from(either),
    }
}

/// The different sets of codes that services take.
struct Sets<'d, C> {
    all: Vec<C>,
    numbers: HashMap<&'d Takes<C>, usize>,
    sets: Vec<Bits>,
}

impl<'d, C: Ord + std::hash::Hash> Sets<'d, C> {
    fn new(all: Vec<C>) -> Self {
        Sets {
            all,
            numbers: HashMap::new(),
            sets: Vec::new(),
        }
    }

    fn number(&mut self, takes: &'d Takes<C>) -> usize {
        *self.numbers.entry(takes).or_insert_with(|| {
            let taken = |i: usize| self.all.get(i).is_some_and(|code| takes.has(code));
            self.sets.push(Bits::collect(self.all.len(), taken));
            self.sets.len() - 1
        })
    }

    fn share(&self, one: usize, other: usize) -> f64 {
        let sets = self.sets.get(one).zip(self.sets.get(other));
        sets.map_or(0.0, |(one, other)| part(one.shared(other)))
    }
}

/// A rectangle on the map, in degrees.
#[derive(Clone, Copy)]
struct Area {
    south: f64,
    north: f64,
    west: f64,
    east: f64,
}

impl Area {
    fn meets(&self, other: &Area) -> bool {
        self.south <= other.north
            && other.south <= self.north
            && self.west <= other.east
            && other.west <= self.east
    }

    fn about(position: Position, km: f64) -> Self {
        let north = km / DEGREE_KM;
        let east = north / position.latitude.to_radians().cos().max(0.1);
        Area {
            south: position.latitude - north,
            north: position.latitude + north,
            west: position.longitude - east,
            east: position.longitude + east,
        }
    }
}

/// A service and whom it reaches.
struct Placed<'d> {
    service: &'d Service,
    point: Point,
    km: f64,
    area: Area,
    /// Whether its distance alone says whom it reaches.
    is_circle: bool,
    codes: OnceCell<Bits>,
}

/// The outward codes, where they are and to which regions they belong.
struct Map<'d> {
    directory: &'d Directory,
    codes: Vec<(&'d str, Point, Vec<RegionId>)>,
}

impl<'d> Map<'d> {
    fn new(directory: &'d Directory) -> Self {
        let regions = &directory.ground.postcodes;
        let codes = directory.places.iter();
        Map {
            directory,
            codes: codes
                .map(|(code, position)| (code, position.point(), regions.regions(code)))
                .collect(),
        }
    }

    fn placed(&self, service: &'d Service) -> Placed<'d> {
        let position = place_of(service, &self.directory.places);
        let catchment = &service.catchment;
        let km = f64::from(catchment.km.unwrap_or(Query::USUAL_KM.into()));
        Placed {
            service,
            point: position.point(),
            km,
            area: Area::about(position, km),
            is_circle: catchment.regions.is_empty() && catchment.outward.is_empty(),
            codes: OnceCell::new(),
        }
    }

    /// The outward codes that a service reaches.
    fn reached<'p>(&self, placed: &'p Placed<'_>) -> &'p Bits {
        placed.codes.get_or_init(|| {
            let catchment = &placed.service.catchment;
            let limit = farthest(catchment.km.unwrap_or(Query::USUAL_KM.into()));
            Bits::collect(self.codes.len(), |i| {
                self.codes.get(i).is_some_and(|(code, point, regions)| {
                    point.chord(placed.point) <= limit && is_there_for(catchment, code, regions)
                })
            })
        })
    }

    /// Compares each of some services with each of others that is near; both are ordered from the south. Pairs of the
    /// same services are compared once.
    fn lay(
        &self,
        (some, others): (&[Placed<'d>], &[Placed<'d>]),
        share: f64,
        shares: Shares,
        found: &mut Doubles,
    ) {
        let height = |placed: &Placed<'_>| placed.area.north - placed.area.south;
        let highest = others.iter().map(height).fold(0.0, f64::max);
        let is_same = std::ptr::eq(some, others);
        for one in some {
            let begins = others.partition_point(|o| o.area.south < one.area.south - highest);
            let near = others.iter().skip(begins);
            for other in near.take_while(|other| other.area.south <= one.area.north) {
                let is_done = is_same && one.service.id >= other.service.id;
                if is_done || !one.area.meets(&other.area) {
                    continue;
                }
                let reach = self.reach(one, other);
                if reach <= share {
                    continue;
                }
                if found.pairs.len() >= MOST {
                    found.are_more = true;
                    return;
                }
                found.pairs.push(double(
                    one.service,
                    other.service,
                    Shares { reach, ..shares },
                ));
            }
        }
    }

    fn reach(&self, one: &Placed<'_>, other: &Placed<'_>) -> f64 {
        if one.is_circle && other.is_circle {
            let chord = one.point.chord(other.point);
            let apart = f64::from(super::position::metres(chord)) / 1000.0;
            return circles(one.km, other.km, apart);
        }
        part(self.reached(one).shared(self.reached(other)))
    }
}

fn double(one: &Service, other: &Service, shares: Shares) -> Double {
    let (first, second) = match one.id < other.id {
        true => (one, other),
        false => (other, one),
    };
    Double {
        kind: first.kind.clone(),
        first: first.id.clone(),
        second: second.id.clone(),
        shares,
    }
}

/// Whether a catchment's regions and outward codes let patients of an outward code in.
fn is_there_for(catchment: &Catchment, code: &str, regions: &[RegionId]) -> bool {
    let own = [Some(code), Some(district(code)), letters(code)];
    let listed = || {
        own.iter()
            .flatten()
            .any(|code| catchment.outward.contains(*code))
    };
    (catchment.regions.is_empty() || regions.iter().any(|id| catchment.regions.contains(id)))
        && (catchment.outward.is_empty() || listed())
}

/// What two circles both cover as a part of what either covers, by their radii and the distance of their middles.
fn circles(a: f64, b: f64, apart: f64) -> f64 {
    let (large, small) = (a.max(b), a.min(b));
    let whole = |radius: f64| std::f64::consts::PI * radius * radius;
    let both = if apart >= large + small {
        0.0
    } else if apart <= large - small {
        whole(small)
    } else {
        // Two segments, one of each circle, on either side of the line through the points where they cross.
        let along = (apart * apart + large * large - small * small) / (2.0 * apart);
        segment(large, along) + segment(small, apart - along)
    };
    both / (whole(a) + whole(b) - both)
}

/// The area that a line cuts off a circle, by the radius and how far the line is from the middle.
fn segment(radius: f64, along: f64) -> f64 {
    let angle = (along / radius).clamp(-1.0, 1.0).acos();
    radius * radius * angle - along * (radius * radius - along * along).max(0.0).sqrt()
}
