use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use toml::Spanned;

use crate::media::{self, Engine, EngineConfig};
use crate::settings::{
    Passwords, Peer, Seconds, Transport as PeerTransport, Trunk, TrunkSource, VoiceCodec,
};
use crate::sip::guard::Limits;
use crate::sip::{
    Doorkeeper, Endpoint, EndpointConfig, Incoming, Registrations, Transport, TrunkLines,
};

/// Ports for a test phone's sound: beyond those of the server.
const PORTS: std::ops::RangeInclusive<u16> = 30_000..=39_999;

/// Calls that a phone takes at once.
const CALLS: u32 = 100_000;

/// A phone: signalling and sound.
pub(in crate::cli) struct Client {
    pub(in crate::cli) endpoint: Endpoint,
    pub(in crate::cli) incoming: mpsc::Receiver<Incoming>,
    pub(in crate::cli) engine: Engine,
    pub(in crate::cli) server: Peer,
    started: Instant,
}

impl Client {
    /// Legs of sound that there are ports for, with one for RTP and one for RTCP each.
    pub(in crate::cli) const LEGS: usize = (*PORTS.end() - *PORTS.start()).div_ceil(2) as usize;

    /// Opens a phone on a port that the system chooses; only the server may call it.
    pub(in crate::cli) async fn open(
        server: SocketAddr,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let ours = our_address(server)?;
        let mut engine = EngineConfig::new(ours, PORTS);
        engine.dscp = None;
        let engine = Engine::start(engine)?;
        Self::listen(server, SocketAddr::new(ours, 0), &engine).await
    }

    /// Opens a phone at an address, with the sound of another.
    pub(in crate::cli) async fn listen(
        server: SocketAddr,
        ours: SocketAddr,
        engine: &Engine,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let doorkeeper = Arc::new(Doorkeeper::new("ivr111", vec![]));
        let passwords = Arc::new(Passwords::default());
        let trunks = vec![only(server.ip())?];
        let lines = Arc::new(TrunkLines::new(
            trunks,
            vec![],
            Arc::clone(&passwords),
            Arc::clone(&doorkeeper),
        ));
        let registrations = Arc::new(Registrations::new(&[], passwords, doorkeeper));
        let config = EndpointConfig {
            listen: vec![(Transport::Udp, ours)],
            user_agent: format!("ivr111-phone/{}", env!("CARGO_PKG_VERSION")),
            limits: Limits::default(),
            opens_later: false,
            inherited: vec![],
        };
        let (endpoint, incoming) = Endpoint::start(config, lines, registrations).await?;
        Ok(Client {
            endpoint,
            incoming,
            engine: engine.clone(),
            server: Peer {
                transport: PeerTransport::Udp,
                address: server,
            },
            started: Instant::now(),
        })
    }

    /// Prints a line of the timeline.
    pub(super) fn tell(&self, what: impl std::fmt::Display) {
        let seconds = self.started.elapsed().as_secs_f64();
        super::super::output::line(format!("{seconds:8.3} s  {what}"));
    }
}

/// Our side of a session that the other end wants to change, or the status of a refusal.
pub(in crate::cli) fn session(sound: &media::Leg, offer: Option<&str>) -> Result<String, u16> {
    match offer {
        Some(offer) => sound.answer(offer).map_err(|_| 488),
        None => Ok(sound.offer(sound.codec())),
    }
}

/// The address of ours from which the server is reached.
fn our_address(server: SocketAddr) -> std::io::Result<IpAddr> {
    if server.ip().is_loopback() {
        return Ok(server.ip());
    }
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    // Nothing is sent by this: it only asks the system for the way.
    socket.connect(server)?;
    Ok(socket.local_addr()?.ip())
}

fn only(server: IpAddr) -> Result<Trunk, String> {
    let from: TrunkSource = server.to_string().parse()?;
    Ok(Trunk {
        name: Spanned::new(0..0, "server".to_owned()),
        peers: vec![],
        from: vec![from],
        trusted_identity: true,
        ask: None,
        give: None,
        keepalive: Seconds::new(0),
        response_time: Seconds::new(3),
        calls: CALLS,
        resource_priority: String::new(),
        emergency_urn: false,
        control_room: false,
        codecs: VoiceCodec::all(),
    })
}
