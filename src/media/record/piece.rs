//! What goes through the queue: up to 20 ms of a packet, its bytes inline.

use crate::media::Codec;

/// Bytes of a piece. One byte is one unit of the 8 kHz timestamp in every codec that we speak.
pub(super) const PIECE: usize = 160;

/// Which side of a call a packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// What the caller says: the left channel.
    Said = 0,
    /// What the caller hears: the right channel.
    Heard = 1,
}

/// A packet, or a part of one that lasts longer than 20 ms.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The recording's number.
    pub recording: u64,
    /// When the packet came or left, in microseconds of the engine's clock.
    pub at: u64,
    /// The packet's RTP timestamp, whichever part of it this is.
    pub timestamp: u32,
    /// Bytes of the packet before this part.
    pub skip: u16,
    pub channel: Channel,
    pub codec: Codec,
    len: u8,
    bytes: [u8; PIECE],
}

impl Piece {
    /// A piece still without sound.
    pub(super) fn new(
        recording: u64,
        channel: Channel,
        at: u64,
        timestamp: u32,
        codec: Codec,
    ) -> Piece {
        Piece {
            recording,
            at,
            timestamp,
            skip: 0,
            channel,
            codec,
            len: 0,
            bytes: [0; PIECE],
        }
    }

    /// The piece with these bytes, which are so far inside the packet; what is too much is left out.
    pub(super) fn with(mut self, skip: u16, payload: &[u8]) -> Piece {
        self.skip = skip;
        for (to, &from) in self.bytes.iter_mut().zip(payload) {
            *to = from;
        }
        self.len = payload.len().min(PIECE) as u8;
        self
    }

    /// The piece's part of the payload.
    pub(super) fn payload(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.len))
            .unwrap_or(&self.bytes)
    }
}
