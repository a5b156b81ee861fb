use std::time::Duration;

use crate::report::adc_page::announced;
use crate::report::page::{Block, Cell, Part, Plot, Series, Shape, Table, X};
use crate::report::words::{count, figure};
use crate::report::{Measured, centile};
use crate::store::Course;

use super::day_page::DayPage;

/// Reckoned waits that are told together: below so many minutes, and what they are called.
const BINS: [(u64, &str); 5] = [
    (1, "0–1"),
    (2, "1–2"),
    (5, "2–5"),
    (10, "5–10"),
    (u64::MAX, "10+"),
];

/// Waits of those who were reckoned to wait about as long.
#[derive(Clone, Debug, Default)]
pub(super) struct Bin {
    /// As they were, in milliseconds.
    waits: Vec<u32>,
    /// As they had been reckoned.
    reckoned: Vec<u32>,
}

impl Bin {
    #[cfg(test)]
    pub(super) fn waits(&self) -> &[u32] {
        &self.waits
    }

    /// A centile of the waits in minutes; none of nobody's.
    fn wait(&mut self, hundredths: usize) -> Option<f64> {
        centile(&mut self.waits, hundredths).map(in_minutes)
    }

    fn reckoned(&mut self) -> Option<f64> {
        centile(&mut self.reckoned, 50).map(in_minutes)
    }
}

fn in_minutes(millis: u32) -> f64 {
    f64::from(millis) / 60_000.0
}

/// What callers were told and reckoned to wait, against what they waited. None where nobody was told.
pub(super) fn part(day: &DayPage, measured: &Measured) -> Option<Part> {
    let mut part = announced(measured)?;
    let mut bins = bins(&day.outcome.courses);
    let told: Vec<Told> = bins.iter_mut().map(Told::of).collect();
    part.blocks.push(Block::Table(table(&told)));
    part.blocks.push(Block::Plot(plot(&told)));
    Some(part)
}

/// Whoever was told a wait and was answered, by what had been reckoned for them.
pub(super) fn bins(courses: &[Course]) -> [Bin; BINS.len()] {
    let mut bins: [Bin; BINS.len()] = Default::default();
    for course in courses {
        let (Some(told), Some(handled)) = (course.told, course.handled_at) else {
            continue;
        };
        let Some(reckoned) = told.estimate else {
            continue;
        };
        let minutes = reckoned.as_secs() / 60;
        let place = BINS.iter().position(|(below, _)| minutes < *below);
        let Some(bin) = place.and_then(|place| bins.get_mut(place)) else {
            continue;
        };
        let wait = Duration::try_from(handled.duration_since(told.at)).unwrap_or_default();
        bin.waits.push(millis(wait));
        bin.reckoned.push(millis(reckoned));
    }
    bins
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// What is told of a bin, in minutes.
#[derive(Clone, Copy, Debug)]
struct Told {
    callers: usize,
    reckoned: Option<f64>,
    lower: Option<f64>,
    median: Option<f64>,
    upper: Option<f64>,
}

impl Told {
    fn of(bin: &mut Bin) -> Self {
        Told {
            callers: bin.waits.len(),
            reckoned: bin.reckoned(),
            lower: bin.wait(25),
            median: bin.wait(50),
            upper: bin.wait(75),
        }
    }
}

fn table(told: &[Told]) -> Table {
    let rows = BINS.iter().zip(told).map(|((_, name), told)| {
        let minutes = [told.reckoned, told.lower, told.median, told.upper];
        let minutes = minutes.map(|minutes| Cell::Number(figure(minutes, 2)));
        [
            Cell::Text((*name).to_owned()),
            count(u64::try_from(told.callers).ok()),
        ]
        .into_iter()
        .chain(minutes)
        .collect()
    });
    let heading = [
        "Reckoned, min",
        "Callers",
        "Reckoned, median",
        "Wait, lower quartile",
        "Wait, median",
        "Wait, upper quartile",
    ];
    Table {
        caption: "Waits as they had been reckoned, and as they were, in minutes".to_owned(),
        heading: heading.map(str::to_owned).into(),
        rows: rows.collect(),
    }
}

fn plot(told: &[Told]) -> Plot {
    let or_gap = |figure: Option<f64>| figure.unwrap_or(f64::NAN);
    let places = || told.iter().zip(0..).map(|(told, n)| (f64::from(n), told));
    let band = places().filter_map(|(x, told)| Some((x, told.lower?, told.upper?)));
    let points =
        |of: fn(&Told) -> Option<f64>| places().map(|(x, told)| (x, or_gap(of(told)))).collect();
    Plot {
        title: "The wait as it was, by the wait that had been reckoned".to_owned(),
        x: X::Categories {
            label: "Reckoned wait, minutes".to_owned(),
            names: BINS.map(|(_, name)| name.to_owned()).into(),
        },
        y_label: "Wait".to_owned(),
        unit: "min".to_owned(),
        series: vec![
            Series {
                name: "As it was: median, and the middle half".to_owned(),
                points: points(|told| told.median),
                shape: Shape::Band(band.collect()),
            },
            Series {
                name: "As it had been reckoned: median".to_owned(),
                points: points(|told| told.reckoned),
                shape: Shape::Line,
            },
        ],
        targets: Vec::new(),
    }
}
