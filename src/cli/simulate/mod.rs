//! `ivr111 simulate`: a day before it comes.

mod day;
mod progress;
mod text;

use std::path::Path;

use crate::call::Plan;
use crate::diagnostic::Source;
use crate::report::Rules;
use crate::simulate::scenario::{Scenario, shipped};
use crate::simulate::{DayPage, Outcome as DayOutcome, People, Rota, Service, simulate};

use super::args::Simulate;
use super::{Outcome, output, page_file};
use day::Day;
use progress::Progress;

pub(super) fn run(arguments: &Simulate) -> Outcome {
    let (service, scenario) = match load(arguments) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let calls = arguments.calls.unwrap_or(scenario.calls);
    let handlers = arguments.handlers.unwrap_or(scenario.handlers);
    let (date, seed) = (arguments.day, arguments.seed);
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
    let plan = Plan::load(&arguments.config.config).map_err(|problems| {
        output::problems(&problems);
        Outcome::Failed
    })?;
    let service = Service::of(plan);
    let scenario = scenario(&arguments.scenario, &service)?;
    Ok((service, scenario))
}

/// A scenario by its name or its file.
fn scenario(name: &str, service: &Service) -> Result<Scenario, Outcome> {
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
