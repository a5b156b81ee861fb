//! The endpoint: sockets behind the wire guard, rsipstack's transactions on top of them, and every
//! request led to whom it concerns.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rsipstack::EndpointBuilder;
use rsipstack::platform::CancellationToken;
use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Header, Method, Request, Transport};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::endpoint::EndpointOption;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::TransportLayer;
use rsipstack::transport::udp::UdpConnection;
use tokio::sync::{broadcast, mpsc};

use crate::mailbox::{self, TrySendError, mailbox};

use super::detour::Detours;
use super::dialog::{Dialog, DialogId};
use super::error::SipError;
use super::guard::{GuardedTcp, GuardedUdp, Limits};
use super::invitation::Invitation;
use super::leg::{self, Leg, LegEvent, LegEvents, LegId};
use super::line::Line;
use super::merged::Merged;
use super::message;
use super::origin::{self, Admission, Origin};
use super::registrations::Registrations;
use super::trunks::TrunkLines;
use super::wire::{self, Hop, Wire};

/// Calls that have come in and that nobody has looked at yet.
const INCOMING: usize = 1_024;
/// After so long without a final response rsipstack gives a request up (RFC 3261 section 16.8).
const LONGEST_RINGING: Duration = Duration::from_secs(60 * 60);
/// Events of one call's legs that it has not yet looked at.
const LEG_EVENTS: usize = 64;

/// What the endpoint needs to know to start.
pub struct EndpointConfig {
    /// Addresses to listen on.
    pub listen: Vec<(Transport, SocketAddr)>,
    /// The User-Agent header of requests.
    pub user_agent: String,
    /// What the wire guard lets through.
    pub limits: Limits,
    /// Requests wait until [`Endpoint::open`]: dialogs of another process are to be taken up first.
    pub opens_later: bool,
    /// Sockets that another process has listened on, in place of new ones.
    pub inherited: Vec<Listening>,
}

/// A socket that is listened on, for another process to go on with.
#[derive(Debug)]
pub struct Listening {
    /// By which transport.
    pub transport: Transport,
    /// Its address.
    pub address: SocketAddr,
    /// The socket.
    pub socket: OwnedFd,
}

/// Takes the one out that is listened on there.
fn inherit(
    from: &mut Vec<Listening>,
    transport: Transport,
    address: SocketAddr,
) -> Option<OwnedFd> {
    let is_it = |one: &Listening| one.transport == transport && one.address == address;
    let place = from.iter().position(is_it)?;
    Some(from.swap_remove(place).socket)
}

/// A call that has come in, on a trunk or from an account. It has been told 100 and waits for more.
pub struct Incoming {
    /// What the caller's INVITE says.
    pub invitation: Invitation,
    /// The leg.
    pub leg: Leg,
    /// Its place among the calls of where it comes from; kept until the call is over.
    pub line: Line,
    /// The leg's events; further legs of the same call may use the sender too.
    pub events: (LegEvents, mailbox::Receiver<(LegId, LegEvent)>),
}

/// A running endpoint. Dropping it closes its sockets.
pub struct Endpoint {
    wire: Wire,
    cancel: CancellationToken,
    refusals: broadcast::Sender<SocketAddr>,
    bound: Vec<(Transport, SocketAddr)>,
    sockets: Vec<Listening>,
    frozen: Vec<Arc<AtomicBool>>,
    /// Requests that nobody has looked at yet, and who is to.
    closed: Mutex<Option<(TransactionReceiver, Arc<FrontDesk>)>>,
}

impl Endpoint {
    /// Opens the sockets and starts answering. Calls that are let in come on the receiver.
    pub async fn start(
        mut config: EndpointConfig,
        lines: Arc<TrunkLines>,
        registrations: Arc<Registrations>,
    ) -> Result<(Self, mpsc::Receiver<Incoming>), SipError> {
        let cancel = CancellationToken::new();
        let (refusals, _) = broadcast::channel(256);
        let layer = TransportLayer::new(cancel.clone());
        let (mut bound, mut sockets, mut frozen) = (Vec::new(), Vec::new(), Vec::new());
        for (_, address) in config.listen.iter().filter(|(t, _)| *t == Transport::Udp) {
            let address = *address;
            let listen = |cause| SipError::Listen { address, cause };
            let inherited = inherit(&mut config.inherited, Transport::Udp, address);
            let limits = config.limits.clone();
            let socket = GuardedUdp::bind(address, inherited, limits, refusals.clone());
            let socket = socket.map_err(listen)?;
            frozen.push(socket.frozen());
            sockets.push(Listening {
                transport: Transport::Udp,
                address: socket.address(),
                socket: socket.socket().map_err(listen)?,
            });
            bound.push((Transport::Udp, socket.address()));
            let token = Some(cancel.child_token());
            let udp = UdpConnection::from_socket(Arc::new(socket), None, token).await?;
            layer.add_transport(udp.into());
        }
        // Who dials keeps the time: a control room may ring for as long as it likes.
        let option = EndpointOption {
            timerc: LONGEST_RINGING,
            ..EndpointOption::default()
        };
        let detours = Detours::default();
        let stack = EndpointBuilder::new()
            .with_inspector(Box::new(detours.clone()))
            .with_target_locator(Box::new(detours.clone()))
            .with_option(option)
            .with_cancel_token(cancel.clone())
            .with_transport_layer(layer)
            .with_user_agent(&config.user_agent)
            .build();
        let requests = stack.incoming_transactions()?;
        let inner = stack.inner.clone();
        let (closed, gone) = mpsc::unbounded_channel();
        let mut tcp = None;
        for (_, address) in config.listen.iter().filter(|(t, _)| *t == Transport::Tcp) {
            let address = *address;
            let listen = |cause| SipError::Listen { address, cause };
            let guarded = match &tcp {
                Some(guarded) => GuardedTcp::clone(guarded),
                None => GuardedTcp::new(
                    inner.clone(),
                    config.limits.clone(),
                    cancel.clone(),
                    closed.clone(),
                ),
            };
            let inherited = inherit(&mut config.inherited, Transport::Tcp, address);
            let (address, socket) = guarded.listen(address, inherited).map_err(listen)?;
            sockets.push(Listening {
                transport: Transport::Tcp,
                address,
                socket,
            });
            bound.push((Transport::Tcp, address));
            tcp = Some(guarded);
        }
        let wire = Wire::new(inner, bound.clone(), tcp, refusals.clone(), detours);
        let (calls, incoming) = mpsc::channel(INCOMING);
        let desk = Arc::new(FrontDesk {
            wire: wire.clone(),
            lines,
            registrations,
            calls,
            merged: Mutex::default(),
        });
        tokio::spawn(async move { stack.serve().await });
        tokio::spawn(until(&cancel, Arc::clone(&desk.lines).watch(wire.clone())));
        tokio::spawn(until(&cancel, Arc::clone(&desk.registrations).run_out()));
        tokio::spawn(until(
            &cancel,
            Arc::clone(&desk.registrations).see_off(gone),
        ));
        let closed = Mutex::new(Some((requests, desk)));
        let endpoint = Endpoint {
            wire,
            cancel,
            refusals,
            bound,
            sockets,
            frozen,
            closed,
        };
        if !config.opens_later {
            endpoint.open();
        }
        Ok((endpoint, incoming))
    }

    /// Looks at requests from now on; those that have come before have waited.
    pub fn open(&self) {
        let closed = self
            .closed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((requests, desk)) = closed {
            tokio::spawn(lead(requests, desk));
        }
    }

    /// For opening legs.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The addresses that are listened on, with the ports that the system chose.
    pub fn bound(&self) -> &[(Transport, SocketAddr)] {
        &self.bound
    }

    /// From now on nothing is read or sent by UDP: another process goes on. What has come and has not been read
    /// is left to it.
    pub fn freeze(&self) {
        for frozen in &self.frozen {
            frozen.store(true, Ordering::Release);
        }
    }

    /// The sockets that are listened on, for another process to go on with.
    pub fn sockets(&self) -> &[Listening] {
        &self.sockets
    }

    /// Addresses that the network refuses (ICMP), as they become known.
    pub fn refusals(&self) -> broadcast::Receiver<SocketAddr> {
        self.refusals.subscribe()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Receives every request that opens a transaction.
struct FrontDesk {
    wire: Wire,
    lines: Arc<TrunkLines>,
    registrations: Arc<Registrations>,
    calls: mpsc::Sender<Incoming>,
    merged: Mutex<Merged>,
}

/// Runs `work` until the endpoint is dropped.
fn until<F>(cancel: &CancellationToken, work: F) -> impl Future<Output = ()> + use<F>
where
    F: Future<Output = ()>,
{
    let cancel = cancel.clone();
    async move {
        tokio::select! {
            () = work => {}
            () = cancel.cancelled() => {}
        }
    }
}

async fn lead(mut requests: TransactionReceiver, desk: Arc<FrontDesk>) {
    while let Some(transaction) = requests.recv().await {
        desk.request(transaction);
    }
}

/// Refuses a request, in a task of its own: nobody waits for a slow peer. The response says nothing of
/// what we are, as the sender may be anybody.
fn refuse(mut transaction: Transaction, status: u16, headers: Vec<Header>) {
    tokio::spawn(async move {
        let tag = wire::token();
        let response = message::response(&transaction.original, status, Some(&tag), headers, None);
        // The response is not repeated by us, only in answer to a repeated request: whoever writes
        // somebody else's address into a datagram shall not have us shout at them.
        if let Err(error) = transaction.respond(response).await {
            tracing::debug!(%error, "response not sent");
        }
    });
}

impl FrontDesk {
    fn request(self: &Arc<Self>, transaction: Transaction) {
        if let Some(tag) = message::to_tag(&transaction.original) {
            return self.inside_dialog(transaction, tag);
        }
        match transaction.original.method {
            Method::Invite => self.invite(transaction),
            Method::Register => {
                let desk = Arc::clone(self);
                tokio::spawn(async move { desk.registrations.register(transaction).await });
            }
            Method::Options => {
                let headers = vec![
                    message::allow(false),
                    Header::Accept(message::ACCEPT.into()),
                    message::supported(false),
                ];
                refuse(transaction, 200, headers);
            }
            Method::Bye | Method::Info | Method::Update | Method::PRack | Method::Cancel => {
                refuse(transaction, 481, vec![]);
            }
            _ => refuse(transaction, 405, vec![message::allow(false)]),
        }
    }

    fn inside_dialog(&self, transaction: Transaction, local_tag: String) {
        let Ok(call_id) = transaction.original.call_id_header() else {
            return refuse(transaction, 400, vec![]);
        };
        let id = DialogId {
            call_id: call_id.value().to_owned(),
            local_tag,
        };
        let Some(inbox) = self.wire.inbox_of(&id) else {
            return refuse(transaction, 481, vec![]);
        };
        match inbox.try_send(Box::new(transaction)) {
            Ok(()) => {}
            Err(TrySendError::Full(transaction)) => {
                refuse(*transaction, 503, vec![Header::RetryAfter("2".into())]);
            }
            Err(TrySendError::Disconnected(transaction)) => {
                refuse(*transaction, 481, vec![]);
            }
        }
    }

    fn merged(&self) -> MutexGuard<'_, Merged> {
        self.merged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose call it is, and its place among theirs; or the status and the headers of a refusal.
    fn let_in(
        &self,
        request: &Request,
        source: SocketAddr,
    ) -> Result<(Origin, Line), (u16, Vec<Header>)> {
        if self.merged().is_copy(request, Instant::now()) {
            return Err((482, vec![]));
        }
        let admission = origin::admit(&self.lines, &self.registrations, request, source);
        let (origin, line) = match admission {
            Admission::Admitted(origin, line) => (origin, line),
            Admission::Malformed => return Err((400, vec![])),
            Admission::Challenge(headers) => return Err((401, headers)),
            Admission::Refused => return Err((403, vec![])),
            Admission::Full => return Err((503, vec![Header::RetryAfter("5".into())])),
        };
        let require = message::values(request, "Require");
        match unsupported(&require, origin.is_account()) {
            Some(options) => Err((420, vec![Header::Unsupported(options.into())])),
            None => Ok((origin, line)),
        }
    }

    fn invite(&self, transaction: Transaction) {
        let request = &transaction.original;
        let connection = transaction.connection.as_ref();
        let remote = connection.and_then(|c| c.get_remote_addr());
        let Some((source, transport)) = remote.and_then(|remote| {
            let address = remote.get_socketaddr().ok()?;
            Some((address, remote.r#type.unwrap_or_default()))
        }) else {
            return refuse(transaction, 400, vec![]);
        };
        let (origin, line) = match self.let_in(request, source) {
            Ok(admitted) => admitted,
            Err((status, headers)) => return refuse(transaction, status, headers),
        };
        let may_refer = origin.is_account();
        let invitation = Invitation::read(request, source, transport, origin);
        let dialog = Dialog::as_uas(request, &wire::token());
        let (Ok(invitation), Ok(dialog)) = (invitation, dialog) else {
            return refuse(transaction, 400, vec![]);
        };
        // A place is taken before the leg exists, so that a call that cannot be looked after is told so.
        let Ok(place) = self.calls.try_reserve() else {
            tracing::error!("calls come in faster than they are looked after");
            return refuse(transaction, 503, vec![Header::RetryAfter("5".into())]);
        };
        let hop = Hop {
            transport,
            address: source,
            connection: transaction.connection.clone().filter(|c| c.is_reliable()),
        };
        let (events, receiver) = mailbox(LEG_EVENTS);
        self.merged().remember(request, Instant::now());
        let listener = (events.clone(), may_refer);
        match leg::accept(&self.wire, transaction, dialog, hop, listener) {
            Ok(leg) => place.send(Incoming {
                invitation,
                leg,
                line,
                events: (events, receiver),
            }),
            Err(error) => tracing::error!(%error, "an INVITE by a transport that is not ours"),
        }
    }
}

/// The options in Require that we do not know, as the value of Unsupported (RFC 3261 section 8.2.2.3).
/// Replaces is known of those who may take calls over.
fn unsupported(require: &[String], may_replace: bool) -> Option<String> {
    let known: &[&str] = if may_replace {
        &["100rel", "replaces"]
    } else {
        &["100rel"]
    };
    let options = require.iter().flat_map(|v| v.split(','));
    let unknown: Vec<&str> = options
        .map(str::trim)
        .filter(|o| !o.is_empty() && !known.iter().any(|known| o.eq_ignore_ascii_case(known)))
        .collect();
    (!unknown.is_empty()).then(|| unknown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_may_not_be_required() {
        assert_eq!(unsupported(&["100rel".into()], false), None);
        let require = ["timer, 100rel".to_owned(), "Replaces".to_owned()];
        let told = unsupported(&require, false);
        assert_eq!(told.as_deref(), Some("timer, Replaces"));
        assert_eq!(unsupported(&require, true).as_deref(), Some("timer"));
    }
}
