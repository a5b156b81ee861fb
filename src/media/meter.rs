//! How evenly packets come in, and how long those took that tell when they left.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Below this, in microseconds, every value has a bucket of its own.
const EXACT: u64 = 64;
/// Buckets of each power of two above: 3 % apart.
const STEPS: usize = 32;
/// Powers of two from [`EXACT`]: up to 67 s.
const POWERS: usize = 20;

/// Counts of spans of time, to 3 %; written by any number of threads without a lock.
#[derive(Debug)]
pub struct Histogram {
    counts: Box<[AtomicU64]>,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram {
            counts: std::iter::repeat_with(AtomicU64::default)
                .take(EXACT as usize + POWERS * STEPS)
                .collect(),
        }
    }
}

impl Histogram {
    /// Counts a span; those beyond a minute all as the longest.
    pub fn record(&self, span: Duration) {
        let us = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let place = place(us).min(self.counts.len() - 1);
        self.counts[place].fetch_add(1, Relaxed);
    }

    /// How many have been counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// The span that a share of all (0 to 1) does not exceed; `None` where nothing was counted.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = (share * self.count() as f64).ceil().max(1.0) as u64;
        let mut so_far = 0;
        let place = self.counts.iter().position(|count| {
            so_far += count.load(Relaxed);
            so_far >= wanted
        })?;
        Some(Duration::from_micros(upper(place)))
    }
}

/// The bucket of a value in microseconds.
fn place(us: u64) -> usize {
    if us < EXACT {
        return us as usize;
    }
    let power = us.ilog2() - EXACT.ilog2();
    let step = (us >> (power + 1)) as usize - STEPS;
    EXACT as usize + power as usize * STEPS + step
}

/// The largest value of a bucket.
fn upper(place: usize) -> u64 {
    let Some(above) = place.checked_sub(EXACT as usize) else {
        return place as u64;
    };
    let (power, step) = (above / STEPS, above % STEPS);
    (((STEPS + step) as u64 + 1) << (power + 1)) - 1
}

/// What legs measure together; see [`Leg::measure`](super::Leg::measure).
#[derive(Debug, Default)]
pub struct Meter {
    /// How far the time between two packets in a row was from the time between their timestamps.
    pub spacing: Histogram,
    /// How long stamped packets were on their way; see [`Leg::stamps`](super::Leg::stamps).
    pub delay: Histogram,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_of_a_thousand_spans() {
        let histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), None);
        for us in 1..=1000 {
            histogram.record(Duration::from_micros(us));
        }
        let near = |share, expected: u64| {
            let us = histogram.quantile(share).unwrap().as_micros() as u64;
            assert!((expected..=expected + expected / 25).contains(&us), "{us}");
        };
        near(0.5, 500);
        near(0.99, 990);
        near(1.0, 1000);
        assert_eq!(histogram.count(), 1000);
    }

    proptest! {
        #[test]
        fn every_value_has_its_bucket_and_buckets_are_narrow(us in 0u64..60_000_000) {
            let top = upper(place(us));
            prop_assert!(us <= top && top <= us + us / STEPS as u64);
            prop_assert_eq!(place(top), place(us));
            prop_assert_eq!(place(top + 1), place(us) + 1);
        }
    }
}
