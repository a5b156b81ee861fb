use super::axis::{FAR, range};
use super::frame::SIZES;
use super::notation::{NONE, Notation};
use super::text::{escape, or};
use super::{figures, legend, lying, told, upright};

/// More bars than this are drawn as one outline: on a telephone each would be thinner than its own edges.
const BARS: usize = 100;
/// A table with more rows than this is set in columns on paper.
const SHORT: usize = 20;

/// A plot: what was measured over a day, by names or against a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What it shows, as a heading.
    pub title: String,
    /// What the figures are told by.
    pub x: X,
    /// What the figures are.
    pub y_label: String,
    /// What they are in: `%`, `s`, `calls`; may be empty.
    pub unit: String,
    /// What is drawn, each with a name.
    pub series: Vec<Series>,
    /// Values to hold against, each with its name. One that is no number is not drawn.
    pub targets: Vec<(f64, String)>,
}

impl Plot {
    /// A plot of counts by names: a bar for each name and each of the series, with nothing to hold against.
    pub fn bars(
        title: impl Into<String>,
        (label, names): (&str, Vec<String>),
        y_label: &str,
        series: Vec<(&str, Vec<Option<f64>>)>,
    ) -> Self {
        let points = |figures: Vec<Option<f64>>| {
            let figures = figures.into_iter().zip(0..);
            let points = figures.map(|(figure, n)| (f64::from(n), figure.unwrap_or(f64::NAN)));
            points.collect()
        };
        let series = series.into_iter().map(|(name, figures)| Series {
            name: name.to_owned(),
            points: points(figures),
            shape: Shape::Bars,
        });
        Plot {
            title: title.into(),
            x: X::Categories {
                label: label.to_owned(),
                names,
            },
            y_label: y_label.to_owned(),
            unit: String::new(),
            series: series.collect(),
            targets: Vec::new(),
        }
    }
}

/// What the figures of a plot are told by. A range that is none is made from the points.
#[derive(Clone, Debug, PartialEq)]
pub enum X {
    /// The time of day, in minutes since midnight in London.
    Time {
        /// Where the picture begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
    /// Names; a point's `x` is the place of its name, from 0.
    Categories {
        /// What the names are: `Region`.
        label: String,
        /// The names in their order.
        names: Vec<String>,
    },
    /// A number.
    Number {
        /// What it is, with its unit.
        label: String,
        /// Where the picture begins.
        from: f64,
        /// Where it ends.
        to: f64,
    },
}

/// One row of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is called in the legend and the table.
    pub name: String,
    /// `x` and figure, in any order. A figure that is no number is a gap; a point outside the range of the plot
    /// is in the table only.
    pub points: Vec<(f64, f64)>,
    /// How it is drawn.
    pub shape: Shape,
}

/// How a series is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// From point to point.
    Line,
    /// Each figure holds until the next.
    Steps,
    /// A bar for each figure: from its time until the next, or round its name or number. Names with nothing but
    /// bars are drawn from left to right, one name beneath the other.
    Bars,
    /// A line, and round it what is between `(x, low, high)`.
    Band(Vec<(f64, f64, f64)>),
}

/// How a series really is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drawn {
    Line,
    Steps,
    Bars,
    Band,
}

impl Plot {
    /// The plot with its figures behind it; `number` tells it from the others in the document.
    pub(super) fn html(&self, number: usize) -> String {
        let title = escape(self.heading());
        let told = escape(&told::told(self));
        let mut out = format!(
            "<div class=\"plot\">\n<figure>\n<figcaption><h3 id=\"plot-{number}\">{title}</h3>{}</figcaption>\n",
            legend::html(self)
        );
        for size in &SIZES {
            let (picture, height) = match lying::is_fit(self) {
                true => lying::draw(self, size),
                false => upright::draw(self, size),
            };
            let (name, width) = (size.name, size.width);
            out.push_str(&format!(
                "<svg class=\"{name}\" viewBox=\"0 0 {width} {height:.0}\" role=\"img\" font-size=\"{}\" \
                 aria-labelledby=\"plot-{number}-{name}-title plot-{number}-{name}-told\">\n\
                 <title id=\"plot-{number}-{name}-title\">{title}</title>\n\
                 <desc id=\"plot-{number}-{name}-told\">{told}</desc>\n{picture}</svg>\n",
                size.font
            ));
        }
        let behind = figures::table(self);
        let class = match behind.heading.len() {
            ..=2 if behind.rows.len() > SHORT => "figures slim",
            3 if behind.rows.len() > SHORT => "figures half",
            _ => "figures",
        };
        out.push_str(&format!(
            "</figure>\n<details><summary>The figures behind this plot<span class=\"unseen\">: {title}</span>\
             </summary></details>\n<div class=\"{class}\">\n{}</div>\n</div>\n",
            behind.html()
        ));
        out
    }

    pub(super) fn heading(&self) -> &str {
        or(&self.title, "Plot")
    }

    /// What the figures are and what they are in.
    pub(super) fn measure(&self) -> String {
        match (or(&self.y_label, "").trim(), or(&self.unit, "").trim()) {
            (label, "") => label.to_owned(),
            ("", unit) => unit.to_owned(),
            (label, unit) => format!("{label} ({unit})"),
        }
    }

    /// A figure with its unit.
    pub(super) fn figure(&self, notation: Notation, value: f64) -> String {
        match or(&self.unit, "").trim() {
            _ if !value.is_finite() => NONE.to_owned(),
            "" => notation.write(value),
            unit => format!("{}\u{a0}{unit}", notation.write(value)),
        }
    }

    /// How all figures of the plot are written.
    pub(super) fn notation(&self) -> Notation {
        let figures: Vec<f64> = (self.series.iter())
            .flat_map(|s| s.figures().collect::<Vec<f64>>())
            .collect();
        Notation::of(&figures)
    }

    /// How the plot's targets are written: they are given, not measured.
    pub(super) fn target_notation(&self) -> Notation {
        Notation::of(
            &self
                .targets
                .iter()
                .map(|(value, _)| *value)
                .collect::<Vec<f64>>(),
        )
    }

    /// From where to where the picture goes.
    pub(super) fn span(&self) -> (f64, f64) {
        let (from, to, otherwise) = match &self.x {
            X::Categories { names, .. } => return (-0.5, names.len().max(1) as f64 - 0.5),
            X::Time { from, to } => (*from, *to, (0.0, 1_440.0)),
            X::Number { from, to, .. } => (*from, *to, (0.0, 1.0)),
        };
        range(from, to).unwrap_or_else(|| {
            let all = || {
                (self.series.iter())
                    .flat_map(|s| &s.points)
                    .map(|p| p.0)
                    .filter(|x| x.abs() <= FAR)
            };
            let low = all().fold(f64::INFINITY, f64::min);
            let high = all().fold(f64::NEG_INFINITY, f64::max);
            let around = (low - 1.0, low + 1.0);
            (range(low, high).or(range(around.0, around.1))).unwrap_or(otherwise)
        })
    }

    /// The name of each place, where the places have names.
    pub(super) fn names(&self) -> Option<&[String]> {
        match &self.x {
            X::Categories { names, .. } => Some(names),
            X::Time { .. } | X::Number { .. } => None,
        }
    }

    /// How the series is drawn: bars too many to be seen become an outline.
    pub(super) fn drawn(&self, series: &Series) -> Drawn {
        let bars = (self.series.iter())
            .filter(|s| s.shape == Shape::Bars)
            .map(|s| s.points.len());
        match series.shape {
            Shape::Line => Drawn::Line,
            Shape::Band(_) => Drawn::Band,
            Shape::Bars if bars.sum::<usize>() <= BARS => Drawn::Bars,
            Shape::Bars | Shape::Steps => Drawn::Steps,
        }
    }

    /// Targets that can be drawn.
    pub(super) fn sound_targets(&self) -> impl Iterator<Item = (usize, f64, &str)> {
        (self.targets.iter().enumerate())
            .filter(|(_, (value, _))| value.abs() <= FAR)
            .map(|(at, (value, name))| (at, *value, or(name, "Target")))
    }
}

impl Series {
    pub(super) fn title(&self) -> &str {
        or(&self.name, "Figures")
    }

    /// The points from left to right.
    pub(super) fn sorted(&self) -> Vec<(f64, f64)> {
        let mut points = self.points.clone();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    }

    /// What is below and above the line, from left to right.
    pub(super) fn band(&self) -> Vec<(f64, f64, f64)> {
        let mut band = match &self.shape {
            Shape::Band(band) => band.clone(),
            Shape::Line | Shape::Steps | Shape::Bars => Vec::new(),
        };
        band.sort_by(|a, b| a.0.total_cmp(&b.0));
        band
    }

    /// Every figure of it, those of the band too.
    pub(super) fn figures(&self) -> impl Iterator<Item = f64> {
        let band = match &self.shape {
            Shape::Band(band) => band.as_slice(),
            Shape::Line | Shape::Steps | Shape::Bars => &[],
        };
        (self.points.iter().map(|p| p.1)).chain(band.iter().flat_map(|b| [b.1, b.2]))
    }
}
