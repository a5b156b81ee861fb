//! From a payload to samples: the one place that knows the codecs.

use crate::media::{
    Codec,
    voice::{self, Band},
};

/// Decodes the payloads of one stream, in the order in which they come.
#[derive(Debug)]
pub(super) struct Decoder(voice::Decoder);

impl Decoder {
    pub(super) fn new(codec: Codec) -> Decoder {
        Decoder(voice::Decoder::new(codec, Band::Narrow))
    }

    /// What it was made for; a stream that changes its codec needs another decoder.
    pub(super) fn codec(&self) -> Codec {
        self.0.codec()
    }

    /// Puts the payload's samples into `out`, in place of what is there: 8,000 a second, one for each
    /// byte, as every codec that we speak has 8,000 bytes a second (RFC 3551 sections 4.5.2 and 4.5.14).
    pub(super) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        out.resize(payload.len(), 0);
        self.0.decode(payload, out);
    }
}
