//! `ivr111 simulate --compare`.

use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use crate::report::{By, Rules};
use crate::simulate::scenario::Scenario;
use crate::simulate::{Comparison, Difference, People, Rota, Service};

use super::super::args::Simulate;
use super::super::{Outcome, output};
use super::{service, simulated};

/// Two sets of tables, as they are printed.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Compared {
    days: u64,
    /// First calls of everybody on all days.
    callers: u64,
    /// Those of them that went to another region or destination.
    elsewhere: u64,
    differences: Vec<Difference>,
}

pub(in crate::cli) fn run(
    arguments: &Simulate,
    date: Date,
    (one, scenario): (&Service, &Scenario),
    folder: &Path,
) -> Outcome {
    let other = match service(&arguments.config, Some(folder)) {
        Ok(other) => other,
        Err(outcome) => return outcome,
    };
    let calls = arguments.calls.unwrap_or(scenario.calls);
    let handlers = arguments.handlers.unwrap_or(scenario.handlers);
    let rules = Rules {
        tables: vec![vec![By::Region]],
        ..Rules::all(one.settings().report.clone())
    };
    let mut comparison = Comparison::default();
    for day in 0..arguments.days {
        let seed = arguments.seed.wrapping_add(day);
        // The same people call, and the same people work, whichever tables hold.
        let rota = Rota::new(scenario, one.tables(), date, handlers, seed);
        let people = People::new(scenario.clone(), one.tables(), date, calls, seed);
        let days = [one, &other].map(|service| simulated(service, &people, &rota, seed));
        comparison.add(&days[0], &days[1], &rules);
    }
    let (callers, elsewhere) = comparison.elsewhere();
    let compared = Compared {
        days: arguments.days,
        callers,
        elsewhere,
        differences: comparison.differences(),
    };
    match arguments.json {
        true => output::json(&compared),
        false => {
            print(&compared, folder);
            Outcome::Good
        }
    }
}

fn print(compared: &Compared, folder: &Path) {
    output::line(format!(
        "{} days with the same callers. Of {} first calls {} go to another region or destination by the \
         tables in {}.\n",
        compared.days,
        compared.callers,
        compared.elsewhere,
        folder.display()
    ));
    let rows: Vec<Vec<String>> = compared.differences.iter().map(row).collect();
    let heading = [
        "region",
        "measure",
        "now",
        "then",
        "difference",
        "95 % interval",
        "",
    ];
    output::table(&heading, &rows);
}

fn row(difference: &Difference) -> Vec<String> {
    let interval = match difference.half_width {
        None => "-".to_owned(),
        Some(half) => {
            let (from, to) = (difference.difference - half, difference.difference + half);
            format!("{from:+.2} to {to:+.2}")
        }
    };
    let region = difference.region.as_deref().unwrap_or("(all)");
    vec![
        region.to_owned(),
        difference.measure.words().to_owned(),
        format!("{:.2}", difference.one),
        format!("{:.2}", difference.other),
        format!("{:+.2}", difference.difference),
        interval,
        if difference.is_clear() {
            "clear"
        } else {
            "may be chance"
        }
        .to_owned(),
    ]
}
