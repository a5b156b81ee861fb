use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Problem, Source};
use crate::routing::{Postcodes, RegionId, outward};

use super::position::Position;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    outward: String,
    latitude: f64,
    longitude: f64,
}

/// Where the outward codes are: the middle of each, and of each area.
#[derive(Clone, Debug, Default)]
pub struct OutwardPlaces {
    codes: BTreeMap<String, Position>,
    areas: BTreeMap<String, Position>,
}

impl OutwardPlaces {
    /// Reads `outward-places.csv`: `outward,latitude,longitude` in degrees.
    pub fn read(source: &Source) -> (Self, Vec<Problem>) {
        let (mut places, mut problems) = (OutwardPlaces::default(), Vec::new());
        let mut reader = csv::Reader::from_reader(source.text().as_bytes());
        let mut line = 1;
        for row in reader.deserialize::<Row>() {
            line += 1;
            let added = row
                .map_err(|error| error.to_string())
                .and_then(|row| places.add(row));
            if let Err(message) = added {
                problems.push(source.problem_on_line(line, message));
            }
        }
        places.areas = middles(&places.codes);
        (places, problems)
    }

    fn add(&mut self, row: Row) -> Result<(), String> {
        let Row {
            outward: code,
            latitude,
            longitude,
        } = row;
        let position = Position::new(latitude, longitude);
        let position =
            position.ok_or_else(|| format!("{latitude}, {longitude} is not in the UK"))?;
        if outward(&code).is_none_or(|sound| sound != code) || letters(&code).is_none() {
            return Err(format!("`{code}` is no outward code: write BN1 or EC1A"));
        }
        match self.codes.insert(code.clone(), position) {
            Some(_) => Err(format!("{code} stands twice")),
            None => Ok(()),
        }
    }

    /// The middle of an outward code; none where it is not in the table. EC1A lies in the middle of EC1 where only that
    /// is known.
    pub(super) fn of(&self, code: &str) -> Option<Position> {
        let known = self
            .codes
            .get(code)
            .or_else(|| self.codes.get(district(code)));
        known.copied()
    }

    /// All outward codes and where they are.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Position)> {
        let codes = self.codes.iter();
        codes.map(|(code, position)| (code.as_str(), *position))
    }

    /// How many outward codes there are.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Where the patient of a postcode is, and in which regions that may be. None where nothing is known of it.
    pub(super) fn patient(&self, postcode: &str, regions: &Postcodes) -> Option<PatientPlace> {
        let outward = outward(postcode)?;
        let area = letters(&outward)?.to_owned();
        let (position, is_by_area) = match self.of(&outward) {
            Some(position) => (position, false),
            None => (*self.areas.get(&area)?, true),
        };
        Some(PatientPlace {
            regions: regions.regions(&outward),
            outward,
            area,
            position,
            is_by_area,
        })
    }
}

/// The middle of each area, from those of its outward codes.
fn middles(codes: &BTreeMap<String, Position>) -> BTreeMap<String, Position> {
    let mut sums: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for (code, position) in codes {
        if let Some(area) = letters(code) {
            let (latitude, longitude, count) = sums.entry(area).or_default();
            *latitude += position.latitude;
            *longitude += position.longitude;
            *count += 1.0;
        }
    }
    let middle = |(latitude, longitude, count): (f64, f64, f64)| Position {
        latitude: latitude / count,
        longitude: longitude / count,
    };
    sums.into_iter()
        .map(|(area, sum)| (area.to_owned(), middle(sum)))
        .collect()
}

/// The area of an outward code: one letter or two, and a digit behind them.
pub(super) fn letters(outward: &str) -> Option<&str> {
    let end = outward.find(|c: char| !c.is_ascii_alphabetic())?;
    let area = outward.get(..end)?;
    let is_area = (1..=2).contains(&end) && outward.as_bytes().get(end)?.is_ascii_digit();
    is_area.then_some(area)
}

/// An outward code without the letter that districts in the middle of London end with.
pub(super) fn district(outward: &str) -> &str {
    outward.trim_end_matches(|c: char| c.is_ascii_alphabetic())
}

/// Where a patient is, as far as the outward code tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PatientPlace {
    /// The outward code.
    pub outward: String,
    /// Its area.
    pub area: String,
    /// In which regions that may be; empty where the tables know none.
    pub regions: Vec<RegionId>,
    /// The middle of the outward code, or of its area.
    pub position: Position,
    /// Whether only the area is known.
    pub is_by_area: bool,
}

impl PatientPlace {
    /// Whether the place is not quite known.
    pub fn is_ambiguous(&self) -> bool {
        self.is_by_area || self.regions.len() > 1
    }

    /// What is not known of the place; empty where it is known.
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        if self.is_by_area {
            doubts.push(format!(
                "{} has no place of its own: distances are from the middle of {}",
                self.outward, self.area
            ));
        }
        if self.regions.len() > 1 {
            let regions: Vec<&str> = self.regions.iter().map(RegionId::as_str).collect();
            doubts.push(format!("{} lies in {}", self.outward, regions.join(" or ")));
        }
        doubts
    }
}
