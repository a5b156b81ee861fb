use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use crate::report::page::{Block, Part, Shape, X};
use crate::report::words::{begun, figure};
use crate::report::{Breakdown, Group, Items, Measured, Tally, Target};
use crate::routing::london;

use super::about::About;
use super::groups::{all_items, place, targets};
use super::held::{Held, calls_plot};

/// Days of a longer period without calls are not made up.
const MOST: usize = 400;

/// Calls by hour of arrival, of whichever day. None where that was not asked for, or nobody called.
pub fn hours(measured: &Measured, about: &About) -> Option<Part> {
    let (groups, breakdown) = found(measured, "hour")?;
    let by_hour: BTreeMap<u32, &Group> = (groups.iter())
        .filter_map(|group| Some((group.names.first()?.parse().ok()?, *group)))
        .collect();
    let places: Vec<Held> = (0..24)
        .map(|hour| or_nobody(f64::from(hour * 60), by_hour.get(&hour).copied(), about))
        .collect();
    let x = X::Time {
        from: 0.0,
        to: 1_440.0,
    };
    let mut blocks = vec![Block::Plot(calls_plot(
        &places,
        "by hour of arrival",
        &x,
        &Shape::Steps,
    ))];
    blocks.extend(
        Held::plots(&places, "by hour of arrival", &x)
            .into_iter()
            .map(Block::Plot),
    );
    blocks.extend(tables("hour", about, breakdown));
    Some(Part {
        heading: format!(
            "Hour by hour{}",
            worst(&groups, |name| format!("at {name}:00"))
        ),
        blocks,
    })
}

/// Calls by month of arrival. None where that was not asked for, nobody called, or all of it is one month.
pub fn months(measured: &Measured, about: &About) -> Option<Part> {
    let part = by_date(measured, about, Calendar::Month)?;
    let are_several = dates(measured, about, Calendar::Month).nth(1).is_some();
    are_several.then_some(part)
}

/// Calls by day of arrival. None where that was not asked for, or nobody called.
pub fn days(measured: &Measured, about: &About) -> Option<Part> {
    by_date(measured, about, Calendar::Day)
}

/// What a period is divided into.
#[derive(Clone, Copy)]
enum Calendar {
    Month,
    Day,
}

impl Calendar {
    fn word(self) -> &'static str {
        match self {
            Calendar::Month => "month",
            Calendar::Day => "day",
        }
    }

    /// The first day of what a group is called.
    fn date(self, name: &str) -> Option<Date> {
        match self {
            Calendar::Month => format!("{name}-01").parse().ok(),
            Calendar::Day => name.parse().ok(),
        }
    }

    /// Every first day from that of a date on.
    fn series(self, date: Date) -> impl Iterator<Item = Date> {
        let span = Span::new();
        match self {
            Calendar::Month => date.first_of_month().series(span.months(1)),
            Calendar::Day => date.series(span.days(1)),
        }
    }

    fn short(self, date: Date) -> String {
        let format = match self {
            Calendar::Month => "%b %Y",
            Calendar::Day => "%a %-d %b",
        };
        date.strftime(format).to_string()
    }

    fn when(self, date: Date) -> String {
        let format = match self {
            Calendar::Month => "in %B %Y",
            Calendar::Day => "on %A %-d %B",
        };
        date.strftime(format).to_string()
    }
}

fn by_date(measured: &Measured, about: &About, by: Calendar) -> Option<Part> {
    let word = by.word();
    let (groups, breakdown) = found(measured, word)?;
    let by_date: BTreeMap<Date, &Group> = (groups.iter())
        .filter_map(|group| Some((by.date(group.names.first()?)?, *group)))
        .collect();
    let mut dates: Vec<Date> = dates(measured, about, by).take(MOST + 1).collect();
    if dates.len() > MOST {
        dates = by_date.keys().copied().collect();
    }
    let places: Vec<Held> = (dates.iter().zip(0..))
        .map(|(date, n)| or_nobody(f64::from(n), by_date.get(date).copied(), about))
        .collect();
    let x = X::Categories {
        label: begun(word),
        names: dates.iter().map(|date| by.short(*date)).collect(),
    };
    let mut blocks = Vec::new();
    if places.len() > 1 {
        let title = format!("by {word}");
        blocks.push(Block::Plot(calls_plot(&places, &title, &x, &Shape::Line)));
        let plots = Held::plots(&places, &title, &x).into_iter();
        blocks.extend(plots.map(Block::Plot));
    }
    blocks.extend(tables(word, about, breakdown));
    let when = |name: &str| {
        by.date(name)
            .map_or_else(|| name.to_owned(), |date| by.when(date))
    };
    Some(Part {
        heading: format!("{} by {word}{}", begun(word), worst(&groups, when)),
        blocks,
    })
}

fn found<'a>(measured: &'a Measured, by: &str) -> Option<(Vec<&'a Group>, &'a Breakdown)> {
    let breakdown = measured.breakdowns.iter().find(|one| one.by == [by])?;
    let groups: Vec<&Group> = breakdown.groups.iter().collect();
    (!groups.is_empty()).then_some((groups, breakdown))
}

/// Every day, or month, of the period that has begun, those without calls too.
fn dates(measured: &Measured, about: &About, by: Calendar) -> impl Iterator<Item = Date> {
    let zone = london();
    let first = zone.to_datetime(measured.from).date();
    let to = about.as_of.map_or(measured.to, |now| measured.to.min(now));
    by.series(first).take_while(move |date| {
        zone.to_timestamp(date.at(0, 0, 0, 0))
            .is_ok_and(|at| at < to)
    })
}

/// A place at which nobody called has 0 calls and no figure besides.
fn or_nobody(x: f64, group: Option<&Group>, about: &About) -> Held {
    match group {
        Some(group) => place(x, group),
        None => {
            let settings = about.settings;
            let items: Items = Tally::default().items();
            Held {
                x,
                targets: Target::all(&items, &settings.target, settings.abandoned_of),
                items,
            }
        }
    }
}

/// When the mean time to answer was longest.
fn worst(groups: &[&Group], when: impl Fn(&str) -> String) -> String {
    let means = groups.iter().filter_map(|group| {
        let mean = group.targets.get(1)?.figure?;
        Some((mean, group.names.first()?))
    });
    match means.max_by(|one, other| one.0.total_cmp(&other.0)) {
        Some((mean, name)) if groups.len() > 1 => format!(
            ": the longest mean time to answer was {}\u{a0}s, {}",
            figure(Some(mean), 0),
            when(name)
        ),
        _ => String::new(),
    }
}

fn tables(by: &str, about: &About, breakdown: &Breakdown) -> Vec<Block> {
    let groups: Vec<&Group> = breakdown.groups.iter().collect();
    let what = format!("by {by} of arrival");
    let targets = targets(&format!("Targets {what}"), by, about, &groups);
    let items = all_items(&what, &[by], about, &groups);
    std::iter::once(Block::Table(targets))
        .chain(items)
        .collect()
}
