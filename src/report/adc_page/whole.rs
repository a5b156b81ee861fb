use crate::report::page::{Block, Cell, Part, Plot, Series, Shape, Table, X};
use crate::report::words::{begun, count, figure, hundredths};
use crate::report::{Item, Measured, Target};

use super::about::About;
use super::held::or_gap;
use super::words::item;

/// What every call is one of, in the order in which it is asked.
const FATES: [(Item, &str); 5] = [
    (Item::A03, "Answered"),
    (Item::B02, "Abandoned"),
    (Item::LedElsewhere, "Led elsewhere"),
    (Item::CutOff, "Cut off by the service"),
    (Item::UnderWay, "Still under way"),
];

/// How the service stands to what it is held to.
pub fn targets(measured: &Measured, about: &About) -> Part {
    let rows = measured.targets.iter().map(|target| {
        vec![
            Cell::Text(begun(target.name)),
            held(target),
            Cell::Text(target.held_to()),
        ]
    });
    let table = Table {
        caption: "All calls of the period".to_owned(),
        heading: ["Target", "Stands at", "Held to"].map(str::to_owned).into(),
        rows: rows.collect(),
    };
    let mut blocks = vec![Block::Table(table)];
    if let Some(text) = in_short(measured) {
        blocks.insert(0, Block::Text(text));
    }
    if let Some(text) = places(measured, about) {
        blocks.push(Block::Text(text));
    }
    Part {
        heading: verdict(&measured.targets),
        blocks,
    }
}

/// A figure against its target.
pub(super) fn held(target: &Target) -> Cell {
    let text = match target.figure {
        None => figure(None, 1),
        some => format!("{}\u{a0}{}", figure(some, 1), target.unit),
    };
    match target.met {
        Some(met) => Cell::Met(text, met),
        None => Cell::Number(text),
    }
}

fn verdict(targets: &[Target; 3]) -> String {
    let told: Vec<bool> = targets.iter().filter_map(|target| target.met).collect();
    let met = told.iter().filter(|met| **met).count();
    let text = match (met, told.len()) {
        (_, 0) => "The targets: there is nothing to hold against them",
        (3, _) => "All three targets are met",
        (0, 3) => "None of the three targets is met",
        (1, 3) => "One of the three targets is met",
        (2, 3) => "Two of the three targets are met",
        (met, all) => return format!("Of the targets that can be told, {met} of {all} met"),
    };
    text.to_owned()
}

/// The whole in one sentence.
fn in_short(measured: &Measured) -> Option<String> {
    let items = &measured.items;
    let calls = |item| Some(figure(Some(items.value(item)?), 0));
    let part = |item| hundredths(items.get(item), items.get(Item::A01));
    Some(format!(
        "Of {} calls {} were answered ({}\u{a0}%), {} of them within 60 seconds; in {} ({}\u{a0}%) the caller hung up before anything was \
         done for them.",
        calls(Item::A01)?,
        calls(Item::A03)?,
        figure(Some(part(Item::A03)?), 1),
        calls(Item::B01)?,
        calls(Item::B02)?,
        figure(Some(part(Item::B02)?), 1),
    ))
}

/// In which regions most of the abandoned calls were, where a target is missed.
fn places(measured: &Measured, about: &About) -> Option<String> {
    let abandoned = measured.targets.first()?;
    let all = measured.items.get(Item::B02).filter(|all| *all > 0)?;
    if abandoned.met != Some(false) {
        return None;
    }
    let regions = measured
        .breakdowns
        .iter()
        .find(|one| one.by == ["region"])?;
    let most = regions
        .groups
        .iter()
        .filter(|group| regions.groups.len() > 1 && !group.names.iter().all(String::is_empty))
        .filter_map(|group| Some((group.items.get(Item::B02)?, group)))
        .max_by_key(|(abandoned, _)| *abandoned)?;
    let (count, group) = most;
    let name = about.region(group.names.first()?);
    let share = figure(hundredths(Some(count), Some(all)), 0);
    let calls = hundredths(group.items.get(Item::A01), measured.items.get(Item::A01))?;
    Some(format!(
        "{share}\u{a0}% of all abandoned calls were those of the region “{name}”, from which {}\u{a0}% of all calls came.",
        figure(Some(calls), 0)
    ))
}

/// What has become of the calls: each is one thing only.
pub fn fates(measured: &Measured) -> Part {
    let items = &measured.items;
    let all = items.get(Item::A01);
    let part = |item| hundredths(items.get(item), all);
    let row = |name: &str, item| {
        vec![
            Cell::Text(name.to_owned()),
            count(items.get(item)),
            Cell::Number(figure(part(item), 1)),
        ]
    };
    let rows = FATES.iter().map(|(item, name)| row(name, *item));
    let table = Table {
        caption: "Every call is one of these".to_owned(),
        heading: ["What became of it", "Calls", "% of all"]
            .map(str::to_owned)
            .into(),
        rows: rows.chain([row("All calls received", Item::A01)]).collect(),
    };
    let points = FATES.iter().zip(0..);
    let points = points.map(|((item, _), n)| (f64::from(n), or_gap(items.value(*item))));
    let plot = Plot {
        title: "What became of the calls".to_owned(),
        x: X::Categories {
            label: "What became of it".to_owned(),
            names: FATES.map(|(_, name)| name.to_owned()).into(),
        },
        y_label: "Calls".to_owned(),
        unit: String::new(),
        series: vec![Series {
            name: "Calls".to_owned(),
            points: points.collect(),
            shape: Shape::Bars,
        }],
        targets: Vec::new(),
    };
    let elsewhere = "Led elsewhere: a callback is promised or a promise stands, the caller keeps their place and is called \
                     back, or a crisis line or 999 has them.";
    Part {
        heading: match part(Item::A03).zip(part(Item::B02)) {
            Some((answered, abandoned)) => {
                format!("Of 100 calls {answered:.0} were answered and {abandoned:.0} abandoned")
            }
            None => "What became of the calls".to_owned(),
        },
        blocks: vec![
            Block::Table(table),
            Block::Text(elsewhere.to_owned()),
            Block::Plot(plot),
            Block::Table(patience(measured)),
        ],
    }
}

/// After how long callers gave up.
fn patience(measured: &Measured) -> Table {
    let items = &measured.items;
    let rows = [
        (Item::B03, "30 s at most"),
        (Item::B04, "30 to 60 s"),
        (Item::B05, "more than 60 s"),
        (Item::B02, "all"),
    ];
    let rows = rows.map(|(item, name)| {
        let part = hundredths(items.get(item), items.get(Item::B02));
        vec![
            Cell::Text(name.to_owned()),
            count(items.get(item)),
            Cell::Number(figure(part, 1)),
        ]
    });
    Table {
        caption: "Abandoned calls, by the time until the caller hung up".to_owned(),
        heading: ["After", "Calls", "% of abandoned"]
            .map(str::to_owned)
            .into(),
        rows: rows.into(),
    }
}

/// Every item of all calls.
pub fn items(measured: &Measured) -> Part {
    let rows = Item::ALL.map(|which| {
        let code = match which {
            Item::LedElsewhere | Item::CutOff | Item::UnderWay => "no code",
            coded => coded.code(),
        };
        vec![
            Cell::Text(code.to_owned()),
            Cell::Text(begun(which.words())),
            item(&measured.items, which),
        ]
    });
    let table = Table {
        caption: "Items of the IUC ADC, all calls of the period".to_owned(),
        heading: ["Item", "What it is", "Figure"].map(str::to_owned).into(),
        rows: rows.into(),
    };
    Part {
        heading: "Every item".to_owned(),
        blocks: vec![Block::Table(table)],
    }
}
