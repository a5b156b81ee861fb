//! This project's own prompts, spoken and sung: they hold no key, and their echo hides none.

use std::{path::Path, sync::LazyLock};

use super::*;
use crate::media::Prompts;

/// How fast the recordings are played.
const SPEEDS: [f32; 7] = [0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4];

/// Every recording, in an order that is always the same.
static RECORDINGS: LazyLock<Vec<Vec<f32>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let prompts = Prompts::load(&folder).unwrap();
    let mut clips: Vec<_> = prompts.all().collect();
    clips.sort_by_key(|&(language, name, _)| (language, name));
    let decode = |&byte: &u8| f32::from(Law::A.decode(byte));
    let samples = clips
        .iter()
        .map(|(.., clip)| clip.alaw.iter().map(decode).collect());
    samples.collect()
});

/// A recording played at a speed and gain.
fn played(samples: &[f32], speed: f32, gain: f32) -> impl Iterator<Item = f32> {
    let length = (samples.len().saturating_sub(1) as f32 / speed) as usize;
    (0..length).map_while(move |n| {
        let place = n as f64 * f64::from(speed);
        let (whole, part) = (place as usize, place.fract() as f32);
        let (now, next) = (samples.get(whole)?, samples.get(whole + 1)?);
        Some((now + (next - now) * part) * gain)
    })
}

/// Samples heard, windows that passed every test of one window, and keys.
#[derive(Default)]
struct Tally {
    samples: usize,
    windows: usize,
    keys: usize,
}

impl Tally {
    fn hear(&mut self, samples: impl Iterator<Item = f32>) {
        let mut detector = ToneDetector::default();
        for sample in samples {
            let heard = Law::A.decode(Law::A.encode(sample as i16));
            self.keys += usize::from(detector.on_sample(heard).is_some());
            self.windows += usize::from(detector.fresh == 0 && detector.run.is_some());
            self.samples += 1;
        }
    }

    fn print(&self, name: &str) {
        let minutes = self.samples as f32 / 480_000.0;
        println!(
            "{name:<18} {minutes:>7.1} {:>19} {:>5}",
            self.windows, self.keys
        );
    }
}

fn gain(decibels: f32) -> f32 {
    10f32.powf(decibels / 20.0)
}

#[test]
fn half_an_hour_of_recorded_speech_holds_no_key() {
    let (mut dice, mut sum) = (Dice(41), Tally::default());
    println!("speed              minutes  windows like a key  keys");
    for speed in SPEEDS {
        let mut tally = Tally::default();
        for samples in RECORDINGS.iter() {
            let gain = gain(dice.between(-18.0, 9.0));
            tally.hear(played(samples, speed, gain));
        }
        tally.print(&format!("{speed}"));
        sum.samples += tally.samples;
        sum.keys += tally.keys;
    }
    assert!(sum.samples > 30 * 480_000, "{} samples", sum.samples);
    assert_eq!(sum.keys, 0);
}

#[test]
fn half_an_hour_of_two_recordings_at_once_holds_no_key() {
    let (mut dice, mut tally) = (Dice(43), Tally::default());
    println!("two at once        minutes  windows like a key  keys");
    while tally.samples < 31 * 480_000 {
        let mut any = || {
            let speed = dice.between(0.7, 1.4);
            let gain = gain(dice.between(-12.0, 6.0));
            let recording = dice.below(RECORDINGS.len());
            played(&RECORDINGS[recording], speed, gain)
        };
        let (one, other) = (any(), any());
        // The longer goes on alone.
        let mut pair = (one, other);
        tally.hear(std::iter::from_fn(|| {
            match (pair.0.next(), pair.1.next()) {
                (None, None) => None,
                (one, other) => Some(one.unwrap_or(0.0) + other.unwrap_or(0.0)),
            }
        }));
    }
    tally.print("0.7 to 1.4");
    assert_eq!(tally.keys, 0);
}

#[test]
fn the_echo_of_a_prompt_twenty_decibels_down_hides_no_key() {
    let presses = 400;
    println!("dBm0 per tone   50 ms   100 ms   (% found of {presses} beside the echo of a prompt)");
    for level in [-7.0, -10.0, -13.0, -16.0, -19.0, -22.0, -25.0] {
        let shares = [50, 100].map(|ms| {
            let mut dice = Dice(47);
            let mut found_keys = 0;
            for _ in 0..presses {
                let key = key(dice.below(16) as u8);
                let recording = &RECORDINGS[dice.below(RECORDINGS.len())];
                let from = dice.below(recording.len().saturating_sub(3000));
                let mut sound = vec![0; 800];
                sound.extend(press(key.code(), level, ms));
                sound.extend(silence(60));
                for (sample, echo) in sound.iter_mut().zip(&recording[from..]) {
                    *sample = sample.saturating_add((echo * gain(-20.0)) as i16);
                }
                let keys = found(&sound);
                assert!(keys.is_empty() || keys == once(key), "{level}");
                found_keys += usize::from(!keys.is_empty());
            }
            found_keys as f32 * 100.0 / presses as f32
        });
        println!("{level:>13} {:>7.1} {:>8.1}", shares[0], shares[1]);
        assert!(level < -10.0 || shares == [100.0; 2], "{level}");
    }
}
