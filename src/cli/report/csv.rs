//! A report as CSV (RFC 4180).

use std::io;

use crate::report::{By, Item, Items, Measured};

use super::super::{Outcome, output};

/// In the column of something by which a row does not tell calls apart.
pub(super) const ALL: &str = "(all)";
/// In that of something that is not known.
pub(super) const UNKNOWN: &str = "(not known)";

/// Prints a row for all calls and one for each group of every table, with the item codes as columns.
pub(super) fn print(measured: &Measured) -> Outcome {
    match write(measured, io::stdout().lock()) {
        Ok(()) => Outcome::Good,
        Err(error) => output::failed(error),
    }
}

fn write(measured: &Measured, to: impl io::Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(to);
    let words = By::ALL.map(By::word);
    let codes = Item::ALL.map(Item::code);
    writer.write_record(["from", "to"].iter().chain(&words).chain(&codes))?;
    let mut row = |names: &[(&str, &str)], items: &Items| {
        let times = [measured.from.to_string(), measured.to.to_string()];
        let named = words.map(|word| {
            let name = names.iter().find(|(by, _)| *by == word);
            let name = name.map_or(ALL, |(_, name)| *name);
            if name.is_empty() { UNKNOWN } else { name }.to_owned()
        });
        let figures = Item::ALL.map(|item| figure(items, item));
        writer.write_record(times.into_iter().chain(named).chain(figures))
    };
    row(&[], &measured.items)?;
    for breakdown in &measured.breakdowns {
        for group in &breakdown.groups {
            let names = group.names.iter().map(String::as_str);
            let names: Vec<_> = breakdown.by.iter().copied().zip(names).collect();
            row(&names, &group.items)?;
        }
    }
    writer.flush()?;
    Ok(())
}

/// A count, or seconds with their thousandths; empty for none.
fn figure(items: &Items, item: Item) -> String {
    match (items.get(item), item.is_time()) {
        (None, _) => String::new(),
        (Some(figure), false) => figure.to_string(),
        (Some(figure), true) => format!("{}.{:03}", figure / 1_000, figure % 1_000),
    }
}
