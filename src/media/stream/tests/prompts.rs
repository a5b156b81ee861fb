//! Prompts as the caller hears them, against the recordings that lie in `prompts`.

use std::{path::Path, sync::LazyLock};

use super::*;
use crate::media::{
    likeness::{Likeness, halved, likeness, recording, spoken_level},
    prompt::Prompts,
    voice::{Band, Decoder},
};

/// As the server loads them.
static PROMPTS: LazyLock<Prompts> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    Prompts::load(&folder).unwrap()
});

/// Greetings, what is said on the way, and digits, in both voices.
const SPOKEN: [(&str, &str); 6] = [
    ("en-GB", "welcome"),
    ("en-GB", "number-read-back-before"),
    ("en-GB", "digit-7"),
    ("cy-GB", "welcome"),
    ("cy-GB", "invalid-key"),
    ("cy-GB", "digit-3"),
];
/// What the script asks for where it says nothing else, in dBov.
const LEVEL: f64 = -22.0;

/// What has gone over the line when a prompt begins.
#[derive(Clone, Copy, Debug)]
enum Before {
    /// The peer's decoder is new.
    Nothing,
    /// Our silence, while the peer had not been heard.
    Silence,
}

/// Plays prompts on a stream and decodes everything that leaves.
fn heard(codec: Codec, before: Before, prompts: &[(&str, &str)]) -> Vec<f64> {
    let number = codec.payload_type();
    let mut rig = Rig::new(&format!("RTP/AVP {number}"));
    let clip = |prompt: &(&str, &str)| PROMPTS.clip(prompt.0, prompt.1).unwrap().clone();
    rig.stream
        .play(playlist(prompts.iter().map(clip).collect()));
    if let Before::Nothing = before {
        rig.receive(at(4000), number, 0, &[codec.silence(); 160]);
    }
    for _ in 0..10_000 {
        if rig.out.events.contains(&Event::Played { id: 9 }) {
            break;
        }
        rig.tick();
    }
    assert!(rig.out.events.contains(&Event::Played { id: 9 }));
    // What the filters hold back still comes out.
    rig.ticks(3);
    let band = match codec {
        Codec::G722 => Band::Wide,
        _ => Band::Narrow,
    };
    let mut decoder = Decoder::new(codec, band);
    let (mut samples, mut heard) = ([0; 2 * 160], Vec::new());
    for (header, payload) in rig.out.packets() {
        assert_eq!(header.payload_type, number);
        let samples = decoder.decode(payload, &mut samples);
        heard.extend(samples.iter().map(|&s| f64::from(s)));
    }
    heard
}

/// Recordings one after the other, each filled up to whole frames as clips are.
fn originals(prompts: &[(&str, &str)]) -> Vec<f64> {
    let mut all = Vec::new();
    for (language, name) in prompts {
        all.extend(recording(language, name));
        all.resize(all.len().next_multiple_of(320), 0.0);
    }
    all
}

/// How a stretch of prompts is heard, beside what can be heard of it at best in that codec.
fn compare(codec: Codec, before: Before, prompts: &[(&str, &str)]) -> Likeness {
    let mut original = originals(prompts);
    if codec != Codec::G722 {
        original = halved(&original, 0);
    }
    let found = likeness(&original, &heard(codec, before, prompts));
    let Likeness {
        correlation,
        louder,
        burst,
        delay,
    } = found;
    let names: Vec<&str> = prompts.iter().map(|(_, name)| *name).collect();
    println!(
        "{} {} {} after {before:?}: {correlation:.4}, {louder:+.2} dB, at most {burst:.2} dB more, at {delay}",
        prompts[0].0,
        names.join(" "),
        codec.name(),
    );
    found
}

#[test]
fn prompts_are_heard_as_they_were_recorded_in_every_codec() {
    for prompt in SPOKEN {
        let level = spoken_level(&halved(&recording(prompt.0, prompt.1), 0));
        println!("{} {}: {level:.1} dBov", prompt.0, prompt.1);
        for codec in Codec::ALL {
            for before in [Before::Silence, Before::Nothing] {
                let found = compare(codec, before, &[prompt]);
                let least = if codec == Codec::G722 { 0.985 } else { 0.99 };
                assert!(found.correlation > least);
                // A new decoder of G.722 takes the first word a little too loud.
                let most = match before {
                    Before::Silence => 4.0,
                    Before::Nothing => 6.0,
                };
                assert!(found.burst < most);
                let change = level + found.louder - LEVEL;
                assert!(change.abs() < 1.0, "{change} dB from the script's level");
                // Whole silent packets before it, and a filter's delay.
                let silent = match before {
                    Before::Silence => 1_600,
                    Before::Nothing => 0,
                };
                let (silent, filter) = match codec {
                    Codec::G722 => (2 * silent, 22),
                    _ => (silent, 0),
                };
                assert_eq!(found.delay, silent + filter);
            }
        }
    }
}

#[test]
fn digits_one_after_the_other_are_heard_as_they_were_recorded() {
    for language in ["en-GB", "cy-GB"] {
        let digits = ["digit-7", "digit-3", "digit-9", "digit-0"].map(|name| (language, name));
        for codec in Codec::ALL {
            let found = compare(codec, Before::Silence, &digits);
            assert!(found.correlation > 0.99);
            assert!(found.burst < 4.0);
        }
    }
}
