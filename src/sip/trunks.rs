//! The trunks at work: who may call in, where calls out go, and which peers are up.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use rsipstack::sip::{Header, Headers, Method, Request, Uri, Version};

use crate::identity::Dialled;
use crate::settings::{Passwords, Peer, Trunk};
use crate::steady;

use super::doorkeeper::{Doorkeeper, Verdict};
use super::error::SipError;
use super::leg::{Credentials, Target};
use super::line::Line;
use super::message;
use super::origin::{Admission, Origin};
use super::transaction::Reply;
use super::trunk::{Ask, Health, of_source};
use super::wire::{self, Hop, Wire};

/// A peer that answers OPTIONS later than this counts as silent.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often a trunk without keepalive is looked at again, as its settings may change.
const IDLE: Duration = Duration::from_secs(30);

/// How a call goes out by a trunk.
#[derive(Debug)]
pub struct Route {
    /// The trunk's peers, in the order in which to try them.
    pub peers: Vec<Peer>,
    /// For a peer that asks who we are.
    pub credentials: Option<Credentials>,
    /// How long a peer may stay silent before the next one is tried.
    pub response_time: Duration,
}

struct State {
    trunks: Vec<Trunk>,
    numbers: Vec<String>,
    passwords: Arc<Passwords>,
    health: HashMap<String, Health>,
    calls: HashMap<String, Arc<AtomicU32>>,
}

/// All trunks.
pub struct TrunkLines {
    doorkeeper: Arc<Doorkeeper>,
    state: Mutex<State>,
    changed: tokio::sync::Notify,
}

impl TrunkLines {
    /// Takes the trunks of the settings, and the numbers that the service answers.
    pub fn new(
        trunks: Vec<Trunk>,
        numbers: Vec<String>,
        passwords: Arc<Passwords>,
        doorkeeper: Arc<Doorkeeper>,
    ) -> Self {
        let mut state = State {
            trunks: vec![],
            numbers,
            passwords,
            health: HashMap::new(),
            calls: HashMap::new(),
        };
        state.take(trunks);
        TrunkLines {
            doorkeeper,
            state: Mutex::new(state),
            changed: tokio::sync::Notify::new(),
        }
    }

    /// Takes changed settings. Calls that run stay where they are, and go on counting.
    pub fn reload(&self, trunks: Vec<Trunk>, numbers: Vec<String>, passwords: Arc<Passwords>) {
        let mut state = self.lock();
        state.numbers = numbers;
        state.passwords = passwords;
        state.take(trunks);
        drop(state);
        self.changed.notify_one();
    }

    /// Whether a dialled user part is a number that the service answers.
    pub(super) fn is_number(&self, dialled: &str) -> bool {
        let service = Dialled::parse(dialled).service;
        self.lock().numbers.contains(&service)
    }

    /// Whether some trunk's calls may come from here.
    pub(super) fn reach(&self, source: SocketAddr) -> bool {
        of_source(&self.lock().trunks, source).is_some()
    }

    /// Whether the call that `request` opens may come in as a trunk's.
    pub(super) fn admit(&self, request: &Request, source: SocketAddr) -> Admission {
        let state = self.lock();
        let Some(trunk) = of_source(&state.trunks, source) else {
            return Admission::Refused;
        };
        if let Some(ask) = &trunk.ask {
            let user = ask.username.get_ref();
            let password = |name: &str| state.passwords.of(name).filter(|_| name == user);
            match self.doorkeeper.judge(request, source, user, password) {
                Verdict::Known(_) => {}
                Verdict::Ask(headers) => return Admission::Challenge(headers),
                Verdict::Malformed => return Admission::Malformed,
            }
        }
        let name = trunk.name.get_ref();
        match state.take_line(name, trunk.calls) {
            Some(line) => {
                let name = name.clone();
                let trusted = trunk.trusted_identity;
                Admission::Admitted(Origin::Trunk { name, trusted }, line)
            }
            None => Admission::Full,
        }
    }

    /// How a call goes out by a trunk; none where there is no such trunk, or none with peers.
    pub fn route(&self, trunk: &str) -> Option<Route> {
        let state = self.lock();
        let settings = state.trunk(trunk)?;
        let health = state.health.get(trunk)?;
        let peers = health.order();
        let username = settings.give.as_ref().map(|give| give.username.get_ref());
        let credentials = username.and_then(|username| {
            Some(Credentials {
                username: username.clone(),
                password: state.passwords.of(username)?.to_owned(),
            })
        });
        (!peers.is_empty()).then(|| Route {
            peers,
            credentials,
            response_time: settings.response_time.get(),
        })
    }

    /// A place for one more call out; none when the trunk is full. Calls to 999 go without one.
    pub fn line(&self, trunk: &str) -> Option<Line> {
        let state = self.lock();
        let most = state.trunk(trunk)?.calls;
        state.take_line(trunk, most)
    }

    /// Asks peers whether they are up, for as long as the endpoint lives.
    pub(super) async fn watch(self: Arc<Self>, wire: Wire) {
        loop {
            let now = steady::now();
            let (asks, next) = {
                let mut state = self.lock();
                let mut asks = Vec::new();
                for (trunk, health) in &mut state.health {
                    asks.extend(health.tick(now).into_iter().map(|ask| (trunk.clone(), ask)));
                }
                let next = state.health.values().filter_map(Health::deadline).min();
                (asks, next)
            };
            for (trunk, ask) in asks {
                tokio::spawn(Arc::clone(&self).ask(wire.clone(), trunk, ask));
            }
            let wait = next.and_then(|next| Duration::try_from(next.duration_since(now)).ok());
            tokio::select! {
                () = tokio::time::sleep(wait.unwrap_or(IDLE)) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    async fn ask(self: Arc<Self>, wire: Wire, trunk: String, Ask(peer): Ask) {
        let responded = match options(&wire, peer).await {
            Ok(responded) => responded,
            Err(error) => {
                tracing::warn!(%error, trunk, %peer, "OPTIONS not sent");
                false
            }
        };
        let mut state = self.lock();
        let health = state.health.get_mut(&trunk);
        let Some(up) = health.and_then(|health| health.answered(peer, responded)) else {
            return;
        };
        if up {
            tracing::info!(trunk, %peer, "peer is up");
        } else {
            tracing::warn!(trunk, %peer, "peer is down: it is tried last");
        }
        state.publish(&trunk);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, trunks: Vec<Trunk>) {
        let now = steady::now();
        let mut health = HashMap::new();
        for trunk in &trunks {
            let name = trunk.name.get_ref();
            let every = SignedDuration::try_from(trunk.keepalive.get()).unwrap_or_default();
            let fresh = Health::new(&trunk.peers, every, now);
            health.insert(name.clone(), fresh.after(self.health.get(name)));
        }
        self.health = health;
        self.trunks = trunks;
        for trunk in &self.trunks {
            let name = trunk.name.get_ref();
            self.calls.entry(name.clone()).or_default();
            self.publish(name);
        }
    }

    fn trunk(&self, name: &str) -> Option<&Trunk> {
        self.trunks
            .iter()
            .find(|trunk| trunk.name.get_ref() == name)
    }

    fn take_line(&self, trunk: &str, most: u32) -> Option<Line> {
        // Every taker holds the lock, so nobody can come in between.
        Line::take(self.calls.get(trunk)?, most)
    }

    fn publish(&self, trunk: &str) {
        let peers = self.health.get(trunk).into_iter().flat_map(Health::peers);
        for (peer, up) in peers {
            let labels = [("trunk", trunk.to_owned()), ("peer", peer.to_string())];
            metrics::gauge!("ivr111_trunk_peer_up", &labels).set(if up { 1.0 } else { 0.0 });
        }
    }
}

impl Route {
    /// The peers as targets for a number.
    pub fn targets(&self, number: &str) -> Vec<Target> {
        let target = |peer: &Peer| Target {
            uri: uri_of(number, *peer),
            hop: Some(Hop::to(*peer)),
        };
        self.peers.iter().map(target).collect()
    }
}

/// A SIP URI for a user at a peer's address.
pub fn uri_of(user: &str, peer: Peer) -> String {
    let transport = match peer.transport {
        crate::settings::Transport::Udp => "",
        crate::settings::Transport::Tcp => ";transport=tcp",
    };
    match user {
        "" => format!("sip:{}{transport}", peer.address),
        user => format!("sip:{user}@{}{transport}", peer.address),
    }
}

/// Whether a peer responds to OPTIONS, with whatever status (RFC 3261 section 11).
async fn options(wire: &Wire, peer: Peer) -> Result<bool, SipError> {
    let hop = Hop::to(peer);
    let ours = wire
        .local_address(hop.transport, peer.address)
        .ok_or_else(|| SipError::NoListener(hop.transport.to_string()))?;
    let uri = uri_of("", peer);
    let mut headers = Headers::default();
    headers.push(Header::From(
        format!("<sip:111@{ours}>;tag={}", wire::token()).into(),
    ));
    headers.push(Header::To(format!("<{uri}>").into()));
    headers.push(Header::CallId(wire::token().into()));
    headers.push(Header::CSeq("1 OPTIONS".into()));
    headers.push(Header::MaxForwards(70u32.into()));
    headers.push(wire.contact(&hop)?);
    headers.push(Header::Accept(message::ACCEPT.into()));
    let body = message::put_body(&mut headers, None);
    let request = Request {
        method: Method::Options,
        uri: Uri::try_from(uri.as_str())?,
        version: Version::V2,
        headers,
        body,
    };
    let mut replies = wire.send(request, &hop, None).await?;
    let reply = tokio::time::timeout(PATIENCE, replies.recv()).await;
    Ok(matches!(reply, Ok(Some(Reply::Response(_)))))
}
