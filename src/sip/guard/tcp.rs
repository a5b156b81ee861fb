use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rsipstack::platform::CancellationToken;
use rsipstack::sip::Transport;
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::{SipAddr, SipConnection};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::census::{Census, Seat};
use super::connection::{Reader, Writer};
use super::limits::Limits;

const BACKLOG: i32 = 1_024;
/// The pause after a failed accept: out of file descriptors, mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Of connections that cannot be accepted it is told at most so often.
const SAID: Duration = Duration::from_secs(10);
/// Before the kernel starts asking whether a silent peer is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// TCP for rsipstack: listeners and connections of ours, each handed to it as a `Channel`. Cheap to clone; ends
/// with the token it was made with.
#[derive(Clone)]
pub struct GuardedTcp(Arc<Shared>);

struct Shared {
    endpoint: EndpointInnerRef,
    limits: Limits,
    cancel: CancellationToken,
    census: Arc<Census>,
    open: Mutex<HashMap<SocketAddr, (u64, SipConnection)>>,
    next: AtomicU64,
    closed: mpsc::UnboundedSender<SocketAddr>,
}

impl GuardedTcp {
    /// Nothing is opened yet. Cancelling the token closes every listener and connection. Who has opened
    /// a connection that closes before that is named on `closed`: by it nobody is reached any more.
    pub fn new(
        endpoint: EndpointInnerRef,
        limits: Limits,
        cancel: CancellationToken,
        closed: mpsc::UnboundedSender<SocketAddr>,
    ) -> Self {
        GuardedTcp(Arc::new(Shared {
            endpoint,
            limits,
            cancel,
            census: Arc::default(),
            open: Mutex::default(),
            next: AtomicU64::new(0),
            closed,
        }))
    }

    /// Starts listening, or goes on with what another process has listened on; gives the address with the port that
    /// the system chose, and the socket once more, for another process. Must be called inside a tokio runtime.
    pub fn listen(
        &self,
        address: SocketAddr,
        inherited: Option<OwnedFd>,
    ) -> io::Result<(SocketAddr, OwnedFd)> {
        let socket = match inherited {
            Some(socket) => Socket::from(socket),
            None => open(address)?,
        };
        let listener = TcpListener::from_std(socket.into())?;
        let address = listener.local_addr()?;
        let socket = listener.as_fd().try_clone_to_owned()?;
        let shared = Arc::clone(&self.0);
        tokio::spawn(async move {
            let cancel = shared.cancel.clone();
            cancel.run_until_cancelled(shared.accept(listener)).await;
        });
        Ok((address, socket))
    }

    /// The open connection to a peer, whoever opened it, or a new one.
    pub async fn connect(&self, remote: SocketAddr) -> io::Result<SipConnection> {
        if let Some(connection) = self.0.find(remote) {
            return Ok(connection);
        }
        let opening = timeout(self.0.limits.connect, TcpStream::connect(remote));
        let opened = self.0.cancel.run_until_cancelled(opening).await;
        let opened = opened.ok_or(io::ErrorKind::ConnectionAborted)?;
        let stream = opened.map_err(|_| io::ErrorKind::TimedOut)??;
        if let Some(connection) = self.0.find(remote) {
            return Ok(connection);
        }
        self.0.serve(stream, remote, None).await
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> usize {
        self.0.open().len()
    }
}

fn open(address: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, HashMap<SocketAddr, (u64, SipConnection)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, remote: SocketAddr) -> Option<SipConnection> {
        let open = self.open();
        let (_, connection) = open.get(&remote)?;
        let ended = connection.cancel_token().is_none_or(|t| t.is_cancelled());
        (!ended).then(|| connection.clone())
    }

    async fn accept(self: &Arc<Self>, listener: TcpListener) {
        let mut said: Option<Instant> = None;
        loop {
            let (stream, remote) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    if said.is_none_or(|said| said.elapsed() >= SAID) {
                        said = Some(Instant::now());
                        tracing::warn!(%error, "connections cannot be accepted");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (total, each) = (self.limits.connections, self.limits.connections_per_address);
            let Some(seat) = self.census.admit(remote.ip(), total, each) else {
                tracing::debug!(peer = %remote, "too many connections");
                continue;
            };
            if let Err(error) = self.serve(stream, remote, Some(seat)).await {
                tracing::debug!(%error, peer = %remote, "connection lost at once");
            }
        }
    }

    /// Makes a stream a connection of rsipstack's and serves it in a task of its own.
    async fn serve(
        self: &Arc<Self>,
        stream: TcpStream,
        remote: SocketAddr,
        seat: Option<Seat>,
    ) -> io::Result<SipConnection> {
        stream.set_nodelay(true)?;
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
        SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
        let token = self.cancel.child_token();
        let (incoming, from_peer) = mpsc::unbounded_channel();
        let (to_peer, outgoing) = mpsc::unbounded_channel();
        let (answers, answers_out) = mpsc::unbounded_channel();
        let address = SipAddr::new(Transport::Tcp, remote.into());
        let own = Some(token.clone());
        let channel = ChannelConnection::create_connection(from_peer, to_peer, address, own).await;
        let connection = SipConnection::Channel(channel.map_err(io::Error::other)?);
        let layer = &self.endpoint.transport_layer;
        layer.add_connection(connection.clone());
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.open().insert(remote, (id, connection.clone()));
        let (read_half, write_half) = stream.into_split();
        let reader = Reader {
            half: read_half,
            remote,
            limits: self.limits.clone(),
            incoming,
            connection: connection.clone(),
            answers,
        };
        let writer = Writer {
            half: write_half,
            limits: self.limits.clone(),
            outgoing,
            answers: answers_out,
            waiting: Vec::new(),
        };
        let shared = Arc::clone(self);
        let own = connection.clone();
        tokio::spawn(async move {
            carry(reader, writer, &token, remote, || {
                shared.forget(remote, id, &own)
            })
            .await;
            if seat.is_some() && !shared.cancel.is_cancelled() {
                // Nobody who listens is no failure.
                let _ = shared.closed.send(remote);
            }
            drop(seat);
        });
        Ok(connection)
    }

    fn forget(&self, remote: SocketAddr, id: u64, connection: &SipConnection) {
        self.endpoint.transport_layer.remove_connection(connection);
        let mut open = self.open();
        if open.get(&remote).is_some_and(|(kept, _)| *kept == id) {
            open.remove(&remote);
        }
    }
}

/// Serves a connection to its end. `forget` runs before the last bytes are written: nobody is to find it any more.
async fn carry(
    mut reader: Reader,
    mut writer: Writer,
    token: &CancellationToken,
    remote: SocketAddr,
    forget: impl FnOnce(),
) {
    let end = tokio::select! {
        end = reader.run() => Some(end),
        end = writer.run() => Some(end),
        () = token.cancelled() => None,
    };
    match end {
        Some(end) => tracing::debug!(peer = %remote, %end, "connection ended"),
        None => tracing::debug!(peer = %remote, "connection cancelled"),
    }
    forget();
    // The rest of the reader goes here, and with it rsipstack's end of the connection.
    let Reader { half, .. } = reader;
    writer.finish(half).await;
}

#[cfg(test)]
mod tests;
