use super::axis::Axis;
use super::frame::Frame;
use super::pen::Pen;
use super::plot::{Drawn, Plot, Series, X};
use super::svg::{Svg, px};
use super::thin::thin;

/// With no more points than this, each is marked.
const MARKED: usize = 26;
/// With more points, so many are, at most.
const MARKS: f64 = 8.0;
/// A run with more points than this for each pixel is drawn finer.
const DENSE: f64 = 0.6;
/// A bar is never thinner than this, in the picture's pixels.
const THIN: f64 = 1.5;

/// Where a plot whose bars stand is drawn, and by which axes.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) plot: &'a Plot,
    pub(super) frame: Frame,
    pub(super) x: Axis,
    pub(super) y: Axis,
    /// How much of the x axis one figure stands for.
    pub(super) gap: f64,
}

/// Points without a gap, in the picture's pixels, and where the last of them ends.
#[derive(Debug)]
struct Run {
    points: Vec<(f64, f64)>,
    end: f64,
}

/// The least that is between two places of a plot: what one figure stands for.
pub(super) fn gap(plot: &Plot) -> f64 {
    if plot.names().is_some() {
        return 1.0;
    }
    let (from, to) = plot.span();
    let between = (plot.series.iter())
        .map(Series::sorted)
        .flat_map(|points| {
            points
                .windows(2)
                .map(|w| w.last().map_or(0.0, |l| l.0) - w.first().map_or(0.0, |f| f.0))
                .collect::<Vec<f64>>()
        })
        .filter(|gap| *gap > (to - from) * 1e-6)
        .fold(f64::INFINITY, f64::min);
    between.min((to - from) / 20.0)
}

impl Field<'_> {
    /// Draws all series, what covers most first; gives where there is ink.
    pub(super) fn draw(&self, svg: &mut Svg) -> Vec<(f64, f64)> {
        let mut ink = Vec::new();
        let all =
            || (self.plot.series.iter().enumerate()).map(|(at, s)| (at, s, self.plot.drawn(s)));
        for (at, series, _) in all() {
            self.band(svg, series, Pen::of(at));
        }
        let bars: Vec<usize> = all()
            .filter(|(.., drawn)| *drawn == Drawn::Bars)
            .map(|(at, ..)| at)
            .collect();
        for (n, (at, series, _)) in all()
            .filter(|(.., drawn)| *drawn == Drawn::Bars)
            .enumerate()
        {
            self.bars(svg, &mut ink, series, Pen::of(at), (n, bars.len()));
        }
        for (at, series, drawn) in all() {
            let pen = Pen::of(at);
            match drawn {
                Drawn::Bars => {}
                Drawn::Steps => self.steps(svg, &mut ink, series, pen),
                Drawn::Line | Drawn::Band => self.line(svg, &mut ink, series, pen, at),
            }
        }
        ink
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.frame.x(&self.x, x), self.frame.y(&self.y, y))
    }

    /// What there is of a series between its gaps. `shift` moves each place along the axis.
    fn runs(&self, series: &Series, shift: f64) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut is_open = false;
        for (x, y) in series
            .sorted()
            .into_iter()
            .filter(|(x, _)| self.x.holds(*x))
        {
            let point = self.at(x + shift, y);
            match runs.last_mut() {
                Some(run) if is_open && !y.is_finite() => run.end = run.end.min(point.0),
                Some(run) if is_open => {
                    run.points.push(point);
                    run.end = self.at(x + shift + self.gap, y).0;
                }
                _ if !y.is_finite() => {}
                _ => runs.push(Run {
                    points: vec![point],
                    end: self.at(x + shift + self.gap, y).0,
                }),
            }
            is_open = y.is_finite();
        }
        for run in &mut runs {
            run.points = thin(&run.points, self.frame.width());
        }
        runs
    }

    fn pen(&self, runs: &[Run], pen: Pen) -> Pen {
        let count: usize = runs.iter().map(|run| run.points.len()).sum();
        if count as f64 > self.frame.width() * DENSE {
            pen.fine()
        } else {
            pen
        }
    }

    fn line(&self, svg: &mut Svg, ink: &mut Vec<(f64, f64)>, series: &Series, pen: Pen, at: usize) {
        let runs = self.runs(series, 0.0);
        let stroke = self.pen(&runs, pen);
        for run in &runs {
            if run.points.len() > 1 {
                svg.stroke(&path(&run.points), stroke);
            }
            along(ink, &run.points);
        }
        let count: usize = runs.iter().map(|run| run.points.len()).sum();
        let every = self.frame.width() / MARKS;
        let mut next = self.frame.left + every * (0.3 + 0.37 * (at % 3) as f64);
        for (x, y) in runs.iter().flat_map(|run| &run.points) {
            if count <= MARKED || *x >= next {
                pen.mark(svg, *x, *y);
                next = next.max(*x - every) + every;
            }
        }
        let alone = runs
            .iter()
            .filter(|run| run.points.len() == 1 && count > MARKED);
        for (x, y) in alone.flat_map(|run| &run.points) {
            pen.mark(svg, *x, *y);
        }
    }

    fn steps(&self, svg: &mut Svg, ink: &mut Vec<(f64, f64)>, series: &Series, pen: Pen) {
        let shift = match &self.plot.x {
            X::Categories { .. } => -0.5,
            X::Time { .. } | X::Number { .. } => 0.0,
        };
        let runs = self.runs(series, shift);
        let stroke = self.pen(&runs, pen);
        for run in runs {
            let mut stairs: Vec<(f64, f64)> = Vec::new();
            for (x, y) in run.points {
                if let Some((_, before)) = stairs.last().copied() {
                    stairs.push((x, before));
                }
                stairs.push((x, y));
            }
            if let Some((_, last)) = stairs.last().copied() {
                stairs.push((run.end, last));
            }
            svg.stroke(&path(&stairs), stroke);
            along(ink, &stairs);
        }
    }

    /// Bars that share their place with those of other series: this is which of how many.
    fn bars(
        &self,
        svg: &mut Svg,
        ink: &mut Vec<(f64, f64)>,
        series: &Series,
        pen: Pen,
        which: (usize, usize),
    ) {
        let before = match &self.plot.x {
            X::Time { .. } => 0.0,
            X::Categories { .. } | X::Number { .. } => self.gap / 2.0,
        };
        for (x, y) in series.sorted() {
            if !self.x.holds(x) || !y.is_finite() {
                continue;
            }
            let (from, foot) = self.at(x - before, 0.0);
            let (to, head) = self.at(x - before + self.gap, y);
            let (pad, share) = ((to - from) * 0.1, (to - from) * 0.8 / which.1.max(1) as f64);
            let left = from + pad + share * which.0 as f64;
            let (top, bottom) = (foot.min(head), foot.max(head));
            svg.bar(left, top, share.max(THIN), bottom - top, pen);
            let middle = left + share / 2.0;
            along(ink, &[(middle, top), (middle, bottom)]);
        }
    }

    fn band(&self, svg: &mut Svg, series: &Series, pen: Pen) {
        let of = |figure: fn(&(f64, f64, f64)) -> f64| Series {
            name: String::new(),
            points: (series.band().iter())
                .map(|b| {
                    (
                        b.0,
                        if (b.1 + b.2).is_finite() {
                            figure(b)
                        } else {
                            f64::NAN
                        },
                    )
                })
                .collect(),
            shape: super::plot::Shape::Line,
        };
        let (low, high) = (self.runs(&of(|b| b.1), 0.0), self.runs(&of(|b| b.2), 0.0));
        for (low, high) in low.into_iter().zip(high) {
            let mut round = low.points;
            round.extend(high.points.into_iter().rev());
            svg.tint(&format!("{}z", path(&round)), pen);
        }
    }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    for (n, (x, y)) in points.iter().enumerate() {
        out.push(if n == 0 { 'M' } else { 'L' });
        out.push_str(&format!("{} {}", px(*x), px(*y)));
    }
    out
}

/// Notes where a stroke has ink, every few pixels.
fn along(ink: &mut Vec<(f64, f64)>, points: &[(f64, f64)]) {
    ink.extend(points.first());
    for pair in points.windows(2) {
        if let [from, to] = pair {
            let length = (to.0 - from.0).abs().max((to.1 - from.1).abs());
            let parts = (length / 5.0).ceil().clamp(1.0, 500.0);
            ink.extend((1..=parts as usize).map(|n| {
                let share = n as f64 / parts;
                (
                    from.0 + (to.0 - from.0) * share,
                    from.1 + (to.1 - from.1) * share,
                )
            }));
        }
    }
}
