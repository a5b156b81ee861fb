use jiff::Timestamp;
use serde::Serialize;

use crate::callback::Callback;
use crate::store::{EventRow, HistoryRow};

use super::super::args::ShowCallback;
use super::super::ask::ask;
use super::super::{Outcome, output};
use super::row::Row;

/// One callback, and all that is known of it.
#[derive(Serialize)]
struct Shown {
    callback: Row,
    /// What has changed about it, how its tries ended, and what was ordered.
    history: Vec<HistoryRow>,
    /// What happened in the call in which it was promised, and in those to the caller.
    calls: Vec<EventRow>,
}

pub(super) fn run(arguments: &ShowCallback) -> Outcome {
    let reference = arguments.reference;
    let found = ask(&arguments.config, async |store| {
        let Some(callback) = store.callback(reference).await? else {
            return Ok(None);
        };
        let history = store.history(reference).await?;
        let calls = store.events(&reference.to_string()).await?;
        Ok(Some((callback, history, calls)))
    });
    let (callback, history, calls) = match found {
        Ok(Some(found)) => found,
        Ok(None) => return super::order::unknown(reference),
        Err(outcome) => return outcome,
    };
    let shown = Shown {
        callback: Row::new(&callback, Timestamp::now()),
        history,
        calls,
    };
    match arguments.json {
        true => output::json(&shown),
        false => print(&callback, shown),
    }
}

fn print(callback: &Callback, shown: Shown) -> Outcome {
    let heading = Row::HEADING.iter();
    for (name, cell) in heading.zip(shown.callback.cells()) {
        output::line(format!("{name:<12} {cell}"));
    }
    let relay = if callback.text_relay { "yes" } else { "no" };
    output::line(format!("{:<12} {}", "language", callback.language));
    output::line(format!("{:<12} {relay}\n", "text relay"));
    let history = shown.history.into_iter().map(|row| {
        vec![
            row.at,
            row.kind.to_owned(),
            row.what,
            row.by.unwrap_or_else(|| "-".into()),
            entry(row.node.as_deref(), row.entry),
            row.detail,
        ]
    });
    let heading = ["at", "from", "what", "by", "entry", "detail"];
    output::table(&heading, &history.collect::<Vec<_>>());
    output::line("");
    let calls = shown.calls.into_iter();
    let calls = calls.map(|row| vec![row.at, row.kind, row.detail]);
    let heading = ["at", "in its calls", "detail"];
    output::table(&heading, &calls.collect::<Vec<_>>());
    Outcome::Good
}

/// Where an entry of the log stands.
fn entry(node: Option<&str>, entry: Option<i64>) -> String {
    match (node, entry) {
        (Some(node), Some(entry)) => format!("{node} {entry}"),
        _ => "-".to_owned(),
    }
}
