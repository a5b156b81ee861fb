//! `ivr111 callbacks`: what has been promised, what became of it, and what a supervisor orders about it.

mod order;
mod row;
mod show;

use jiff::Timestamp;

use crate::callback::{Callback, Escalation, Stage};

use super::args::{CallbackCommand, Callbacks, ListCallbacks};
use super::ask::ask;
use super::{Outcome, output};
use row::Row;

pub(super) fn run(arguments: &Callbacks) -> Outcome {
    match &arguments.command {
        None => list(&arguments.list),
        Some(CallbackCommand::Show(arguments)) => show::run(arguments),
        Some(CallbackCommand::Reassign(arguments)) => order::reassign(arguments),
        Some(CallbackCommand::Reschedule(arguments)) => order::reschedule(arguments),
        Some(CallbackCommand::Close(arguments)) => order::close(&arguments.ordered),
    }
}

fn list(arguments: &ListCallbacks) -> Outcome {
    let all = arguments.all;
    let callbacks = match ask(&arguments.config, async |store| store.callbacks(all).await) {
        Ok(callbacks) => callbacks,
        Err(outcome) => return outcome,
    };
    let now = Timestamp::now();
    let wanted = callbacks.iter().filter(|c| is_wanted(arguments, c, now));
    let rows: Vec<Row> = wanted.map(|callback| Row::new(callback, now)).collect();
    if arguments.json {
        return output::json(&rows);
    }
    let cells: Vec<Vec<String>> = rows.into_iter().map(Row::cells).collect();
    output::table(&Row::HEADING, &cells);
    Outcome::Good
}

fn is_wanted(arguments: &ListCallbacks, callback: &Callback, now: Timestamp) -> bool {
    let is_open = callback.stage != Stage::Done;
    let late = arguments.late && is_open && is_late(callback, now);
    let at_risk = arguments.at_risk && is_open && callback.escalation != Escalation::None;
    late || at_risk || !(arguments.late || arguments.at_risk)
}

/// Whether it should have been made by now, and has not.
fn is_late(callback: &Callback, now: Timestamp) -> bool {
    callback.stage != Stage::Done && callback.deadline <= now
}
