use super::svg::Svg;

/// Dark enough to be read on white, and each of another lightness than the next.
pub(super) const COLOURS: [&str; 6] = [
    "#12436d", "#c2410c", "#1c1c1c", "#0f7b72", "#801650", "#64748b",
];
const DASHES: [&str; 5] = ["", "7 3", "2 2.5", "11 3 2 3", "15 5"];
const WEIGHTS: [f64; 3] = [2.25, 1.5, 2.75];
const HATCHES: usize = 7;
const MARKERS: usize = 7;

/// What a series is drawn with. Two series differ in more than colour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    index: usize,
    /// Of strokes and outlines.
    pub(super) colour: &'static str,
    /// As SVG wants it; none for a stroke without gaps.
    pub(super) dash: &'static str,
    /// Of a stroke, in the picture's pixels.
    pub(super) weight: f64,
}

impl Pen {
    /// The pen for the series in this place.
    pub(super) fn of(index: usize) -> Pen {
        Pen {
            index,
            colour: pick(&COLOURS, index),
            dash: pick(&DASHES, index),
            weight: WEIGHTS.get(index % WEIGHTS.len()).copied().unwrap_or(2.0),
        }
    }

    /// The same, finer: for what is so dense that a stroke would cover its neighbours.
    pub(super) fn fine(self) -> Pen {
        Pen {
            weight: self.weight.min(1.2),
            ..self
        }
    }

    /// How many hatches there are, each in its colour.
    pub(super) const fn hatches() -> usize {
        COLOURS.len() * HATCHES
    }

    /// What a bar is filled with.
    pub(super) fn fill(self) -> String {
        match self.index % HATCHES {
            0 => self.colour.to_owned(),
            _ => format!("url(#hatch-{})", self.index % Pen::hatches()),
        }
    }

    /// The hatch as the document defines it once, for all plots.
    pub(super) fn hatch(self) -> String {
        let (size, inside) = match self.index % HATCHES {
            0 => return String::new(),
            1 => (
                7,
                "<path d=\"M-1 8 8 -1M-1 1 1 -1M6 8 8 6\" stroke-width=\"1.6\"/>",
            ),
            2 => (
                6,
                "<circle cx=\"1.5\" cy=\"1.5\" r=\"0.8\"/><circle cx=\"4.5\" cy=\"4.5\" r=\"0.8\"/>",
            ),
            3 => (
                7,
                "<path d=\"M-1 8 8 -1M-1 1 1 -1M6 8 8 6M-1 -1 8 8M-1 6 1 8M6 -1 8 1\" stroke-width=\"0.9\"/>",
            ),
            4 => (5, "<path d=\"M2.5 -1V6\" stroke-width=\"1.5\"/>"),
            5 => (
                9,
                "<path d=\"M-1 -1 10 10M-1 8 1 10M8 -1 10 1\" stroke-width=\"3.2\"/>",
            ),
            _ => (5, "<path d=\"M-1 2.5H6\" stroke-width=\"1.5\"/>"),
        };
        format!(
            "<pattern id=\"hatch-{}\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\" \
             fill=\"{c}\" stroke=\"{c}\"><rect width=\"{size}\" height=\"{size}\" fill=\"#fff\" stroke=\"none\"/>\
             {inside}</pattern>",
            self.index % Pen::hatches(),
            c = self.colour
        )
    }

    /// A mark at a point of the series.
    pub(super) fn mark(self, svg: &mut Svg, x: f64, y: f64) {
        let shape = match self.index % MARKERS {
            0 => "m-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0z",
            1 => "m-3.1 -3.1h6.2v6.2h-6.2z",
            2 => "m0 -4.2 4 7h-8z",
            3 => "m0 -4.5 4.5 4.5 -4.5 4.5 -4.5 -4.5z",
            4 => "m-3.2 -3.2 6.4 6.4m0 -6.4 -6.4 6.4",
            5 => "m0 4.2 4 -7h-8z",
            _ => "m-4.2 0h8.4m-4.2 -4.2v8.4",
        };
        match self.index % MARKERS {
            4 | 6 => svg.mark(x, y, shape, "none", self.colour, 2.0),
            n if n % 2 == 1 => svg.mark(x, y, shape, "#fff", self.colour, 1.6),
            _ => svg.mark(x, y, shape, self.colour, "#fff", 0.8),
        }
    }
}

fn pick(from: &[&'static str], index: usize) -> &'static str {
    from.get(index % from.len().max(1))
        .copied()
        .unwrap_or_default()
}
