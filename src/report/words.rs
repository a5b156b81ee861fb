//! What pages of reports have in common: how figures, periods and moments are written.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use crate::routing::london;

use super::page::{Cell, number};

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

/// A count as it stands in the terminal; a dash for none.
pub fn or_dash(count: Option<u64>) -> String {
    count.map_or_else(|| "-".to_owned(), |count| count.to_string())
}

/// A part in hundredths of a whole; none of nothing.
pub fn hundredths(part: Option<u64>, of: Option<u64>) -> Option<f64> {
    let of = of.filter(|of| *of > 0)?;
    Some(100.0 * part? as f64 / of as f64)
}

/// The text with its first letter great.
pub fn begun(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase());
    first.into_iter().flatten().chain(letters).collect()
}

/// A day: `Monday 28 December 2026`.
pub fn day_words(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// From when to when, in London.
pub fn period(from: Timestamp, to: Timestamp) -> String {
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
pub fn moment(at: Timestamp) -> String {
    let zone = london();
    zone.to_datetime(at)
        .strftime("%A %-d %B %Y, %H:%M")
        .to_string()
}

/// The lines beneath a page's title.
pub fn subtitle(
    (from, to): (Timestamp, Timestamp),
    what: &str,
    suppressed: Option<u64>,
    as_of: Option<Timestamp>,
) -> Vec<String> {
    let mut lines = vec![
        format!("{}, London time", period(from, to)),
        what.to_owned(),
    ];
    if let Some(least) = suppressed.filter(|least| *least > 1) {
        lines.push(format!(
            "Counts from 1 to {} are held back, and what would tell them",
            least - 1
        ));
    }
    lines.extend(as_of.map(|at| format!("Made on {}", moment(at))));
    lines
}

/// What a table has, and how much of all of it, where it has not all.
pub fn first_of(what: &str, shown: usize, all: usize) -> String {
    match shown < all {
        true => format!("{what}: the first {shown} of {all}"),
        false => what.to_owned(),
    }
}

/// What a dash means.
pub fn dash(suppressed: Option<u64>) -> String {
    match suppressed.filter(|least| *least > 1) {
        Some(least) => format!(
            "A dash is a figure that there is not, or that is held back: every count from 1 to {}, and whatever it could be \
             reckoned from.",
            least - 1
        ),
        None => "A dash is a figure that there is not.".to_owned(),
    }
}
