//! `ivr111 calls` and `ivr111 callbacks`: what the store holds.

use serde::Serialize;

use crate::callback::{Callback, Stage};
use crate::settings::Settings;
use crate::store::{self, SharedStore, StoreError};

use super::args::{Callbacks, Calls, Config};
use super::{Outcome, output, place};

/// Opens the store of the settings and asks it something.
fn ask<T>(
    config: &Config,
    question: impl AsyncFnOnce(SharedStore) -> Result<T, StoreError>,
) -> Result<T, Outcome> {
    let settings = Settings::load(&config.config).map_err(|problem| {
        output::problems(&[problem]);
        Outcome::Failed
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(output::failed)?;
    runtime.block_on(async {
        let store = store::open(&place(&settings)).await;
        let store = store.map_err(output::failed)?;
        question(store).await.map_err(output::failed)
    })
}

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

/// A callback, as lists show it.
#[derive(Serialize)]
struct Row {
    reference: String,
    number: String,
    text_relay: bool,
    region: String,
    language: String,
    booked_at: String,
    deadline: String,
    attempts: u32,
    stage: &'static str,
    due_at: Option<String>,
}

impl From<&Callback> for Row {
    fn from(callback: &Callback) -> Self {
        Row {
            reference: callback.reference.to_string(),
            number: callback.number.e164().to_owned(),
            text_relay: callback.text_relay,
            region: callback.region.clone(),
            language: callback.language.clone(),
            booked_at: callback.booked_at.to_string(),
            deadline: callback.deadline.to_string(),
            attempts: callback.attempts,
            stage: callback.stage.word(),
            due_at: match callback.stage {
                Stage::Due(at) => Some(at.to_string()),
                _ => None,
            },
        }
    }
}

pub(super) fn callbacks(arguments: &Callbacks) -> Outcome {
    let all = arguments.all;
    let rows = match ask(&arguments.config, async |store| store.callbacks(all).await) {
        Ok(callbacks) => callbacks.iter().map(Row::from).collect::<Vec<_>>(),
        Err(outcome) => return outcome,
    };
    if arguments.json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            vec![
                row.reference,
                row.number,
                row.region,
                row.booked_at,
                row.deadline,
                row.attempts.to_string(),
                row.stage.to_owned(),
            ]
        })
        .collect();
    let heading = [
        "reference",
        "number",
        "region",
        "booked",
        "deadline",
        "tries",
        "stage",
    ];
    output::table(&heading, &cells);
    Outcome::Good
}
