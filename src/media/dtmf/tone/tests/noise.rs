//! Keys in noise and beside a dial tone.

use super::*;

/// Presses of each case.
const PRESSES: usize = 250;

fn amplitude(level: f32) -> f32 {
    32_767.0 * 10f32.powf((level - FULL_SCALE) / 20.0)
}

/// Two tones under which white Gaussian noise of 0 to 4 kHz lies `ratio` dB below the power of both
/// tones together. Below one tone the same ratio would be less noise.
fn noisy(dice: &mut Dice, key: Key, level: f32, twist: f32, ms: usize, ratio: f32) -> Vec<i16> {
    let (low, high) = (level - twist.max(0.0), level + twist.min(0.0));
    let power = (amplitude(low).powi(2) + amplitude(high).powi(2)) / 2.0;
    let rms = (power * 10f32.powf(-ratio / 10.0)).sqrt();
    let (f, g) = key.frequencies();
    let (f, g) = (
        f * dice.between(0.985, 1.015),
        g * dice.between(0.985, 1.015),
    );
    let mut tone = DualTone::of(f, low, g, high);
    let (before, after) = (400 + dice.below(HOP), 480);
    let mut sample = |n: usize| {
        let on = (before..before + ms * 8).contains(&n);
        let tone = if on { tone.next_sample() } else { 0 };
        (f32::from(tone) + dice.normal() * rms) as i16
    };
    (0..before + ms * 8 + after).map(&mut sample).collect()
}

#[test]
fn noise_fifteen_decibels_below_both_tones_hides_less_than_one_key_in_a_thousand() {
    let (levels, twists) = ([-3.0, -10.0, -20.0, -28.0], [-8.0, -4.0, 0.0, 4.0, 8.0]);
    println!(
        "noise below both tones, dB   missed of {} (40 ms)",
        PRESSES * 20
    );
    for ratio in [18.0, 15.0, 14.0, 13.0, 12.0] {
        let mut missed = 0;
        for (n, (level, twist)) in cross(&levels, &twists).enumerate() {
            let mut dice = Dice(n as u64 * 31 + 7);
            for press in 0..PRESSES {
                let key = key(dice.below(16) as u8);
                let sound = noisy(&mut dice, key, level, twist, 40, ratio);
                let keys = found_through([Law::A, Law::Mu][press % 2], &sound);
                missed += usize::from(keys != once(key));
            }
        }
        println!("{ratio:>25} {missed:>8}");
        assert!(ratio < 15.0 || missed * 1000 < PRESSES * 20, "{ratio}");
    }
}

#[test]
fn noise_fifteen_decibels_below_leaves_every_level_and_twist_alike() {
    let levels = [-3.0, -10.0, -20.0, -28.0];
    println!("high - low, dB  {levels:>5?} dBm0 of the stronger (missed of {PRESSES}, 50 ms)");
    for twist in [-8.0, -4.0, 0.0, 4.0, 8.0] {
        let missed = levels.map(|level| {
            let mut dice = Dice(29);
            let mut misses = |press: usize| {
                let key = key(dice.below(16) as u8);
                let sound = noisy(&mut dice, key, level, twist, 50, 15.0);
                usize::from(found_through([Law::A, Law::Mu][press % 2], &sound) != once(key))
            };
            (0..PRESSES).map(&mut misses).sum::<usize>()
        });
        println!("{twist:>14} {missed:>6?}");
        assert!(missed.iter().sum::<usize>() * 1000 < PRESSES * levels.len());
    }
}

/// A British exchange's dial tone goes when the first digit comes; on a call there is none.
#[test]
fn a_dial_tone_is_no_key_and_hides_one_unless_it_is_faint() {
    println!("350 and 440 Hz, dBm0 each   % found of keys of -10 dBm0 a tone, 50 ms");
    for level in [-10.0, -15.0, -20.0, -25.0, -28.0, -30.0, -35.0] {
        let mut found_keys = 0;
        for (code, place) in cross(
            &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
            &[0, 9, 17, 30],
        ) {
            let mut dial = DualTone::of(350.0, level, 440.0, level);
            let mut sound = vec![0; 1600 + place];
            sound.extend(press(code, -10.0, 50));
            sound.extend(silence(60));
            for sample in &mut sound {
                *sample = sample.saturating_add(dial.next_sample());
            }
            let keys = found(&sound);
            assert!(keys.is_empty() || keys == once(key(code)));
            found_keys += usize::from(!keys.is_empty());
        }
        println!("{level:>26} {:>8.1}", found_keys as f32 / 0.64);
        assert!(level > -30.0 || found_keys == 64, "{level}");
    }
    for level in [0.0, -10.0, -20.0] {
        assert_eq!(
            found(&tones(DualTone::of(350.0, level, 440.0, level), 3000)),
            ""
        );
    }
}

fn cross<A: Copy, B: Copy>(a: &[A], b: &[B]) -> impl Iterator<Item = (A, B)> {
    a.iter().flat_map(move |&a| b.iter().map(move |&b| (a, b)))
}
