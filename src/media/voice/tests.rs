use std::f32::consts::TAU;

use super::*;
use crate::media::codec::Codec;

/// A tone of 0.2 of full scale.
fn tone(hertz: f32, rate: f32, samples: usize) -> Vec<i16> {
    (0..samples)
        .map(|n| ((TAU * hertz * n as f32 / rate).sin() * 6_554.0).round() as i16)
        .collect()
}

fn level(samples: &[i16]) -> f32 {
    let power: f32 = samples.iter().map(|&s| f32::from(s).powi(2)).sum();
    10.0 * (power / samples.len() as f32).max(1e-3).log10()
}

fn encode(codec: Codec, band: Band, samples: &[i16]) -> Vec<u8> {
    let mut encoder = Encoder::new(codec, band);
    let mut payload = vec![0; samples.len() / band.per_byte()];
    // As they come: packet by packet.
    let frame = 160;
    for (samples, payload) in samples
        .chunks(frame * band.per_byte())
        .zip(payload.chunks_mut(frame))
    {
        encoder.encode(samples, payload);
    }
    payload
}

fn decode(codec: Codec, band: Band, payload: &[u8]) -> Vec<i16> {
    let mut decoder = Decoder::new(codec, band);
    let mut buffer = vec![0; 160 * band.per_byte()];
    payload
        .chunks(160)
        .flat_map(|payload| decoder.decode(payload, &mut buffer).to_vec())
        .collect()
}

/// The best match of one signal with another that is up to `most` samples later, and where it is.
fn correlation(one: &[i16], later: &[i16], most: usize) -> (f32, usize) {
    let at = |shift: usize| {
        let pairs = one.iter().zip(&later[shift..]);
        let (mut both, mut first, mut second) = (0.0, 0.0, 0.0);
        for (&a, &b) in pairs {
            let (a, b) = (f64::from(a), f64::from(b));
            both += a * b;
            first += a * a;
            second += b * b;
        }
        (both / (first * second).sqrt()) as f32
    };
    (0..most)
        .map(|shift| (at(shift), shift))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap()
}

#[test]
fn every_codec_keeps_level_and_shape_in_either_band() {
    for (band, rate) in [(Band::Narrow, 8_000.0), (Band::Wide, 16_000.0)] {
        for codec in Codec::ALL {
            for hertz in [300.0, 1_000.0, 2_000.0, 3_000.0] {
                let sent = tone(hertz, rate, 16_000);
                let heard = decode(codec, band, &encode(codec, band, &sent));
                let change = level(&heard[1_000..]) - level(&sent[1_000..]);
                let (match_, shift) = correlation(&sent[..15_000], &heard, 200);
                println!("{codec:?} {band:?} {hertz} Hz: {change:+.2} dB, {match_:.4} at {shift}");
                assert!(
                    change.abs() < 0.5,
                    "{codec:?} {band:?} {hertz}: {change} dB"
                );
                assert!(match_ > 0.99, "{codec:?} {band:?} {hertz}: {match_}");
            }
        }
    }
}

#[test]
fn twice_and_half_as_many_samples_keep_the_telephones_band_and_fold_nothing_into_it() {
    let doubled = |hertz| -> Vec<i16> {
        let mut doubler = halfband::Doubler::default();
        let samples = tone(hertz, 8_000.0, 8_000).into_iter();
        samples.flat_map(|sample| doubler.next(sample)).collect()
    };
    let halved = |hertz| -> Vec<i16> {
        let mut halver = halfband::Halver::default();
        let samples = tone(hertz, 16_000.0, 16_000);
        let pairs = samples.as_chunks::<2>().0;
        pairs.iter().map(|&pair| halver.next(pair)).collect()
    };
    let whole = level(&tone(1_000.0, 8_000.0, 8_000));
    for hertz in [200.0, 1_000.0, 3_000.0, 3_400.0] {
        for heard in [doubled(hertz), halved(hertz)] {
            let change = level(&heard[1_000..]) - whole;
            assert!(change.abs() < 0.1, "{hertz} Hz: {change} dB");
        }
    }
    for hertz in [4_600.0, 6_000.0, 7_500.0] {
        let change = level(&halved(hertz)[1_000..]) - whole;
        assert!(change < -50.0, "{hertz} Hz: {change} dB");
    }
}

#[test]
fn g722_carries_what_g711_cannot() {
    let sent = tone(6_000.0, 16_000.0, 16_000);
    for (codec, carried) in [(Codec::G722, true), (Codec::Pcma, false)] {
        let heard = decode(codec, Band::Wide, &encode(codec, Band::Wide, &sent));
        let change = level(&heard[1_000..]) - level(&sent[1_000..]);
        println!("{codec:?} 6,000 Hz: {change:+.1} dB");
        match carried {
            true => assert!(change.abs() < 1.0, "{change}"),
            false => assert!(change < -45.0, "{change}"),
        }
    }
}

#[test]
fn silence_stays_silent_whatever_came_before() {
    for codec in Codec::ALL {
        for band in [Band::Narrow, Band::Wide] {
            let mut payload = encode(codec, band, &tone(1_000.0, 8_000.0, 1_600));
            let mut silence = vec![0; 4_000];
            // From a coder that has heard something else before.
            Encoder::new(codec, band).silence(&mut silence);
            payload.extend(silence);
            let heard = decode(codec, band, &payload);
            let rest = &heard[heard.len() - 1_000..];
            let loudest = rest.iter().map(|s| s.unsigned_abs()).max().unwrap();
            // 60 dB below full scale.
            assert!(loudest <= 32, "{codec:?} {band:?}: {loudest}");
        }
    }
}

#[test]
fn translation_keeps_level_and_shape_between_all_codecs() {
    let sent = tone(1_000.0, 8_000.0, 16_000);
    for from in Codec::ALL {
        for to in Codec::ALL {
            let payload = encode(from, Band::Narrow, &sent);
            let mut translated = vec![0; payload.len()];
            let mut translator = Translator::new(from, to);
            for (payload, into) in payload.chunks(240).zip(translated.chunks_mut(240)) {
                translator.translate(payload, into);
            }
            let heard = decode(to, Band::Narrow, &translated);
            let change = level(&heard[1_000..]) - level(&sent[1_000..]);
            let (match_, _) = correlation(&sent[..15_000], &heard, 50);
            println!("{from:?} to {to:?}: {change:+.2} dB, {match_:.4}");
            assert!(change.abs() < 0.5 && match_ > 0.99, "{from:?} to {to:?}");
        }
    }
}

#[test]
fn what_does_not_fit_is_left_out_and_what_is_missing_is_silence() {
    for codec in Codec::ALL {
        let mut payload = [1; 10];
        Encoder::new(codec, Band::Wide).encode(&[0; 7], &mut payload);
        let mut silence = [0; 10];
        Encoder::new(codec, Band::Wide).silence(&mut silence);
        assert_eq!(payload, silence);
        Encoder::new(codec, Band::Narrow).encode(&[0; 700], &mut payload);
        let mut samples = [1; 5];
        let decoded = Decoder::new(codec, Band::Wide).decode(&payload, &mut samples);
        assert_eq!(decoded.len(), 4);
        assert!(
            Decoder::new(codec, Band::Narrow)
                .decode(&[], &mut samples)
                .is_empty()
        );
    }
}
