//! `ivr111 simulate --replay`.

use crate::simulate::{Replay, Replayed, Service, Way};

use super::super::args::{Config, Period, Simulate};
use super::super::ask::ask;
use super::super::report::past_calls;
use super::super::{Outcome, output};
use super::service;

pub(super) fn run(arguments: &Simulate, period: Period) -> Outcome {
    let service = match service(&arguments.config, None) {
        Ok(service) => service,
        Err(outcome) => return outcome,
    };
    let replayed = match replayed(&arguments.config, &service, period) {
        Ok(replayed) => replayed,
        Err(outcome) => return outcome,
    };
    match arguments.json {
        true => output::json(&replayed),
        false => {
            output::line(format!(
                "Of {} calls {} would have gone elsewhere. {} more had hung up before they came to a destination.",
                replayed.calls, replayed.elsewhere, replayed.unfinished
            ));
            print(&replayed);
            Outcome::Good
        }
    }
}

/// Leads the stored calls of a period through a service.
pub(in crate::cli) fn replayed(
    config: &Config,
    service: &Service,
    period: Period,
) -> Result<Replayed, Outcome> {
    ask(config, async |store| {
        let mut replay = Replay::default();
        past_calls(&store, (period.from, period.to), |call| {
            replay.add(service, &call);
        })
        .await?;
        Ok(replay.replayed())
    })
}

/// Which way they would have gone, and by whom they would have been taken.
pub(in crate::cli) fn print(replayed: &Replayed) {
    if !replayed.moved.is_empty() {
        output::line("");
        let rows = replayed.moved.iter().map(|moved| {
            let calls = moved.calls.to_string();
            vec![words(&moved.from), words(&moved.to), calls]
        });
        output::table(&["from", "to", "calls"], &rows.collect::<Vec<_>>());
    }
    output::line("");
    let rows = replayed.providers.iter().map(|(provider, (was, is))| {
        let provider = match provider.is_empty() {
            true => "(none)".to_owned(),
            false => provider.clone(),
        };
        vec![provider, was.to_string(), is.to_string()]
    });
    output::table(
        &["provider", "took", "would take"],
        &rows.collect::<Vec<_>>(),
    );
}

fn words(way: &Way) -> String {
    let destination = match way.destination.as_str() {
        "" => "(no end)",
        word => word,
    };
    match &way.provider {
        Some(provider) => format!("{}, {destination}, {provider}", way.region),
        None => format!("{}, {destination}", way.region),
    }
}
