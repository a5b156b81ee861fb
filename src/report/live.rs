//! The last quarter of an hour, and how things stand now.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use crate::settings::ReportSettings;
use crate::store::Course;

use super::adc::{Adc, Rules};
use super::group::By;
use super::items::Items;
use super::target::Target;

/// Calls that arrived no longer ago than this are counted.
const RECENT: SignedDuration = SignedDuration::from_mins(15);

/// What is shown of a service at work: no number, no name and no reference of anybody. It is serialised as
/// `/api/v1/live` gives it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Live {
    /// When it was made.
    pub at: Timestamp,
    /// Calls are counted that arrived from this moment on, and before [`Live::at`].
    pub from: Timestamp,
    /// Why nothing has been counted; none where it has.
    pub why: Option<Missing>,
    /// All calls that arrived then at any node, as the store has them: what has happened in the last moments may
    /// still be on its way there. Durations are in seconds. None where they could not be counted.
    pub items: Option<Items>,
    /// What the service is held to, by these items.
    pub targets: Option<[Target; 3]>,
    /// The same calls by region, by its name; the empty one is of callers whose region is not known.
    pub regions: Option<Vec<Region>>,
    /// How things stand, whatever the store does.
    pub now: Standing,
}

impl Live {
    /// The period whose calls are counted at a moment.
    pub fn period(at: Timestamp) -> (Timestamp, Timestamp) {
        (at.checked_sub(RECENT).unwrap_or(Timestamp::MIN), at)
    }

    /// What was counted in a period, or why nothing was, and how things stand.
    pub fn new(
        (from, at): (Timestamp, Timestamp),
        counted: Result<Counted, Missing>,
        now: Standing,
    ) -> Self {
        let (counted, why) = match counted {
            Ok(counted) => (Some(counted), None),
            Err(why) => (None, Some(why)),
        };
        let (whole, regions) = counted.map(|c| (c.whole, c.regions)).unzip();
        let (items, targets) = whole.unzip();
        Live {
            at,
            from,
            why,
            items,
            targets,
            regions,
            now,
        }
    }
}

/// Why there are no items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The store has not answered in time.
    StoreLate,
    /// The store cannot be asked.
    StoreAway,
    /// They are more calls than could be counted in time.
    TooManyCalls,
}

impl Missing {
    /// All of them.
    pub const ALL: [Missing; 3] = [
        Missing::StoreLate,
        Missing::StoreAway,
        Missing::TooManyCalls,
    ];

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Missing::StoreLate => "store-late",
            Missing::StoreAway => "store-away",
            Missing::TooManyCalls => "too-many-calls",
        }
    }

    /// The same as a sentence without its full stop.
    pub fn words(self) -> &'static str {
        match self {
            Missing::StoreLate => "the store does not answer in time",
            Missing::StoreAway => "the store cannot be asked",
            Missing::TooManyCalls => "there are more calls than can be counted in time",
        }
    }
}

/// Counts the calls of the last minutes, as a report does.
#[derive(Clone, Debug)]
pub struct Recent(Adc);

impl Recent {
    /// Nothing yet, by these settings.
    pub fn new(settings: ReportSettings) -> Self {
        let tables = vec![vec![By::Region]];
        Recent(Adc::new(Rules { settings, tables }))
    }

    /// Counts a call.
    pub fn add(&mut self, course: &Course) {
        self.0.add(course);
    }

    /// The figures of all that has been counted.
    pub fn counted(self, (from, to): (Timestamp, Timestamp)) -> Counted {
        let measured = self.0.measured(from, to);
        let groups = measured.breakdowns.into_iter();
        let groups = groups.flat_map(|table| table.groups);
        let region = |group: super::Group| Region {
            name: group.names.into_iter().next().unwrap_or_default(),
            items: group.items,
            targets: group.targets,
        };
        Counted {
            whole: (measured.items, measured.targets),
            regions: groups.map(region).collect(),
        }
    }
}

/// Calls that have been counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    whole: (Items, [Target; 3]),
    regions: Vec<Region>,
}

/// The calls of one region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Region {
    /// Its name; empty where it is not known.
    pub name: String,
    /// Their figures.
    pub items: Items,
    /// What they are held to.
    pub targets: [Target; 3],
}

/// How things stand at the moment, as the node sees them that is asked: nothing of it is read from the store. Where
/// nodes share a store, the queue and the handlers are those of all nodes, as far as this one has heard of
/// them and for as long as it is not alone; calls and callbacks are its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Standing {
    /// The queue: of all nodes, as this one sees it.
    #[serde(flatten)]
    pub queue: QueueStanding,
    /// Calls under way at this node, those that it makes and those by which handlers steer among them.
    pub calls: u32,
    /// Those among them that are put through to 999.
    pub emergencies: u32,
    /// Promised callbacks in this node's book.
    pub callbacks: OpenCallbacks,
}

/// How the queue stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct QueueStanding {
    /// Everybody who has a place in the queue: on the line, keeping the place, or promised a callback that is due.
    pub waiting: usize,
    /// The longest wait of those who wait on the line, in seconds; none where nobody does.
    #[serde(serialize_with = "in_seconds")]
    pub longest_wait: Option<Duration>,
    /// The same by region, of those in which somebody waits.
    pub regions: Vec<RegionWaiting>,
    /// How many handlers there are in each state, by its word. Who has not signed in since the node began is in
    /// none of them.
    pub handlers: BTreeMap<&'static str, usize>,
    /// Providers that the tables mark as failed.
    pub providers_failed: BTreeSet<String>,
    /// Providers whose callers wait while nobody is at work for them.
    pub providers_deserted: BTreeSet<String>,
}

impl QueueStanding {
    /// The queue, by how many wait in each region and how long they have waited there on the line.
    pub fn new<'a>(
        waiting: impl IntoIterator<Item = (&'a str, usize)>,
        longest: &BTreeMap<&str, Duration>,
    ) -> Self {
        let region = |(name, waiting): (&str, usize)| RegionWaiting {
            name: name.to_owned(),
            waiting,
            longest_wait: longest.get(name).copied(),
        };
        let regions: Vec<RegionWaiting> = waiting.into_iter().map(region).collect();
        QueueStanding {
            waiting: regions.iter().map(|region| region.waiting).sum(),
            longest_wait: regions
                .iter()
                .filter_map(|region| region.longest_wait)
                .max(),
            regions,
            ..QueueStanding::default()
        }
    }
}

/// Who waits in one region.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RegionWaiting {
    /// Its name; empty for those who wait in none, as promised callbacks do.
    pub name: String,
    /// How many.
    pub waiting: usize,
    /// The longest wait of those who wait on the line, in seconds; none where nobody does.
    #[serde(serialize_with = "in_seconds")]
    pub longest_wait: Option<Duration>,
}

/// Promised callbacks that are not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OpenCallbacks {
    /// All of them.
    pub open: usize,
    /// Those of which a supervisor has been told that they may be late, or are.
    pub at_risk: usize,
    /// Those that wait for a clinician's decision.
    pub undecided: usize,
}

/// With tenths, as nobody reads more.
fn in_seconds<S: Serializer>(wait: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    let tenths = wait.map(|wait| (wait.as_secs_f64() * 10.0).round() / 10.0);
    tenths.serialize(serializer)
}
