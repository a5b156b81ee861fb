//! Symmetric RTP: whom we listen to and where we send.

use std::{net::SocketAddr, time::Duration};

/// How long after a move packets of the former source, still under way, must not be latched on to.
const IN_FLIGHT: Duration = Duration::from_secs(1);

/// The source a stream is bound to. It is taken from the first valid packet and moves only after
/// the peer has offered another address.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    /// The address last offered.
    offered: Option<SocketAddr>,
    rtp: Option<SocketAddr>,
    rtcp: Option<SocketAddr>,
    /// The source before the move, and until when it is refused.
    former: Option<(SocketAddr, Duration)>,
}

/// What a packet's source means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The first packet of all: this is the peer now.
    New,
    Known,
    Stranger,
}

impl Latch {
    /// The peer says where it wants its packets; an unchanged address changes nothing.
    pub(crate) fn offered(&mut self, now: Duration, address: Option<SocketAddr>) {
        if address.is_none() || address == self.offered {
            return;
        }
        self.offered = address;
        self.rtcp = None;
        if let Some(former) = self.rtp.take() {
            self.former = (Some(former) != address).then_some((former, now + IN_FLIGHT));
        }
    }

    /// Judges the source of a valid packet.
    pub(crate) fn on_rtp(&mut self, now: Duration, from: SocketAddr) -> Source {
        match self.rtp {
            Some(peer) if peer == from => Source::Known,
            Some(_) => Source::Stranger,
            None if matches!(self.former, Some((f, until)) if f == from && now < until) => {
                Source::Stranger
            }
            None => {
                self.rtp = Some(from);
                self.former = None;
                Source::New
            }
        }
    }

    /// Whether an RTCP packet comes from the peer; latched likewise, but only at the address that
    /// the peer's RTP comes from or that it has offered for RTCP.
    pub(crate) fn on_rtcp(&mut self, from: SocketAddr, offered: Option<SocketAddr>) -> bool {
        if let Some(peer) = self.rtcp {
            return peer == from;
        }
        let ours = offered == Some(from) || self.rtp.is_some_and(|rtp| rtp.ip() == from.ip());
        if ours {
            self.rtcp = Some(from);
        }
        ours
    }

    pub(crate) fn is_latched(&self) -> bool {
        self.rtp.is_some()
    }

    /// Where to send RTP: to the source of what comes in, else to what was offered.
    pub(crate) fn target(&self, offered: SocketAddr) -> SocketAddr {
        self.rtp.unwrap_or(offered)
    }

    /// Where to send RTCP.
    pub(crate) fn rtcp_target(&self, offered: Option<SocketAddr>) -> Option<SocketAddr> {
        self.rtcp.or(offered)
    }
}
