//! How much of a frequency is in a window, and whether it is worth measuring.

use std::{
    f32::consts::{PI, TAU},
    sync::LazyLock,
};

use super::{FLOOR, HOP, RATE, TOLERANCE, WINDOW};
use crate::media::dtmf::key::{HIGH, LOW};

const HALF: usize = WINDOW / 2;
/// Sum of the Hann window, and of its squares.
const SUM: f32 = WINDOW as f32 / 2.0;
const SUM_OF_SQUARES: f32 = WINDOW as f32 * 3.0 / 8.0;
/// Frequencies at which a third line is looked for: every 50 Hz from 100 to 3,600.
const LINES: usize = 71;
/// Hertz to either side of a tone within which another cannot be told from it.
const LOBE: f32 = 120.0;
/// A quarter of the energy that a window of the faintest key has.
const FAINTEST: f32 = FLOOR * FLOOR * WINDOW as f32 / 4.0;
/// The cosines, in the mean over the power, of the frequencies in a window with a key: 0.29 to 0.84
/// for two tones within the twist, and a tenth of anything else.
const COSINES: std::ops::Range<f32> = 0.12..0.88;

/// Sums over samples of the last windows, by which most speech and silence are passed over.
#[derive(Default)]
pub(super) struct Glance {
    /// Energy, and product with the sample before, of each hop of the window, oldest first.
    hops: [(f32, f32); WINDOW / HOP],
}

impl Glance {
    /// Takes the newest hop of the samples.
    pub(super) fn on_hop(&mut self, samples: &[f32; HOP + WINDOW]) {
        let pairs = samples[WINDOW..].iter().zip(&samples[WINDOW - 1..]);
        let sums = pairs.fold((0.0, 0.0), |(energy, product), (now, before)| {
            (energy + now * now, product + now * before)
        });
        self.hops.rotate_left(1);
        self.hops[WINDOW / HOP - 1] = sums;
    }

    /// Whether the window has the energy of a key, and about where a key has it.
    pub(super) fn may_be_key(&self) -> bool {
        let sums = |(e, p), (energy, product)| (e + energy, p + product);
        let (energy, product) = self.hops.iter().copied().fold((0.0, 0.0), sums);
        energy >= FAINTEST && COSINES.contains(&(product / energy))
    }
}

/// A window folded about its middle: what is alike in both halves, and what is opposed. A cosine
/// sees only the one, a sine only the other.
pub(super) struct Folded {
    alike: [f32; HALF],
    opposed: [f32; HALF],
    /// Of the window after weighting.
    pub(super) energy: f32,
}

impl Folded {
    /// The window of the samples that begins at `start`, weighted.
    pub(super) fn new(tables: &Tables, samples: &[f32; HOP + WINDOW], start: usize) -> Folded {
        let mut folded = Folded {
            alike: [0.0; HALF],
            opposed: [0.0; HALF],
            energy: 0.0,
        };
        let (early, late) = samples[start..start + WINDOW].split_at(HALF);
        let halves = early.iter().rev().zip(late).zip(&tables.weights);
        let parts = folded.alike.iter_mut().zip(&mut folded.opposed);
        for (((early, late), weight), (alike, opposed)) in halves.zip(parts) {
            *alike = weight * (late + early);
            *opposed = weight * (late - early);
        }
        folded.energy =
            (dot(&folded.alike, &folded.alike) + dot(&folded.opposed, &folded.opposed)) / 2.0;
        folded
    }
}

/// Eight sums side by side, so that none waits for the one before.
fn dot(a: &[f32; HALF], b: &[f32; HALF]) -> f32 {
    let mut sums = [0.0; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// A frequency's cosine and sine from the middle of the window outwards.
pub(super) struct Probe {
    pub(super) hertz: f32,
    cos: [f32; HALF],
    sin: [f32; HALF],
    /// What is left of a tone at the edge of the tolerance.
    least: f32,
}

impl Probe {
    fn new(hertz: f32) -> Probe {
        let turn = |n: usize| TAU * hertz * (n as f32 + 0.5) / RATE;
        Probe {
            hertz,
            cos: std::array::from_fn(|n| turn(n).cos()),
            sin: std::array::from_fn(|n| -turn(n).sin()),
            least: response(TOLERANCE * hertz),
        }
    }

    pub(super) fn measure(&self, window: &Folded) -> Bin {
        Bin {
            re: dot(&window.alike, &self.cos),
            im: dot(&window.opposed, &self.sin),
        }
    }
}

/// A complex spectral value; its phase is that in the middle of the window.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bin {
    re: f32,
    im: f32,
}

impl Bin {
    fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }

    /// Of a tone at just this frequency.
    pub(super) fn amplitude(self) -> f32 {
        self.power().sqrt() * 2.0 / SUM
    }

    fn phase(self) -> f32 {
        self.im.atan2(self.re)
    }
}

/// The strongest frequency of a group.
pub(super) struct Loudest<'a> {
    pub(super) index: usize,
    pub(super) probe: &'a Probe,
    pub(super) bin: Bin,
}

impl Loudest<'_> {
    pub(super) fn of<'a>(probes: &'a [Probe; 4], window: &Folded) -> Loudest<'a> {
        let [first, ..] = probes;
        let mut loudest = Loudest {
            index: 0,
            probe: first,
            bin: first.measure(window),
        };
        for (index, probe) in probes.iter().enumerate().skip(1) {
            let bin = probe.measure(window);
            if bin.power() > loudest.bin.power() {
                loudest = Loudest { index, probe, bin };
            }
        }
        loudest
    }

    /// The energy of its tone if it lies at the edge of the tolerance, which is the most it can be.
    pub(super) fn most_energy(&self) -> f32 {
        energy(self.bin.amplitude() / self.probe.least)
    }
}

/// What a tone of this amplitude gives to the energy of a weighted window.
pub(super) fn energy(amplitude: f32) -> f32 {
    amplitude * amplitude / 2.0 * SUM_OF_SQUARES
}

/// The amplitude of a tone that gives so much.
pub(super) fn amplitude(energy: f32) -> f32 {
    (energy * 2.0 / SUM_OF_SQUARES).sqrt()
}

/// How many hertz beside its nominal frequency a tone lies, by how its phase turned in a hop.
pub(super) fn offset(probe: &Probe, now: Bin, before: Bin) -> f32 {
    let turned = now.phase() - before.phase() - TAU * probe.hertz * HOP as f32 / RATE;
    let turned = turned - TAU * (turned / TAU).round();
    turned * RATE / (TAU * HOP as f32)
}

/// What a Hann window leaves of a tone this many hertz beside the measured frequency.
pub(super) fn response(offset: f32) -> f32 {
    let x = offset.abs() * WINDOW as f32 / RATE;
    if x < 1e-3 {
        return 1.0;
    }
    (PI * x).sin() / (PI * x) / (1.0 - x * x)
}

pub(super) struct Tables {
    /// The Hann window from its middle outwards.
    weights: [f32; HALF],
    pub(super) low: [Probe; 4],
    pub(super) high: [Probe; 4],
    lines: [Probe; LINES],
}

impl Tables {
    /// Whether a third line stands out of a window beside tones of these frequencies: one whose
    /// energy is more than `limit`.
    pub(super) fn third_line(&self, window: &Folded, tones: [f32; 2], limit: f32) -> bool {
        let clear = |probe: &&Probe| tones.iter().all(|t| (t - probe.hertz).abs() > LOBE);
        let energy = |probe: &Probe| energy(probe.measure(window).amplitude());
        self.lines
            .iter()
            .filter(clear)
            .any(|probe| energy(probe) > limit)
    }
}

/// The same for every leg, made at first use.
pub(super) static TABLES: LazyLock<Box<Tables>> = LazyLock::new(|| {
    let weight = |n: usize| (PI * (n as f32 + 0.5) / WINDOW as f32).cos().powi(2);
    Box::new(Tables {
        weights: std::array::from_fn(weight),
        low: LOW.map(Probe::new),
        high: HIGH.map(Probe::new),
        lines: std::array::from_fn(|n| Probe::new((n + 2) as f32 * RATE / WINDOW as f32)),
    })
});
