//! What the tests of this room share.

use std::f64::consts::TAU;

/// Seeded pseudo-randomness: a multiplicative generator whose high bits are used.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(2).wrapping_add(0x1234_5671))
    }

    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.0 >> 33
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(super) fn sample(&mut self) -> i16 {
        self.next() as u16 as i16
    }
}

/// Sample `n` of a sine.
pub(super) fn sine(hertz: f64, amplitude: f64, n: usize) -> i16 {
    (amplitude * (TAU * hertz * n as f64 / 16_000.0).sin()).round() as i16
}

/// The largest step from one sample to the next.
pub(super) fn largest_step(samples: &[i16]) -> i32 {
    let steps = samples
        .windows(2)
        .map(|w| i32::from(w[1]) - i32::from(w[0]));
    steps.map(i32::abs).max().unwrap_or(0)
}

/// The amplitude of one frequency, by Goertzel's recurrence.
pub(super) fn amplitude(hertz: f64, samples: &[i16]) -> f64 {
    let turn = TAU * hertz / 16_000.0;
    let (mut one, mut two) = (0.0, 0.0);
    for &sample in samples {
        (one, two) = (f64::from(sample) + 2.0 * turn.cos() * one - two, one);
    }
    let power = one * one + two * two - 2.0 * turn.cos() * one * two;
    2.0 * power.max(0.0).sqrt() / samples.len() as f64
}
