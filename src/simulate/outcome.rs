use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::queue::Counters;
use crate::report::{Adc, Measured, Rules};
use crate::store::{Course, PromiseCourse};

pub use super::staff::Worked;

/// What has come of a simulated day.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The day's first moment, and the next one's.
    pub period: (Timestamp, Timestamp),
    /// When the last caller had gone.
    pub ended_at: Timestamp,
    /// Every call, in the order of arrival.
    pub courses: Vec<Course>,
    /// Which of all callers made each, and how often they had called before on that day.
    pub(super) callers: Vec<(u64, u64)>,
    /// Every promised callback.
    pub promises: Vec<PromiseCourse>,
    /// How things stood, every five minutes.
    pub samples: Vec<Sample>,
    /// Hunts for control rooms, by region.
    pub hunts: BTreeMap<String, Hunts>,
    /// How much people have worked, by provider.
    pub staff: BTreeMap<String, Worked>,
    /// What has happened in the queue.
    pub counters: Counters,
}

/// How things stand at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Callers who wait.
    pub waiting: usize,
    /// People with a caller.
    pub talking: usize,
    /// People at work, breaks left out.
    pub staffed: usize,
    /// Callbacks that are not done.
    pub callbacks_open: usize,
    /// Those of them of which a supervisor has been told.
    pub callbacks_at_risk: usize,
}

/// Hunts for control rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hunts {
    /// How many there were.
    pub asked: u64,
    /// In which a control room was heard.
    pub answered: u64,
    /// Seconds until it was, all together.
    pub total: f64,
    /// And the longest.
    pub longest: f64,
    /// Alerts that somebody waits for too long.
    pub late: u64,
}

impl Outcome {
    pub(super) fn new(from: Timestamp, to: Timestamp) -> Self {
        Outcome {
            period: (from, to),
            ended_at: from,
            courses: Vec::new(),
            callers: Vec::new(),
            promises: Vec::new(),
            samples: Vec::new(),
            hunts: BTreeMap::new(),
            staff: BTreeMap::new(),
            counters: Counters::default(),
        }
    }

    /// The same figures as a report on the day has.
    pub fn measured(&self, rules: Rules) -> Measured {
        let mut adc = Adc::new(rules);
        for course in &self.courses {
            adc.add(course);
        }
        for promise in &self.promises {
            adc.add_promise(promise, self.ended_at);
        }
        adc.measured(self.period.0, self.period.1)
    }

    /// The first call of everybody, by who they are.
    pub(super) fn firsts(&self) -> BTreeMap<u64, &Course> {
        let calls = self.callers.iter().zip(&self.courses);
        let firsts = calls.filter(|((_, attempt), _)| *attempt == 0);
        firsts.map(|((who, _), course)| (*who, course)).collect()
    }

    /// The part of the time at work that people have spent with callers.
    pub fn occupancy(&self) -> Option<f64> {
        let staffed: f64 = self.staff.values().map(|worked| worked.staffed).sum();
        let talked: f64 = self.staff.values().map(|worked| worked.talked).sum();
        (staffed > 0.0).then_some(talked / staffed)
    }
}
