//! `ivr111 simulate --sweep`.

use jiff::civil::Date;
use serde::Serialize;

use crate::report::{Rules, Target};
use crate::simulate::scenario::Scenario;
use crate::simulate::{People, Rota, Service};

use super::super::args::{Simulate, Sweep};
use super::super::{Outcome, output};
use super::simulated;

/// A number of handlers, and how the targets stand with it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Step {
    handlers: u32,
    /// All who work on that day.
    people: usize,
    /// The part of their time at work that they are with callers.
    occupancy: Option<f64>,
    targets: [Target; 3],
    met: bool,
}

/// Every number that was tried.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Swept {
    /// The smallest that meets all targets.
    smallest: Option<u32>,
    steps: Vec<Step>,
}

pub(super) fn run(
    arguments: &Simulate,
    date: Date,
    (service, scenario): (&Service, &Scenario),
    sweep: Sweep,
) -> Outcome {
    let seed = arguments.seed;
    let calls = arguments.calls.unwrap_or(scenario.calls);
    let people = People::new(scenario.clone(), service.tables(), date, calls, seed);
    let rules = Rules {
        tables: Vec::new(),
        ..Rules::all(service.settings().report.clone())
    };
    let steps = sweep.numbers().map(|handlers| {
        let rota = Rota::new(scenario, service.tables(), date, handlers, seed);
        let outcome = simulated(service, &people, &rota, seed);
        let targets = outcome.measured(rules.clone()).targets;
        Step {
            handlers,
            people: rota.people(),
            occupancy: outcome.occupancy(),
            met: targets.iter().all(|target| target.met == Some(true)),
            targets,
        }
    });
    let steps: Vec<Step> = steps.collect();
    let smallest = steps.iter().find(|step| step.met);
    let swept = Swept {
        smallest: smallest.map(|step| step.handlers),
        steps,
    };
    let printed = match arguments.json {
        true => output::json(&swept),
        false => {
            print(&swept);
            Outcome::Good
        }
    };
    match (printed, swept.smallest) {
        (Outcome::Good, None) => Outcome::Wrong,
        (printed, _) => printed,
    }
}

fn print(swept: &Swept) {
    let rows = swept.steps.iter().map(|step| {
        let occupancy = step.occupancy.unwrap_or_default();
        let targets = step.targets.iter().map(|target| target.words().0);
        let numbers = [step.handlers.to_string(), step.people.to_string()];
        let met = if step.met { "met" } else { "not met" };
        let rest = [format!("{:.1}", 100.0 * occupancy), met.to_owned()];
        numbers.into_iter().chain(targets).chain(rest).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let heading = [
        "handlers",
        "people",
        "abandoned",
        "mean to answer",
        "95th centile",
        "with callers %",
        "targets",
    ];
    output::table(&heading, &rows);
    output::line(match swept.smallest {
        Some(handlers) => format!("\nThe smallest that meets all targets: {handlers}."),
        None => "\nNone of them meets all targets.".to_owned(),
    });
}
