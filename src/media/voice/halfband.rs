//! Twice as many samples a second, or half as many, by a half-band filter: what lies below 3.4 kHz
//! passes within 0.1 dB, what would fold on to it is 50 dB down.

use std::{f32::consts::PI, sync::LazyLock};

/// Samples before and behind that have a say in one that lies between two others.
const REACH: usize = 16;
const TAPS: usize = 2 * REACH;
/// The Kaiser window's shape: side lobes 60 dB down.
const BETA: f32 = 5.65;

/// What each of the samples around says of the middle between the two innermost.
static BETWEEN: LazyLock<[f32; TAPS]> = LazyLock::new(|| {
    let mut taps: [f32; TAPS] = std::array::from_fn(|n| {
        let x = n as f32 - REACH as f32 + 0.5;
        (PI * x).sin() / (PI * x) * kaiser(x / REACH as f32)
    });
    // So that what does not change at all comes out as it went in.
    let sum: f32 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
});

fn kaiser(x: f32) -> f32 {
    bessel(BETA * (1.0 - x * x).max(0.0).sqrt()) / bessel(BETA)
}

/// The modified Bessel function of order zero, by its series.
fn bessel(x: f32) -> f32 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..20 {
        term *= (x / 2.0 / n as f32).powi(2);
        sum += term;
    }
    sum
}

/// The last samples, kept twice so that they always lie in a row.
#[derive(Debug)]
struct Line {
    samples: [f32; 2 * TAPS],
    place: usize,
}

impl Default for Line {
    fn default() -> Line {
        Line {
            samples: [0.0; 2 * TAPS],
            place: 0,
        }
    }
}

impl Line {
    fn push(&mut self, sample: i16) {
        self.samples[self.place] = f32::from(sample);
        self.samples[self.place + TAPS] = f32::from(sample);
        self.place = (self.place + 1) % TAPS;
    }

    /// The last samples, oldest first.
    fn last(&self) -> &[f32] {
        &self.samples[self.place..self.place + TAPS]
    }

    fn between(&self) -> f32 {
        let taps = &*BETWEEN;
        self.last().iter().zip(taps).map(|(s, t)| s * t).sum()
    }
}

fn rounded(sample: f32) -> i16 {
    // Beyond the range it stops at the end of it.
    sample.round() as i16
}

/// From 8,000 samples a second to 16,000, 2 ms later.
#[derive(Debug, Default)]
pub(super) struct Doubler {
    line: Line,
}

impl Doubler {
    pub(super) fn next(&mut self, sample: i16) -> [i16; 2] {
        self.line.push(sample);
        let here = self.line.last()[REACH - 1];
        [rounded(here), rounded(self.line.between())]
    }
}

/// From 16,000 samples a second to 8,000, 2 ms later.
#[derive(Debug, Default)]
pub(super) struct Halver {
    /// The second of each pair, around which the first of another lies in the middle.
    seconds: Line,
    firsts: Line,
}

impl Halver {
    pub(super) fn next(&mut self, [first, second]: [i16; 2]) -> i16 {
        self.firsts.push(first);
        let between = self.seconds.between();
        self.seconds.push(second);
        let here = self.firsts.last()[REACH - 1];
        rounded((here + between) / 2.0)
    }
}
