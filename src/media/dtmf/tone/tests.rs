mod noise;
mod speech;
mod talk_off;
mod tolerance;
mod voice;

use std::f32::consts::{PI, TAU};

use super::*;
use crate::media::{
    codec::Law,
    dtmf::{DualTone, generate::FULL_SCALE},
};

/// A seeded source of numbers, so that every run is the same.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }

    fn between(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * self.next()
    }

    /// Below `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.next() * end as f32) as usize
    }

    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.next()).sum::<f32>() - 6.0
    }
}

/// What is found in samples that went through A-law, as on the wire.
fn found(samples: &[i16]) -> String {
    found_through(Law::A, samples)
}

fn found_through(law: Law, samples: &[i16]) -> String {
    let mut detector = ToneDetector::default();
    samples
        .iter()
        .map(|&s| law.decode(law.encode(s)))
        .filter_map(|s| detector.on_sample(s))
        .map(Key::as_char)
        .collect()
}

fn silence(ms: usize) -> Vec<i16> {
    vec![0; ms * 8]
}

fn tones(mut tone: DualTone, ms: usize) -> Vec<i16> {
    (0..ms * 8).map(|_| tone.next_sample()).collect()
}

fn key(code: u8) -> Key {
    Key::from_code(code).unwrap()
}

fn press(code: u8, level: f32, ms: usize) -> Vec<i16> {
    tones(DualTone::new(key(code), level, level), ms)
}

fn with_noise(samples: &mut [i16], level: f32, seed: u64) {
    let mut dice = Dice(seed);
    let rms = 32_767.0 / 2f32.sqrt() * 10f32.powf((level - FULL_SCALE) / 20.0);
    for sample in samples {
        *sample = (f32::from(*sample) + dice.normal() * rms) as i16;
    }
}

/// Runs a case for every key and at every place of the 5 ms grid.
fn for_all(case: impl Fn(Key) -> Vec<i16>, expected: impl Fn(Key) -> String) {
    for code in 0..16 {
        for lead in (0..HOP).step_by(3) {
            let mut samples = vec![0; 400 + lead];
            samples.extend(case(key(code)));
            samples.extend(silence(60));
            assert_eq!(
                found(&samples),
                expected(key(code)),
                "code {code} lead {lead}"
            );
        }
    }
}

fn once(key: Key) -> String {
    key.as_char().to_string()
}

fn never(_: Key) -> String {
    String::new()
}

#[test]
fn forty_milliseconds_are_a_key_at_every_lawful_level() {
    for level in [-36.0, -25.0, -10.0, -3.0, 0.0] {
        for_all(|key| press(key.code(), level, 40), once);
    }
}

#[test]
fn a_faint_tone_is_not_a_key() {
    for_all(|key| press(key.code(), -44.0, 100), never);
}

#[test]
fn fifteen_milliseconds_are_not_a_key() {
    for_all(|key| press(key.code(), -10.0, 15), never);
}

#[test]
fn a_gap_of_forty_milliseconds_parts_two_keys() {
    let twice = |key: Key| once(key).repeat(2);
    for_all(
        |key| {
            [
                press(key.code(), -10.0, 40),
                silence(40),
                press(key.code(), -10.0, 40),
            ]
            .concat()
        },
        twice,
    );
}

#[test]
fn an_interruption_of_ten_milliseconds_does_not_part_a_key() {
    for_all(
        |key| {
            [
                press(key.code(), -10.0, 60),
                silence(10),
                press(key.code(), -10.0, 60),
            ]
            .concat()
        },
        once,
    );
}

#[test]
fn a_long_press_is_one_key() {
    for_all(|key| press(key.code(), -10.0, 3000), once);
}

#[test]
fn frequencies_off_by_one_and_a_half_per_cent_are_accepted() {
    for (low, high) in [
        (1.015, 1.015),
        (0.985, 0.985),
        (1.015, 0.985),
        (0.985, 1.015),
    ] {
        let case = |key: Key| {
            let (l, h) = key.frequencies();
            tones(DualTone::of(l * low, -10.0, h * high, -10.0), 45)
        };
        for_all(case, once);
    }
}

#[test]
fn frequencies_off_by_three_and_a_half_per_cent_are_refused() {
    for (low, high) in [
        (1.035, 1.0),
        (0.965, 1.0),
        (1.0, 1.035),
        (1.0, 0.965),
        (1.045, 1.045),
    ] {
        let case = |key: Key| {
            let (l, h) = key.frequencies();
            tones(DualTone::of(l * low, -10.0, h * high, -10.0), 100)
        };
        for_all(case, never);
    }
}

#[test]
fn twist_of_eight_decibels_is_accepted_either_way_and_fourteen_refused() {
    let twisted = |low: f32, high: f32| move |key: Key| tones(DualTone::new(key, low, high), 45);
    for_all(twisted(-10.0, -18.0), once);
    for_all(twisted(-18.0, -10.0), once);
    for_all(twisted(-10.0, -24.0), never);
    for_all(twisted(-24.0, -10.0), never);
}

#[test]
fn noise_fifteen_decibels_below_does_not_hide_a_key() {
    let mut missed = 0;
    for seed in 0..20 {
        for code in 0..16 {
            let mut samples = silence(50);
            samples.extend(press(code, -13.0, 50));
            samples.extend(silence(60));
            // Two tones of -13 dBm0 are -10 dBm0 together.
            with_noise(&mut samples, -25.0, seed * 16 + u64::from(code));
            missed += usize::from(found(&samples) != once(key(code)));
        }
    }
    assert_eq!(missed, 0, "of 320");
}

#[test]
fn one_tone_alone_is_not_a_key() {
    for hertz in [697.0, 941.0, 1209.0, 1633.0] {
        let samples = tones(DualTone::of(hertz, -10.0, hertz, -90.0), 200);
        assert_eq!(found(&samples), "");
    }
}

#[test]
fn noise_is_not_a_key() {
    let mut samples = silence(60_000);
    with_noise(&mut samples, -15.0, 1);
    assert_eq!(found(&samples), "");
}

/// Another voice, roughly: pulses at a gliding pitch through two wandering formants, in syllables,
/// with breath. Its harmonics cross every DTMF frequency many times.
fn plain_voice(seed: u64) -> Vec<i16> {
    let mut dice = Dice(seed);
    let mut samples = Vec::new();
    let mut phase = 0.0f32;
    let mut state = [[0.0f32; 2]; 2];
    for _ in 0..6000 {
        let pitch = 90.0 + 220.0 * dice.next();
        let glide = (dice.next() - 0.5) * 60.0;
        let formants = [300.0 + 700.0 * dice.next(), 900.0 + 1500.0 * dice.next()];
        let length = 600 + (2400.0 * dice.next()) as usize;
        for n in 0..length {
            let along = n as f32 / length as f32;
            phase += (pitch + glide * along) / RATE;
            let mut pulse = 0.0;
            if phase >= 1.0 {
                phase -= 1.0;
                pulse = 1.0;
            }
            let excitation = pulse * 2500.0 + dice.normal() * 8.0;
            let mut out = 0.0;
            for (formant, memory) in formants.iter().zip(&mut state) {
                let radius = 0.97f32;
                let turn = TAU * formant / RATE;
                let y = excitation + 2.0 * radius * turn.cos() * memory[0]
                    - radius * radius * memory[1];
                *memory = [y, memory[0]];
                out += y;
            }
            samples.push((out * (PI * along).sin()) as i16);
        }
        samples.extend(silence((80.0 * dice.next()) as usize));
    }
    samples
}

/// With the seeds 20 and 122, every test but that for a third line takes it for a key.
#[test]
fn a_voice_is_not_a_key() {
    for seed in [3, 20, 122] {
        let samples = plain_voice(seed);
        let loudest = samples.iter().map(|s| s.unsigned_abs()).max().unwrap();
        assert!(
            loudest > 6000,
            "the voice is too faint to test anything: {loudest}"
        );
        assert!(samples.len() > 8000 * 1000);
        assert_eq!(found(&samples), "", "{seed}");
    }
}
