use serde::Serialize;

use super::outcome::Outcome;
use crate::report::{Item, Items, Measured, Rules};

/// The 97.5th centile of Student's t distribution by degrees of freedom, from 1; beyond the last one, that of the normal
/// distribution is near enough.
const STUDENT: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];
const NORMAL: f64 = 1.960;

/// What is compared of two days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Calls abandoned, in hundredths of those received.
    Abandoned,
    /// Mean time to answer, in seconds.
    Mean,
    /// 95th centile of it, in seconds.
    Centile,
    /// Answered within 60 seconds, in hundredths of those answered.
    Within60,
}

impl Measure {
    /// All of them.
    pub const ALL: [Measure; 4] = [
        Measure::Abandoned,
        Measure::Mean,
        Measure::Centile,
        Measure::Within60,
    ];

    /// What it is, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Measure::Abandoned => "abandoned, %",
            Measure::Mean => "mean time to answer, s",
            Measure::Centile => "95th centile of it, s",
            Measure::Within60 => "answered within 60 s, %",
        }
    }

    fn of(self, items: &Items) -> Option<f64> {
        let part = |part, of| {
            let of = items.value(of).filter(|of| *of > 0.0)?;
            Some(100.0 * items.value(part)? / of)
        };
        match self {
            Measure::Abandoned => part(Item::B02, Item::A01),
            Measure::Mean => items.mean_to_answer(),
            Measure::Centile => items.value(Item::B07),
            Measure::Within60 => part(Item::B01, Item::A03),
        }
    }
}

/// How a measure differs between two sets of tables, over some days with the same callers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The region; none for all of them.
    pub region: Option<String>,
    /// Which measure.
    pub measure: Measure,
    /// Its mean over the days with the one set.
    pub one: f64,
    /// With the other.
    pub other: f64,
    /// The mean of the differences, the other less the one.
    pub difference: f64,
    /// Half of the width of its 95 % confidence interval; none of a single day.
    pub half_width: Option<f64>,
}

impl Difference {
    /// Whether it cannot well be chance: the interval does not reach 0.
    pub fn is_clear(&self) -> bool {
        let width = self.half_width;
        width.is_some_and(|width| self.difference.abs() > width)
    }

    fn of(region: Option<String>, measure: Measure, pairs: &[(f64, f64)]) -> Option<Self> {
        let days = pairs.len() as f64;
        if pairs.is_empty() {
            return None;
        }
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / days;
        let difference = mean(&|(one, other)| other - one);
        let squares = pairs
            .iter()
            .map(|(one, other)| (other - one - difference).powi(2));
        let half_width = (pairs.len() > 1).then(|| {
            let deviation = (squares.sum::<f64>() / (days - 1.0)).sqrt();
            let student = STUDENT.get(pairs.len() - 2).copied().unwrap_or(NORMAL);
            student * deviation / days.sqrt()
        });
        Some(Difference {
            region,
            measure,
            one: mean(&|(one, _)| *one),
            other: mean(&|(_, other)| *other),
            difference,
            half_width,
        })
    }
}

/// Two sets of tables, each over the same days.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    days: Vec<(Measured, Measured)>,
    callers: u64,
    elsewhere: u64,
}

impl Comparison {
    /// Adds a day as it was with each.
    pub fn add(&mut self, one: &Outcome, other: &Outcome, rules: &Rules) {
        self.days
            .push((one.measured(rules.clone()), other.measured(rules.clone())));
        let others = other.firsts();
        for (who, course) in one.firsts() {
            let Some(other) = others.get(&who) else {
                continue;
            };
            self.callers += 1;
            // Whose turn it is among a region's providers is chance, and changes with every call that moves.
            let is_alike = course.region == other.region && course.destination == other.destination;
            self.elsewhere += u64::from(!is_alike);
        }
    }

    /// First calls of everybody on all days, and those of them that went to another region or destination.
    pub fn elsewhere(&self) -> (u64, u64) {
        (self.callers, self.elsewhere)
    }

    /// Every difference: of all calls, and of those of each region that both sets have.
    pub fn differences(&self) -> Vec<Difference> {
        let regions = self.days.iter().flat_map(|(one, _)| regions(one));
        let names: std::collections::BTreeSet<&str> = regions.map(|(name, _)| name).collect();
        let whole = std::iter::once(None);
        let all = whole.chain(names.into_iter().map(Some));
        let each = all.flat_map(|region| Measure::ALL.map(|measure| (region, measure)));
        let differences = each.filter_map(|(region, measure)| {
            let of = |measured: &Measured| measure.of(items(measured, region)?);
            let pairs = self.days.iter();
            let pairs = pairs.filter_map(|(one, other)| Some((of(one)?, of(other)?)));
            let pairs: Vec<(f64, f64)> = pairs.collect();
            Difference::of(region.map(str::to_owned), measure, &pairs)
        });
        differences.collect()
    }
}

fn regions(measured: &Measured) -> impl Iterator<Item = (&str, &Items)> {
    let tables = measured.breakdowns.iter();
    let tables = tables.filter(|table| table.by == ["region"]);
    let groups = tables.flat_map(|table| &table.groups);
    groups.filter_map(|group| Some((group.names.first()?.as_str(), &group.items)))
}

fn items<'a>(measured: &'a Measured, region: Option<&str>) -> Option<&'a Items> {
    match region {
        None => Some(&measured.items),
        Some(name) => {
            let mut regions = regions(measured);
            regions
                .find(|(known, _)| *known == name)
                .map(|(_, items)| items)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_the_interval_that_student_gives_it() {
        let pairs = [(10.0, 11.0), (20.0, 22.0), (30.0, 33.0)];
        let found = Difference::of(None, Measure::Mean, &pairs).unwrap();
        assert_eq!(
            (found.one, found.other, found.difference),
            (20.0, 22.0, 2.0)
        );
        // The deviation of 1, 2, 3 is 1; by the root of 3, and 4.303 of those.
        let width = found.half_width.unwrap();
        assert!((width - 4.303 / 3.0_f64.sqrt()).abs() < 1e-9, "{width}");
        assert!(!found.is_clear());
        let clear = [(10.0, 12.0), (20.0, 22.1), (30.0, 31.9)];
        assert!(
            Difference::of(None, Measure::Mean, &clear)
                .unwrap()
                .is_clear()
        );
    }

    #[test]
    fn a_single_day_tells_nothing_of_chance() {
        let found = Difference::of(None, Measure::Mean, &[(1.0, 5.0)]).unwrap();
        assert_eq!(found.half_width, None);
        assert!(!found.is_clear());
        assert_eq!(Difference::of(None, Measure::Mean, &[]), None);
    }
}
