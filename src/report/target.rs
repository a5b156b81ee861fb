use serde::Serialize;

use crate::settings::{AbandonedOf, Targets};

use super::items::{Item, Items};

/// What the service is held to, and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Target {
    /// What is measured.
    pub name: &'static str,
    /// Its unit: `%` or `s`.
    pub unit: &'static str,
    /// How it stands; none where nobody has called whom it concerns.
    pub figure: Option<f64>,
    /// What it is held to.
    pub limit: f64,
    /// Whether that is met.
    pub met: Option<bool>,
}

impl Target {
    /// Every target, for these figures.
    pub fn all(items: &Items, targets: &Targets, of: AbandonedOf) -> [Target; 3] {
        let of = match of {
            AbandonedOf::Received => items.value(Item::A01),
            AbandonedOf::Offered => items
                .value(Item::A03)
                .zip(items.value(Item::B02))
                .map(|(answered, abandoned)| answered + abandoned),
        };
        let of = of.filter(|calls| *calls > 0.0);
        let abandoned = items.value(Item::B02).zip(of);
        let abandoned = abandoned.map(|(abandoned, of)| 100.0 * abandoned / of);
        let target = |name, unit, figure: Option<f64>, limit, is_met: fn(&f64, &f64) -> bool| {
            let met = figure.map(|figure| is_met(&figure, &limit));
            Target {
                name,
                unit,
                figure,
                limit,
                met,
            }
        };
        let (mean, centile) = (targets.mean.get(), targets.centile.get());
        [
            target(
                "abandoned",
                "%",
                abandoned,
                *targets.abandoned.get_ref(),
                f64::lt,
            ),
            target(
                "mean time to answer",
                "s",
                items.mean_to_answer(),
                mean.as_secs_f64(),
                f64::le,
            ),
            target(
                "95th centile of time to answer",
                "s",
                items.value(Item::B07),
                centile.as_secs_f64(),
                f64::le,
            ),
        ]
    }

    /// What it is held to, in words: `below 3 %`, `at most 20 s`.
    pub fn held_to(&self) -> String {
        let how = match self.unit {
            "%" => "below",
            _ => "at most",
        };
        format!("{how} {}\u{a0}{}", self.limit, self.unit)
    }

    /// How it stands and whether that is met, in words.
    pub fn words(&self) -> (String, &'static str) {
        let figure = self
            .figure
            .map(|figure| format!("{figure:.1} {}", self.unit));
        let met = match self.met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "-",
        };
        (figure.unwrap_or_else(|| "-".to_owned()), met)
    }
}
