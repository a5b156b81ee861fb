//! What a leg tells whoever opened it.

use std::net::SocketAddr;

use super::dtmf::{Carrier, Key};

/// Something that happened on a leg.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A key was pressed: reported once, whichever carrier brought it.
    Key {
        /// Which one.
        key: Key,
        /// What brought it first.
        carrier: Carrier,
    },
    /// The last packet of a playlist has been sent.
    Played {
        /// The playlist's `id`.
        id: u64,
    },
    /// The first valid packet of the peer has come in, from here; the leg now sends there and takes
    /// nothing from anywhere else, unless the peer's own packets come later.
    Flowing {
        /// Source of the packet.
        from: SocketAddr,
    },
    /// A packet of the peer has come in since sound is expected of it: where the leg has been told to
    /// [prove](crate::media::Leg::prove) that. Said once more when the first one was silence and another
    /// is not.
    Heard {
        /// Whether it carries more than digital silence.
        sounding: bool,
    },
    /// Nothing has been received for this long although the peer ought to be sending. Said again while it
    /// lasts: when it is twice as long, and so on, but once a minute at least.
    Silent {
        /// Milliseconds since the last packet, or since the session was agreed.
        for_ms: u64,
        /// Whether anything has ever come while it was expected: what came as early media does not count.
        heard: bool,
    },
    /// Packets come in again after [`Event::Silent`].
    Resumed,
    /// The leg is closed, its ports are free again. The last event of a leg.
    Closed(Summary),
}

/// What one leg carried in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// RTP packets sent.
    pub sent: u64,
    /// RTP packets taken in.
    pub received: u64,
    /// RTP packets from a source the leg is not latched on to, dropped.
    pub strangers: u64,
    /// Datagrams that were no valid RTP of this session, dropped.
    pub invalid: u64,
    /// Packets the peer sent that never came (RFC 3550 appendix A.3).
    pub lost: u32,
    /// Interarrival jitter of what came in, in samples of 125 us (RFC 3550 section 6.4.1).
    pub jitter: u32,
    /// Packets that the peer says it missed, from its last report.
    pub lost_at_peer: Option<u32>,
    /// Interarrival jitter of what we send, from the peer's last report, in samples of 125 us.
    pub jitter_at_peer: Option<u32>,
    /// Round trip in milliseconds, from the peer's last report (RFC 3550 section 6.4.1).
    pub round_trip_ms: Option<u32>,
}

/// 20 ms of received sound, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// RTP timestamp of the first sample: a jump tells that packets are missing.
    pub timestamp: u32,
    /// The samples, 8,000 a second.
    pub samples: [i16; 160],
}
