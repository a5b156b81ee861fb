//! A voice made of sources and filters: pulses of the glottis, noise of the teeth, whistling, through
//! formants that move. No recording comes near DTMF as often as this can be made to.

use super::*;

/// Samples for which pitch and formants stay: 5 ms.
const STEP: usize = 40;
const FORMANTS: usize = 5;

/// First to third formants of eleven vowels, in hertz, for a tract of 17 cm.
const VOWELS: [[f32; 3]; 11] = [
    [270.0, 2290.0, 3010.0],
    [390.0, 1990.0, 2550.0],
    [530.0, 1840.0, 2480.0],
    [660.0, 1720.0, 2410.0],
    [730.0, 1090.0, 2440.0],
    [570.0, 840.0, 2410.0],
    [440.0, 1020.0, 2240.0],
    [300.0, 870.0, 2240.0],
    [640.0, 1190.0, 2390.0],
    [490.0, 1350.0, 1690.0],
    [700.0, 1400.0, 2400.0],
];

/// A resonance of two poles, of the same gain at 0 Hz whatever its place.
#[derive(Clone, Copy, Default)]
struct Resonator {
    a: f32,
    b: f32,
    c: f32,
    last: [f32; 2],
}

impl Resonator {
    fn tune(&mut self, hertz: f32, bandwidth: f32) {
        let radius = (-PI * bandwidth / RATE).exp();
        self.b = 2.0 * radius * (TAU * hertz / RATE).cos();
        self.c = -radius * radius;
        self.a = 1.0 - self.b - self.c;
    }

    /// About how much louder than at 0 Hz it is at its place.
    fn peak(&self) -> f32 {
        let radius = (-self.c).sqrt();
        let turn = (self.b / (2.0 * radius)).clamp(-1.0, 1.0).acos();
        self.a / ((1.0 - radius) * 2.0 * turn.sin().max(0.01))
    }

    fn pass(&mut self, x: f32) -> f32 {
        let y = self.a * x + self.b * self.last[0] + self.c * self.last[1];
        self.last = [y, self.last[0]];
        y
    }
}

/// Somebody who speaks: a range of pitch, a length of tract, breath, and their telephone.
struct Speaker {
    pitch: [f32; 2],
    tract: f32,
    bandwidth: f32,
    jitter: f32,
    breath: f32,
    /// How little of one sample's pulse is left in the next.
    tilt: f32,
    /// Where the telephone's low cut is, in hertz.
    low_cut: f32,
    level: f32,
}

impl Speaker {
    fn any(dice: &mut Dice) -> Speaker {
        let low = 80.0 * (dice.next() * 1.1).exp2();
        Speaker {
            pitch: [low, low * dice.between(1.3, 2.2)],
            tract: dice.between(0.95, 1.25),
            bandwidth: dice.between(0.6, 1.5),
            jitter: dice.between(0.0, 0.012),
            breath: dice.between(0.0, 0.03),
            tilt: dice.between(0.08, 0.6),
            low_cut: [20.0, 200.0, 300.0, 400.0][dice.below(4)],
            level: dice.between(-32.0, -8.0),
        }
    }
}

/// What is uttered in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sound {
    Vowel,
    /// A vowel whose formants, and often whose harmonics, lie near the tones of a key.
    NearKey,
    Fricative,
    Pause,
    Whistle,
    Sung,
}

/// Speaks without end.
pub(super) struct Voice {
    dice: Dice,
    speaker: Speaker,
    utterances: usize,
    phase: f32,
    tilt: f32,
    /// How loud the second of two formants side by side is; 0 where one follows the other.
    balance: f32,
    cut: [f32; 2],
    formants: [Resonator; FORMANTS],
    buffer: Vec<f32>,
}

impl Voice {
    pub(super) fn new(seed: u64) -> Voice {
        let mut dice = Dice(seed);
        Voice {
            speaker: Speaker::any(&mut dice),
            dice,
            utterances: 0,
            phase: 0.0,
            tilt: 0.0,
            balance: 1.0,
            cut: [0.0; 2],
            formants: Default::default(),
            buffer: Vec::new(),
        }
    }

    /// The next sound, 20 to 600 ms long, at 8 kHz.
    pub(super) fn next(&mut self) -> (Sound, impl Iterator<Item = i16> + '_) {
        self.utterances += 1;
        if self.utterances.is_multiple_of(60) {
            self.speaker = Speaker::any(&mut self.dice);
        }
        let sound = match self.dice.below(100) {
            0..40 => Sound::Vowel,
            40..62 => Sound::NearKey,
            62..72 => Sound::Fricative,
            72..82 => Sound::Pause,
            82..88 => Sound::Whistle,
            _ => Sound::Sung,
        };
        let ms = match sound {
            Sound::Fricative | Sound::Pause => self.dice.between(20.0, 200.0),
            Sound::Vowel | Sound::NearKey => self.dice.between(40.0, 350.0),
            Sound::Whistle | Sound::Sung => self.dice.between(100.0, 600.0),
        };
        let steps = (ms / 5.0) as usize;
        self.buffer.clear();
        match sound {
            Sound::Pause => self.buffer.resize(steps * STEP, 0.0),
            Sound::Fricative => self.hiss(steps),
            Sound::Whistle => self.whistle(steps),
            Sound::Vowel | Sound::NearKey | Sound::Sung => self.voiced(sound, steps),
        }
        self.scale();
        (sound, self.buffer.iter().map(|&s| s as i16))
    }

    fn vowel(&mut self) -> [f32; FORMANTS] {
        let [a, b, c] = VOWELS[self.dice.below(VOWELS.len())];
        let mut formants = [a, b, c, 3300.0, 3750.0];
        for f in &mut formants {
            *f = (*f * self.speaker.tract * self.dice.between(0.95, 1.05)).min(3850.0);
        }
        formants
    }

    fn voiced(&mut self, sound: Sound, steps: usize) {
        let (mut from, mut to) = (self.vowel(), self.vowel());
        let [low, high] = self.speaker.pitch;
        let mut pitch = [self.dice.between(low, high), self.dice.between(low, high)];
        let mut vibrato = 0.0;
        let mut bandwidth = self.speaker.bandwidth;
        match sound {
            Sound::NearKey => {
                let key = key(self.dice.below(16) as u8);
                let (f, g) = key.frequencies();
                let (f, g) = (
                    f * self.dice.between(0.97, 1.03),
                    g * self.dice.between(0.97, 1.03),
                );
                (from[0], from[1], from[2]) = (f, g, self.dice.between(2300.0, 2900.0));
                to = from;
                let steady = pitch_between(f, g, self.dice.between(80.0, 400.0));
                let swing = self.dice.between(0.0, 0.03);
                pitch = [steady, steady * self.dice.between(1.0 - swing, 1.0 + swing)];
                self.balance = [0.0, self.dice.between(0.5, 2.0)][self.dice.below(2)];
                // Side by side, narrower than a mouth's they would be a key: two tones alone.
                if self.balance > 0.0 {
                    bandwidth = bandwidth.max(1.0);
                }
            }
            Sound::Sung => {
                let note = self.dice.between(120.0, 480.0);
                pitch = [
                    note,
                    note * [1.0, 1.0, 1.122, 0.89, 1.5][self.dice.below(5)],
                ];
                vibrato = [0.0, 0.02][self.dice.below(2)];
                to = from;
            }
            _ => {}
        }
        for n in 0..steps {
            let along = n as f32 / steps as f32;
            let mix = |from: f32, to: f32| from + (to - from) * along;
            for (k, resonator) in self.formants.iter_mut().enumerate() {
                let widths = [60.0, 80.0, 120.0, 200.0, 250.0];
                resonator.tune(mix(from[k], to[k]), widths[k] * bandwidth);
            }
            let swing = 1.0 + vibrato * (TAU * 5.5 * n as f32 / 200.0).sin();
            let step = mix(pitch[0], pitch[1]) * swing / RATE;
            for _ in 0..STEP {
                self.phase += step;
                let mut source = self.speaker.breath * self.dice.between(-1.0, 1.0);
                if self.phase >= 1.0 {
                    self.phase -= 1.0;
                    // The pulse lies between two samples.
                    source += 1.0 - self.phase / step;
                    self.phase += self.speaker.jitter * self.dice.between(-1.0, 1.0);
                }
                self.tilt += self.speaker.tilt * (source - self.tilt);
                let sound = match sound {
                    Sound::NearKey if self.balance > 0.0 => self.two_formants(self.tilt),
                    _ => self.formants.iter_mut().fold(self.tilt, |x, f| f.pass(x)),
                };
                self.push(sound);
            }
        }
    }

    /// Two formants side by side, equally loud, and little of the third: the worst of mouths.
    fn two_formants(&mut self, source: f32) -> f32 {
        let gains = [1.0, self.balance, 0.05];
        let parts = self.formants.iter_mut().zip(gains);
        parts
            .map(|(f, gain)| gain * f.pass(source) / f.peak())
            .sum()
    }

    fn hiss(&mut self, steps: usize) {
        for (k, resonator) in self.formants.iter_mut().enumerate() {
            let place = self.dice.between(1200.0, 3800.0);
            resonator.tune(place, 300.0 + 200.0 * k as f32);
        }
        for _ in 0..steps * STEP {
            let source = self.dice.between(-1.0, 1.0);
            let sound = self.formants.iter_mut().fold(source, |x, f| f.pass(x));
            self.push(sound);
        }
    }

    fn push(&mut self, sound: f32) {
        // The telephone's low cut: two sections of one pole.
        let share = 1.0 - (-TAU * self.speaker.low_cut / RATE).exp();
        let mut x = sound;
        for low in &mut self.cut {
            *low += share * (x - *low);
            x -= *low;
        }
        self.buffer.push(x);
    }

    /// A whistle that glides, with a faint overtone, sometimes over a hum. (Two whistles at once may
    /// well be a key: they are two tones.)
    fn whistle(&mut self, steps: usize) {
        let [from, to] = [0; 2].map(|_| self.dice.between(500.0, 2500.0));
        let overtone = self.dice.between(0.0, 0.15);
        let hum = self.dice.between(0.0, 0.7) * self.dice.below(2) as f32;
        let pitch = self.dice.between(100.0, 400.0);
        let (mut phase, mut throat) = (0.0f32, 0.0f32);
        for n in 0..steps * STEP {
            let along = n as f32 / (steps * STEP) as f32;
            phase = (phase + TAU * (from + (to - from) * along) / RATE) % TAU;
            throat = (throat + TAU * pitch / RATE) % TAU;
            let breath = 0.02 * self.dice.between(-1.0, 1.0);
            let whistle = phase.sin() + overtone * (2.0 * phase).sin();
            self.buffer.push(whistle + hum * throat.sin() + breath);
        }
    }

    /// Brings the sound to the speaker's level, in dBm0, with soft ends.
    fn scale(&mut self) {
        let level = self.speaker.level + self.dice.between(-6.0, 3.0);
        let power = self.buffer.iter().map(|s| s * s).sum::<f32>() / self.buffer.len() as f32;
        let wanted = 32_767.0 / 2f32.sqrt() * 10f32.powf((level - FULL_SCALE) / 20.0);
        let gain = wanted / power.sqrt().max(1e-12);
        let (length, ramp) = (self.buffer.len(), 64.min(self.buffer.len() / 2));
        for (n, sample) in self.buffer.iter_mut().enumerate() {
            let edge = (n + 1).min(length - n).min(ramp) as f32 / ramp as f32;
            *sample *= gain * edge;
        }
    }
}

/// The pitch near `wanted` whose harmonics lie best on both frequencies.
fn pitch_between(low: f32, high: f32, wanted: f32) -> f32 {
    let miss = |pitch: f32| {
        let off = |hertz: f32| {
            let n = (hertz / pitch).round().max(1.0);
            (n * pitch / hertz - 1.0).abs()
        };
        off(low) + off(high)
    };
    let pitches = (0..60).map(|n| wanted * (0.8 + n as f32 / 150.0));
    pitches
        .min_by(|a, b| miss(*a).total_cmp(&miss(*b)))
        .unwrap_or(wanted)
}
