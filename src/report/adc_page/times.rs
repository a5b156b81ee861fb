use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::report::page::{Block, Part, Shape, X};
use crate::report::{Breakdown, Group, Items, Measured, Tally, Target};
use crate::routing::london;

use super::about::About;
use super::groups::{all_items, place, targets};
use super::held::{Held, calls_plot};
use super::words::figure;

/// Days of a longer period without calls are not made up.
const DAYS: usize = 400;

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

/// Calls by day of arrival. None where that was not asked for, or nobody called.
pub fn days(measured: &Measured, about: &About) -> Option<Part> {
    let (groups, breakdown) = found(measured, "day")?;
    let by_day: BTreeMap<Date, &Group> = (groups.iter())
        .filter_map(|group| Some((group.names.first()?.parse().ok()?, *group)))
        .collect();
    let dates = dates(measured, about, &by_day);
    let places: Vec<Held> = (dates.iter().zip(0..))
        .map(|(date, n)| or_nobody(f64::from(n), by_day.get(date).copied(), about))
        .collect();
    let names = dates
        .iter()
        .map(|date| date.strftime("%a %-d %b").to_string());
    let x = X::Categories {
        label: "Day".to_owned(),
        names: names.collect(),
    };
    let mut blocks = Vec::new();
    if places.len() > 1 {
        blocks.push(Block::Plot(calls_plot(&places, "by day", &x, &Shape::Line)));
        blocks.extend(
            Held::plots(&places, "by day", &x)
                .into_iter()
                .map(Block::Plot),
        );
    }
    blocks.extend(tables("day", about, breakdown));
    let on = |name: &str| match name.parse::<Date>() {
        Ok(date) => format!("on {}", date.strftime("%A %-d %B")),
        Err(_) => name.to_owned(),
    };
    Some(Part {
        heading: format!("Day by day{}", worst(&groups, on)),
        blocks,
    })
}

fn found<'a>(measured: &'a Measured, by: &str) -> Option<(Vec<&'a Group>, &'a Breakdown)> {
    let breakdown = measured.breakdowns.iter().find(|one| one.by == [by])?;
    let groups: Vec<&Group> = breakdown.groups.iter().collect();
    (!groups.is_empty()).then_some((groups, breakdown))
}

/// Every day of the period that has begun, those without calls too; only those with calls where it is very long.
fn dates(measured: &Measured, about: &About, by_day: &BTreeMap<Date, &Group>) -> Vec<Date> {
    let zone = london();
    let first = zone.to_datetime(measured.from).date();
    let to = about.as_of.map_or(measured.to, |now| measured.to.min(now));
    let days = first.series(jiff::Span::new().days(1));
    let days = days.take_while(|date| {
        zone.to_timestamp(date.at(0, 0, 0, 0))
            .is_ok_and(|at| at < to)
    });
    let days: Vec<Date> = days.take(DAYS + 1).collect();
    match days.len() > DAYS {
        true => by_day.keys().copied().collect(),
        false => days,
    }
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
