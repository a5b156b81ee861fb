use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _};

use super::decode::Recording;

/// Samples a second of G.711, and of G.722.
pub(super) const NARROW: u32 = 8_000;
pub(super) const WIDE: u32 = 16_000;
/// Samples given to the resampler at once.
const CHUNK: usize = 1_024;

/// Brings a recording to `wanted` samples/s, without the resampler's delay at its head.
pub(super) fn resample(recording: &Recording, wanted: u32) -> Result<Vec<f32>, String> {
    let Recording { rate, samples } = recording;
    if *rate == wanted {
        return Ok(samples.clone());
    }
    let cannot =
        |error: &dyn std::fmt::Display| format!("cannot be brought to {wanted} Hz: {error}");
    let (from, to) = (*rate as usize, wanted as usize);
    let mut resampler =
        Fft::<f32>::new(from, to, CHUNK, 1, FixedSync::Input).map_err(|error| cannot(&error))?;
    let length = samples.len();
    let input = SequentialSlice::new(samples.as_slice(), 1, length).map_err(|e| cannot(&e))?;
    let output = resampler.process_all(&input, length, None);
    Ok(output.map_err(|error| cannot(&error))?.take_data())
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    #[test]
    fn a_tone_keeps_its_place_and_what_a_telephone_cannot_carry_is_gone() {
        for rate in [8_000, 16_000, 22_050, 44_100, 48_000] {
            let tone = |hz: f32| -> Vec<f32> {
                let sine = |n| (TAU * hz * n as f32 / rate as f32).sin();
                (0..rate).map(sine).collect()
            };
            let resampled = |hz| {
                let samples = tone(hz);
                resample(&Recording { rate, samples }, NARROW).unwrap()
            };
            let kept = resampled(1_000.0);
            assert!(kept.len().abs_diff(8_000) <= 1, "{rate}: {}", kept.len());
            let error = |n: usize| (kept[n] - (TAU * n as f32 / 8.0).sin()).abs();
            let worst = (400..7_600).map(error).fold(0.0, f32::max);
            // Half a sample early or late is as near as some ratios come.
            assert!(worst < 0.4, "{rate}: {worst}");
            let power = kept[400..7_600].iter().map(|s| s * s).sum::<f32>() / 7_200.0;
            assert!((power - 0.5).abs() < 0.005, "{rate}: {power}");
            if rate > 12_000 {
                let folded = resampled(5_000.0);
                let loudest = folded[400..7_600]
                    .iter()
                    .fold(0.0f32, |m, s| m.max(s.abs()));
                assert!(loudest < 0.002, "{rate}: {loudest}");
            }
        }
    }
}
