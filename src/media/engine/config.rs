//! What the engine is started with.

use std::{fmt, net::IpAddr, ops::RangeInclusive, sync::Arc, time::Duration};

use crate::media::stream::Position;

/// Settings of the engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Media threads, at least one: as many as cores are given to sound.
    pub threads: u16,
    /// Local address of the RTP and RTCP sockets.
    pub bind: IpAddr,
    /// Address that our session descriptions name; of the same family as `bind`.
    pub advertise: IpAddr,
    /// Ports to use: even ones for RTP, the odd one above each for RTCP.
    pub ports: RangeInclusive<u16>,
    /// Pairs of ports that are left free for legs that are opened
    /// [in an emergency](crate::media::Lane::open_in_emergency).
    pub reserve: usize,
    /// How long a leg may receive nothing before it reports
    /// [`Silent`](crate::media::Event::Silent).
    pub silence: Duration,
    /// How long a leg's first playlist waits for the peer's first packet, so that its beginning is
    /// not lost while a NAT on the way is still shut.
    pub settle: Duration,
    /// Differentiated services code point of what is sent, where the sockets are IPv4 (46 is
    /// expedited forwarding, RFC 3246); `None` leaves the system's default.
    pub dscp: Option<u8>,
    /// Who is told how far the streams have got.
    pub keep: Option<Keep>,
}

/// Called by each media thread about once a second with the positions of those of its legs that have sent
/// something since, or are heard from elsewhere. All sound of the thread waits for it: it must do no more
/// than pass them on. Clones call the same.
#[derive(Clone)]
pub struct Keep(Arc<Told>);

type Told = dyn Fn(Vec<Position>) + Send + Sync;

impl Keep {
    /// Calls this.
    pub fn new(keep: impl Fn(Vec<Position>) + Send + Sync + 'static) -> Keep {
        Keep(Arc::new(keep))
    }

    pub(super) fn keep(&self, positions: Vec<Position>) {
        (self.0)(positions);
    }
}

impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keep")
    }
}

impl EngineConfig {
    /// One thread; one address for receiving and for naming; no reserve; ten seconds of silence, 200 ms to
    /// settle, expedited forwarding; no positions are kept.
    pub fn new(address: IpAddr, ports: RangeInclusive<u16>) -> EngineConfig {
        EngineConfig {
            threads: 1,
            bind: address,
            advertise: address,
            ports,
            reserve: 0,
            silence: Duration::from_secs(10),
            settle: Duration::from_millis(200),
            dscp: Some(46),
            keep: None,
        }
    }
}
