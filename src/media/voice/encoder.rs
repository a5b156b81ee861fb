//! From samples to a payload.

use audio_codec::{
    Encoder as _,
    g722::{Bitrate, G722Encoder},
};

use super::{
    Band,
    halfband::{Doubler, Halver},
};
use crate::media::codec::{Codec, Law};

/// Bytes of silence made at once: 20 ms.
const STEP: usize = 160;

enum Memory {
    Law(Law),
    /// From 16,000 samples a second.
    Halved(Law, Box<Halver>),
    G722(Box<G722Encoder>),
    /// From 8,000 samples a second.
    DoubledG722(Box<(Doubler, G722Encoder)>),
}

/// At 64 kbit/s, from 16,000 samples a second, a byte for each code.
fn g722() -> G722Encoder {
    G722Encoder::with_options(Bitrate::Mode1_64000, false, false)
}

/// Encodes one stream.
pub(crate) struct Encoder {
    codec: Codec,
    band: Band,
    memory: Memory,
}

impl Encoder {
    pub(crate) fn new(codec: Codec, band: Band) -> Encoder {
        let memory = match (codec.law(), band) {
            (Some(law), Band::Narrow) => Memory::Law(law),
            (Some(law), Band::Wide) => Memory::Halved(law, Box::default()),
            (None, Band::Narrow) => Memory::DoubledG722(Box::new((Doubler::default(), g722()))),
            (None, Band::Wide) => Memory::G722(Box::new(g722())),
        };
        Encoder {
            codec,
            band,
            memory,
        }
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// Fills a payload. Samples that do not fit are left out; where they run short, silence follows.
    pub(crate) fn encode(&mut self, samples: &[i16], payload: &mut [u8]) {
        let bytes = payload.len().min(samples.len() / self.band.per_byte());
        let (payload, rest) = payload.split_at_mut(bytes);
        self.encode_whole(samples, payload);
        if !rest.is_empty() {
            self.silence(rest);
        }
    }

    /// Fills a payload with silence.
    pub(crate) fn silence(&mut self, payload: &mut [u8]) {
        if self.codec.law().is_some() {
            return payload.fill(self.codec.silence());
        }
        for payload in payload.chunks_mut(STEP) {
            self.encode_whole(&[0; 2 * STEP], payload);
        }
    }

    fn encode_whole(&mut self, samples: &[i16], payload: &mut [u8]) {
        let bytes = payload.len();
        let samples = &samples[..bytes * self.band.per_byte()];
        match &mut self.memory {
            Memory::Law(law) => {
                for (byte, &sample) in payload.iter_mut().zip(samples) {
                    *byte = law.encode(sample);
                }
            }
            Memory::Halved(law, halver) => {
                for (byte, pair) in payload.iter_mut().zip(samples.as_chunks::<2>().0) {
                    *byte = law.encode(halver.next(*pair));
                }
            }
            // It fails only where the payload is too short.
            Memory::G722(encoder) => {
                let _ = encoder.encode_into(samples, payload);
            }
            Memory::DoubledG722(memory) => {
                let (doubler, encoder) = &mut **memory;
                for (byte, &sample) in payload.iter_mut().zip(samples) {
                    let pair = doubler.next(sample);
                    let _ = encoder.encode_into(&pair, std::slice::from_mut(byte));
                }
            }
        }
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Encoder({:?}, {:?})", self.codec, self.band)
    }
}
