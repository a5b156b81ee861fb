use super::axis::Axis;
use super::frame::{Frame, Size, extent, is_whole, measure, nothing};
use super::notation::Notation;
use super::pen::Pen;
use super::places::index;
use super::plot::{Drawn, Plot, Series};
use super::svg::{Side, Svg};
use super::{targets, text};

/// A plot higher than this does not fit a page of paper with its heading.
const HIGH: f64 = 700.0;
/// How thick a bar is where it is alone with its name, and where it is not.
const ALONE: f64 = 17.0;
const BESIDE: f64 = 14.0;
/// What is between the bars of one name and of the next.
const BETWEEN: f64 = 13.0;
/// Names have no more of the width than this.
const SHARE: f64 = 0.36;

/// Whether the plot's bars are better drawn from left to right: names have room then.
pub(super) fn is_fit(plot: &Plot) -> bool {
    let count = plot.names().map_or(0, <[String]>::len);
    let are_bars = plot.series.iter().all(|s| plot.drawn(s) == Drawn::Bars);
    count > 0 && !plot.series.is_empty() && are_bars && row(plot) * count as f64 <= HIGH
}

fn thickness(plot: &Plot) -> f64 {
    if plot.series.len() > 1 { BESIDE } else { ALONE }
}

fn row(plot: &Plot) -> f64 {
    thickness(plot) * plot.series.len() as f64 + BETWEEN
}

/// Draws a plot whose bars lie, one name beneath the other; gives the picture and its height.
pub(super) fn draw(plot: &Plot, size: &Size) -> (String, f64) {
    let mut svg = Svg::default();
    let names = plot.names().unwrap_or_default();
    let figures = extent(
        plot.series
            .iter()
            .flat_map(|s| seen(s, names.len()))
            .map(|(_, v)| v),
    );
    let label_size = text::width("0", size.font);
    let above = measure(&mut svg, size, &plot.measure());
    let room = Room::of(plot, size, names, figures);
    let top = above + size.font * (0.6 + 1.3 * targets::rows(plot) as f64);
    let frame = Frame {
        left: room.names + 8.0 + room.before,
        right: size.width - room.after.max(label_size * 2.0),
        top,
        bottom: top + row(plot) * names.len() as f64 + BETWEEN / 2.0,
    };
    let most = ((frame.width() / (size.font * 4.0)) as usize).clamp(2, 6);
    let targets = plot.sound_targets().map(|(_, value, _)| value);
    let (low, high) =
        extent(targets.chain(figures.into_iter().flat_map(|f| [f.0, f.1]))).unwrap_or((0.0, 1.0));
    let axis = Axis::of_values(low.min(0.0), high.max(0.0), most, is_whole(plot));
    grid(&mut svg, size, &frame, &axis);
    name(&mut svg, plot, size, names, &room, &frame);
    let bars = bars(&mut svg, plot, names.len(), &frame, &axis);
    if figures.is_none() {
        nothing(&mut svg, &frame);
    } else {
        targets::down(&mut svg, plot, size, &frame, &axis);
    }
    let targets: Vec<f64> = (plot.sound_targets())
        .map(|(_, value, _)| frame.x(&axis, value))
        .collect();
    for (x, foot, side, words) in bars {
        let x = match side {
            Side::Start => {
                let width = text::width(&words, size.font);
                let moved = beyond(x, width, &targets);
                if moved + width <= size.width {
                    moved
                } else {
                    x
                }
            }
            Side::Middle | Side::End => x,
        };
        svg.text("figure", x, foot, side, &words);
    }
    (svg.finish(), frame.bottom + size.font * 1.9)
}

/// What is beside the bars, in pixels: their names, and the figures before and behind them.
#[derive(Debug)]
struct Room {
    names: f64,
    before: f64,
    after: f64,
}

impl Room {
    fn of(plot: &Plot, size: &Size, names: &[String], figures: Option<(f64, f64)>) -> Room {
        let lines = names
            .iter()
            .flat_map(|name| text::wrap(name, size.font, size.width * SHARE, lines(plot, size)));
        let notation = plot.notation();
        let of = |wanted: fn(f64) -> bool| {
            (plot.series.iter().flat_map(|s| seen(s, names.len())))
                .filter(|(_, v)| wanted(*v))
                .map(|(_, v)| text::width(&notation.write(v), size.font) + 6.0)
                .fold(0.0, f64::max)
                .min(size.width * 0.2)
        };
        Room {
            names: lines
                .map(|line| text::width(&line, size.font))
                .fold(0.0, f64::max),
            before: if figures.is_some_and(|f| f.0 < 0.0) {
                of(|v| v < 0.0)
            } else {
                0.0
            },
            after: of(|v| v >= 0.0),
        }
    }
}

/// How many lines a name may have.
fn lines(plot: &Plot, size: &Size) -> usize {
    ((row(plot) - 2.0) / (size.font * 1.1))
        .floor()
        .clamp(1.0, 3.0) as usize
}

/// The points of a series that belong to a name and have a figure.
fn seen(series: &Series, names: usize) -> Vec<(usize, f64)> {
    (series.points.iter())
        .filter(|(_, v)| v.is_finite())
        .filter_map(|(x, v)| Some((index(*x).filter(|at| *at < names)?, *v)))
        .collect()
}

fn grid(svg: &mut Svg, size: &Size, frame: &Frame, axis: &Axis) {
    let mut free = 0.0;
    for (value, words) in &axis.ticks {
        let x = frame.x(axis, *value);
        svg.line("grid", (x, frame.top), (x, frame.bottom), "");
        let half = text::width(words, size.font) / 2.0;
        let middle = x.min(size.width - half);
        if middle - half >= free {
            svg.text(
                "tick",
                middle,
                frame.bottom + size.font * 1.3,
                Side::Middle,
                words,
            );
            free = middle + half + 4.0;
        }
    }
    let base = frame.x(axis, 0.0);
    svg.line("axis", (base, frame.top), (base, frame.bottom), "");
}

fn name(svg: &mut Svg, plot: &Plot, size: &Size, names: &[String], room: &Room, frame: &Frame) {
    for (n, name) in names.iter().enumerate() {
        let middle = frame.top + BETWEEN / 4.0 + row(plot) * (n as f64 + 0.5);
        let lines = text::wrap(name, size.font, size.width * SHARE, lines(plot, size));
        let height = size.font * 1.1;
        let first = middle - height * (lines.len() as f64 - 1.0) / 2.0 + size.font * 0.35;
        for (at, line) in lines.iter().enumerate() {
            svg.text(
                "name",
                room.names,
                first + height * at as f64,
                Side::End,
                line,
            );
        }
    }
}

/// A figure at the end of its bar: where, on which side, and what.
type End = (f64, f64, Side, String);

fn bars(svg: &mut Svg, plot: &Plot, names: usize, frame: &Frame, axis: &Axis) -> Vec<End> {
    let (notation, thick) = (plot.notation(), thickness(plot));
    let base = frame.x(axis, 0.0);
    let mut ends = Vec::new();
    for (n, series) in plot.series.iter().enumerate() {
        for (at, value) in seen(series, names) {
            let top = frame.top + BETWEEN * 0.75 + row(plot) * at as f64 + thick * n as f64;
            let end = frame.x(axis, value);
            svg.bar(
                base.min(end),
                top,
                (end - base).abs(),
                thick - 2.0,
                Pen::of(n),
            );
            ends.push(label(end, top + thick - 3.5, value, notation));
        }
    }
    ends
}

/// Where a figure begins that would stand on a target's line: beyond it.
fn beyond(x: f64, width: f64, targets: &[f64]) -> f64 {
    let mut lines = targets.to_vec();
    lines.sort_unstable_by(f64::total_cmp);
    lines
        .into_iter()
        .fold(x, |x, line| match (x - 3.0..x + width).contains(&line) {
            true => line + 5.0,
            false => x,
        })
}

fn label(end: f64, foot: f64, value: f64, notation: Notation) -> End {
    match value < 0.0 {
        true => (end - 5.0, foot, Side::End, notation.write(value)),
        false => (end + 5.0, foot, Side::Start, notation.write(value)),
    }
}
