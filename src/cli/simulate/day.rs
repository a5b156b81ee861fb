use std::collections::BTreeMap;

use serde::Serialize;

use crate::queue::Counters;
use crate::report::{Measured, Rules};
use crate::simulate::{Hunts, Outcome, People, Rota, Sample, Worked};

/// A simulated day, as it is printed.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Day {
    pub(super) scenario: String,
    /// Callers, redials left out.
    pub(super) callers: u64,
    /// People who answer at the busiest time, and all who work on that day.
    pub(super) handlers: u32,
    pub(super) people: usize,
    /// The part of their time at work that they were with callers.
    pub(super) occupancy: Option<f64>,
    #[serde(flatten)]
    pub(super) measured: Measured,
    pub(super) hunts: BTreeMap<String, Hunts>,
    pub(super) staff: BTreeMap<String, Worked>,
    pub(super) queue: Counters,
    pub(super) samples: Vec<Sample>,
}

impl Day {
    pub(super) fn new(people: &People, rota: &Rota, outcome: &Outcome, rules: Rules) -> Self {
        Day {
            scenario: people.name().to_owned(),
            callers: people.calls(),
            handlers: rota.handlers(),
            people: rota.people(),
            occupancy: outcome.occupancy(),
            measured: outcome.measured(rules),
            hunts: outcome.hunts.clone(),
            staff: outcome.staff.clone(),
            queue: outcome.counters,
            samples: outcome.samples.clone(),
        }
    }
}
