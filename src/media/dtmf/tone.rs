//! Finding keys in the sound: the limits of ITU-T Q.24 for the tones of Q.23.
//!
//! Every 5 ms a 20 ms Hann window is measured at the eight frequencies. Its magnitude alone could
//! not tell 1.5 % off (accepted) from 3.5 % off (refused), so the frequency is taken from how the
//! phase turned since the window before. A key is four windows in a row that hold the same two
//! tones, steady, at lawful frequencies, levels and twist, little else, and no third line: speech
//! does not do that. Most windows of speech, and all of silence, are passed over unmeasured.

mod spectrum;

use super::key::{HIGH, Key, LOW};
use spectrum::{Folded, Glance, Loudest, TABLES, Tables, offset};

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
/// Amplitude ratio of the groups either way, 10.4 dB: 8 dB must be accepted, in noise.
const TWIST: f32 = 3.3;
/// The part of the window's energy that the two tones must make up. Noise 15 dB below them takes
/// 3 % in the mean.
const PURITY: f32 = 0.91;
/// The most a third frequency may have of it, -20.5 dB: noise is spread thin, a voice has lines.
const LINE: f32 = 0.009;
/// The most the amplitude may change from one window to the next: 1.5 dB.
const STEADY: f32 = 1.19;
/// The most a frequency may change from one window to the next, in hertz,
const DRIFT: f32 = 2.0;
/// and how much more it may seem to beside noise of the tone's own amplitude.
const SHAKEN: f32 = 18.0;
/// The part of its amplitude below which a pressed key's tone has gone: -12 dB.
const PRESENT: f32 = 0.25;

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
    /// The amplitude of a tone with the energy of all else in the window.
    rest: f32,
}

impl Hit {
    fn same_key(&self, other: &Hit) -> bool {
        self.low.index == other.low.index && self.high.index == other.high.index
    }

    fn steady(&self, before: &Hit) -> bool {
        let rest = self.rest.max(before.rest);
        let alike = |a: &Tone, b: &Tone| {
            a.amplitude < b.amplitude * STEADY
                && b.amplitude < a.amplitude * STEADY
                && (a.offset - b.offset).abs() < DRIFT + SHAKEN * rest / a.amplitude
        };
        self.same_key(before) && alike(&self.low, &before.low) && alike(&self.high, &before.high)
    }
}

/// Finds keys in a stream of samples at 8 kHz.
pub struct ToneDetector {
    /// The last window's worth of samples and the hop before it, oldest first.
    samples: [f32; HOP + WINDOW],
    /// How many of a hop's samples have come.
    fresh: usize,
    glance: Glance,
    run: Option<(Hit, u32)>,
    down: Option<(Hit, u32)>,
}

impl Default for ToneDetector {
    fn default() -> Self {
        ToneDetector {
            samples: [0.0; HOP + WINDOW],
            fresh: 0,
            glance: Glance::default(),
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
        self.samples[WINDOW + self.fresh] = f32::from(sample);
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
        self.glance.on_hop(&self.samples);
        let may_be_key = self.glance.may_be_key();
        if !may_be_key && self.down.is_none() {
            self.run = None;
            return None;
        }
        let tables = &**TABLES;
        let window = Folded::new(tables, &self.samples, HOP);
        self.release(tables, &window);
        if self.down.as_ref().is_some_and(|(_, gone)| *gone == 0) {
            // Held, and found already.
            self.run = None;
            return None;
        }
        let hit = may_be_key.then(|| self.hit(tables, &window)).flatten();
        let Some(hit) = hit else {
            self.run = None;
            return None;
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
    fn release(&mut self, tables: &Tables, window: &Folded) {
        let Some((hit, gone)) = &mut self.down else {
            return;
        };
        let low = tables.low[hit.low.index].measure(window).amplitude();
        let high = tables.high[hit.high.index].measure(window).amplitude();
        if low > hit.low.amplitude * PRESENT && high > hit.high.amplitude * PRESENT {
            *gone = 0;
        } else {
            *gone += 1;
            if *gone >= GONE {
                self.down = None;
            }
        }
    }

    /// Applies every test to one window, those first that turn most speech away.
    fn hit(&self, tables: &Tables, window: &Folded) -> Option<Hit> {
        let wanted = PURITY * window.energy;
        let low = Loudest::of(&tables.low, window);
        // Beyond the twist, the high tone cannot make up for it.
        if low.most_energy() * (1.0 + TWIST * TWIST) < wanted {
            return None;
        }
        let high = Loudest::of(&tables.high, window);
        if low.most_energy() + high.most_energy() < wanted {
            return None;
        }
        let before = Folded::new(tables, &self.samples, 0);
        let (low, high) = (tone(&low, &before)?, tone(&high, &before)?);
        let (a, b) = (low.amplitude, high.amplitude);
        let tones = spectrum::energy(a) + spectrum::energy(b);
        if a.min(b) < FLOOR || a.max(b) > a.min(b) * TWIST || tones < wanted {
            return None;
        }
        let hertz = [LOW[low.index] + low.offset, HIGH[high.index] + high.offset];
        let rest = spectrum::amplitude((window.energy - tones).max(0.0));
        let two = !tables.third_line(window, hertz, LINE * window.energy);
        two.then_some(Hit { low, high, rest })
    }
}

/// The tone of a group, if its frequency is near enough to the nominal one.
fn tone(loudest: &Loudest, before: &Folded) -> Option<Tone> {
    let probe = loudest.probe;
    let offset = offset(probe, loudest.bin, probe.measure(before));
    (offset.abs() <= TOLERANCE * probe.hertz).then(|| Tone {
        index: loudest.index,
        amplitude: loudest.bin.amplitude() / spectrum::response(offset),
        offset,
    })
}

fn key_of(hit: &Hit) -> Option<Key> {
    Key::at(hit.low.index, hit.high.index)
}

#[cfg(test)]
mod tests;
