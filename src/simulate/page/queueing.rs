use crate::queue::Counters;
use crate::report::page::{Block, Cell, Part, Table, number};
use crate::report::words::count;

use super::day_page::DayPage;

/// What has happened in the queue.
pub(super) fn part(day: &DayPage) -> Part {
    let counters = &day.outcome.counters;
    let rows = words(counters);
    let rows = rows
        .into_iter()
        .map(|(name, n)| vec![Cell::Text(name.to_owned()), count(Some(n))]);
    let table = Table {
        caption: "Callers and callbacks that waited, and phones that rang for them".to_owned(),
        heading: ["What", "How often"].map(str::to_owned).into(),
        rows: rows.collect(),
    };
    Part {
        heading: format!(
            "The queue: {} offers, {} of them to another provider than the caller’s own",
            number(counters.offered as f64, 0),
            number(counters.overflowed as f64, 0)
        ),
        blocks: vec![Block::Table(table)],
    }
}

fn words(counters: &Counters) -> [(&'static str, u64); 14] {
    let Counters {
        joined,
        returned,
        full,
        left,
        kept,
        connected,
        given_up,
        offered,
        overflowed,
        missed,
        refused,
        not_rung,
        withdrawn,
        over,
    } = *counters;
    [
        ("Began to wait", joined),
        ("Waited again", returned),
        ("Found the queue full", full),
        ("Hung up or went elsewhere while waiting", left),
        ("Kept their place and hung up", kept),
        ("Kept their place and could not be reached", given_up),
        ("Put through", connected),
        ("Phones rung", offered),
        ("Of them, of another provider", overflowed),
        ("Not answered in time", missed),
        ("Refused", refused),
        ("Could not be rung", not_rung),
        ("Taken back", withdrawn),
        ("Conversations that are over", over),
    ]
}
