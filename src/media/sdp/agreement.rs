//! What offer and answer have agreed on, as the leg needs it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::media::codec::Codec;

/// What a payload type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Voice(Codec),
    /// telephone-event/8000, RFC 4733.
    Event,
}

/// Payload types as one side numbers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub pcma: Option<u8>,
    pub pcmu: Option<u8>,
    pub g722: Option<u8>,
    pub event: Option<u8>,
}

impl Numbers {
    pub(crate) fn get(&self, kind: Kind) -> Option<u8> {
        match kind {
            Kind::Voice(Codec::Pcma) => self.pcma,
            Kind::Voice(Codec::Pcmu) => self.pcmu,
            Kind::Voice(Codec::G722) => self.g722,
            Kind::Event => self.event,
        }
    }

    pub(crate) fn set(&mut self, kind: Kind, number: u8) {
        match kind {
            Kind::Voice(Codec::Pcma) => self.pcma = Some(number),
            Kind::Voice(Codec::Pcmu) => self.pcmu = Some(number),
            Kind::Voice(Codec::G722) => self.g722 = Some(number),
            Kind::Event => self.event = Some(number),
        }
    }

    /// What this number stands for.
    pub(crate) fn kind(&self, number: u8) -> Option<Kind> {
        [
            Kind::Voice(Codec::Pcma),
            Kind::Voice(Codec::Pcmu),
            Kind::Voice(Codec::G722),
            Kind::Event,
        ]
        .into_iter()
        .find(|&kind| self.get(kind) == Some(number))
    }
}

/// Which way sound flows, as seen from us (RFC 8866 section 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Direction {
    pub sends: bool,
    pub receives: bool,
}

impl Direction {
    pub(crate) const BOTH: Direction = Direction {
        sends: true,
        receives: true,
    };

    pub(crate) fn name(self) -> &'static str {
        match (self.sends, self.receives) {
            (true, true) => "sendrecv",
            (true, false) => "sendonly",
            (false, true) => "recvonly",
            (false, false) => "inactive",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Direction> {
        let (sends, receives) = match name {
            "sendrecv" => (true, true),
            "sendonly" => (true, false),
            "recvonly" => (false, true),
            "inactive" => (false, false),
            _ => return None,
        };
        Some(Direction { sends, receives })
    }

    /// The same as the other side sees it.
    pub(crate) fn reversed(self) -> Direction {
        Direction {
            sends: self.receives,
            receives: self.sends,
        }
    }
}

/// The outcome of offer and answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreement {
    /// Where the peer wants RTP; `None` while it takes none (0.0.0.0, RFC 3264 section 8.4).
    pub remote: Option<SocketAddr>,
    /// Where it wants RTCP (RFC 3605, else the port above).
    pub remote_rtcp: Option<SocketAddr>,
    /// What we speak first.
    pub codec: Codec,
    /// Payload types to put into what we send.
    pub send: Numbers,
    /// Payload types we told the peer to use.
    pub receive: Numbers,
    /// Milliseconds of sound in each packet we send, 10 to 60.
    pub ptime: u8,
    pub direction: Direction,
    /// For early media: the call has not been answered.
    pub early: bool,
}

impl Agreement {
    /// What a payload type received stands for. Peers exist that send with the numbers of their own
    /// description instead of ours, so those count where ours do not say otherwise.
    pub(crate) fn kind(&self, number: u8) -> Option<Kind> {
        self.receive.kind(number).or_else(|| self.send.kind(number))
    }
}
