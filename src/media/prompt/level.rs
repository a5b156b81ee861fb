/// Samples over which the level is taken: 20 ms at 8 kHz.
const WINDOW: usize = 160;
/// A stretch this far below the loudest one is a pause, in dB.
const PAUSE: f32 = 30.0;
/// No peak goes beyond this part of full scale.
const PEAK: f32 = 0.9;

/// The level of what is spoken, in dBov: the mean power of stretches that are no pauses, as the
/// active speech level of ITU-T P.56 is. None for silence.
pub(super) fn active_level(samples: &[f32]) -> Option<f32> {
    let power = |w: &[f32]| w.iter().map(|s| s * s).sum::<f32>() / w.len() as f32;
    let powers: Vec<f32> = samples.chunks(WINDOW).map(power).collect();
    let loudest = powers.iter().copied().fold(0.0, f32::max);
    if loudest <= 1e-9 {
        return None;
    }
    let threshold = loudest * 10f32.powf(-PAUSE / 10.0);
    let active: Vec<f32> = powers.into_iter().filter(|p| *p >= threshold).collect();
    let mean = active.iter().sum::<f32>() / active.len() as f32;
    Some(10.0 * mean.log10())
}

/// What brings speech to a level in dBov, but no peak beyond 0.9 of full scale.
pub(super) fn gain(samples: &[f32], level: f32) -> f32 {
    let gain = active_level(samples).map_or(1.0, |is| 10f32.powf((level - is) / 20.0));
    let peak = samples.iter().fold(0.0f32, |m, s| m.max(s.abs()));
    gain.min(PEAK / peak.max(1e-6))
}

/// 16-bit samples, louder by a factor.
pub(super) fn scaled(samples: &[f32], gain: f32) -> Vec<i16> {
    let scaled = samples.iter().map(|s| (s * gain * 32_767.0).round());
    scaled.map(|s| s as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(amplitude: f32) -> Vec<f32> {
        let sine = |n: usize| amplitude * (n as f32 * 0.7).sin();
        let mut samples: Vec<f32> = (0..8_000).map(sine).collect();
        // A pause does not make what is spoken any quieter.
        samples.extend(vec![0.0; 16_000]);
        samples
    }

    fn normalise(samples: &[f32], level: f32) -> Vec<i16> {
        scaled(samples, gain(samples, level))
    }

    fn level_of(samples: &[i16]) -> f32 {
        let samples: Vec<f32> = samples.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        active_level(&samples).unwrap()
    }

    #[test]
    fn loud_and_soft_recordings_come_out_alike() {
        for amplitude in [0.01, 0.1, 0.9] {
            let level = level_of(&normalise(&tone(amplitude), -22.0));
            assert!((level + 22.0).abs() < 0.2, "{amplitude}: {level}");
        }
    }

    #[test]
    fn nothing_is_clipped_and_silence_stays_silent() {
        let mut spiky = tone(0.02);
        spiky[100] = 0.9;
        let peak = normalise(&spiky, -10.0).into_iter().max().unwrap();
        assert!(peak <= 29_500, "{peak}");
        assert_eq!(normalise(&[0.0; 480], -22.0), [0; 480]);
    }
}
