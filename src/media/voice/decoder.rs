//! From a payload to samples.

use audio_codec::{
    Decoder as _,
    g722::{Bitrate, G722Decoder},
};

use super::{
    Band,
    halfband::{Doubler, Halver},
};
use crate::media::codec::{Codec, Law};

enum Memory {
    Law(Law),
    /// To 16,000 samples a second.
    Doubled(Law, Box<Doubler>),
    G722(Box<G722Decoder>),
    /// To 8,000 samples a second.
    HalvedG722(Box<(G722Decoder, Halver)>),
}

/// At 64 kbit/s, to 16,000 samples a second, from a byte for each code.
fn g722() -> G722Decoder {
    G722Decoder::with_options(Bitrate::Mode1_64000, false, false)
}

/// Decodes one stream.
pub(crate) struct Decoder {
    codec: Codec,
    band: Band,
    memory: Memory,
}

impl Decoder {
    pub(crate) fn new(codec: Codec, band: Band) -> Decoder {
        let memory = match (codec.law(), band) {
            (Some(law), Band::Narrow) => Memory::Law(law),
            (Some(law), Band::Wide) => Memory::Doubled(law, Box::default()),
            (None, Band::Narrow) => Memory::HalvedG722(Box::new((g722(), Halver::default()))),
            (None, Band::Wide) => Memory::G722(Box::new(g722())),
        };
        Decoder {
            codec,
            band,
            memory,
        }
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// Decodes a payload, as far as there is room; gives what has been written.
    pub(crate) fn decode<'s>(&mut self, payload: &[u8], samples: &'s mut [i16]) -> &'s [i16] {
        let bytes = payload.len().min(samples.len() / self.band.per_byte());
        let payload = &payload[..bytes];
        let samples = &mut samples[..bytes * self.band.per_byte()];
        match &mut self.memory {
            Memory::Law(law) => {
                for (sample, &byte) in samples.iter_mut().zip(payload) {
                    *sample = law.decode(byte);
                }
            }
            Memory::Doubled(law, doubler) => {
                for (pair, &byte) in samples.as_chunks_mut::<2>().0.iter_mut().zip(payload) {
                    *pair = doubler.next(law.decode(byte));
                }
            }
            // It fails only where there is no room.
            Memory::G722(decoder) => {
                let _ = decoder.decode_into(payload, samples);
            }
            Memory::HalvedG722(memory) => {
                let (decoder, halver) = &mut **memory;
                for (sample, byte) in samples.iter_mut().zip(payload) {
                    let mut pair = [0; 2];
                    let _ = decoder.decode_into(std::slice::from_ref(byte), &mut pair);
                    *sample = halver.next(pair);
                }
            }
        }
        samples
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decoder({:?}, {:?})", self.codec, self.band)
    }
}
