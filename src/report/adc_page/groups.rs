use std::cmp::Reverse;

use crate::report::page::{Block, Cell, Part, Table, X};
use crate::report::words::{begun, count};
use crate::report::{Breakdown, Group, Item, Measured};

use super::about::About;
use super::held::Held;
use super::whole::held;
use super::words::{above, item};

/// Calls told apart by one thing that has names: `region` or `provider`. None where that was not asked for, or nobody
/// called.
pub fn groups(measured: &Measured, about: &About, by: &str) -> Option<Part> {
    let breakdown = measured.breakdowns.iter().find(|one| one.by == [by])?;
    let groups = in_order(breakdown)?;
    let names = |groups: &[&Group]| groups.iter().map(|group| name(about, by, group)).collect();
    let known: Vec<&Group> = (groups.iter().copied())
        .filter(|group| !is_unknown(group))
        .collect();
    let mut blocks = vec![Block::Table(targets(
        &format!("Targets by {by}"),
        by,
        about,
        &groups,
    ))];
    if known.len() < groups.len() {
        blocks.push(Block::Text(format!(
            "Calls whose {by} is not known, such as those of callers who hang up in the menus, are in the tables and not in \
             the plots."
        )));
    }
    let x = X::Categories {
        label: begun(by),
        names: names(&known),
    };
    let places: Vec<Held> = (known.iter().zip(0..))
        .map(|(group, n)| place(f64::from(n), group))
        .collect();
    if places.len() > 1 {
        let plots = Held::plots(&places, &format!("by {by}"), &x);
        blocks.extend(plots.into_iter().map(Block::Plot));
    }
    blocks.extend(all_items(&format!("by {by}"), &[by], about, &groups));
    Some(Part {
        heading: heading(by, &known),
        blocks,
    })
}

/// How many of them meet the first target.
fn heading(by: &str, known: &[&Group]) -> String {
    let targets = known.iter().filter_map(|group| group.targets.first());
    let told: Vec<_> = targets.filter(|target| target.met.is_some()).collect();
    let met = told
        .iter()
        .filter(|target| target.met == Some(true))
        .count();
    match told.first() {
        Some(target) => format!(
            "By {by}: {} {} in {met} of {}",
            target.name,
            target.held_to(),
            told.len()
        ),
        None => format!("By {by}"),
    }
}

/// Tables by several things, a row for each combination.
pub fn together(measured: &Measured, about: &About) -> Vec<Part> {
    let several = measured.breakdowns.iter().filter(|one| one.by.len() > 1);
    let parts = several.map(|breakdown| {
        let by = breakdown.by.join(" and ");
        let groups: Vec<&Group> = breakdown.groups.iter().collect();
        Part {
            heading: format!("By {by}"),
            blocks: all_items(&format!("by {by}"), &breakdown.by, about, &groups).into(),
        }
    });
    parts.collect()
}

/// Those with most calls first; those of which it is not known last. None where there is nobody.
fn in_order(breakdown: &Breakdown) -> Option<Vec<&Group>> {
    let mut groups: Vec<&Group> = breakdown.groups.iter().collect();
    groups.sort_by_key(|group| (is_unknown(group), Reverse(group.items.get(Item::A01))));
    (!groups.is_empty()).then_some(groups)
}

fn is_unknown(group: &Group) -> bool {
    group.names.iter().all(String::is_empty)
}

fn name(about: &About, by: &str, group: &Group) -> String {
    about.name(by, group.names.first().map_or("", String::as_str))
}

pub(super) fn place(x: f64, group: &Group) -> Held {
    Held {
        x,
        items: group.items.clone(),
        targets: group.targets.clone(),
    }
}

/// How groups stand to the targets.
pub(super) fn targets(caption: &str, by: &str, about: &About, groups: &[&Group]) -> Table {
    let rows = groups.iter().map(|group| {
        let calls = count(group.items.get(Item::A01));
        [Cell::Text(name(about, by, group)), calls]
            .into_iter()
            .chain(group.targets.iter().map(held))
            .collect()
    });
    let by = begun(by);
    let heading = [
        "Calls received",
        "Abandoned",
        "Mean time to answer",
        "95th centile",
    ];
    Table {
        caption: caption.to_owned(),
        heading: [by.as_str()]
            .into_iter()
            .chain(heading)
            .map(str::to_owned)
            .collect(),
        rows: rows.collect(),
    }
}

/// Every item of groups: the counts, and the times.
pub(super) fn all_items(what: &str, by: &[&str], about: &About, groups: &[&Group]) -> [Block; 2] {
    let of = |caption: String, wanted: fn(Item) -> bool| {
        let items: Vec<Item> = Item::ALL
            .into_iter()
            .filter(|which| wanted(*which))
            .collect();
        let rows = groups.iter().map(|group| {
            let names = by.iter().zip(&group.names);
            let names = names.map(|(by, name)| Cell::Text(about.name(by, name)));
            let figures = items.iter().map(|which| item(&group.items, *which));
            names.chain(figures).collect()
        });
        let names = by.iter().map(|by| begun(by));
        let heading = names.chain(items.iter().map(|which| above(*which).to_owned()));
        Block::Table(Table {
            caption,
            heading: heading.collect(),
            rows: rows.collect(),
        })
    };
    [
        of(format!("Calls {what}: every count"), |which| {
            !which.is_time()
        }),
        of(format!("Times {what}, in seconds"), Item::is_time),
    ]
}
