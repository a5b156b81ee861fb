use super::notation::{Notation, clock, number};
use super::text;

/// Nothing is drawn further out than this; the table has the figure.
pub(super) const FAR: f64 = 1e100;
/// A range narrower than this, of its greatest value, is one value.
const NARROW: f64 = 1e-9;
/// A name at an axis has no more lines than these.
const LINES: usize = 3;
const DAY: f64 = 1_440.0;
/// Steps between times that a clock's reader expects, in minutes.
const TIMES: [f64; 14] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 240.0, 360.0, 720.0, 1_440.0, 2_880.0,
];

/// An axis: from where to where it goes, and what is written at it.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Where something is written, and what.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis for these values with at most about `most` steps of 1, 2 or 5; it begins and ends at a step. With
    /// `is_whole` no step is smaller than 1.
    pub(super) fn of_values(low: f64, high: f64, most: usize, is_whole: bool) -> Axis {
        let (low, high) = widened(low, high);
        let mut step = nice((high - low) / most.max(1) as f64);
        if is_whole {
            step = step.max(1.0);
        }
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        Axis {
            from: first * step,
            to: last * step,
            ticks: every(step, first, last, |v| Notation::of_step(step).write(v)),
        }
    }

    /// An axis from here to there, with steps of 1, 2 or 5 in between.
    pub(super) fn of_range(from: f64, to: f64, most: usize) -> Axis {
        let step = nice((to - from) / most.max(1) as f64);
        Axis::stepped(from, to, step, |v| Notation::of_step(step).write(v))
    }

    /// An axis of minutes since midnight; where it goes over many days, the days are counted.
    pub(super) fn of_times(from: f64, to: f64, most: usize) -> Axis {
        let raw = (to - from) / most.max(1) as f64;
        let step = (TIMES.iter().copied().find(|step| *step >= raw))
            .unwrap_or_else(|| DAY * nice(raw / DAY));
        Axis::stepped(from, to, step, |v| match step < DAY {
            true => clock(v),
            false => format!("day {}", number((v / DAY).round() + 1.0, 0)),
        })
    }

    /// An axis of names, each in the middle of a place one wide and broken into lines; where the places have no
    /// room for the words, only every so many are written. `room` is what the whole axis has.
    pub(super) fn of_names(names: &[String], size: f64, room: f64) -> Axis {
        let count = names.len().max(1);
        let place = room / count as f64;
        let words = names.iter().flat_map(|name| name.split_whitespace());
        let longest = words
            .map(|word| text::width(word, size))
            .fold(0.0, f64::max);
        let wanted = longest.min(room * 0.3) + size * 0.5;
        let every = ((wanted / place).ceil() as usize).clamp(1, count);
        let own = place * every as f64 - size * 0.4;
        let ticks = (names.iter().enumerate().step_by(every))
            .map(|(at, name)| (at as f64, text::wrap(name, size, own, LINES).join("\n")))
            .collect();
        Axis {
            from: -0.5,
            to: count as f64 - 0.5,
            ticks,
        }
    }

    /// How many lines the longest of what is written has.
    pub(super) fn lines(&self) -> usize {
        self.ticks
            .iter()
            .map(|(_, words)| words.lines().count())
            .max()
            .unwrap_or(1)
            .max(1)
    }

    fn stepped(from: f64, to: f64, step: f64, write: impl Fn(f64) -> String) -> Axis {
        let (first, last) = ((from / step - NARROW).ceil(), (to / step + NARROW).floor());
        let ticks = every(step, first, last, write);
        Axis { from, to, ticks }
    }

    /// Whether the axis reaches so far.
    pub(super) fn holds(&self, value: f64) -> bool {
        value >= self.from && value <= self.to
    }

    /// Where the value stands between two places of the picture; what is too far stands at the end.
    pub(super) fn place(&self, value: f64, start: f64, end: f64) -> f64 {
        let share = (value - self.from) / (self.to - self.from);
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        start + share * (end - start)
    }
}

/// What is between two values and is worth drawing: `None` where they are no range.
pub(super) fn range(from: f64, to: f64) -> Option<(f64, f64)> {
    let is_sound = from.abs() <= FAR && to.abs() <= FAR && to - from > least(from, to);
    is_sound.then_some((from, to))
}

fn least(low: f64, high: f64) -> f64 {
    (low.abs().max(high.abs()) * NARROW).max(1e-100)
}

/// A range round one value, where it is only one.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = (low.clamp(-FAR, FAR), high.clamp(-FAR, FAR));
    match range(low, high) {
        Some(range) => range,
        None if low.abs() <= 1e-90 => (0.0, 1.0),
        None => (low - low.abs() * 0.05, low + low.abs() * 0.05),
    }
}

/// The next 1, 2 or 5 of its power of ten that is no smaller.
fn nice(raw: f64) -> f64 {
    let base = 10_f64.powi(raw.log10().floor() as i32);
    let times = raw / base * (1.0 - NARROW);
    let nice = [1.0, 2.0, 5.0].into_iter().find(|n| *n >= times);
    base * nice.unwrap_or(10.0)
}

/// From one multiple of the step to another, and no more than a reader can take.
fn every(step: f64, first: f64, last: f64, write: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    let count = (last - first).clamp(-1.0, 40.0) as i64;
    (0..=count)
        .map(|n| (first + n as f64) * step)
        .map(|value| (value, write(value)))
        .collect()
}
