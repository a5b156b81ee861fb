//! One stream connection: its reader, its writer, and when to give it up.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant as Clock};

use rsipstack::sip::{SipMessage, Transport};
use rsipstack::transport::connection::{TransportReceiver, TransportSender};
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::fault::Fault;
use super::framing::{Frame, StreamFramer};
use super::limits::Limits;
use super::rate::Allowance;
use super::validate::{Origin, Verdict, Wire, reject, validate};

/// Read at once.
const CHUNK: usize = 16 * 1024;
/// The time for the last bytes of a connection.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// What is read, and thrown away, of a peer that sends on.
const LAST_READ: usize = 256 * 1024;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    #[error("closed by the peer")]
    Closed,
    #[error("{0}")]
    Socket(#[from] io::Error),
    #[error("nothing came for too long")]
    Idle,
    #[error("a message was begun and not finished")]
    HalfMessage,
    #[error("the peer does not read")]
    NotReading,
    #[error("malformed: {0}")]
    Malformed(Fault),
    #[error("too many malformed messages")]
    TooManyMalformed,
    #[error("the stack has gone")]
    StackGone,
}

/// Turns bytes from the peer into messages for rsipstack.
pub(super) struct Reader {
    pub half: OwnedReadHalf,
    pub remote: SocketAddr,
    pub limits: Limits,
    /// To rsipstack.
    pub incoming: TransportSender,
    /// What rsipstack answers on.
    pub connection: SipConnection,
    /// Pongs and refusals, to the writer.
    pub answers: mpsc::UnboundedSender<Vec<u8>>,
}

impl Reader {
    /// Reads until the connection is to be given up.
    pub async fn run(&mut self) -> End {
        let mut framer = StreamFramer::new(self.limits.clone());
        let mut allowance = Allowance::new(&self.limits);
        let mut chunk = vec![0_u8; CHUNK];
        let mut begun: Option<Instant> = None;
        loop {
            let (deadline, late) = match begun {
                Some(since) => (since + self.limits.half_message, End::HalfMessage),
                None => (Instant::now() + self.limits.idle, End::Idle),
            };
            let count = match timeout_at(deadline, self.half.read(&mut chunk)).await {
                Err(_) => return late,
                Ok(Ok(0)) => return End::Closed,
                Ok(Ok(count)) => count,
                Ok(Err(error)) => return End::Socket(error),
            };
            framer.push(chunk.get(..count).unwrap_or_default());
            for frame in framer.by_ref() {
                begun = None;
                if let Err(end) = self.take(frame, &mut allowance) {
                    return end;
                }
            }
            begun = match framer.pending() {
                true => begun.or_else(|| Some(Instant::now())),
                false => None,
            };
        }
    }

    fn take(&self, frame: Frame, allowance: &mut Allowance) -> Result<(), End> {
        let origin = Origin {
            source: self.remote,
            wire: Wire::Tcp,
        };
        let (verdict, end) = match &frame {
            Frame::Ping => {
                let _ = self.answers.send(b"\r\n".to_vec());
                return Ok(());
            }
            Frame::Message(raw) => (validate(raw, origin, &self.limits), None),
            Frame::Broken { head, fault } => (
                reject(head, *fault, origin, true),
                Some(End::Malformed(*fault)),
            ),
        };
        match verdict {
            Verdict::Pass { message, .. } => self.pass(&message)?,
            Verdict::Reject { response, .. } => {
                tracing::debug!(peer = %self.remote, "malformed request refused");
                let _ = self.answers.send(response);
                if !allowance.take(self.remote.ip(), Clock::now()) {
                    return Err(End::TooManyMalformed);
                }
            }
            Verdict::Drop(why) => tracing::debug!(peer = %self.remote, %why, "message dropped"),
        }
        end.map_or(Ok(()), Err)
    }

    fn pass(&self, message: &[u8]) -> Result<(), End> {
        let parsed = SipMessage::try_from(message).map_err(rsipstack::Error::from);
        let stamped = match parsed {
            Ok(message) => SipConnection::update_msg_received(message, self.remote, Transport::Tcp),
            Err(error) => Err(error),
        };
        let message = match stamped {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(peer = %self.remote, %error, "a validated message does not parse");
                return Ok(());
            }
        };
        let from = SipAddr::new(Transport::Tcp, self.remote.into());
        let event = TransportEvent::Incoming(message, self.connection.clone(), from);
        self.incoming.send(event).map_err(|_| End::StackGone)
    }
}

/// Turns messages of rsipstack's into bytes for the peer. It takes whatever comes at once, so that rsipstack never
/// waits, and gives the connection up when too much of it piles up.
pub(super) struct Writer {
    pub half: OwnedWriteHalf,
    pub limits: Limits,
    pub outgoing: TransportReceiver,
    pub answers: mpsc::UnboundedReceiver<Vec<u8>>,
    pub waiting: Vec<u8>,
}

impl Writer {
    /// Writes until the connection is to be given up. Dropping the future loses nothing: see [`Writer::finish`].
    pub async fn run(&mut self) -> End {
        let mut deadline = Instant::now() + self.limits.write;
        loop {
            let idle = self.waiting.is_empty();
            tokio::select! {
                Some(event) = self.outgoing.recv() => append(&mut self.waiting, event),
                Some(bytes) = self.answers.recv() => self.waiting.extend_from_slice(&bytes),
                written = timeout_at(deadline, self.half.write(&self.waiting)), if !idle => {
                    match written {
                        Err(_) => return End::NotReading,
                        Ok(Ok(0)) => return End::Closed,
                        Ok(Ok(count)) => drop(self.waiting.drain(..count)),
                        Ok(Err(error)) => return End::Socket(error),
                    }
                    deadline = Instant::now() + self.limits.write;
                }
                else => return End::StackGone,
            }
            if idle {
                deadline = Instant::now() + self.limits.write;
            }
            if self.waiting.len() > self.limits.write_queue {
                return End::NotReading;
            }
        }
    }

    /// Writes what still waits, a refusal above all, and closes our side. Then it reads on for a moment: closing with
    /// bytes unread would make the kernel take back what was just sent.
    pub async fn finish(mut self, mut half: OwnedReadHalf) {
        while let Ok(event) = self.outgoing.try_recv() {
            append(&mut self.waiting, event);
        }
        while let Ok(bytes) = self.answers.try_recv() {
            self.waiting.extend_from_slice(&bytes);
        }
        let deadline = Instant::now() + self.limits.write.min(LAST_WORDS);
        let last = async {
            self.half.write_all(&self.waiting).await?;
            self.half.shutdown().await?;
            let mut chunk = [0_u8; 1024];
            let mut room = LAST_READ;
            while room > 0 {
                match half.read(&mut chunk).await? {
                    0 => break,
                    count => room = room.saturating_sub(count),
                }
            }
            io::Result::Ok(())
        };
        let _ = timeout_at(deadline, last).await;
    }
}

fn append(waiting: &mut Vec<u8>, event: TransportEvent) {
    if let TransportEvent::Incoming(message, ..) = event {
        waiting.extend_from_slice(&message.to_bytes());
    }
}
