//! For tests: how like its original a prompt is when it is heard. Nothing in here is what the prompts
//! are made ready with.

use std::{f64::consts::PI, fs::File, path::Path};

use symphonia::core::{
    codecs::audio::AudioDecoderOptions, formats::FormatOptions, formats::TrackType,
    formats::probe::Hint, io::MediaSourceStream, meta::MetadataOptions,
};

/// Samples a second of every recording.
pub(crate) const RATE: u32 = 16_000;
/// Filter taps on either side of the middle when every second sample is left out.
const REACH: i32 = 64;
/// What is cut off there, in parts of the rate: 3.9 kHz.
const CUT: f64 = 3_900.0 / RATE as f64;
/// A stretch so much weaker than the loudest is a pause: 30 dB.
const PAUSE: f64 = 1e-3;
/// What is so much weaker than the loudest stretch is not heard beside it: 40 dB.
const UNHEARD: f64 = 1e-4;
/// Samples of a stretch: 20 ms at 8,000 a second, 10 ms at 16,000.
const STRETCH: usize = 160;

/// What was heard beside its original.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Likeness {
    /// Of the whole, at the best delay.
    pub correlation: f64,
    /// How much louder it is where somebody speaks, in dB.
    pub louder: f64,
    /// How much louder still the stretch is that is so most, in dB.
    pub burst: f64,
    /// Where in what was heard the original begins, in samples.
    pub delay: usize,
}

/// A recording as it lies in `prompts`, from -32,768 to 32,767.
pub(crate) fn recording(language: &str, name: &str) -> Vec<f64> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
    let file = File::open(folder.join(language).join(format!("{name}.flac"))).unwrap();
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let (format, meta) = (FormatOptions::default(), MetadataOptions::default());
    let probe = symphonia::default::get_probe();
    let mut format = probe.probe(&Hint::new(), stream, format, meta).unwrap();
    let track = format.default_track(TrackType::Audio).unwrap();
    let parameters = track.codec_params.as_ref().unwrap().audio().unwrap();
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .unwrap();
    let (mut samples, mut packet_samples) = (Vec::new(), Vec::<i16>::new());
    while let Some(packet) = format.next_packet().unwrap() {
        let decoded = decoder.decode(&packet).unwrap();
        assert_eq!(decoded.spec().rate(), RATE);
        // One channel: as many samples as frames.
        assert_eq!(decoded.samples_interleaved(), decoded.frames());
        packet_samples.resize(decoded.frames(), 0);
        decoded.copy_to_slice_interleaved(&mut packet_samples);
        samples.extend(packet_samples.iter().map(|&s| f64::from(s)));
    }
    samples
}

/// Half as many samples, from the first or the second on; what is beyond the telephone's band is gone.
pub(crate) fn halved(samples: &[f64], from: usize) -> Vec<f64> {
    let tap = |n: i32| {
        let x = f64::from(n);
        let ideal = match n {
            0 => 2.0 * CUT,
            _ => (2.0 * PI * CUT * x).sin() / (PI * x),
        };
        ideal * (0.5 + 0.5 * (PI * x / f64::from(REACH + 1)).cos())
    };
    let taps: Vec<f64> = (-REACH..=REACH).map(tap).collect();
    let mut padded = vec![0.0; REACH as usize];
    padded.extend_from_slice(samples);
    padded.resize(samples.len() + 2 * REACH as usize, 0.0);
    let around = padded.windows(taps.len()).skip(from).step_by(2);
    around
        .map(|around| around.iter().zip(&taps).map(|(s, t)| s * t).sum())
        .collect()
}

/// Compares what was heard, which begins earlier and ends later, with its original.
pub(crate) fn likeness(original: &[f64], heard: &[f64]) -> Likeness {
    let delay = delay(original, heard);
    let heard = &heard[delay..delay + original.len()];
    let stretches = original.chunks(STRETCH).zip(heard.chunks(STRETCH));
    let powers: Vec<(f64, f64)> = stretches.map(|(o, h)| (power(o), power(h))).collect();
    let loudest = powers.iter().fold(0.0, |m: f64, (o, _)| m.max(*o));
    let spoken = powers.iter().filter(|(o, _)| *o >= loudest * PAUSE);
    let (before, after) = spoken.fold((0.0, 0.0), |(b, a), (o, h)| (b + o, a + h));
    let (gain, floor) = (after / before, loudest * UNHEARD);
    let bursts = powers
        .iter()
        .map(|(o, h)| (h / gain + floor) / (o + floor))
        .fold(0.0, f64::max);
    Likeness {
        correlation: correlation(original, heard),
        louder: decibel(gain),
        burst: decibel(bursts),
        delay,
    }
}

/// The level of what is spoken, pauses left out, in dBov (0 is a square wave of full scale).
pub(crate) fn spoken_level(samples: &[f64]) -> f64 {
    let whole = samples.chunks_exact(STRETCH).map(power);
    let powers: Vec<f64> = whole.collect();
    let loudest = powers.iter().copied().fold(0.0, f64::max);
    let spoken = powers.into_iter().filter(|p| *p >= loudest * PAUSE);
    let (sum, count) = spoken.fold((0.0, 0), |(sum, n), p| (sum + p, n + STRETCH));
    decibel(sum / count as f64 / 32_768.0_f64.powi(2))
}

fn power(samples: &[f64]) -> f64 {
    samples.iter().map(|s| s * s).sum()
}

fn decibel(ratio: f64) -> f64 {
    10.0 * ratio.log10()
}

/// The delay at which the loudest quarter of a second, and then the whole, is most alike.
fn delay(original: &[f64], heard: &[f64]) -> usize {
    let most = heard.len() - original.len();
    let length = original.len().min(RATE as usize / 4);
    let part = |at: usize| power(&original[at..at + length]);
    let loud = (0..=original.len() - length)
        .step_by(STRETCH)
        .max_by(|a, b| part(*a).total_cmp(&part(*b)))
        .unwrap();
    let at = |delay: usize, from: usize, length: usize| {
        let heard = &heard[delay + from..delay + from + length];
        correlation(&original[from..from + length], heard)
    };
    let near = (0..=most)
        .max_by(|a, b| at(*a, loud, length).total_cmp(&at(*b, loud, length)))
        .unwrap();
    (near.saturating_sub(2)..=(near + 2).min(most))
        .max_by(|a, b| at(*a, 0, original.len()).total_cmp(&at(*b, 0, original.len())))
        .unwrap()
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let (mut both, mut first, mut second) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(other) {
        both += a * b;
        first += a * a;
        second += b * b;
    }
    both / (first * second).sqrt().max(f64::MIN_POSITIVE)
}
