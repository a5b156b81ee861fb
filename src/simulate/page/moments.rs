//! The day as it goes.

use crate::report::adc_page::{Held, calls_plot};
use crate::report::page::{Block, Part, Plot, Series, Shape, X, clock, number};
use crate::report::words::tenths;
use crate::routing::london;

use super::super::outcome::Sample;
use super::day_page::DayPage;
use super::on_the_line::OnTheLine;
use super::quarters::quarters;
use super::setting::faults;

/// A day on the clock.
pub(super) const DAY: X = X::Time {
    from: 0.0,
    to: 1_440.0,
};

/// Minutes since the day's midnight, by the clock on the wall.
fn minutes(day: &DayPage, sample: &Sample) -> f64 {
    let local = london().to_datetime(sample.at);
    let begin = day.date().at(0, 0, 0, 0);
    local.duration_since(begin).as_secs_f64() / 60.0
}

/// Something over the day.
fn series(day: &DayPage, name: &str, read: impl Fn(&Sample) -> f64) -> Series {
    let samples = day.outcome.samples.iter();
    Series {
        name: name.to_owned(),
        points: samples
            .map(|sample| (minutes(day, sample), read(sample)))
            .collect(),
        shape: Shape::Steps,
    }
}

fn plot(title: &str, y_label: &str, unit: &str, series: Vec<Series>) -> Plot {
    Plot {
        title: title.to_owned(),
        x: DAY,
        y_label: y_label.to_owned(),
        unit: unit.to_owned(),
        series,
        targets: Vec::new(),
    }
}

/// Targets by quarter-hour, and how many wait.
pub(super) fn part(day: &DayPage) -> Part {
    let quarters = quarters(&day.outcome.courses, &day.service.settings.report);
    let mut blocks = Vec::new();
    let faults = faults(day);
    if !faults.is_empty() {
        blocks.push(Block::Text(faults));
    }
    let plots = Held::plots(&quarters, "by quarter-hour of arrival", &DAY);
    blocks.extend(plots.into_iter().map(Block::Plot));
    let line = OnTheLine::of(&day.outcome.courses);
    let waiting = vec![
        series(day, "On the line", |sample| line.at(sample.at) as f64),
        series(day, "All in the queue", |sample| sample.waiting as f64),
    ];
    blocks.push(Block::Plot(plot(
        "Callers waiting, every five minutes",
        "Callers waiting",
        "",
        waiting,
    )));
    let text = "On the line are those who wait for a handler or a clinician the first time. The queue also has those whose place is \
                kept after they have hung up, and callbacks for which a clinician is sought.";
    blocks.push(Block::Text(text.to_owned()));
    let calls = calls_plot(&quarters, "by quarter-hour of arrival", &DAY, &Shape::Steps);
    blocks.push(Block::Plot(calls));
    let waiting = day
        .outcome
        .samples
        .iter()
        .map(|sample| (line.at(sample.at), sample));
    let most = waiting.rev().max_by_key(|(waiting, _)| *waiting);
    Part {
        heading: match most {
            Some((waiting, sample)) if waiting > 0 => format!(
                "Through the day: up to {} callers waiting on the line, at {}",
                number(waiting as f64, 0),
                clock(minutes(day, sample))
            ),
            _ => "Through the day".to_owned(),
        },
        blocks,
    }
}

/// How many people were at work and with callers, and which part of those at work that is.
pub(super) fn staff(day: &DayPage) -> [Block; 2] {
    let people = vec![
        series(day, "At work", |sample| sample.staffed as f64),
        series(day, "With callers", |sample| sample.talking as f64),
    ];
    let occupancy = |sample: &Sample| match sample.staffed {
        0 => f64::NAN,
        staffed => tenths(100.0 * sample.talking as f64 / staffed as f64),
    };
    let occupancy = vec![series(day, "Occupancy", occupancy)];
    [
        Block::Plot(plot(
            "Occupancy, every five minutes",
            "Occupancy",
            "%",
            occupancy,
        )),
        Block::Plot(plot(
            "People at work and with callers",
            "People",
            "",
            people,
        )),
    ]
}

/// Callbacks that were open, and those of which a supervisor had been told.
pub(super) fn callbacks(day: &DayPage) -> [Block; 2] {
    let open = vec![
        series(day, "Open", |sample| sample.callbacks_open as f64),
        series(day, "At risk", |sample| sample.callbacks_at_risk as f64),
    ];
    let at_risk = day
        .outcome
        .samples
        .iter()
        .map(|sample| sample.callbacks_at_risk);
    let most = match at_risk.max() {
        None | Some(0) => "none was at any of these moments".to_owned(),
        Some(most) => format!("at most {} were at once", number(most as f64, 0)),
    };
    let text = format!(
        "At risk are those that a supervisor has been told of, because their deadline is near or has passed; {most}."
    );
    [
        Block::Plot(plot(
            "Callbacks open and at risk, every five minutes",
            "Callbacks",
            "",
            open,
        )),
        Block::Text(text),
    ]
}
