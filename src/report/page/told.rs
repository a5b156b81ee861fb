use super::notation::{Notation, number};
use super::places::Places;
use super::plot::{Drawn, Plot, Series, X};
use super::targets;
use super::text::or;

/// No more series than these are told one by one.
const SERIES: usize = 12;
/// No more times or names than these are told for one target.
const NAMED: usize = 4;

/// What the plot shows, in words and by its figures, for whoever does not see it.
pub(super) fn told(plot: &Plot) -> String {
    let mut out = opening(plot);
    if plot.series.is_empty() {
        out.push_str(" There are no figures.");
    }
    for series in plot.series.iter().take(SERIES) {
        out.push(' ');
        out.push_str(&one(plot, series));
    }
    match plot.series.len().saturating_sub(SERIES) {
        0 => {}
        more => out.push_str(&format!(" {more} more are in the table.")),
    }
    out
}

fn opening(plot: &Plot) -> String {
    let kind = match plot.series.first().map(|first| plot.drawn(first)) {
        Some(Drawn::Bars) => "Bars",
        Some(Drawn::Steps) => "A stepped line",
        Some(Drawn::Line) => "A line",
        Some(Drawn::Band) => "A line with a band round it",
        None => "A plot",
    };
    let is_one_kind = plot.series.windows(2).all(|w| {
        w.iter().all(|s| {
            plot.series
                .first()
                .is_some_and(|f| plot.drawn(f) == plot.drawn(s))
        })
    });
    let kind = match (is_one_kind, plot.series.len(), kind) {
        (false, ..) => "Several kinds of strokes",
        (true, 2.., "A stepped line") => "Stepped lines",
        (true, 2.., "A line") => "Lines",
        (true, 2.., "A line with a band round it") => "Lines with bands round them",
        _ => kind,
    };
    let (from, to) = plot.span();
    let by = match &plot.x {
        X::Time { .. } => Places::of(plot).between(from, to),
        X::Number { label, .. } => {
            let write = |v: f64| Notation::of(&[from, to]).write(v);
            format!(
                "by {}, from {} to {}",
                or(label, "number"),
                write(from),
                write(to)
            )
        }
        X::Categories { label, names } => {
            format!("by {}, {} in all", or(label, "name"), names.len())
        }
    };
    format!("{kind}: {}, {by}.", or(&plot.measure(), plot.heading()))
}

/// A series: how many points, the least, the most, and how it stands to each target.
fn one(plot: &Plot, series: &Series) -> String {
    let (name, notation, places) = (series.title(), plot.notation(), Places::of(plot));
    let points = series.sorted();
    let finite: Vec<(f64, f64)> = points.iter().copied().filter(|p| p.1.is_finite()).collect();
    let least = finite
        .iter()
        .copied()
        .reduce(|a, b| if b.1 < a.1 { b } else { a });
    let most = finite
        .iter()
        .copied()
        .reduce(|a, b| if b.1 > a.1 { b } else { a });
    let (Some(least), Some(most)) = (least, most) else {
        return format!("{name}: no figures.");
    };
    let figure = |value: f64| plot.figure(notation, value);
    let mut out = match (least.1 == most.1, finite.len()) {
        (_, 1) => format!(
            "{name}: one figure, {} {}",
            figure(most.1),
            places.at(most.0)
        ),
        (true, count) => format!("{name}: {} in all {} figures", figure(most.1), whole(count)),
        (false, count) => format!(
            "{name}: {} figures, lowest {} {}, highest {} {}",
            whole(count),
            figure(least.1),
            places.at(least.0),
            figure(most.1),
            places.at(most.0)
        ),
    };
    match points.len() - finite.len() {
        0 => {}
        1 => out.push_str("; one is missing"),
        missing => out.push_str(&format!("; {} are missing", whole(missing))),
    }
    out.push_str(&band(plot, series, notation));
    for (_, value, target) in plot.sound_targets() {
        out.push_str(&against(
            plot,
            &points,
            value,
            &targets::label(plot, value, target),
        ));
    }
    out.push('.');
    out
}

fn whole(count: usize) -> String {
    number(count as f64, 0)
}

fn band(plot: &Plot, series: &Series, notation: Notation) -> String {
    let band = series.band();
    let finite = || band.iter().filter(|b| (b.1 + b.2).is_finite());
    let low = finite().map(|b| b.1).reduce(f64::min);
    let high = finite().map(|b| b.2).reduce(f64::max);
    match (low, high) {
        (Some(low), Some(high)) => format!(
            "; the band lies between {} and {}",
            plot.figure(notation, low),
            plot.figure(notation, high)
        ),
        _ => String::new(),
    }
}

/// Where a series is above a target.
fn against(plot: &Plot, points: &[(f64, f64)], target: f64, name: &str) -> String {
    let places = Places::of(plot);
    let finite = points.iter().filter(|p| p.1.is_finite()).count();
    let above = points
        .iter()
        .filter(|p| p.1.is_finite() && p.1 > target)
        .count();
    if above == 0 {
        return format!("; never above “{name}”");
    }
    if above == finite {
        return format!("; always above “{name}”");
    }
    let mut places = match plot.x {
        X::Categories { .. } => (points.iter())
            .filter(|p| p.1.is_finite() && p.1 > target)
            .map(|p| places.at(p.0))
            .collect(),
        X::Time { .. } | X::Number { .. } => runs(places, points, target),
    };
    let more = places.len().saturating_sub(NAMED);
    places.truncate(NAMED);
    let mut out = format!(
        "; above “{name}” in {above} of {finite}: {}",
        places.join(", ")
    );
    if more > 0 {
        out.push_str(&format!(" and {more} more"));
    }
    out
}

/// From when to when a series is above a target.
fn runs(places: Places, points: &[(f64, f64)], target: f64) -> Vec<String> {
    (points.chunk_by(|a, b| (a.1 > target) == (b.1 > target)))
        .filter_map(|run| Some((run.first()?, run.last()?)))
        .filter(|(first, _)| first.1 > target)
        .map(|(first, last)| places.between(first.0, last.0))
        .collect()
}
