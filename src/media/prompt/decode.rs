use std::fs::File;
use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// A recording longer than this is a mistake.
const LONGEST_SECONDS: usize = 15 * 60;

/// A recording as one channel, -1 to 1.
#[derive(Debug)]
pub(super) struct Recording {
    /// Samples a second.
    pub(super) rate: u32,
    pub(super) samples: Vec<f32>,
}

/// Reads a recording and mixes its channels down. The error is a sentence for whoever put it there.
pub(super) fn decode(path: &Path) -> Result<Recording, String> {
    let unreadable = |error: Error| format!("cannot be read as a recording: {error}");
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let probe = symphonia::default::get_probe();
    let (format, meta) = (FormatOptions::default(), MetadataOptions::default());
    let mut format = probe
        .probe(&hint, stream, format, meta)
        .map_err(unreadable)?;
    let track = format.default_track(TrackType::Audio);
    let (id, parameters) = track
        .and_then(|track| Some((track.id, track.codec_params.as_ref()?.audio()?.clone())))
        .ok_or("holds no sound")?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(&parameters, &AudioDecoderOptions::default())
        .map_err(unreadable)?;
    let (mut samples, mut rate, mut packet_samples) = (Vec::new(), 0, Vec::<f32>::new());
    while let Some(packet) = format.next_packet().map_err(unreadable)? {
        if packet.track_id != id {
            continue;
        }
        let decoded = decoder.decode(&packet).map_err(unreadable)?;
        if rate != 0 && rate != decoded.spec().rate() {
            return Err("changes its sampling rate half-way".into());
        }
        rate = decoded.spec().rate();
        packet_samples.resize(decoded.samples_interleaved(), 0.0);
        decoded.copy_to_slice_interleaved(&mut packet_samples);
        let channels = (packet_samples.len() / decoded.frames().max(1)).max(1);
        let mixed = packet_samples.chunks_exact(channels);
        samples.extend(mixed.map(|frame| frame.iter().sum::<f32>() / channels as f32));
        if samples.len() > LONGEST_SECONDS * rate as usize {
            return Err(format!("is longer than {} minutes", LONGEST_SECONDS / 60));
        }
    }
    if samples.is_empty() || rate == 0 {
        return Err("holds no sound".into());
    }
    Ok(Recording { rate, samples })
}
