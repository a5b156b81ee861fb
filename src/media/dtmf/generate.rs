//! Making tones: DTMF for peers without telephone-event, single tones for test phones.

use std::f32::consts::TAU;

use super::key::Key;

/// Samples a second.
const RATE: f32 = 8000.0;
/// The level in dBm0 of a sine that just fills A-law: 3.14 (ITU-T G.711 section 6).
pub(super) const FULL_SCALE: f32 = 314.0 / 100.0;

/// One sine wave of a set frequency and level, endless.
#[derive(Clone, Debug)]
pub struct SineTone {
    phase: f32,
    step: f32,
    amplitude: f32,
}

impl SineTone {
    /// A tone of `hertz` (0 to 4,000) at `level` dBm0 (at most +3.14; louder is cut to that).
    pub fn new(hertz: f32, level: f32) -> SineTone {
        let level = (level.min(FULL_SCALE) - FULL_SCALE) / 20.0;
        SineTone {
            phase: 0.0,
            step: TAU * hertz.clamp(0.0, RATE / 2.0) / RATE,
            amplitude: 32_767.0 * 10f32.powf(level),
        }
    }

    /// The next sample, unrounded.
    pub fn next_sample(&mut self) -> f32 {
        let sample = self.phase.sin() * self.amplitude;
        self.phase = (self.phase + self.step) % TAU;
        sample
    }
}

/// The two tones of a key (ITU-T Q.23).
#[derive(Clone, Debug)]
pub struct DualTone {
    low: SineTone,
    high: SineTone,
}

impl DualTone {
    /// The tones of `key`, each at its own level in dBm0.
    pub fn new(key: Key, low_level: f32, high_level: f32) -> DualTone {
        let (low, high) = key.frequencies();
        DualTone::of(low, low_level, high, high_level)
    }

    /// Any two tones, for tests of what must be accepted and refused.
    pub fn of(low: f32, low_level: f32, high: f32, high_level: f32) -> DualTone {
        DualTone {
            low: SineTone::new(low, low_level),
            high: SineTone::new(high, high_level),
        }
    }

    /// The next sample, saturated.
    pub fn next_sample(&mut self) -> i16 {
        (self.low.next_sample() + self.high.next_sample()).round() as i16
    }
}

impl SineTone {
    /// The next sample, rounded.
    pub fn next_rounded(&mut self) -> i16 {
        self.next_sample().round() as i16
    }
}
