use super::pen::Pen;
use super::text::escape;

/// On which side of its place a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A picture while it is drawn.
#[derive(Debug, Default)]
pub(super) struct Svg {
    out: String,
}

impl Svg {
    /// What was drawn.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// A straight line of a class.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64), dash: &str) {
        let (x1, y1, x2, y2) = (px(from.0), px(from.1), px(to.0), px(to.1));
        self.out.push_str(&format!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"{}/>\n",
            dashed(dash)
        ));
    }

    /// A stroke along a path.
    pub(super) fn stroke(&mut self, path: &str, pen: Pen) {
        self.out.push_str(&format!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{}/>\n",
            pen.colour,
            pen.weight,
            dashed(pen.dash)
        ));
    }

    /// What is between two strokes: a tint, and its edges thin.
    pub(super) fn tint(&mut self, path: &str, pen: Pen) {
        self.out.push_str(&format!(
            "<path d=\"{path}\" fill=\"{c}\" fill-opacity=\"0.14\" stroke=\"{c}\" stroke-width=\"0.7\"{}/>\n",
            dashed(pen.dash),
            c = pen.colour
        ));
    }

    /// A bar.
    pub(super) fn bar(&mut self, x: f64, y: f64, width: f64, height: f64, pen: Pen) {
        self.out.push_str(&format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1\"/>\n",
            px(x),
            px(y),
            px(width.max(0.0)),
            px(height.max(0.0)),
            pen.fill(),
            pen.colour
        ));
    }

    /// A mark: a small shape that begins at its middle.
    pub(super) fn mark(
        &mut self,
        x: f64,
        y: f64,
        shape: &str,
        fill: &str,
        stroke: &str,
        weight: f64,
    ) {
        let (x, y) = (px(x), px(y));
        self.out.push_str(&format!(
            "<path d=\"M{x} {y}{shape}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{weight}\"/>\n"
        ));
    }

    /// A text of a class; its foot stands at `y`.
    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, side: Side, text: &str) {
        let anchor = match side {
            Side::Start => "",
            Side::Middle => " text-anchor=\"middle\"",
            Side::End => " text-anchor=\"end\"",
        };
        self.out.push_str(&format!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\"{anchor}>{}</text>\n",
            px(x),
            px(y),
            escape(text)
        ));
    }
}

fn dashed(dash: &str) -> String {
    match dash {
        "" => String::new(),
        dash => format!(" stroke-dasharray=\"{dash}\""),
    }
}

/// A place in the picture, to a tenth of a pixel; what is no number is at the edge.
pub(super) fn px(value: f64) -> String {
    let tenths = if value.is_finite() {
        (value * 10.0).round() as i64
    } else {
        0
    };
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        _ => format!("{:.1}", tenths as f64 / 10.0),
    }
}
