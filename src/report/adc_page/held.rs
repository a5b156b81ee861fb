use crate::report::page::{Plot, Series, Shape, X};
use crate::report::words::tenths;
use crate::report::{Item, Items, Target};

/// The calls of one place of a plot.
#[derive(Clone, Debug)]
pub struct Held {
    /// Where.
    pub x: f64,
    /// Their figures.
    pub items: Items,
    /// How they stand to what the service is held to.
    pub targets: [Target; 3],
}

impl Held {
    /// A plot for each target: abandoned calls, the mean time to answer, its 95th centile. `by` is as in "by region".
    pub fn plots(places: &[Held], by: &str, x: &X) -> Vec<Plot> {
        let limits = places.first().map(|place| place.targets.clone());
        let plots = limits.into_iter().flatten().zip(0..);
        let plots = plots.map(|(target, n): (Target, usize)| {
            let (title, short) = match n {
                0 => ("Abandoned calls", "Abandoned"),
                1 => ("Mean time to answer", "Mean"),
                _ => ("95th centile of time to answer", "95th centile"),
            };
            let of = |place: &Held| place.targets.get(n)?.figure;
            let points = places.iter().map(|place| {
                (
                    place.x,
                    or_gap(of(place).map(|figure| told(figure, target.limit))),
                )
            });
            Plot {
                title: format!("{title} {by}"),
                x: x.clone(),
                y_label: title.to_owned(),
                unit: target.unit.to_owned(),
                series: vec![Series {
                    name: short.to_owned(),
                    points: points.collect(),
                    shape: Shape::Bars,
                }],
                targets: vec![(target.limit, format!("Target: {}", target.held_to()))],
            }
        });
        plots.collect()
    }
}

/// Calls that came, were answered and were abandoned.
pub fn calls_plot(places: &[Held], by: &str, x: &X, shape: &Shape) -> Plot {
    let series = [
        ("Received", Item::A01),
        ("Answered", Item::A03),
        ("Abandoned", Item::B02),
    ];
    let series = series.map(|(name, item)| Series {
        name: name.to_owned(),
        points: places
            .iter()
            .map(|place| (place.x, or_gap(place.items.value(item))))
            .collect(),
        shape: shape.clone(),
    });
    Plot {
        title: format!("Calls {by}"),
        x: x.clone(),
        y_label: "Calls".to_owned(),
        unit: String::new(),
        series: series.into(),
        targets: Vec::new(),
    }
}

/// A figure to one decimal, unless that would bring it to the other side of its target.
fn told(figure: f64, limit: f64) -> f64 {
    let rounded = tenths(figure);
    let sides = |value: f64| value.total_cmp(&limit);
    match sides(rounded) == sides(figure) {
        true => rounded,
        false => figure,
    }
}

/// What a plot shows as a gap, where there is no figure.
pub(super) fn or_gap(figure: Option<f64>) -> f64 {
    figure.unwrap_or(f64::NAN)
}
