use super::axis::Axis;
use super::frame::{Frame, Size, extent, is_whole, measure, nothing};
use super::marks::{Field, gap};
use super::plot::{Drawn, Plot, X};
use super::svg::{Side, Svg};
use super::{targets, text};

/// A line may begin above nothing where it stays above this share of its highest value.
const HIGH: f64 = 0.6;
/// From one line of text to the next, by the size of the text.
const LINE: f64 = 1.15;

/// Draws a plot whose figures go upwards; gives the picture and its height.
pub(super) fn draw(plot: &Plot, size: &Size) -> (String, f64) {
    let mut svg = Svg::default();
    let figures = figures(plot);
    let mut y = vertical(plot, figures);
    if figures.is_none() {
        y.ticks.clear();
    }
    let is_cut = figures.is_some() && (y.from > 0.0 || y.to < 0.0);
    let words = match is_cut {
        true => format!("{} · axis does not begin at 0", plot.measure()),
        false => plot.measure(),
    };
    let above = measure(&mut svg, size, &words);
    let widest = y
        .ticks
        .iter()
        .map(|(_, t)| text::width(t, size.font))
        .fold(0.0, f64::max);
    let label = match &plot.x {
        X::Time { .. } => "",
        X::Categories { label, .. } | X::Number { label, .. } => text::or(label, "").trim(),
    };
    let mut frame = Frame {
        left: (widest + 13.0).min(size.width / 2.0),
        right: size.width - 20.0,
        top: above + size.font * 0.9,
        bottom: above + size.height,
    };
    let x = horizontal(plot, size, &frame);
    let lines = x.lines() as f64 * LINE + if label.is_empty() { 0.0 } else { 1.4 };
    let below = size.font * (0.6 + lines);
    frame.bottom -= below;
    let height = frame.bottom + below;
    if !label.is_empty() {
        let label = text::fit(label, size.font, frame.width());
        let foot = height - size.font * 0.4;
        svg.text(
            "label",
            (frame.left + frame.right) / 2.0,
            foot,
            Side::Middle,
            &label,
        );
    }
    grid(&mut svg, size, &frame, &x, &y);
    if figures.is_none() {
        nothing(&mut svg, &frame);
        return (svg.finish(), height);
    }
    let gap = gap(plot);
    let field = Field {
        plot,
        frame,
        x,
        y,
        gap,
    };
    let ink = field.draw(&mut svg);
    targets::across(&mut svg, plot, size, &frame, &field.y, &ink);
    (svg.finish(), height)
}

/// From the lowest to the highest figure of those that are in the picture.
fn figures(plot: &Plot) -> Option<(f64, f64)> {
    let (from, to) = plot.span();
    let is_seen = |x: f64| x >= from && x <= to;
    let mut all = Vec::new();
    for series in &plot.series {
        all.extend(series.points.iter().filter(|p| is_seen(p.0)).map(|p| p.1));
        let band = series.band().into_iter().filter(|b| is_seen(b.0));
        all.extend(band.flat_map(|b| [b.1, b.2]));
    }
    extent(all.into_iter())
}

/// The axis of the figures: from nothing, but for lines that stay far above it.
fn vertical(plot: &Plot, figures: Option<(f64, f64)>) -> Axis {
    let targets = plot.sound_targets().map(|(_, value, _)| value);
    let (low, high) = match figures {
        Some((low, high)) => extent(targets.chain([low, high])).unwrap_or((low, high)),
        None => (0.0, 1.0),
    };
    let is_line = |drawn: Drawn| matches!(drawn, Drawn::Line | Drawn::Band);
    let may_begin_high = plot.series.iter().all(|s| is_line(plot.drawn(s)));
    let (from, to) = match may_begin_high {
        true if low > high * HIGH && low > 0.0 => (low, high),
        true if high < low * HIGH && high < 0.0 => (low, high),
        _ => (low.min(0.0), high.max(0.0)),
    };
    Axis::of_values(from, to, 5, is_whole(plot))
}

fn horizontal(plot: &Plot, size: &Size, frame: &Frame) -> Axis {
    let (from, to) = plot.span();
    let most = |width: f64| ((frame.width() / width) as usize).clamp(1, 12);
    match &plot.x {
        X::Time { .. } => Axis::of_times(from, to, most(size.font * 4.4)),
        X::Categories { names, .. } => Axis::of_names(names, size.font, frame.width()),
        X::Number { .. } => {
            let has_bars = plot.series.iter().any(|s| plot.drawn(s) == Drawn::Bars);
            let room = if has_bars { gap(plot) / 2.0 } else { 0.0 };
            let inside = extent(
                (plot.series.iter().flat_map(|s| &s.points))
                    .map(|p| p.0)
                    .filter(|x| *x >= from && *x <= to),
            );
            let (low, high) = inside.unwrap_or((from, to));
            let widest = [from, to].map(|v| text::width(&super::number(v, 1), size.font));
            let wanted = widest.into_iter().fold(size.font * 3.0, f64::max) + size.font;
            Axis::of_range(from.min(low - room), to.max(high + room), most(wanted))
        }
    }
}

/// Lines behind the figures, and what is written at the axes.
fn grid(svg: &mut Svg, size: &Size, frame: &Frame, x: &Axis, y: &Axis) {
    for (value, words) in &y.ticks {
        let at = frame.y(y, *value);
        svg.line("grid", (frame.left, at), (frame.right, at), "");
        svg.text(
            "tick",
            frame.left - 9.0,
            at + size.font * 0.35,
            Side::End,
            words,
        );
    }
    let base = frame.y(y, 0.0);
    svg.line("axis", (frame.left, base), (frame.right, base), "");
    let mut free = 0.0;
    for (value, words) in &x.ticks {
        let at = frame.x(x, *value);
        svg.line("axis", (at, frame.bottom), (at, frame.bottom + 4.0), "");
        let lines: Vec<String> = words
            .lines()
            .map(|line| text::fit(line, size.font, size.width / 2.0))
            .collect();
        let width = lines
            .iter()
            .map(|line| text::width(line, size.font))
            .fold(0.0, f64::max);
        let left = (at - width / 2.0).clamp(0.0, (size.width - width).max(0.0));
        if left < free {
            continue;
        }
        free = left + width + 3.0;
        for (n, line) in (0..).zip(&lines) {
            let foot = frame.bottom + size.font * (1.45 + LINE * f64::from(n));
            svg.text("tick", left + width / 2.0, foot, Side::Middle, line);
        }
    }
}
