//! `ivr111 calls`: what the store holds of calls.

use super::args::Calls;
use super::ask::ask;
use super::{Outcome, output};

pub(super) fn calls(arguments: &Calls) -> Outcome {
    match &arguments.reference {
        Some(reference) => timeline(arguments, reference),
        None => newest(arguments),
    }
}

fn newest(arguments: &Calls) -> Outcome {
    let limit = arguments.limit;
    let rows = match ask(&arguments.config, async |store| store.calls(limit).await) {
        Ok(rows) => rows,
        Err(outcome) => return outcome,
    };
    if arguments.json {
        return output::json(&rows);
    }
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.reference.clone(),
                row.arrived_at.clone(),
                row.dialled.clone(),
                row.number.clone().unwrap_or_else(|| row.identity.clone()),
                or_dash(&row.region),
                or_dash(&row.destination),
                or_dash(&row.ended_why),
            ]
        })
        .collect();
    let heading = [
        "reference",
        "arrived",
        "dialled",
        "number",
        "region",
        "destination",
        "ended",
    ];
    output::table(&heading, &cells);
    Outcome::Good
}

fn timeline(arguments: &Calls, reference: &str) -> Outcome {
    let rows = match ask(&arguments.config, async |store| {
        store.events(reference).await
    }) {
        Ok(rows) => rows,
        Err(outcome) => return outcome,
    };
    if arguments.json {
        return output::json(&rows);
    }
    if rows.is_empty() {
        eprintln!("ivr111: the store holds no call {reference}");
        return Outcome::Wrong;
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| vec![row.at, row.kind, row.detail])
        .collect();
    output::table(&["at", "what", "detail"], &cells);
    Outcome::Good
}
