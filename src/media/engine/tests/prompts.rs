//! A prompt over real sockets, against the recording that lies in `prompts`.

use std::path::Path;

use super::*;
use crate::media::{
    Prompts,
    likeness::{halved, likeness, recording, spoken_level},
    voice::{Band, Decoder},
};

#[test]
fn a_prompt_is_heard_as_it_was_recorded_on_a_leg_of_every_codec() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let prompts = Prompts::load(&folder).unwrap();
    let clip = prompts.clip("en-GB", "digit-3").unwrap();
    let engine = engine(18_600..=18_619);
    let mut phones = Codec::ALL.map(Phone::new);
    let legs = phones.each_mut().map(|phone| {
        let leg = engine.open(events().0).unwrap();
        phone.call(&leg);
        leg.send_clip(clip.clone(), 1);
        leg
    });
    // Of our silence before it there are ten packets at most.
    let all = clip.alaw.len() / 160 + 15;
    let mut those: Vec<_> = phones.iter_mut().map(|phone| (phone, None)).collect();
    run(&mut those, 0, all);
    drop(legs);
    let original = recording("en-GB", "digit-3");
    let level = spoken_level(&halved(&original, 0));
    for phone in &phones {
        let (band, original) = match phone.codec {
            Codec::G722 => (Band::Wide, original.clone()),
            _ => (Band::Narrow, halved(&original, 0)),
        };
        let mut decoder = Decoder::new(phone.codec, band);
        let (mut samples, mut heard) = ([0; 320], Vec::new());
        for (_, header, payload) in &phone.heard {
            assert_eq!(header.payload_type, phone.codec.payload_type());
            let samples = decoder.decode(payload, &mut samples);
            heard.extend(samples.iter().map(|&s| f64::from(s)));
        }
        let found = likeness(&original, &heard);
        println!("{:?}: {found:?}", phone.codec);
        assert!(found.correlation > 0.985);
        assert!(found.burst < 6.0);
        // -22 dBov is what the script asks for.
        assert!((level + found.louder + 22.0).abs() < 1.0);
    }
}
