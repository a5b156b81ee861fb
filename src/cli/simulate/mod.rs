//! `ivr111 simulate`: a day before it comes.

pub(super) mod compare;
mod day;
mod progress;
pub(super) mod replay;
mod sweep;
mod text;

use std::path::Path;

use jiff::civil::Date;

use crate::call::Plan;
use crate::diagnostic::Source;
use crate::report::Rules;
use crate::simulate::scenario::{Scenario, shipped};
use crate::simulate::{DayPage, Outcome as DayOutcome, People, Rota, Service, simulate};

use super::args::{Config, Simulate};
use super::{Outcome, output, page_file};
use day::Day;
use progress::Progress;

pub(super) fn run(arguments: &Simulate) -> Outcome {
    match (arguments.replay, arguments.day) {
        (Some(period), _) => replay::run(arguments, period),
        (None, Some(date)) => day_of(arguments, date),
        (None, None) => output::failed("--day or --replay is missing"),
    }
}

fn day_of(arguments: &Simulate, date: Date) -> Outcome {
    let (service, scenario) = match load(arguments) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    if let Some(folder) = &arguments.compare {
        return compare::run(arguments, date, (&service, &scenario), folder);
    }
    if let Some(sweep) = arguments.sweep {
        return sweep::run(arguments, date, (&service, &scenario), sweep);
    }
    let calls = arguments.calls.unwrap_or(scenario.calls);
    let handlers = arguments.handlers.unwrap_or(scenario.handlers);
    let seed = arguments.seed;
    let rota = Rota::new(&scenario, service.tables(), date, handlers, seed);
    let people = People::new(scenario, service.tables(), date, calls, seed);
    let outcome = simulated(&service, &people, &rota, seed);
    let rules = Rules::all(service.settings().report.clone());
    if let Some(html) = &arguments.html {
        let page = DayPage {
            service: &service,
            people: &people,
            rota: &rota,
            outcome: &outcome,
            scenario: &arguments.scenario,
            seed,
        };
        if let Err(outcome) = page_file::write(&page.page(), html) {
            return outcome;
        }
    }
    let day = Day::new(&people, &rota, &outcome, rules);
    match arguments.json {
        true => output::json(&day),
        false => {
            text::print(&day);
            Outcome::Good
        }
    }
}

/// Simulates with a progress bar on the terminal.
fn simulated(service: &Service, people: &People, rota: &Rota, seed: u64) -> DayOutcome {
    let mut progress = Progress::begin(people.calls());
    let outcome = simulate(service, people, rota, seed, |calls| progress.at(calls));
    progress.end();
    outcome
}

fn load(arguments: &Simulate) -> Result<(Service, Scenario), Outcome> {
    let service = service(&arguments.config, None)?;
    let scenario = scenario(&arguments.scenario, &service)?;
    Ok((service, scenario))
}

/// The service as it stands on disk, with tables and flows from another folder where one is given.
pub(super) fn service(config: &Config, routing: Option<&Path>) -> Result<Service, Outcome> {
    let plan = Plan::load_with(&config.config, routing);
    plan.map(Service::of).map_err(|problems| {
        output::problems(&problems);
        Outcome::Failed
    })
}

/// A scenario by its name or its file.
pub(super) fn scenario(name: &str, service: &Service) -> Result<Scenario, Outcome> {
    let read = match shipped(name) {
        Some(text) => {
            let source = Source::new(format!("{name}.toml"), text);
            source.toml::<Scenario>().map(|scenario| (scenario, source))
        }
        None => Scenario::load(Path::new(name)),
    };
    let (scenario, source) = read.map_err(|problem| {
        output::problems(&[problem]);
        Outcome::Failed
    })?;
    let problems = scenario.check(&source, service.tables());
    match problems.is_empty() {
        true => Ok(scenario),
        false => {
            output::problems(&problems);
            Err(Outcome::Failed)
        }
    }
}
