//! Passing on what a joined leg received, packet by packet.
//!
//! Sequence number and timestamp keep their distances, so that loss, order and packet times of the
//! sender are seen by the receiver; only where the numbers start is ours.

use std::time::Duration;

use super::sender::Sender;
use crate::media::{dtmf::Key, rtp::Header, sdp::Kind};

/// A step of sequence or timestamp beyond these is another stream under the same SSRC.
const FAR_SEQUENCE: i16 = 3000;
const FAR_TIMESTAMP: i32 = 80_000;

/// A packet on its way from one leg to the one it is joined with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub header: Header,
    pub kind: Kind,
    pub payload: &'a [u8],
    /// The key that this packet is the first news of.
    pub key: Option<Key>,
}

/// How one stretch of a peer's stream maps into ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    ssrc: u32,
    first: u16,
    sequence: u16,
    timestamp: u32,
    sequence_shift: u16,
    timestamp_shift: u32,
}

/// Where a relayed packet goes in our stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub sequence: u16,
    pub timestamp: u32,
    /// The first packet of a stretch: its receiver hears a new beginning.
    pub fresh: bool,
}

impl Anchor {
    /// Finds a packet's place, anchoring anew where another stream begins. `None` for a packet from
    /// before the stretch: its number has been given away.
    pub(crate) fn place(
        anchor: &mut Option<Anchor>,
        header: &Header,
        now: Duration,
        sender: &mut Sender,
    ) -> Option<Place> {
        let continued = anchor.as_ref().is_some_and(|a| a.continues(header));
        if !continued {
            *anchor = Some(Anchor {
                ssrc: header.ssrc,
                first: header.sequence,
                sequence: header.sequence,
                timestamp: header.timestamp,
                sequence_shift: sender.sequence.wrapping_sub(header.sequence),
                timestamp_shift: sender.begin(now).wrapping_sub(header.timestamp),
            });
        }
        let a = anchor.as_mut()?;
        if (header.sequence.wrapping_sub(a.first) as i16) < 0 {
            return None;
        }
        let sequence = header.sequence.wrapping_add(a.sequence_shift);
        if (header.sequence.wrapping_sub(a.sequence) as i16) >= 0 {
            a.sequence = header.sequence;
            a.timestamp = header.timestamp;
            sender.sequence = sequence.wrapping_add(1);
        }
        // The sequence wraps, so the beginning trails behind at a distance that stays clear.
        if a.sequence.wrapping_sub(a.first) >= FAR_SEQUENCE as u16 {
            a.first = a.sequence.wrapping_sub(FAR_SEQUENCE as u16);
        }
        Some(Place {
            sequence,
            timestamp: header.timestamp.wrapping_add(a.timestamp_shift),
            fresh: !continued,
        })
    }

    fn continues(&self, header: &Header) -> bool {
        let sequence = header.sequence.wrapping_sub(self.sequence) as i16;
        let timestamp = header.timestamp.wrapping_sub(self.timestamp) as i32;
        header.ssrc == self.ssrc
            && sequence.unsigned_abs() < FAR_SEQUENCE as u16
            && timestamp.unsigned_abs() < FAR_TIMESTAMP as u32
    }
}
