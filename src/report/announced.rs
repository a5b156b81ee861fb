use std::time::Duration;

use serde::Serialize;

use crate::store::Course;

/// Waits as callers were told them first, against waits as they were. Times are in seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Announced {
    /// Callers who were told a wait and were answered.
    pub calls: usize,
    /// Those of them who were told "more than an hour", which is off by nothing that can be said.
    pub told_over_an_hour: usize,
    /// The median of the waits as they were, from the announcement on.
    pub median_wait: Option<f64>,
    /// The median of the differences between what was said and what was, whichever was longer.
    pub median_error_as_told: Option<f64>,
    /// The same of what the queue had reckoned, before it was rounded up to what can be said.
    pub median_error_as_reckoned: Option<f64>,
    /// The median of how far the reckoning was off, in hundredths of each caller's own wait; of those who waited for
    /// at least a minute.
    pub median_error_percent: Option<f64>,
    /// How many waited no longer than they were told.
    pub not_longer_than_told: usize,
}

/// Collects what callers were told.
#[derive(Clone, Debug, Default)]
pub(super) struct Collected {
    over_an_hour: usize,
    not_longer: usize,
    waits: Vec<f64>,
    as_told: Vec<f64>,
    as_reckoned: Vec<f64>,
    percent: Vec<f64>,
}

/// Whoever is answered sooner has not waited, whatever was reckoned: a phone has to ring.
const A_WAIT: Duration = Duration::from_secs(60);

impl Collected {
    pub(super) fn add(&mut self, course: &Course) {
        let (Some(told), Some(handled)) = (course.told, course.handled_at) else {
            return;
        };
        let wait = Duration::try_from(handled.duration_since(told.at)).unwrap_or_default();
        let off = |said: Duration| (said.as_secs_f64() - wait.as_secs_f64()).abs();
        self.not_longer += usize::from(wait <= told.wait);
        self.waits.push(wait.as_secs_f64());
        match told.wait {
            Duration::MAX => self.over_an_hour += 1,
            said => self.as_told.push(off(said)),
        }
        self.as_reckoned.extend(told.estimate.map(off));
        if wait >= A_WAIT {
            let percent = told
                .estimate
                .map(off)
                .map(|off| 100.0 * off / wait.as_secs_f64());
            self.percent.extend(percent);
        }
    }

    pub(super) fn figures(mut self) -> Announced {
        Announced {
            calls: self.waits.len(),
            told_over_an_hour: self.over_an_hour,
            median_wait: median(&mut self.waits),
            median_error_as_told: median(&mut self.as_told),
            median_error_as_reckoned: median(&mut self.as_reckoned),
            median_error_percent: median(&mut self.percent),
            not_longer_than_told: self.not_longer,
        }
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}
