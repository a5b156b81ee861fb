//! What every leg needs of the endpoint: sending requests, finding peers, being found by requests.

mod again;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::sip::uri::ParamsExt as _;
use rsipstack::sip::{Header, Host, Request, Scheme, Transport, Uri};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::{SipAddr, SipConnection};
use tokio::sync::broadcast;

use crate::mailbox::{self, mailbox};
use crate::settings::Peer;

use super::detour::{Detour, Detours};
use super::dialog::DialogId;
use super::dialogs::{Attached, Dialogs};
use super::error::SipError;
use super::guard::GuardedTcp;
use super::leg::{LegId, Side};
use super::replaces::Replaces;
use super::transaction::{self, Reply};

/// How long whoever sends a request waits until it has gone out, so that none overtakes another. A connection
/// that takes nothing holds nobody up for longer.
const SENDING: Duration = Duration::from_secs(1);

/// Requests waiting for one leg; a peer that sends more is answered 503.
pub const INBOX: usize = 16;

/// Where a request goes: a transport, an address, and the connection where one is open already.
#[derive(Clone, Debug)]
pub struct Hop {
    /// UDP or TCP.
    pub transport: Transport,
    /// The peer.
    pub address: SocketAddr,
    /// The flow to use, for stream transports.
    pub connection: Option<SipConnection>,
}

impl Hop {
    /// A peer of the settings or a registered phone.
    pub fn to(peer: Peer) -> Self {
        let transport = match peer.transport {
            crate::settings::Transport::Udp => Transport::Udp,
            crate::settings::Transport::Tcp => Transport::Tcp,
        };
        Hop {
            transport,
            address: peer.address,
            connection: None,
        }
    }
}

/// The endpoint as its legs see it. Cheap to clone.
#[derive(Clone)]
pub struct Wire {
    inner: Arc<Inner>,
}

struct Inner {
    endpoint: EndpointInnerRef,
    listens: Vec<(Transport, SocketAddr)>,
    tcp: Option<GuardedTcp>,
    refusals: broadcast::Sender<SocketAddr>,
    detours: Detours,
    dialogs: Dialogs,
}

impl Wire {
    /// `listens` are the addresses as peers see them, in the order of the settings.
    pub(super) fn new(
        endpoint: EndpointInnerRef,
        listens: Vec<(Transport, SocketAddr)>,
        tcp: Option<GuardedTcp>,
        refusals: broadcast::Sender<SocketAddr>,
        detours: Detours,
    ) -> Self {
        Wire {
            inner: Arc::new(Inner {
                endpoint,
                listens,
                tcp,
                refusals,
                detours,
                dialogs: Dialogs::default(),
            }),
        }
    }

    /// Our address on a transport, preferring one of the peer's address family.
    pub fn local_address(&self, transport: Transport, peer: SocketAddr) -> Option<SocketAddr> {
        let mut ours = self.inner.listens.iter().filter(|(t, _)| *t == transport);
        let fits = ours.clone().find(|(_, a)| a.is_ipv4() == peer.is_ipv4());
        fits.or_else(|| ours.next()).map(|(_, a)| *a)
    }

    /// Our Contact towards a peer.
    pub fn contact(&self, hop: &Hop) -> Result<Header, SipError> {
        let address = self.our_side(hop)?;
        let transport = match hop.transport {
            Transport::Tcp => ";transport=tcp",
            _ => "",
        };
        Ok(Header::Contact(
            format!("<sip:111@{address}{transport}>").into(),
        ))
    }

    fn our_side(&self, hop: &Hop) -> Result<SocketAddr, SipError> {
        self.local_address(hop.transport, hop.address)
            .ok_or_else(|| SipError::NoListener(hop.transport.to_string()))
    }

    /// Finds the address behind a URI: a literal one, or a name by the system's resolver.
    pub async fn resolve(&self, uri: &Uri) -> Result<Hop, SipError> {
        let transport = match (uri.transport(), &uri.scheme) {
            (Some(transport), _) => *transport,
            (None, Some(Scheme::Sips)) => Transport::Tls,
            (None, _) => Transport::Udp,
        };
        let port = uri.host_with_port.port.as_ref();
        let port = port.map_or(transport.default_port(), Clone::clone);
        let port = port.value();
        let address = match &uri.host_with_port.host {
            Host::IpAddr(ip) => SocketAddr::new(*ip, port),
            Host::Domain(name) => {
                let name = name.to_string();
                let found = tokio::net::lookup_host((name.as_str(), port)).await;
                let first = found.ok().and_then(|mut all| all.next());
                first.ok_or(SipError::Unresolved(name))?
            }
        };
        Ok(Hop {
            transport,
            address,
            connection: None,
        })
    }

    /// The Via of a request that we send to a peer.
    pub(super) fn via(&self, hop: &Hop, branch: &str) -> Result<Header, SipError> {
        let ours = self.our_side(hop)?;
        let via = format!("SIP/2.0/{} {ours};branch={branch};rport", hop.transport);
        Ok(Header::Via(via.into()))
    }

    /// Sends a request in a transaction of its own. A Via is added on top; the branch is fresh unless
    /// `branch` is given, as a CANCEL must have that of its INVITE.
    pub async fn send(
        &self,
        mut request: Request,
        hop: &Hop,
        branch: Option<&str>,
    ) -> Result<mailbox::Receiver<Reply>, SipError> {
        let fresh;
        let branch = match branch {
            Some(branch) => branch,
            None => {
                fresh = new_branch();
                &fresh
            }
        };
        request.headers.push_front(self.via(hop, branch)?);
        let connection = match (&hop.connection, hop.transport) {
            (Some(connection), _) => Some(connection.clone()),
            (None, Transport::Tcp) => match &self.inner.tcp {
                Some(tcp) => match tcp.connect(hop.address).await {
                    Ok(connection) => Some(connection),
                    Err(error) => {
                        tracing::debug!(%error, peer = %hop.address, "no connection");
                        return Ok(unreachable());
                    }
                },
                None => return Err(SipError::NoListener(hop.transport.to_string())),
            },
            (None, _) => None,
        };
        let key = TransactionKey::from_request(&request, TransactionRole::Client)?;
        let endpoint = self.inner.endpoint.clone();
        let mut transaction = Transaction::new_client(key, request, endpoint, connection);
        transaction.destination = Some(SipAddr::new(hop.transport, hop.address.into()));
        let refusals = self.inner.refusals.subscribe();
        let (replies, sent) = transaction::drive_client(transaction, hop.address, refusals);
        let _ = tokio::time::timeout(SENDING, sent).await;
        Ok(replies)
    }

    /// The way to a peer who is not where their Contact says.
    pub(super) fn detour(&self, address: SocketAddr) -> Detour {
        self.inner.detours.to(address)
    }

    /// Lets requests of a dialog reach its leg until the guard is dropped.
    /// `far_tag` is empty where the far end has not given one yet; with the leg goes who opens it.
    pub(super) fn attach(
        &self,
        id: DialogId,
        far_tag: &str,
        inbox: mailbox::Sender<Box<Transaction>>,
        owner: (LegId, Side),
    ) -> Attached {
        self.inner.dialogs.attach(id, far_tag, inbox, owner)
    }

    /// The leg whose dialog a Replaces names, be it in an INVITE, or in the Refer-To of a peer whose
    /// target we are: to-tag is our own tag, from-tag that of the far end. The error is the status of a
    /// refusal (RFC 3891 section 3): 481 where there is no such dialog, or one that the far end has opened
    /// and that has not been answered; 486 where one that has been answered was not wanted; 603 where it
    /// has just ended. Whether its sender may take that leg over is for the call to decide.
    pub fn leg_of(&self, replaces: &Replaces) -> Result<LegId, u16> {
        self.inner.dialogs.leg_of(replaces)
    }

    /// Where the requests of a dialog go.
    pub(super) fn inbox_of(&self, id: &DialogId) -> Option<mailbox::Sender<Box<Transaction>>> {
        self.inner.dialogs.inbox_of(id)
    }

    /// How many dialogs are open.
    pub fn open_dialogs(&self) -> usize {
        self.inner.dialogs.count()
    }

    /// Transactions that run and that are kept to absorb repeats.
    pub fn transactions(&self) -> (usize, usize) {
        let stats = self.inner.endpoint.get_stats();
        (stats.running_transactions, stats.finished_transactions)
    }
}

/// A branch as RFC 3261 section 8.1.1.7 wants it.
pub fn new_branch() -> String {
    format!("z9hG4bK{}", token())
}

/// An unguessable token for tags, Call-IDs and branches.
pub fn token() -> String {
    format!("{:032x}", rand::random::<u128>())
}

fn unreachable() -> mailbox::Receiver<Reply> {
    let (sender, receiver) = mailbox(1);
    let _ = sender.try_send(Reply::Unreachable);
    receiver
}
