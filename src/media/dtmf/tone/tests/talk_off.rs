//! Half an hour and more of a made voice holds no key: Bellcore's idea of talk-off.

use std::collections::BTreeMap;

use super::{
    voice::{Sound, Voice},
    *,
};

/// Voices, and samples of each: 36 minutes together.
const VOICES: u64 = 6;
const EACH: usize = 6 * 60 * 8000;

#[derive(Default)]
struct Tally {
    samples: usize,
    /// Windows that passed every test of one window.
    windows: usize,
    /// The most of them in a row.
    row: u32,
    keys: usize,
}

#[test]
fn half_an_hour_of_a_made_voice_holds_no_key() {
    let mut tallies: BTreeMap<Sound, Tally> = BTreeMap::new();
    for seed in 0..VOICES {
        let mut voice = Voice::new(seed * 977 + 1);
        let mut detector = ToneDetector::default();
        let mut done = 0;
        while done < EACH {
            let (sound, samples) = voice.next();
            let tally = tallies.entry(sound).or_default();
            for sample in samples {
                let heard = Law::A.decode(Law::A.encode(sample));
                tally.keys += usize::from(detector.on_sample(heard).is_some());
                if detector.fresh == 0 {
                    let row = detector.run.as_ref().map_or(0, |(_, row)| *row);
                    tally.windows += usize::from(row > 0);
                    tally.row = tally.row.max(row);
                }
                tally.samples += 1;
                done += 1;
            }
        }
    }
    println!("sound       minutes  windows like a key  most in a row  keys");
    for (
        sound,
        Tally {
            samples,
            windows,
            row,
            keys,
        },
    ) in &tallies
    {
        let (sound, minutes) = (format!("{sound:?}"), *samples as f32 / 480_000.0);
        println!("{sound:<10} {minutes:>8.1} {windows:>19} {row:>14} {keys:>5}");
    }
    let sum = |of: fn(&Tally) -> usize| tallies.values().map(of).sum::<usize>();
    assert!(sum(|t| t.samples) > 35 * 480_000);
    assert!(sum(|t| t.windows) > 20, "the voice is too tame");
    assert_eq!(sum(|t| t.keys), 0);
}
