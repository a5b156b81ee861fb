use super::axis::Axis;
use super::frame::{Frame, Size};
use super::plot::Plot;
use super::svg::{Side, Svg};
use super::text;

const DASHES: [&str; 4] = ["6 3", "2 2", "9 3 2 3", "12 6"];

/// How much wider a bold text is.
const BOLD: f64 = 1.08;
/// A label wider than this share of the plot is left to the legend.
const SHARE: f64 = 0.6;

/// The dashes of the target in this place, which no series has with this weight.
pub(super) fn dash(index: usize) -> &'static str {
    DASHES
        .get(index % DASHES.len())
        .copied()
        .unwrap_or_default()
}

/// The name of a target with its value, where the name does not tell it already.
pub(super) fn label(plot: &Plot, value: f64, name: &str) -> String {
    let figure = plot.figure(plot.target_notation(), value);
    let plain = |text: &str| text.replace(char::is_whitespace, "");
    if plain(name).contains(&plain(&figure)) {
        name.to_owned()
    } else {
        format!("{name}: {figure}")
    }
}

/// Over what is dark a target's line shows by the white beside it.
fn stroke(svg: &mut Svg, from: (f64, f64), to: (f64, f64), index: usize) {
    svg.line("beside", from, to, "");
    svg.line("target", from, to, dash(index));
}

/// A part of the picture.
#[derive(Clone, Copy, Debug)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn meets(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(&self, point: (f64, f64)) -> bool {
        point.0 >= self.left
            && point.0 <= self.right
            && point.1 >= self.top
            && point.1 <= self.bottom
    }
}

/// Draws the targets across the plot, each with its label where the least is drawn: above or below its line,
/// at the left, in the middle or at the right. One that has no room is named by the legend alone.
pub(super) fn across(
    svg: &mut Svg,
    plot: &Plot,
    size: &Size,
    frame: &Frame,
    axis: &Axis,
    ink: &[(f64, f64)],
) {
    let lines: Vec<(usize, f64, String)> = (plot.sound_targets())
        .map(|(at, value, name)| (at, frame.y(axis, value), label(plot, value, name)))
        .collect();
    for (at, y, _) in &lines {
        stroke(svg, (frame.left, *y), (frame.right, *y), *at);
    }
    let mut taken: Vec<Area> = Vec::new();
    for (at, y, name) in &lines {
        let width = text::width(name, size.font) * BOLD;
        if width > frame.width() * SHARE {
            continue;
        }
        let is_free = |area: &Area| {
            let mut others = lines
                .iter()
                .filter(|(other, ..)| other != at)
                .map(|(_, y, _)| *y);
            !taken.iter().any(|t| t.meets(area)) && !others.any(|y| y > area.top && y < area.bottom)
        };
        let best = (places(frame, size, *y, width).into_iter())
            .filter(is_free)
            .min_by_key(|area| ink.iter().filter(|point| area.holds(**point)).count());
        if let Some(area) = best {
            svg.text(
                "target-name",
                area.left,
                area.bottom - size.font * 0.3,
                Side::Start,
                name,
            );
            taken.push(area);
        }
    }
}

fn places(frame: &Frame, size: &Size, y: f64, width: f64) -> Vec<Area> {
    let right = (frame.right - width - 4.0).max(frame.left + 4.0);
    let left = frame.left + 4.0;
    let height = size.font * 1.2;
    let mut places = Vec::new();
    for top in [y - height - 2.0, y + 3.0] {
        for left in [right, left, (left + right) / 2.0] {
            let area = Area {
                left,
                top,
                right: left + width,
                bottom: top + height,
            };
            if area.top >= frame.top - height && area.bottom <= frame.bottom {
                places.push(area);
            }
        }
    }
    places
}

/// How many rows of labels stand above a plot whose bars lie.
pub(super) fn rows(plot: &Plot) -> usize {
    plot.sound_targets().count().min(3)
}

/// Draws the targets from top to bottom, with their labels in rows above the plot; one that has no room there is
/// named by the legend alone.
pub(super) fn down(svg: &mut Svg, plot: &Plot, size: &Size, frame: &Frame, axis: &Axis) {
    let height = size.font * 1.3;
    for (row, (at, value, name)) in plot.sound_targets().enumerate() {
        let x = axis.place(value, frame.left, frame.right);
        if row >= rows(plot) {
            stroke(svg, (x, frame.top), (x, frame.bottom), at);
            continue;
        }
        let foot = frame.top - height * (rows(plot) - row) as f64 + size.font;
        stroke(svg, (x, foot + 3.0), (x, frame.bottom), at);
        let name = text::fit(
            &label(plot, value, name),
            size.font * BOLD,
            size.width - 4.0,
        );
        let width = text::width(&name, size.font) * BOLD;
        let left = (x - width / 2.0).clamp(0.0, (size.width - width).max(0.0));
        svg.text("target-name", left, foot, Side::Start, &name);
    }
}
