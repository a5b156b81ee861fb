use super::axis::Axis;
use super::plot::Plot;
use super::svg::{Side, Svg};
use super::text;

/// A size in which every plot is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// The class by which the style shows one and not the other.
    pub(super) name: &'static str,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Of the text, in the picture's pixels.
    pub(super) font: f64,
}

/// For a desk and for paper, and for a telephone.
pub(super) const SIZES: [Size; 2] = [
    Size {
        name: "wide",
        width: 720.0,
        height: 330.0,
        font: 13.0,
    },
    Size {
        name: "narrow",
        width: 340.0,
        height: 290.0,
        font: 12.5,
    },
];

/// Where in the picture the plot itself is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Frame {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Where a figure stands.
    pub(super) fn y(&self, axis: &Axis, value: f64) -> f64 {
        axis.place(value, self.bottom, self.top)
    }

    /// Where a place stands.
    pub(super) fn x(&self, axis: &Axis, value: f64) -> f64 {
        axis.place(value, self.left, self.right)
    }
}

/// Writes above the plot what the figures are, and gives how high that is.
pub(super) fn measure(svg: &mut Svg, size: &Size, words: &str) -> f64 {
    let lines = text::wrap(words, size.font, size.width - 4.0, 3);
    for (n, line) in lines.iter().enumerate() {
        let foot = size.font * (1.0 + 1.25 * n as f64);
        svg.text("label", 0.0, foot, Side::Start, line);
    }
    size.font * 1.25 * lines.len() as f64
}

/// From the lowest to the highest figure that is worth drawing; `None` where there is none.
pub(super) fn extent(figures: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    figures
        .filter(|v| v.is_finite())
        .map(|v| v.clamp(-super::axis::FAR, super::axis::FAR))
        .fold(None, |extent, v| match extent {
            None => Some((v, v)),
            Some((low, high)) => Some((v.min(low), v.max(high))),
        })
}

/// Whether all figures are whole, so that steps between whole numbers would say nothing.
pub(super) fn is_whole(plot: &Plot) -> bool {
    let mut figures = plot
        .series
        .iter()
        .flat_map(|s| s.figures().collect::<Vec<f64>>());
    figures.all(|v| !v.is_finite() || v.fract() == 0.0)
}

/// Says that nothing can be seen, in the middle of the plot.
pub(super) fn nothing(svg: &mut Svg, frame: &Frame) {
    let middle = (
        (frame.left + frame.right) / 2.0,
        (frame.top + frame.bottom) / 2.0,
    );
    svg.text("label", middle.0, middle.1, Side::Middle, "No figures");
}
