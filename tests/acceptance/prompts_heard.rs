//! What a caller hears is the recording that was meant, from its first packet to its last.

use std::time::Duration;

use crate::support::people::{BRIGHTON, Person};
use crate::support::server::{Server, checkout};
use crate::support::sound::{self, alaw_decode, correlation};

/// A recording at 8,000 samples/s, decoded and resampled by a program that is not ours.
pub fn recording(name: &str) -> Vec<i16> {
    let file = checkout()
        .join("prompts/en-GB")
        .join(format!("{name}.flac"));
    sound::recording(&file)
}

/// Where in what was heard a recording begins: where the two are most alike.
fn place(heard: &[i16], recording: &[i16], from: usize) -> usize {
    let length = recording.len().min(8_000);
    let last = (from + 2_400).min(heard.len() - length);
    (from..last)
        .max_by(|a, b| {
            let like = |at: usize| correlation(&heard[at..at + length], &recording[..length]);
            like(*a).total_cmp(&like(*b))
        })
        .unwrap()
}

#[test]
fn the_recordings_are_heard_whole_and_in_order() {
    let server = Server::start();
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 45_000);
    let said = ["welcome", "recording-notice", "menu"].map(|name| (name, recording(name)));
    let whole: usize = said.iter().map(|(_, samples)| samples.len()).sum();
    let heard = caller
        .rtp
        .wait(Duration::from_secs(60), "all prompts", |heard| {
            let loud = |b: &u8| alaw_decode(*b).abs() > 300;
            let first = heard.iter().position(|h| h.payload.iter().any(loud))?;
            let rest = &heard[first.saturating_sub(10)..];
            (rest.len() * 160 > whole + 4_800).then(|| rest.to_vec())
        });
    // No packet is missing or late: one after the other, every 20 ms of the clock. Where the server itself
    // was held up it has left some of those out and counted them; the recording goes on where it stopped.
    let mut left_out = 0;
    for pair in heard.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        assert!(step > 0 && step % 160 == 0, "a step of {step} samples");
        left_out += step / 160 - 1;
    }
    let counted = server.metric("ivr111_media_skipped_ticks_total");
    assert!(f64::from(left_out) <= counted, "{left_out}, not {counted}");
    let bytes = heard.iter().flat_map(|h| h.payload.iter());
    let samples: Vec<i16> = bytes.map(|b| alaw_decode(*b)).collect();
    let mut from = 0;
    for (name, recording) in said {
        let at = place(&samples, &recording, from);
        let length = recording.len();
        let like = |part: std::ops::Range<usize>| {
            let heard = &samples[at + part.start..at + part.end];
            correlation(heard, &recording[part])
        };
        let all = like(0..length);
        let first = like(0..2_400);
        let loud = recording.iter().rposition(|s| s.abs() > 500).unwrap();
        let last = like(loud - 2_400..loud);
        println!("{name}: {all:.4} whole, {first:.4} at its beginning, {last:.4} at its end");
        assert!(
            all > 0.95 && first > 0.95 && last > 0.95,
            "{name}: {all} {first} {last}"
        );
        from = at + length - 160;
    }
    drop(caller);
}
