//! Symmetric RTP: whom we listen to and where we send.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// How long after a move packets of the former source, still under way, must not be latched on to.
const IN_FLIGHT: Duration = Duration::from_secs(1);
/// Addresses that one peer's signalling may come from: the peers of a trunk.
pub(crate) const SIGNALLING: usize = 16;

/// The source a stream is bound to: the address offered, or, for a peer behind a NAT, the first other
/// port or address from which the peer can be sending. It moves only after the peer has offered
/// another address, and to the offered one itself.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    /// The address last offered.
    offered: Option<SocketAddr>,
    /// Where the peer's signalling comes from.
    signalling: Vec<IpAddr>,
    rtp: Option<SocketAddr>,
    rtcp: Option<SocketAddr>,
    /// The source before the move, and until when it is refused.
    former: Option<(SocketAddr, Duration)>,
    /// Another process has latched on, and nothing has come in here.
    unheard: bool,
}

/// What a packet's source means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The first packet from there: this is the peer now.
    New,
    Known,
    Stranger,
}

impl Latch {
    /// The peer's signalling comes from here, so that its sound may too, whatever it offers.
    pub(crate) fn signals_from(&mut self, address: IpAddr) {
        if self.signalling.len() < SIGNALLING && !self.signalling.contains(&address) {
            self.signalling.push(address);
        }
    }

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
            Some(peer) if peer == from && std::mem::take(&mut self.unheard) => Source::New,
            Some(peer) if peer == from => Source::Known,
            // Somebody else has been quicker than the peer.
            Some(_) if self.offered == Some(from) => self.bind(from),
            Some(_) => Source::Stranger,
            None if !self.is_likely(from.ip()) => Source::Stranger,
            None if matches!(self.former, Some((f, until)) if f == from && now < until) => {
                Source::Stranger
            }
            None => self.bind(from),
        }
    }

    fn bind(&mut self, from: SocketAddr) -> Source {
        self.rtp = Some(from);
        self.rtcp = None;
        self.former = None;
        self.unheard = false;
        Source::New
    }

    fn is_likely(&self, address: IpAddr) -> bool {
        let offered = self.offered.map(|offered| offered.ip());
        offered == Some(address) || self.signalling.contains(&address)
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

    /// What it is bound to: the address offered, where RTP comes from, and RTCP.
    pub(crate) fn bound(&self) -> [Option<SocketAddr>; 3] {
        [self.offered, self.rtp, self.rtcp]
    }

    /// Binds it as another process had it, unless the peer has offered another address since.
    pub(crate) fn resume(&mut self, [offered, rtp, rtcp]: [Option<SocketAddr>; 3]) {
        // A peer that takes no sound at present has named no address.
        let same = self.offered.is_none() || offered == self.offered;
        if same && rtp.is_some() {
            self.offered = offered;
            self.rtp = rtp;
            self.rtcp = rtcp;
            self.unheard = true;
        }
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
