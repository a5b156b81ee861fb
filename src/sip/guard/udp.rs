use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use rsipstack::platform::net::UdpSocket as PlatformSocket;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::broadcast;

use super::icmp;
use super::limits::Limits;
use super::rate::Allowance;
use super::validate::{Origin, Verdict, Wire, validate};

/// How often a datagram is sent again because an error about an earlier one stood in its way.
const SEND_ATTEMPTS: usize = 4;

/// A UDP socket that gives rsipstack nothing but well-formed messages, answers the malformed ones itself, and tells
/// which peers the network cannot reach.
#[derive(Debug)]
pub struct GuardedUdp {
    socket: UdpSocket,
    address: SocketAddr,
    limits: Limits,
    refusals: broadcast::Sender<SocketAddr>,
    allowance: Mutex<Allowance>,
    /// Another process goes on: nothing is read or sent any more.
    frozen: Arc<AtomicBool>,
}

enum Judged {
    Pass(usize, SocketAddr),
    Answer(Vec<u8>, SocketAddr),
    Nothing,
}

impl GuardedUdp {
    /// Opens a socket, or takes one that another process has listened on. Must be called inside a tokio runtime.
    /// `refusals` is told every peer that an ICMP message calls unreachable; such a message can be forged, so it is a
    /// reason to try the next peer and no more.
    pub fn bind(
        address: SocketAddr,
        inherited: Option<OwnedFd>,
        limits: Limits,
        refusals: broadcast::Sender<SocketAddr>,
    ) -> io::Result<Self> {
        let socket = match inherited {
            Some(socket) => Socket::from(socket),
            None => open(address, &limits)?,
        };
        let socket = UdpSocket::from_std(socket.into())?;
        let address = socket.local_addr()?;
        Ok(GuardedUdp {
            socket,
            address,
            allowance: Mutex::new(Allowance::new(&limits)),
            limits,
            refusals,
            frozen: Arc::default(),
        })
    }

    /// Set, nothing is read or sent any more: another process goes on.
    pub fn frozen(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.frozen)
    }

    /// The socket once more, for another process to go on listening on.
    pub fn socket(&self) -> io::Result<OwnedFd> {
        self.socket.as_fd().try_clone_to_owned()
    }

    /// The address that it is bound to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Empties the kernel's queue of ICMP errors.
    fn drain_errors(&self) {
        let _ = self.socket.try_io(Interest::ERROR, || {
            loop {
                if let Some(peer) = icmp::take(&self.socket)? {
                    tracing::debug!(%peer, "unreachable");
                    let _ = self.refusals.send(peer);
                }
            }
            #[expect(unreachable_code, reason = "gives the closure its type")]
            Ok(())
        });
    }

    fn judge(&self, buffer: &mut [u8], length: usize, source: SocketAddr) -> Judged {
        let room = buffer.len();
        let origin = Origin {
            source,
            wire: Wire::Udp,
        };
        let raw = buffer.get(..length).unwrap_or_default();
        let (message, reply_to) = match validate(raw, origin, &self.limits) {
            Verdict::Pass { message, reply_to } => (message, reply_to),
            Verdict::Reject { response, to, .. } => return Judged::Answer(response, to),
            Verdict::Drop(why) => {
                tracing::debug!(%source, %why, "datagram dropped");
                return Judged::Nothing;
            }
        };
        let length = message.len();
        // The message may begin behind some line ends, so even a borrowed one is moved.
        let message = message.into_owned();
        match buffer.get_mut(..length) {
            Some(place) if length < room => {
                place.copy_from_slice(&message);
                Judged::Pass(length, reply_to)
            }
            _ => Judged::Nothing,
        }
    }

    fn answer(&self, response: &[u8], to: SocketAddr) {
        let mut allowance = self
            .allowance
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if allowance.take(to.ip(), Instant::now()) {
            tracing::debug!(peer = %to, "malformed request refused");
            let _ = self.socket.try_send_to(response, to);
        }
    }
}

fn open(address: SocketAddr, limits: &Limits) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        // IPv4 peers would otherwise come as mapped addresses that match no trunk.
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    // The kernel grants what net.core.rmem_max allows.
    if let Err(error) = socket
        .set_recv_buffer_size(limits.socket_buffer)
        .and_then(|()| socket.set_send_buffer_size(limits.socket_buffer))
    {
        tracing::warn!(%error, "UDP socket keeps its small buffers");
    }
    if let Err(error) = icmp::enable(&socket, address.is_ipv6()) {
        tracing::warn!(%error, "ICMP errors will not be seen");
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

#[async_trait]
impl PlatformSocket for GuardedUdp {
    /// The next well-formed message, and where answers to it go. Loses nothing when it is dropped while waiting.
    /// `buffer` needs more room than the largest datagram that the limits allow.
    async fn recv_from(&self, buffer: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        loop {
            let interest = Interest::READABLE | Interest::ERROR;
            let ready = self.socket.ready(interest).await?;
            if self.frozen.load(Ordering::Acquire) {
                std::future::pending::<()>().await;
            }
            if ready.is_error() {
                self.drain_errors();
            }
            let (length, source) = match self.socket.try_recv_from(buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => {
                    // An error about a datagram sent earlier; its queue entry says about which.
                    self.drain_errors();
                    continue;
                }
            };
            match self.judge(buffer, length, source) {
                Judged::Pass(length, reply_to) => return Ok((length, reply_to)),
                Judged::Answer(response, to) => self.answer(&response, to),
                Judged::Nothing => {}
            }
        }
    }

    async fn send_to(&self, bytes: &[u8], peer: SocketAddr) -> rsipstack::Result<usize> {
        if self.frozen.load(Ordering::Acquire) {
            return Ok(bytes.len());
        }
        let mut attempt = 1;
        loop {
            match self.socket.send_to(bytes, peer).await {
                Ok(sent) => return Ok(sent),
                // The kernel reports what happened to an earlier datagram on the next call, whoever that is for.
                Err(error) if attempt < SEND_ATTEMPTS && is_late(&error) => {
                    self.drain_errors();
                    attempt += 1;
                }
                Err(error) => {
                    if is_late(&error) {
                        let _ = self.refusals.send(peer);
                    }
                    return Err(error.into());
                }
            }
        }
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.address)
    }
}

fn is_late(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, PermissionDenied};
    matches!(
        error.kind(),
        ConnectionRefused | HostUnreachable | NetworkUnreachable | PermissionDenied
    )
}

#[cfg(test)]
mod tests;
