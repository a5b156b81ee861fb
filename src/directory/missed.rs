use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clinical::{AgeGroup, DiscriminatorCode, DispositionCode, SymptomGroupCode};
use crate::routing::{RegionId, london};

use super::criterion::Criterion;
use super::found::Found;
use super::id::ServiceId;

/// What is kept of a search for the report on gaps: what was needed and where by the postcode's area alone, and which
/// services were lost by a single criterion. Nothing of it tells who the patient was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SearchRecord {
    /// When.
    pub at: Timestamp,
    /// The region; none where the postcode lies in several, or in none that is known.
    pub region: Option<RegionId>,
    /// The area of the postcode, such as `BN`.
    pub area: String,
    /// What was needed, and how soon.
    pub disposition: DispositionCode,
    /// What the matter was.
    pub symptom_group: SymptomGroupCode,
    /// What a service had to be able to do.
    pub discriminators: Vec<DiscriminatorCode>,
    /// How old the patient was.
    pub age_group: AgeGroup,
    /// The hour of London's week, from 0 (Monday 00:00) to 167.
    pub hour_of_week: u8,
    /// How many services would have done.
    pub offered: u32,
    /// Those that failed exactly one criterion, the best first.
    pub near_misses: Vec<Missed>,
}

/// A service, and the one criterion that it failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Missed {
    /// The service.
    pub service: ServiceId,
    /// What it failed.
    pub criterion: Criterion,
}

impl SearchRecord {
    /// The most near misses that are kept of one search.
    pub const MOST: usize = 64;

    /// What is to be kept of a search; none where it found something and lost nothing by a single criterion.
    pub fn of(found: &Found<'_>) -> Option<Self> {
        let offered = found.offered.len() + found.more.len();
        if offered > 0 && found.near_misses.is_empty() {
            return None;
        }
        let query = found.query();
        let place = found.place();
        let misses = found.near_misses.iter().take(SearchRecord::MOST);
        Some(SearchRecord {
            at: found.at(),
            region: match place.regions.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            },
            area: place.area.clone(),
            disposition: query.disposition.clone(),
            symptom_group: query.symptom_group.clone(),
            discriminators: query.discriminators.clone(),
            age_group: query.patient.age_group(),
            hour_of_week: hour_of_week(found.at()),
            offered: u32::try_from(offered).unwrap_or(u32::MAX),
            near_misses: misses
                .map(|miss| Missed {
                    service: miss.service.id.clone(),
                    criterion: miss.criterion,
                })
                .collect(),
        })
    }
}

fn hour_of_week(at: Timestamp) -> u8 {
    let local = london().to_datetime(at);
    let day = local.date().weekday().to_monday_zero_offset();
    let hour = i16::from(day) * 24 + i16::from(local.hour());
    u8::try_from(hour).unwrap_or(0)
}
