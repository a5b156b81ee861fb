//! The tasks that drive rsipstack's transactions, so that a leg only sees what matters to it.
//!
//! Each transaction has a task of its own: its state machine must not be dropped half-way through an
//! event, as would happen inside a leg's `select!`.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rsipstack::platform::CancellationToken;
use rsipstack::sip::{Request, Response, SipMessage};
use rsipstack::transaction::TransactionState;
use rsipstack::transaction::transaction::{Transaction, TransactionEvent, TransactionEventSender};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, oneshot};

use crate::mailbox::{self, mailbox};

use super::message;

/// Responses waiting for a leg; more than this only a broken peer sends.
const RESPONSES: usize = 16;

/// How long a peer whose connection has closed may take to send the rest by another.
const REOPENING: Duration = Duration::from_secs(5);
/// Request Terminated.
const TERMINATED: u16 = 487;

/// What came back for a request of ours.
#[derive(Debug)]
pub enum Reply {
    /// A response from the peer.
    Response(Box<Response>),
    /// Nothing came within the transaction's time (RFC 3261, timers B and F).
    TimedOut,
    /// The network refused the peer's address, or the request could not be sent.
    Unreachable,
}

/// Sends the transaction's request, and hands on what comes back until the transaction ends. The second of
/// what comes back tells when the request has been sent, or cannot be: whoever sends another one afterwards
/// waits for that, or it may overtake this one.
///
/// 2xx to an INVITE are acknowledged by the transaction; repeats of them are acknowledged again for
/// as long as the peer may send them, whether or not anybody still listens.
pub fn drive_client(
    mut transaction: Transaction,
    hop: SocketAddr,
    refusals: broadcast::Receiver<SocketAddr>,
) -> (mailbox::Receiver<Reply>, oneshot::Receiver<()>) {
    let (replies, receiver) = mailbox(RESPONSES);
    let (sent, is_sent) = oneshot::channel();
    let closed = transaction
        .connection
        .as_ref()
        .filter(|connection| connection.is_reliable())
        .and_then(|connection| connection.cancel_token());
    tokio::spawn(async move {
        if let Err(error) = transaction.send().await {
            tracing::debug!(%error, "request not sent");
            let _ = replies.send(Reply::Unreachable).await;
            return;
        }
        let _ = sent.send(());
        hand_on(transaction, (hop, refusals, closed), replies, None).await;
    });
    (receiver, is_sent)
}

/// The same for an INVITE that has gone out already, and of which only the head is known: it is not sent
/// again. Where no response comes for so long, it counts as not answered.
pub fn await_client(
    mut transaction: Transaction,
    hop: SocketAddr,
    refusals: broadcast::Receiver<SocketAddr>,
    patience: Duration,
) -> mailbox::Receiver<Reply> {
    let (replies, receiver) = mailbox(RESPONSES);
    // As after a first response, so that it is not repeated.
    transaction.state = TransactionState::Trying;
    let limit = Instant::now() + patience;
    tokio::spawn(hand_on(
        transaction,
        (hop, refusals, None),
        replies,
        Some(limit),
    ));
    receiver
}

/// Whence bad news of a request's way comes: its hop, those whom the network refuses, its connection.
type News = (
    SocketAddr,
    broadcast::Receiver<SocketAddr>,
    Option<CancellationToken>,
);

async fn hand_on(
    mut transaction: Transaction,
    (hop, mut refusals, mut closed): News,
    replies: mailbox::Sender<Reply>,
    limit: Option<Instant>,
) {
    let mut answered = false;
    loop {
        let message = {
            let mut receive = pin!(transaction.receive());
            loop {
                tokio::select! {
                    message = &mut receive => break message,
                    refused = refusals.recv(), if !answered => match refused {
                        Ok(address) if address == hop => {
                            let _ = replies.send(Reply::Unreachable).await;
                            return;
                        }
                        Ok(_) | Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => answered = true,
                    },
                    () = gone(closed.as_ref(), answered) => {
                        let reply = if answered { Reply::TimedOut } else { Reply::Unreachable };
                        let _ = replies.send(reply).await;
                        return;
                    }
                    () = until(limit), if !answered => {
                        let _ = replies.send(Reply::TimedOut).await;
                        return;
                    }
                }
            }
        };
        match message {
            Some(SipMessage::Response(response)) => {
                answered = true;
                // Only a response that the stack made up for its timers has no tag in To.
                let code = response.status_code.code();
                if code >= 200 {
                    closed = None;
                }
                let own = message::to_tag(&response).is_none();
                let reply = match code {
                    408 if own => Reply::TimedOut,
                    503 if own => Reply::Unreachable,
                    _ => Reply::Response(Box::new(response)),
                };
                let _ = replies.send(reply).await;
            }
            Some(SipMessage::Request(_)) => {}
            None => return,
        }
    }
}

async fn until(limit: Option<Instant>) {
    match limit {
        Some(limit) => tokio::time::sleep_until(limit.into()).await,
        None => std::future::pending().await,
    }
}

/// Waits until the connection by which a request went has closed. A peer that has responded may
/// still send more by a connection of its own (RFC 3261 section 18.2.2), and is given time for that.
async fn gone(closed: Option<&CancellationToken>, answered: bool) {
    let Some(closed) = closed else {
        return std::future::pending().await;
    };
    closed.cancelled().await;
    if answered {
        tokio::time::sleep(REOPENING).await;
    }
}

/// What happens to an INVITE that we are to answer.
#[derive(Debug)]
pub enum InviteEvent {
    /// The caller gave up; the CANCEL itself has been answered.
    Cancelled,
    /// The ACK of our final response.
    Acknowledged(Box<Request>),
    /// The transaction ended without an ACK to a 2xx.
    Unacknowledged,
}

/// An INVITE transaction in which we are the server.
pub struct ServerInvite {
    /// The INVITE.
    pub request: Request,
    /// What happens to it.
    pub events: mailbox::Receiver<InviteEvent>,
    responses: TransactionEventSender,
    /// Whether a final response has been given.
    is_answered: AtomicBool,
}

impl ServerInvite {
    /// Takes over the transaction; its 2xx is repeated until the ACK comes.
    pub fn drive(mut transaction: Transaction) -> Self {
        let request = transaction.original.clone();
        let responses = transaction.tu_sender.clone();
        let (events, receiver) = mailbox(4);
        tokio::spawn(async move {
            let mut acknowledged = false;
            while let Some(message) = transaction.receive().await {
                let SipMessage::Request(request) = message else {
                    continue;
                };
                let event = match request.method {
                    rsipstack::sip::Method::Cancel => InviteEvent::Cancelled,
                    rsipstack::sip::Method::Ack => {
                        acknowledged = true;
                        InviteEvent::Acknowledged(Box::new(request))
                    }
                    _ => continue,
                };
                let _ = events.send(event).await;
                if acknowledged && transaction.is_terminated() {
                    return;
                }
            }
            if !acknowledged {
                let _ = events.send(InviteEvent::Unacknowledged).await;
            }
        });
        ServerInvite {
            request,
            events: receiver,
            responses,
            is_answered: AtomicBool::new(false),
        }
    }

    /// Sends a response; retransmissions of it are the transaction's affair.
    pub fn respond(&self, response: Response) {
        if response.status_code.code() >= 200 {
            self.is_answered.store(true, Ordering::Relaxed);
        }
        let _ = self.responses.send(TransactionEvent::Respond(response));
    }
}

impl Drop for ServerInvite {
    /// An INVITE that is left open ends with the leg (RFC 3261 section 15.1.2): nothing else would
    /// ever end its transaction.
    fn drop(&mut self) {
        if !self.is_answered.load(Ordering::Relaxed) {
            let response = message::response(&self.request, TERMINATED, None, vec![], None);
            self.respond(response);
        }
    }
}
