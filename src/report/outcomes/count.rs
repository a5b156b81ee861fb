use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::identity::Reference;
use crate::routing::london;
use crate::store::{AssessmentCourse, Course, ReferralRow};

use super::super::group::{By, Traits};
use super::super::usage::{Usage, Used};
use super::figure::Figures;
use super::led::Led;
use super::tally::Tally;

/// Counts what people were led to. A call in which somebody was assessed counts by its assessments, one person each;
/// they are to be told before the calls.
#[derive(Clone, Debug)]
pub struct Outcomes {
    period: (Timestamp, Timestamp),
    london: TimeZone,
    assessed: BTreeSet<Reference>,
    whole: Tally,
    by: Vec<Vec<By>>,
    tables: Vec<BTreeMap<Vec<String>, Tally>>,
    usage: Usage,
}

impl Outcomes {
    /// A report on nothing yet, from a moment on and before another one, with tables by one thing or by several
    /// together.
    pub fn new(period: (Timestamp, Timestamp), by: Vec<Vec<By>>) -> Self {
        Outcomes {
            period,
            london: london(),
            assessed: BTreeSet::new(),
            whole: Tally::default(),
            tables: vec![BTreeMap::new(); by.len()],
            by,
            usage: Usage::default(),
        }
    }

    /// Counts an assessment. One that was begun after the period only tells that its call is not one without.
    pub fn assessment(&mut self, course: &AssessmentCourse) {
        self.assessed.extend(course.call);
        if course.opened_at < self.period.1 {
            self.count(course.into(), |tally| tally.assessed(course));
        }
    }

    /// Counts a call, unless somebody was assessed in it.
    pub fn call(&mut self, course: &Course) {
        if self.assessed.contains(&course.reference) {
            return;
        }
        if let Some(led) = Led::of_call(course) {
            self.count(course.into(), |tally| tally.led(led));
        }
    }

    /// Counts somebody who was sent to a service.
    pub fn referral(&mut self, row: &ReferralRow) {
        self.usage.add(row);
    }

    fn count(&mut self, of: Traits<'_>, count: impl Fn(&mut Tally)) {
        count(&mut self.whole);
        for (by, table) in self.by.iter().zip(&mut self.tables) {
            let names = by.iter().map(|by| by.group(of, &self.london));
            count(table.entry(names.collect()).or_default());
        }
    }

    /// The figures of all that has been counted.
    pub fn figures(self) -> OutcomeFigures {
        let tables = self.by.iter().zip(self.tables);
        let breakdowns = tables.map(|(by, table)| OutcomeTable {
            by: by.iter().map(|by| by.word()).collect(),
            groups: table
                .into_iter()
                .map(|(names, tally)| OutcomeGroup {
                    names,
                    figures: tally.figures(),
                })
                .collect(),
        });
        OutcomeFigures {
            from: self.period.0,
            to: self.period.1,
            breakdowns: breakdowns.collect(),
            figures: self.whole.figures(),
            services: self.usage.services(),
        }
    }
}

/// What people were led to in a period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeFigures {
    /// From this moment on.
    pub from: Timestamp,
    /// Before this one.
    pub to: Timestamp,
    /// Everybody.
    pub figures: Figures,
    /// People told apart.
    pub breakdowns: Vec<OutcomeTable>,
    /// What came of it where people were sent to services, by service.
    pub services: BTreeMap<String, Used>,
}

/// Outcomes told apart by something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeTable {
    /// By what: `region`, `provider`, `month`, `day`, `hour`.
    pub by: Vec<&'static str>,
    /// Each group of people, by name.
    pub groups: Vec<OutcomeGroup>,
}

/// People who have something in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeGroup {
    /// What, one for each by which they are told apart; empty where it is not known.
    pub names: Vec<String>,
    /// Their figures.
    pub figures: Figures,
}
