use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::mailbox::{self, mailbox};
use crate::settings::{Account, Passwords, Peer, Trunk};

use super::super::digest::Algorithm;
use super::super::guard::Limits;
use super::super::leg::{Cause, Dial, Extras, Leg, LegEvent, LegId, ReferId, Target, dial};
use super::super::{
    Doorkeeper, Endpoint, EndpointConfig, Hop, Incoming, ReferTo, Registrations, Replaces,
    Transport, TrunkLines,
};
use super::phone::{Phone, SDP};

/// Long enough for anything that is to happen, on the slowest machine.
pub const SOON: Duration = Duration::from_secs(30);

#[derive(serde::Deserialize)]
struct Written {
    trunk: Vec<Trunk>,
    account: Vec<Account>,
}

/// An endpoint with a trunk `carrier`, the accounts 1001 to 1003, and the numbers 111 and *5.
pub struct Site {
    pub endpoint: Endpoint,
    pub incoming: mpsc::Receiver<Incoming>,
    pub registrations: Arc<Registrations>,
}

pub fn passwords() -> Arc<Passwords> {
    let mut passwords = Passwords::default();
    for user in ["1001", "1002", "1003"] {
        passwords.insert(user, &password_of(user));
    }
    Arc::new(passwords)
}

pub fn password_of(user: &str) -> String {
    format!("demo-{user}")
}

pub fn accounts(users: &[&str]) -> Vec<Account> {
    let accounts = users
        .iter()
        .map(|user| format!("[[account]]\nuser = '{user}'\nrole = 'handler'\n"));
    let text: String = accounts.collect();
    let written: Written = toml::from_str(&format!("trunk = []\n{text}")).unwrap();
    written.account
}

impl Site {
    /// Opens one whose trunk's calls come from this network.
    pub async fn open(from: &str) -> Self {
        Site::open_at(from, "127.0.0.1:0".parse().unwrap()).await
    }

    /// The same, at this address.
    pub async fn open_at(from: &str, address: SocketAddr) -> Self {
        let trunk = format!(
            "account = []\n[[trunk]]\nname = 'carrier'\nfrom = ['{from}']\ntrusted-identity = true\n"
        );
        let written: Written = toml::from_str(&trunk).unwrap();
        let algorithms = vec![Algorithm::Sha256, Algorithm::Md5];
        let doorkeeper = Arc::new(Doorkeeper::new("ivr111", algorithms));
        let numbers = vec!["111".to_owned(), "*5".to_owned()];
        let lines = TrunkLines::new(written.trunk, numbers, passwords(), Arc::clone(&doorkeeper));
        let known = accounts(&["1001", "1002", "1003"]);
        let registrations = Arc::new(Registrations::new(&known, passwords(), doorkeeper));
        let config = EndpointConfig {
            listen: vec![(Transport::Udp, address)],
            user_agent: "test".into(),
            limits: Limits::default(),
            opens_later: false,
            inherited: vec![],
        };
        let started = Endpoint::start(config, Arc::new(lines), Arc::clone(&registrations));
        let (endpoint, incoming) = started.await.unwrap();
        Site {
            endpoint,
            incoming,
            registrations,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.endpoint.bound()[0].1
    }

    /// The next call that comes in.
    pub async fn call(&mut self) -> Incoming {
        let call = timeout(SOON, self.incoming.recv()).await;
        call.expect("a call comes in").unwrap()
    }

    /// Where a phone is.
    pub fn peer(&self, phone: &Phone) -> Peer {
        Peer {
            transport: crate::settings::Transport::Udp,
            address: phone.address(),
        }
    }

    /// Calls a phone, whose holder may transfer the call or not.
    pub fn dials(&self, phone: &Phone, may_refer: bool) -> (Leg, Events) {
        let hop = Hop::to(self.peer(phone));
        let uri = format!("sip:{}@{}", phone.user, phone.address());
        let call = Dial {
            to: format!("<{uri}>"),
            targets: vec![Target {
                uri,
                hop: Some(hop),
            }],
            from: format!("<sip:111@{}>", self.address()),
            headers: vec![],
            extras: Extras::default(),
            offer: SDP.into(),
            credentials: None,
            response_time: SOON,
            may_refer,
        };
        let (sender, events) = mailbox(16);
        (dial(self.endpoint.wire(), call, sender), events)
    }

    /// Whether calls have come in that nobody has looked at.
    pub fn has_calls(&self) -> bool {
        !self.incoming.is_empty()
    }
}

/// What a call hears of its legs.
pub type Events = mailbox::Receiver<(LegId, LegEvent)>;

/// A transfer that a leg's peer asks for, whatever else comes before.
pub async fn refer(events: &mut Events) -> (ReferId, ReferTo, Option<Replaces>) {
    loop {
        if let LegEvent::Refer { id, to, replaces } = event(events).await {
            return (id, to, replaces);
        }
    }
}

/// Waits until a leg is over.
pub async fn ended(events: &mut Events) -> Cause {
    loop {
        if let LegEvent::Ended(cause) = event(events).await {
            return cause;
        }
    }
}

/// The next event of a call's legs, but for what they tell for another process.
pub async fn event(events: &mut Events) -> LegEvent {
    loop {
        match any_event(events).await {
            LegEvent::Dialled(_) | LegEvent::Standing(_) => {}
            event => return event,
        }
    }
}

/// The next event of a call's legs, whatever it is.
pub async fn any_event(events: &mut Events) -> LegEvent {
    let event = timeout(SOON, events.recv()).await;
    event.expect("something happens").unwrap().1
}
