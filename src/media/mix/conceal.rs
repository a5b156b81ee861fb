//! What is played where nothing came, and the seams between that and what did.

use super::blend;

/// Played samples remembered: the longest period and a half.
const HISTORY: usize = 480;
/// Periods searched, in samples: 400 Hz down to 50 Hz.
const SHORTEST: usize = 40;
const LONGEST: usize = 320;
/// Samples compared in the search, every other one.
const COMPARED: usize = 160;
/// Concealment stays at its level this long, 10 ms, …
const HELD: usize = 160;
/// … and has faded out here, 60 ms (as in G.711 appendix I).
const FADED: usize = 960;
/// Samples over which one thing passes into another: 5 ms.
const SEAM: usize = 80;

/// The end of what is played: remembers it, goes on with it where nothing comes, and passes over
/// into what comes again. It is never louder than what came, and never steps.
#[derive(Debug)]
pub(super) struct Voice {
    /// What was played last.
    history: [i16; HISTORY],
    /// The last period, made to follow upon itself.
    period: [i16; LONGEST],
    length: usize,
    /// What was played last, from its end backwards: goes on from it without a step.
    mirror: [i16; SEAM],
    /// Samples since the sound broke off.
    age: usize,
    /// How far it has passed into what comes.
    joined: usize,
    /// A period has been searched for in this turn: a broken stream may not cost more.
    searched: bool,
}

impl Voice {
    /// Silence.
    pub(super) fn new() -> Voice {
        Voice {
            history: [0; HISTORY],
            period: [0; LONGEST],
            length: LONGEST,
            mirror: [0; SEAM],
            age: FADED,
            joined: 0,
            searched: false,
        }
    }

    pub(super) fn on_turn(&mut self) {
        self.searched = false;
    }

    /// Whether what is played is what came, unchanged.
    pub(super) fn is_joined(&self) -> bool {
        self.joined == SEAM
    }

    /// Whether what was heard last has faded out.
    pub(super) fn is_silent(&self) -> bool {
        self.joined == 0 && self.age >= FADED
    }

    /// What comes next does not follow upon what was played.
    pub(super) fn cut(&mut self) {
        if self.joined > 0 {
            self.begin();
            self.joined = 0;
        }
    }

    /// Plays what came.
    pub(super) fn sound(&mut self, samples: &mut [i16]) {
        for sample in samples.iter_mut().take(SEAM - self.joined) {
            self.joined += 1;
            *sample = blend(self.next(), *sample, self.joined, SEAM);
        }
        self.remember(samples);
    }

    /// Plays in place of what did not come; whether anything is to be heard.
    pub(super) fn missing(&mut self, samples: &mut [i16]) -> bool {
        self.cut();
        let audible = self.age < FADED;
        for sample in samples.iter_mut() {
            *sample = self.next();
        }
        self.remember(samples);
        audible
    }

    fn begin(&mut self) {
        if !self.searched {
            self.length = period(&self.history);
            self.searched = true;
        }
        let length = self.length;
        self.period[..length].copy_from_slice(&self.history[HISTORY - length..]);
        // Its end passes into what came before its beginning.
        let seam = length / 4;
        let before = &self.history[HISTORY - length - seam..HISTORY - length];
        let end = &mut self.period[length - seam..length];
        for (n, (sample, &before)) in end.iter_mut().zip(before).enumerate() {
            *sample = blend(*sample, before, n + 1, seam);
        }
        let back = self.history.iter().rev().skip(1);
        for (sample, &last) in self.mirror.iter_mut().zip(back) {
            *sample = last;
        }
        self.age = 0;
    }

    /// The next sample of what was heard last, fading.
    fn next(&mut self) -> i16 {
        if self.age >= FADED {
            return 0;
        }
        let mut sample = self.period[self.age % self.length];
        if let Some(&mirrored) = self.mirror.get(self.age) {
            sample = blend(mirrored, sample, self.age + 1, SEAM);
        }
        let faded = self.age.saturating_sub(HELD);
        self.age += 1;
        blend(sample, 0, faded, FADED - HELD)
    }

    fn remember(&mut self, samples: &[i16]) {
        let last = &samples[samples.len().saturating_sub(HISTORY)..];
        self.history.copy_within(last.len().., 0);
        self.history[HISTORY - last.len()..].copy_from_slice(last);
    }
}

/// The length after which the end of a stretch of sound best repeats itself.
fn period(history: &[i16; HISTORY]) -> usize {
    let end = &history[HISTORY - COMPARED..];
    let difference = |length: &usize| -> u32 {
        let from = HISTORY - COMPARED - length;
        let before = &history[from..from + COMPARED];
        let pairs = end.iter().zip(before).step_by(2);
        pairs.map(|(&a, &b)| u32::from(a.abs_diff(b))).sum()
    };
    (SHORTEST..=LONGEST)
        .min_by_key(difference)
        .unwrap_or(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::mix::testing::{Random, largest_step, sine};

    /// The largest step of a voice that plays a sine with gaps.
    fn with_gaps(hertz: f64, gap: usize) -> (i32, Vec<i16>) {
        let mut voice = Voice::new();
        let mut heard = Vec::new();
        for turn in 0..40 {
            voice.on_turn();
            let mut out: Vec<i16> = (0..320)
                .map(|n| sine(hertz, 20_000.0, turn * 320 + n))
                .collect();
            if (20..20 + gap).contains(&turn) {
                voice.missing(&mut out);
            } else {
                voice.sound(&mut out);
            }
            heard.extend(out);
        }
        (largest_step(&heard), heard)
    }

    #[test]
    fn a_gap_in_a_sine_does_not_click_and_fades_out_within_60_ms() {
        for hertz in [110.0, 437.0, 1003.0] {
            for gap in [1, 2, 3, 10] {
                let (step, heard) = with_gaps(hertz, gap);
                let own = 20_000.0 * std::f64::consts::TAU * hertz / 16_000.0;
                println!("{hertz} Hz, gap of {gap}: step {step}, own {own:.0}");
                assert!(f64::from(step) < 1.3 * own + 300.0, "{step} {own}");
                let silent = heard[20 * 320 + FADED..]
                    .iter()
                    .take_while(|&&s| s == 0)
                    .count();
                if gap == 10 {
                    assert!(silent >= 7 * 320, "{silent}");
                }
                // A single gap is bridged, not a hole.
                let peak = heard[20 * 320..21 * 320]
                    .iter()
                    .map(|s| s.unsigned_abs())
                    .max();
                assert!(peak > Some(15_000), "{peak:?}");
            }
        }
    }

    #[test]
    fn sound_that_has_joined_is_left_as_it_is() {
        let mut voice = Voice::new();
        let mut random = Random::new(1);
        voice.sound(&mut [0; SEAM]);
        assert!(voice.is_joined());
        for _ in 0..50 {
            let sent: Vec<i16> = (0..320).map(|_| random.sample()).collect();
            let mut played = sent.clone();
            voice.sound(&mut played);
            assert_eq!(played, sent);
        }
    }

    #[test]
    fn noise_with_gaps_everywhere_is_never_louder_than_it_was() {
        let mut random = Random::new(2);
        let mut voice = Voice::new();
        for turn in 0..2000 {
            if turn % 3 == 0 {
                voice.on_turn();
            }
            let mut out = vec![0; random.below(700) as usize];
            if random.below(2) == 0 {
                voice.missing(&mut out);
            } else {
                out.fill_with(|| random.sample() / 4);
                voice.sound(&mut out);
            }
            assert!(out.iter().all(|s| s.unsigned_abs() <= 8192));
        }
    }
}
