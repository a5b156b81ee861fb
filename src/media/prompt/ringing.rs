use std::f32::consts::TAU;

use crate::media::clip::Clip;

/// The tone that callers in the UK know as ringing: 400 and 450 Hz, 0.4 s on, 0.2 s off, 0.4 s on, 2 s
/// off (ITU-T E.180 supplement 2). Three seconds, to be repeated.
pub fn ringing_tone() -> Clip {
    let sample = |n: usize| {
        let time = n as f32 / 8_000.0;
        if !(time < 0.4 || (0.6..1.0).contains(&time)) {
            return 0;
        }
        let mixed = (TAU * 400.0 * time).sin() + (TAU * 450.0 * time).sin();
        (mixed * 2_000.0) as i16
    };
    let samples: Vec<i16> = (0..24_000).map(sample).collect();
    Clip::from_samples(&samples)
}
