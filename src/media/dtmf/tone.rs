//! Finding keys in the sound: the limits of ITU-T Q.24 for the tones of Q.23.
//!
//! Every 5 ms a 20 ms Hann window is measured at the eight frequencies. Its magnitude alone could
//! not tell 1.5 % off (accepted) from 3.5 % off (refused), so the frequency is taken from how the
//! phase turned since the window before. A key is four windows in a row that hold the same two
//! tones, steady, at lawful frequencies, levels and twist, and next to nothing else: speech does
//! not do that.

use std::{
    f32::consts::{PI, TAU},
    sync::LazyLock,
};

use super::key::{HIGH, Key, LOW};

const RATE: f32 = 8000.0;
/// Samples of a window: 20 ms.
const WINDOW: usize = 160;
/// Samples from one window to the next: 5 ms.
const HOP: usize = 40;
/// Windows in a row that make a key: a 40 ms tone holds four wherever it begins.
const NEEDED: u32 = 4;
/// Windows in a row without the tones that end a key: a 40 ms gap holds four.
const GONE: u32 = 4;
/// Between 1.5 %, which must be accepted, and 3.5 %, which must not.
const TOLERANCE: f32 = 0.025;
/// Amplitude of a tone at -38.5 dBm0: -36 must be accepted, in noise.
const FLOOR: f32 = 271.0;
/// Amplitude ratio of the groups either way: 8 dB must be accepted, in noise.
const TWIST: f32 = 3.0;
/// The part of the window's energy that the two tones must make up.
const PURITY: f32 = 0.93;
/// The most a second harmonic may have of its tone's amplitude: -12 dB.
const HARMONIC: f32 = 0.25;
/// The most the amplitude may change from one window to the next: 1.5 dB.
const STEADY: f32 = 1.19;
/// The most a frequency may change from one window to the next, in hertz.
const DRIFT: f32 = 6.0;
/// The part of its amplitude below which a pressed key's tone has gone: -12 dB.
const PRESENT: f32 = 0.25;

/// A frequency's windowed cosine and sine.
struct Probe {
    hertz: f32,
    cos: [f32; WINDOW],
    sin: [f32; WINDOW],
}

impl Probe {
    fn new(hertz: f32, window: &[f32; WINDOW]) -> Probe {
        let turn = |n: usize| TAU * hertz * n as f32 / RATE;
        Probe {
            hertz,
            cos: std::array::from_fn(|n| window[n] * turn(n).cos()),
            sin: std::array::from_fn(|n| -window[n] * turn(n).sin()),
        }
    }

    fn measure(&self, samples: &[f32; WINDOW]) -> Bin {
        let dot =
            |table: &[f32; WINDOW]| -> f32 { samples.iter().zip(table).map(|(s, t)| s * t).sum() };
        Bin {
            re: dot(&self.cos),
            im: dot(&self.sin),
        }
    }
}

/// A complex spectral value.
#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    re: f32,
    im: f32,
}

impl Bin {
    fn magnitude(self) -> f32 {
        self.re.hypot(self.im)
    }

    fn phase(self) -> f32 {
        self.im.atan2(self.re)
    }
}

struct Tables {
    window: [f32; WINDOW],
    sum: f32,
    sum_of_squares: f32,
    low: [Probe; 4],
    high: [Probe; 4],
    low_second: [Probe; 4],
    high_second: [Probe; 4],
}

/// The same for every leg, made at first use.
static TABLES: LazyLock<Box<Tables>> = LazyLock::new(|| {
    let window: [f32; WINDOW] =
        std::array::from_fn(|n| (PI * (n as f32 + 0.5) / WINDOW as f32).sin().powi(2));
    Box::new(Tables {
        window,
        sum: window.iter().sum(),
        sum_of_squares: window.iter().map(|w| w * w).sum(),
        low: LOW.map(|hertz| Probe::new(hertz, &window)),
        high: HIGH.map(|hertz| Probe::new(hertz, &window)),
        low_second: LOW.map(|hertz| Probe::new(2.0 * hertz, &window)),
        high_second: HIGH.map(|hertz| Probe::new(2.0 * hertz, &window)),
    })
});

/// A tone of one group as measured in one window.
#[derive(Clone, Copy, Debug)]
struct Tone {
    index: usize,
    amplitude: f32,
    /// Hertz beside the nominal frequency.
    offset: f32,
}

/// Two tones that pass every test in one window.
#[derive(Clone, Copy, Debug)]
struct Hit {
    low: Tone,
    high: Tone,
}

impl Hit {
    fn same_key(&self, other: &Hit) -> bool {
        self.low.index == other.low.index && self.high.index == other.high.index
    }

    fn steady(&self, before: &Hit) -> bool {
        let alike = |a: &Tone, b: &Tone| {
            a.amplitude < b.amplitude * STEADY
                && b.amplitude < a.amplitude * STEADY
                && (a.offset - b.offset).abs() < DRIFT
        };
        self.same_key(before) && alike(&self.low, &before.low) && alike(&self.high, &before.high)
    }
}

/// Finds keys in a stream of samples at 8 kHz.
pub struct ToneDetector {
    /// The last window's worth of samples, oldest first.
    samples: [f32; WINDOW],
    /// How many of a hop's samples have come.
    fresh: usize,
    before: [[Bin; 4]; 2],
    run: Option<(Hit, u32)>,
    down: Option<(Hit, u32)>,
}

impl Default for ToneDetector {
    fn default() -> Self {
        ToneDetector {
            samples: [0.0; WINDOW],
            fresh: 0,
            before: [[Bin::default(); 4]; 2],
            run: None,
            down: None,
        }
    }
}

impl std::fmt::Debug for ToneDetector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ToneDetector")
    }
}

impl ToneDetector {
    /// Takes one sample; the key that it completes the finding of, if any. A key is found once,
    /// about 40 ms after its tones begin, however long it is held.
    pub fn on_sample(&mut self, sample: i16) -> Option<Key> {
        self.samples[WINDOW - HOP + self.fresh] = f32::from(sample);
        self.fresh += 1;
        if self.fresh < HOP {
            return None;
        }
        let found = self.on_window();
        self.samples.copy_within(HOP.., 0);
        self.fresh = 0;
        found
    }

    /// The key whose tones are on now.
    pub fn down(&self) -> Option<Key> {
        self.down.as_ref().and_then(|(hit, _)| key_of(hit))
    }

    fn on_window(&mut self) -> Option<Key> {
        let tables = &**TABLES;
        let low = std::array::from_fn(|n| tables.low[n].measure(&self.samples));
        let high = std::array::from_fn(|n| tables.high[n].measure(&self.samples));
        self.release(&low, &high);
        let hit = self.hit(tables, &low, &high);
        self.before = [low, high];

        let hit = match hit {
            Some(hit) => hit,
            None => {
                self.run = None;
                return None;
            }
        };
        let count = match &self.run {
            Some((before, count)) if hit.steady(before) => count + 1,
            _ => 1,
        };
        self.run = Some((hit, count));
        let held = self.down.as_ref().is_some_and(|(d, _)| d.same_key(&hit));
        if count < NEEDED || held {
            return None;
        }
        self.down = Some((hit, 0));
        key_of(&hit)
    }

    /// Lets the pressed key go once its tones have been away long enough.
    fn release(&mut self, low: &[Bin; 4], high: &[Bin; 4]) {
        let Some((hit, gone)) = &mut self.down else {
            return;
        };
        let here = |tone: &Tone, bins: &[Bin; 4]| {
            let amplitude = bins[tone.index].magnitude() * 2.0 / TABLES.sum;
            amplitude > tone.amplitude * PRESENT
        };
        if here(&hit.low, low) && here(&hit.high, high) {
            *gone = 0;
        } else {
            *gone += 1;
            if *gone >= GONE {
                self.down = None;
            }
        }
    }

    /// Applies every test to one window.
    fn hit(&self, tables: &Tables, low: &[Bin; 4], high: &[Bin; 4]) -> Option<Hit> {
        let hit = Hit {
            low: strongest(&tables.low, low, &self.before[0], tables.sum)?,
            high: strongest(&tables.high, high, &self.before[1], tables.sum)?,
        };
        let (a, b) = (hit.low.amplitude, hit.high.amplitude);
        if a.min(b) < FLOOR || a.max(b) > a.min(b) * TWIST {
            return None;
        }
        let energy: f32 = self
            .samples
            .iter()
            .zip(&tables.window)
            .map(|(s, w)| (s * w) * (s * w))
            .sum();
        let tones = (a * a + b * b) / 2.0 * tables.sum_of_squares;
        (tones >= PURITY * energy && !self.has_harmonics(tables, &hit)).then_some(hit)
    }

    /// Whether a second harmonic stands out, as in voices. One that lies within the main lobe of
    /// the other tone (100 Hz to either side) cannot be told from it and is left to the purity.
    fn has_harmonics(&self, tables: &Tables, hit: &Hit) -> bool {
        let loud = |probe: &Probe, amplitude: f32| {
            probe.measure(&self.samples).magnitude() * 2.0 / tables.sum > HARMONIC * amplitude
        };
        let low_second = &tables.low_second[hit.low.index];
        let hidden = (low_second.hertz - HIGH[hit.high.index]).abs() < 120.0;
        loud(&tables.high_second[hit.high.index], hit.high.amplitude)
            || (!hidden && loud(low_second, hit.low.amplitude))
    }
}

fn key_of(hit: &Hit) -> Option<Key> {
    Key::at(hit.low.index, hit.high.index)
}

/// The strongest tone of a group, if its frequency is near enough to the nominal one.
fn strongest(probes: &[Probe; 4], now: &[Bin; 4], before: &[Bin; 4], sum: f32) -> Option<Tone> {
    let (index, bin) = now
        .iter()
        .enumerate()
        .max_by(|(_, a), (_, b)| a.magnitude().total_cmp(&b.magnitude()))?;
    let hertz = probes[index].hertz;
    let turned = bin.phase() - before[index].phase() - TAU * hertz * HOP as f32 / RATE;
    let turned = turned - TAU * (turned / TAU).round();
    let offset = turned * RATE / (TAU * HOP as f32);
    if offset.abs() > TOLERANCE * hertz {
        return None;
    }
    Some(Tone {
        index,
        amplitude: bin.magnitude() * 2.0 / sum / response(offset),
        offset,
    })
}

/// What a Hann window leaves of a tone this many hertz beside the measured frequency.
fn response(offset: f32) -> f32 {
    let x = offset.abs() * WINDOW as f32 / RATE;
    if x < 1e-3 {
        return 1.0;
    }
    (PI * x).sin() / (PI * x) / (1.0 - x * x)
}

#[cfg(test)]
mod tests;
