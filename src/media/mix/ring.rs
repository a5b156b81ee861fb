//! Sound by its place in the stream: a ring of samples, and which of them have come.

/// Samples of the ring: 512 ms, 16 KiB.
const SAMPLES: usize = 8192;
/// Samples that are there or not together: a unit of the 8,000 Hz clock.
const UNIT: usize = 2;
const UNITS: usize = SAMPLES / UNIT;
const WORD: usize = u64::BITS as usize;

/// A stretch of sound around the place that is played. Places are samples, and even; whoever uses
/// it keeps those in use within the ring's length of each other.
#[derive(Debug)]
pub(super) struct Ring {
    samples: Box<[i16]>,
    /// A bit for each unit.
    present: [u64; UNITS / WORD],
}

impl Ring {
    /// An empty ring; allocates once.
    pub(super) fn new() -> Ring {
        Ring {
            samples: vec![0; SAMPLES].into_boxed_slice(),
            present: [0; UNITS / WORD],
        }
    }

    /// Puts sound at a place; more than the ring holds is cut.
    pub(super) fn write(&mut self, at: i64, samples: &[i16]) {
        let samples = &samples[..samples.len().min(SAMPLES)];
        let from = index(at);
        let (head, tail) = samples.split_at(samples.len().min(SAMPLES - from));
        self.samples[from..from + head.len()].copy_from_slice(head);
        self.samples[..tail.len()].copy_from_slice(tail);
        self.mark(at, samples.len(), true);
    }

    /// Takes out what lies between two places.
    pub(super) fn forget(&mut self, from: i64, to: i64) {
        let length = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
        self.mark(from, length.min(SAMPLES), false);
    }

    /// How many samples in a row from a place on have come, or have not, up to a limit.
    pub(super) fn run(&self, at: i64, limit: usize, present: bool) -> usize {
        let limit = limit.min(SAMPLES) / UNIT;
        let mut unit = index(at) / UNIT;
        let mut found = 0;
        while found < limit {
            let word = self.present[unit / WORD];
            let word = if present { word } else { !word };
            let bit = unit % WORD;
            let here = (word >> bit).trailing_ones() as usize;
            found += here;
            if here < WORD - bit {
                break;
            }
            unit = (unit + here) % UNITS;
        }
        found.min(limit) * UNIT
    }

    /// Copies what lies from a place on, come or not.
    pub(super) fn read(&self, at: i64, out: &mut [i16]) {
        let length = out.len().min(SAMPLES);
        let from = index(at);
        let (head, tail) = out[..length].split_at_mut(length.min(SAMPLES - from));
        head.copy_from_slice(&self.samples[from..from + head.len()]);
        tail.copy_from_slice(&self.samples[..tail.len()]);
    }

    fn mark(&mut self, at: i64, length: usize, present: bool) {
        let mut unit = index(at) / UNIT;
        let mut left = length / UNIT;
        while left > 0 {
            let bit = unit % WORD;
            let count = left.min(WORD - bit);
            let mask = (u64::MAX >> (WORD - count)) << bit;
            let word = &mut self.present[unit / WORD];
            *word = if present { *word | mask } else { *word & !mask };
            left -= count;
            unit = (unit + count) % UNITS;
        }
    }
}

fn index(at: i64) -> usize {
    at.rem_euclid(SAMPLES as i64) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_over_the_ends_is_read_again() {
        let mut ring = Ring::new();
        let sound: Vec<i16> = (0..960).collect();
        for at in [-100, SAMPLES as i64 - 500, 1 << 40] {
            ring.write(at, &sound);
            let mut out = [0; 960];
            ring.read(at, &mut out);
            assert_eq!(out[..], sound);
            assert_eq!(ring.run(at, 2000, true), 960);
            assert_eq!(ring.run(at + 960, 2000, false), 2000);
            ring.forget(at + 10, at + 960);
            assert_eq!(ring.run(at, 2000, true), 10);
            ring.forget(at, at + 10);
        }
    }

    proptest! {
        #[test]
        fn presence_is_as_a_map_has_it(
            first in -10_000i64..10_000,
            steps in proptest::collection::vec((0i64..3000, 0usize..480, any::<bool>()), 1..40),
        ) {
            let first = first * 2;
            let mut ring = Ring::new();
            let mut map = HashMap::new();
            for (unit, units, write) in steps {
                let at = first + unit * 2;
                if write {
                    ring.write(at, &vec![1; units * 2]);
                } else {
                    ring.forget(at, at + units as i64 * 2);
                }
                for n in 0..units as i64 {
                    map.insert(at + n * 2, write);
                }
            }
            for unit in 0..3480 {
                let at = first + unit * 2;
                let there = map.get(&at).copied().unwrap_or(false);
                prop_assert_eq!(ring.run(at, 2, true), if there { 2 } else { 0 });
                let row = (0..100)
                    .take_while(|n| map.get(&(at + n * 2)).copied().unwrap_or(false) == there)
                    .count();
                prop_assert_eq!(ring.run(at, 200, there), row * 2);
            }
        }
    }
}
