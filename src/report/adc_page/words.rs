use jiff::Timestamp;
use jiff::civil::{Date, Time};

use crate::report::page::{Cell, number};
use crate::report::{Item, Items};
use crate::routing::london;

/// A figure as it stands in a table; a dash for none.
pub fn figure(figure: Option<f64>, decimals: usize) -> String {
    number(figure.unwrap_or(f64::NAN), decimals)
}

/// The figure to one decimal, as it stands in the tables.
pub fn tenths(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}

/// A count as it stands in a table.
pub fn count(count: Option<u64>) -> Cell {
    Cell::Number(figure(count.map(|count| count as f64), 0))
}

/// A part in hundredths of a whole; none of nothing.
pub fn hundredths(part: Option<u64>, of: Option<u64>) -> Option<f64> {
    let of = of.filter(|of| *of > 0)?;
    Some(100.0 * part? as f64 / of as f64)
}

/// An item of a table: whole calls, or seconds with one decimal.
pub(super) fn item(items: &Items, item: Item) -> Cell {
    Cell::Number(figure(items.value(item), usize::from(item.is_time())))
}

/// What an item is called above a column.
pub(super) fn above(item: Item) -> &'static str {
    match item {
        Item::LedElsewhere => "Led elsewhere",
        Item::CutOff => "Cut off",
        Item::UnderWay => "Under way",
        coded => coded.code(),
    }
}

/// The text with its first letter great.
pub(super) fn begun(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase());
    first.into_iter().flatten().chain(letters).collect()
}

/// A day: `Monday 28 December 2026`.
pub fn day_words(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// From when to when, in London.
pub(super) fn period(from: Timestamp, to: Timestamp) -> String {
    let zone = london();
    let (from, to) = (zone.to_datetime(from), zone.to_datetime(to));
    let are_days = from.time() == Time::midnight() && to.time() == Time::midnight();
    let last = to.date().yesterday();
    match last.ok().filter(|last| are_days && *last >= from.date()) {
        Some(last) if last == from.date() => day_words(last),
        Some(last) => format!("{} to {}", day_words(from.date()), day_words(last)),
        None => format!(
            "From {} to {}",
            from.strftime("%H:%M on %A %-d %B %Y"),
            to.strftime("%H:%M on %A %-d %B %Y")
        ),
    }
}

/// A moment, in London.
pub(super) fn moment(at: Timestamp) -> String {
    let zone = london();
    zone.to_datetime(at)
        .strftime("%A %-d %B %Y, %H:%M")
        .to_string()
}
