//! From one codec to another, where two joined legs speak different ones.

use super::{Band, Decoder, Encoder};
use crate::media::codec::Codec;

/// Samples worked on at once: 20 ms.
const STEP: usize = 160;

/// Translates one stream. Between the two laws of G.711 every byte has its counterpart (ITU-T G.711
/// tables 3 and 4); where G.722 is one side, the sound is that of the other, narrow.
#[derive(Debug)]
pub(crate) struct Translator {
    decoder: Decoder,
    encoder: Encoder,
}

impl Translator {
    pub(crate) fn new(from: Codec, to: Codec) -> Translator {
        Translator {
            decoder: Decoder::new(from, Band::Narrow),
            encoder: Encoder::new(to, Band::Narrow),
        }
    }

    /// Whether it is what translates between these.
    pub(crate) fn is_between(&self, from: Codec, to: Codec) -> bool {
        (self.decoder.codec(), self.encoder.codec()) == (from, to)
    }

    /// Translates a payload into one of the same length.
    pub(crate) fn translate(&mut self, payload: &[u8], into: &mut [u8]) {
        if let (Some(from), Some(to)) = (self.decoder.codec().law(), self.encoder.codec().law()) {
            for (into, &byte) in into.iter_mut().zip(payload) {
                *into = from.translate(to, byte);
            }
            return;
        }
        let mut samples = [0; STEP];
        for (payload, into) in payload.chunks(STEP).zip(into.chunks_mut(STEP)) {
            let samples = self.decoder.decode(payload, &mut samples);
            self.encoder.encode(samples, into);
        }
    }
}
