use crate::report::page::{Block, Cell, Part, Plot, Series, Shape, Table, X};
use crate::report::words::{count, figure, hundredths, moment};
use crate::report::{Kept, Measured, Promises};

use super::about::About;
use super::held::or_gap;

/// What a plot tells apart, and of what each is made.
const DRAWN: [(&str, &[Kept]); 4] = [
    ("Kept by the deadline", &[Kept::InTime]),
    ("Late or overdue", &[Kept::Late, Kept::Overdue]),
    (
        "Not reached, or closed by a supervisor",
        &[Kept::NotReached, Kept::BySupervisor],
    ),
    ("Open, with time left", &[Kept::Open]),
];

/// Callbacks by deadline and region. None where none was promised.
pub fn callbacks(measured: &Measured, about: &About) -> Option<Part> {
    if measured.promises.get(Kept::Promised) == Some(0) {
        return None;
    }
    let regions = &measured.promises_by_region;
    let rows = regions
        .iter()
        .map(|(name, promises)| row(about.region(name), promises));
    let heading = [
        "Region",
        "Promised",
        "Kept",
        "Late",
        "Not reached",
        "Closed by a supervisor",
        "Open",
        "Overdue",
        "Kept, %",
    ];
    let table = Table {
        caption: "Callbacks promised in the period".to_owned(),
        heading: heading.map(str::to_owned).into(),
        rows: rows
            .chain([row("All".to_owned(), &measured.promises)])
            .collect(),
    };
    let as_of = match about.as_of {
        Some(at) => format!(" They are told as they stood on {}.", moment(at)),
        None => String::new(),
    };
    let text = format!(
        "A callback is kept when the conversation by which it was made began no later than its deadline. “Not reached” was \
         decided by a clinician, after every try. The part that was kept is that of all which are no longer open with time left.{as_of}"
    );
    let mut blocks = vec![Block::Table(table), Block::Text(text)];
    if regions.len() > 1 {
        blocks.push(Block::Plot(plot(measured, about)));
    }
    Some(Part {
        heading: match kept(&measured.promises) {
            Some(kept) => format!(
                "Callbacks: {}\u{a0}% kept by their deadline",
                figure(Some(kept), 1)
            ),
            None => "Callbacks by their deadline".to_owned(),
        },
        blocks,
    })
}

fn row(name: String, promises: &Promises) -> Vec<Cell> {
    let counts = Kept::ALL.iter().map(|kept| count(promises.get(*kept)));
    let name = std::iter::once(Cell::Text(name));
    let kept = Cell::Number(figure(kept(promises), 1));
    name.chain(counts).chain([kept]).collect()
}

/// The part that was kept in time, of those that are due or done.
fn kept(promises: &Promises) -> Option<f64> {
    let all = promises.get(Kept::Promised)?;
    let due = all.saturating_sub(promises.get(Kept::Open)?);
    hundredths(promises.get(Kept::InTime), Some(due))
}

fn plot(measured: &Measured, about: &About) -> Plot {
    let regions = &measured.promises_by_region;
    let series = DRAWN.map(|(name, kinds)| {
        let sum = |promises: &Promises| {
            kinds
                .iter()
                .map(|kept| promises.get(*kept))
                .sum::<Option<u64>>()
        };
        let points = regions.values().zip(0..);
        let points = points.map(|(promises, n)| {
            (
                f64::from(n),
                or_gap(sum(promises).map(|count| count as f64)),
            )
        });
        Series {
            name: name.to_owned(),
            points: points.collect(),
            shape: Shape::Bars,
        }
    });
    Plot {
        title: "Callbacks by what became of them, by region".to_owned(),
        x: X::Categories {
            label: "Region".to_owned(),
            names: regions.keys().map(|name| about.region(name)).collect(),
        },
        y_label: "Callbacks".to_owned(),
        unit: String::new(),
        series: series.into(),
        targets: Vec::new(),
    }
}
