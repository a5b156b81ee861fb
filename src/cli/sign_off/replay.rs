//! `ivr111 sign-off replay`: where callers would have gone.

use std::path::Path;

use jiff::SignedDuration;

use crate::sign_off::{Files, moment};
use crate::steady::now;

use super::super::args::{Period, ReplayProposal, Simulate};
use super::super::simulate::{compare, replay, scenario, service};
use super::super::{Outcome, output};
use super::Desk;
use super::files::Temporary;

/// So far back stored calls are replayed where nothing else is said.
const LAST: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) fn run(arguments: &ReplayProposal) -> Outcome {
    let desk = match Desk::open(&arguments.config) {
        Ok(desk) => desk,
        Err(outcome) => return outcome,
    };
    let history = match desk.history() {
        Ok(history) => history,
        Err(outcome) => return outcome,
    };
    let Some((_, proposed)) = history.proposal(arguments.proposal) else {
        return output::failed(format_args!("there is no proposal {}", arguments.proposal));
    };
    let written = |files: std::io::Result<Files>| files.and_then(|files| Temporary::with(&files));
    let then = match written(desk.folder.files(&proposed.set)) {
        Ok(then) => then,
        Err(error) => return output::failed(error),
    };
    let Some(name) = &arguments.scenario else {
        return stored(arguments, then.path());
    };
    let in_force = desk.rules(&history).in_force(now());
    // Where nothing is in force, callers are served by what is under routing/.
    let as_it_is = in_force
        .map(|in_force| written(desk.folder.files(&in_force.set)))
        .transpose();
    match as_it_is {
        Ok(as_it_is) => simulated(
            arguments,
            name,
            as_it_is.as_ref().map(Temporary::path),
            then.path(),
        ),
        Err(error) => output::failed(error),
    }
}

fn stored(arguments: &ReplayProposal, then: &Path) -> Outcome {
    let to = arguments.to.unwrap_or_else(now);
    let from = arguments
        .from
        .unwrap_or_else(|| to.saturating_sub(LAST).unwrap_or(to));
    if from >= to {
        return output::failed("--from comes before --to");
    }
    let service = match service(&arguments.config, Some(then)) {
        Ok(service) => service,
        Err(outcome) => return outcome,
    };
    let replayed = match replay::replayed(&arguments.config, &service, Period { from, to }) {
        Ok(replayed) => replayed,
        Err(outcome) => return outcome,
    };
    if arguments.json {
        return output::json(&replayed);
    }
    output::line(format!(
        "Of {} calls from {} to {} {} would have gone elsewhere by proposal {}. {} more had hung up before they \
         came to a destination.",
        replayed.calls,
        moment(from),
        moment(to),
        replayed.elsewhere,
        arguments.proposal,
        replayed.unfinished
    ));
    replay::print(&replayed);
    Outcome::Good
}

fn simulated(
    arguments: &ReplayProposal,
    name: &str,
    as_it_is: Option<&Path>,
    then: &Path,
) -> Outcome {
    let service = match service(&arguments.config, as_it_is) {
        Ok(service) => service,
        Err(outcome) => return outcome,
    };
    let scenario = match scenario(name, &service) {
        Ok(scenario) => scenario,
        Err(outcome) => return outcome,
    };
    let today = crate::routing::london().to_datetime(now()).date();
    let day = arguments.day.unwrap_or(today);
    let simulate = Simulate {
        config: super::super::args::Config {
            config: arguments.config.config.clone(),
        },
        day: Some(day),
        replay: None,
        scenario: name.to_owned(),
        calls: arguments.calls,
        handlers: None,
        seed: 1,
        compare: Some(then.to_owned()),
        days: arguments.days,
        sweep: None,
        json: arguments.json,
        html: None,
    };
    compare::run(&simulate, day, (&service, &scenario), then)
}
