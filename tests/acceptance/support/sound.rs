//! Sound at 8,000 samples/s: tones, their measure, likeness.

use std::f64::consts::TAU;

/// Samples of a tone at a peak of `peak`.
pub fn tone(hz: f64, samples: usize, peak: f64) -> Vec<i16> {
    (0..samples)
        .map(|n| (peak * (TAU * hz * n as f64 / 8000.0).sin()) as i16)
        .collect()
}

/// The share of a signal's energy that lies at a frequency (Goertzel), 0 to 1.
pub fn share_at(samples: &[i16], hz: f64) -> f64 {
    let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    if energy == 0.0 {
        return 0.0;
    }
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let angle = TAU * hz * n as f64 / 8000.0;
        re += f64::from(*sample) * angle.cos();
        im += f64::from(*sample) * angle.sin();
    }
    2.0 * (re * re + im * im) / (samples.len() as f64 * energy)
}

/// Correlation of two signals of one length, -1 to 1.
pub fn correlation(a: &[i16], b: &[i16]) -> f64 {
    assert_eq!(a.len(), b.len());
    let dot = |x: &[i16], y: &[i16]| -> f64 {
        x.iter()
            .zip(y)
            .map(|(p, q)| f64::from(*p) * f64::from(*q))
            .sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1.0)
}

/// Where a part first stands in what was heard.
pub fn find(heard: &[i16], part: &[i16]) -> Option<usize> {
    let mut windows = heard.windows(part.len());
    windows.position(|window| correlation(window, part) > 0.9)
}

/// A-law as ITU-T G.711 defines it, written out for the tests alone.
pub fn alaw_decode(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let mantissa = i16::from(byte & 0x0f) << 4;
    let exponent = (byte >> 4) & 7;
    let magnitude = match exponent {
        0 => mantissa + 8,
        e => (mantissa + 0x108) << (e - 1),
    };
    if byte & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }
}

/// The nearest A-law value.
pub fn alaw_encode(sample: i16) -> u8 {
    (0..=255u8)
        .min_by_key(|b| (i32::from(alaw_decode(*b)) - i32::from(sample)).abs())
        .unwrap()
}

pub fn alaw_table() -> Vec<u8> {
    (i16::MIN..=i16::MAX).step_by(16).map(alaw_encode).collect()
}

/// Reads 16-bit mono WAV: samples/s and samples.
pub fn read_wav(path: &std::path::Path) -> (u32, Vec<i16>) {
    let bytes = std::fs::read(path).unwrap();
    let rate = u32::from_le_bytes(bytes[24..28].try_into().unwrap());
    let data = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    let samples = bytes[data..].chunks_exact(2);
    let samples = samples.map(|b| i16::from_le_bytes([b[0], b[1]]));
    (rate, samples.collect())
}

/// Reads 16-bit stereo WAV: samples/s, left and right.
pub fn read_stereo(path: &std::path::Path) -> (u32, Vec<i16>, Vec<i16>) {
    let (rate, samples) = read_wav(path);
    let pairs = samples.chunks_exact(2);
    let (left, right) = pairs.map(|pair| (pair[0], pair[1])).unzip();
    (rate, left, right)
}

/// Writes 16-bit mono WAV at 8,000 samples/s.
pub fn write_wav(path: &std::path::Path, samples: &[i16]) {
    let length = u32::try_from(samples.len() * 2).unwrap();
    let mut out = Vec::new();
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + length).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16u32.to_le_bytes());
    out.extend_from_slice(&1u16.to_le_bytes());
    out.extend_from_slice(&1u16.to_le_bytes());
    out.extend_from_slice(&8000u32.to_le_bytes());
    out.extend_from_slice(&16000u32.to_le_bytes());
    out.extend_from_slice(&2u16.to_le_bytes());
    out.extend_from_slice(&16u16.to_le_bytes());
    out.extend_from_slice(b"data");
    out.extend_from_slice(&length.to_le_bytes());
    for sample in samples {
        out.extend_from_slice(&sample.to_le_bytes());
    }
    std::fs::write(path, out).unwrap();
}

/// Whether the loud part at the end of a recording is a tone. Its loud frames of 20 ms are measured one by
/// one: a pause, where a sender was held up, shifts the tone behind it.
pub fn hears_at_last(samples: &[i16], hz: f64) -> bool {
    let is_loud = |sample: &i16| sample.abs() > 1_000;
    let loud = samples.iter().rposition(is_loud);
    let Some(end) = loud.filter(|end| *end > 6_000) else {
        return false;
    };
    let frames = samples[end - 4_000..end - 800].chunks_exact(160);
    let loud = frames.filter(|frame| frame.iter().any(is_loud));
    let shares: Vec<f64> = loud.map(|frame| share_at(frame, hz)).collect();
    // Ten of the twenty, so that a click is no tone.
    shares.len() >= 10 && shares.iter().sum::<f64>() / shares.len() as f64 > 0.8
}

/// A recording at 8,000 samples/s, decoded and resampled by a program that is not ours.
pub fn recording(file: &std::path::Path) -> Vec<i16> {
    let output = std::process::Command::new("sox")
        .arg(file)
        .args([
            "-t", "raw", "-e", "signed", "-b", "16", "-L", "-c", "1", "-r", "8000", "-",
        ])
        .output()
        .expect("sox is installed by make test");
    assert!(output.status.success(), "{}", file.display());
    let bytes = output.stdout.chunks_exact(2);
    bytes.map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
}
