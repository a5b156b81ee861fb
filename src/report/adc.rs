use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::routing::london;
use crate::settings::ReportSettings;
use crate::store::{Course, PromiseCourse};

use super::announced::{Announced, Collected};
use super::group::By;
use super::items::{Items, Tally};
use super::promises::Promises;
use super::target::Target;

/// By what rules is measured, and what is told apart.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The settings.
    pub settings: ReportSettings,
    /// Tables that are made, each by one thing or by several together.
    pub tables: Vec<Vec<By>>,
}

impl Rules {
    /// Every table by one thing.
    pub fn all(settings: ReportSettings) -> Self {
        Rules {
            settings,
            tables: By::ALL.into_iter().map(|by| vec![by]).collect(),
        }
    }
}

/// Counts calls for a report.
#[derive(Clone, Debug)]
pub struct Adc {
    rules: Rules,
    london: TimeZone,
    whole: Tally,
    tables: Vec<BTreeMap<Vec<String>, Tally>>,
    announced: Collected,
    promises: Promises,
    promises_by_region: BTreeMap<String, Promises>,
}

impl Adc {
    /// A report on nothing yet.
    pub fn new(rules: Rules) -> Self {
        Adc {
            london: london(),
            whole: tally(&rules.settings),
            tables: vec![BTreeMap::new(); rules.tables.len()],
            announced: Collected::default(),
            promises: Promises::default(),
            promises_by_region: BTreeMap::new(),
            rules,
        }
    }

    /// Counts a call, unless it is a provider's.
    pub fn add(&mut self, course: &Course) {
        if course.is_of_provider() {
            return;
        }
        self.whole.add(course);
        self.announced.add(course);
        for (by, table) in self.rules.tables.iter().zip(&mut self.tables) {
            let groups = by.iter().map(|by| by.group(course.into(), &self.london));
            let entry = table.entry(groups.collect());
            entry
                .or_insert_with(|| tally(&self.rules.settings))
                .add(course);
        }
    }

    /// Counts a promised callback, as it stands at a moment.
    pub fn add_promise(&mut self, course: &PromiseCourse, now: Timestamp) {
        self.promises.add(course, now);
        let region = self.promises_by_region.entry(course.region.to_string());
        region.or_default().add(course, now);
    }

    /// The figures of all that has been counted.
    pub fn measured(self, from: Timestamp, to: Timestamp) -> Measured {
        let settings = &self.rules.settings;
        let targets = |items: &Items| Target::all(items, &settings.target, settings.abandoned_of);
        let breakdown = |(by, table): (&Vec<By>, BTreeMap<Vec<String>, Tally>)| Breakdown {
            by: by.iter().map(|by| by.word()).collect(),
            groups: table
                .into_iter()
                .map(|(names, tally)| {
                    let items = tally.items();
                    Group {
                        targets: targets(&items),
                        names,
                        items,
                    }
                })
                .collect(),
        };
        let items = self.whole.items();
        Measured {
            from,
            to,
            targets: targets(&items),
            items,
            announced: self.announced.figures(),
            promises: self.promises,
            promises_by_region: self.promises_by_region,
            breakdowns: self
                .rules
                .tables
                .iter()
                .zip(self.tables)
                .map(breakdown)
                .collect(),
        }
    }
}

fn tally(settings: &ReportSettings) -> Tally {
    Tally::new(settings.clock_starts, settings.ivr)
}

/// The figures of a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// From this moment on.
    pub from: Timestamp,
    /// Before this one.
    pub to: Timestamp,
    /// All calls.
    pub items: Items,
    /// What the service is held to.
    pub targets: [Target; 3],
    /// Waits as they were told.
    pub announced: Announced,
    /// Callbacks that were promised in the period.
    pub promises: Promises,
    /// The same by region.
    pub promises_by_region: BTreeMap<String, Promises>,
    /// Calls told apart.
    pub breakdowns: Vec<Breakdown>,
}

/// Figures told apart by something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Breakdown {
    /// By what: `region`, `provider`, `day`, `hour`.
    pub by: Vec<&'static str>,
    /// Each group of calls, by name.
    pub groups: Vec<Group>,
}

/// Calls that have something in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// What, one for each by which they are told apart; empty where it is not known.
    pub names: Vec<String>,
    /// Their figures.
    pub items: Items,
    /// What they are held to.
    pub targets: [Target; 3],
}
