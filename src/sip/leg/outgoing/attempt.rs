//! An INVITE of ours, from when it has gone out to its end.

use std::time::{Duration, Instant};

use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Header, Headers, Method, Request, Response, Version};
use rsipstack::transaction::transaction::Transaction;

use crate::mailbox::{self, mailbox};

use super::super::super::detour::Detour;
use super::super::super::dialog::Dialog;
use super::super::super::dialogs::Attached;
use super::super::super::error::SipError;
use super::super::super::message;
use super::super::super::transaction::Reply;
use super::super::super::wire::{self, Hop, Wire};
use super::super::confirmed;
use super::super::handle::{Cause, Command, LegEvent, LegEvents, LegId, Side};
use super::super::incoming::sdp_of;
use super::Credentials;

/// How long a cancelled INVITE may take to end before it is left to itself.
const CANCEL_WAIT: Duration = Duration::from_secs(32);

/// An INVITE that has gone out, and what comes of it.
pub(in super::super) struct Sent {
    pub hop: Hop,
    pub invite: Request,
    pub branch: String,
    pub dialog: Dialog,
    pub replies: mailbox::Receiver<Reply>,
    pub inbox: mailbox::Receiver<Box<Transaction>>,
    pub attached: Attached,
    pub detour: Option<Detour>,
    pub progressed: bool,
}

impl Sent {
    /// One that is about to go out, under this branch: the peer's requests find the leg from now on.
    pub(in super::super) fn new(
        wire: &Wire,
        leg: LegId,
        (invite, branch, hop): (Request, String, Hop),
        takes_detour: bool,
    ) -> Result<Self, SipError> {
        let dialog = Dialog::as_uac(&invite)?;
        let (sender, inbox) = mailbox(wire::INBOX);
        let attached = wire.attach(dialog.id.clone(), "", sender, (leg, Side::Near));
        let mut detour = takes_detour.then(|| wire.detour(hop.address));
        if let Some(detour) = &mut detour {
            detour.invite(&branch);
        }
        let (_, replies) = mailbox(1);
        Ok(Sent {
            hop,
            invite,
            branch,
            dialog,
            replies,
            inbox,
            attached,
            detour,
            progressed: false,
        })
    }
}

pub(super) enum Ended {
    Answered(Box<Response>),
    Challenged(Header),
    /// Nothing came in time; the INVITE is still under way and must be wound up.
    Abandoned(Cause),
    Failed(Cause),
    Final(Cause),
}

pub(super) struct Attempt<'a> {
    pub wire: &'a Wire,
    pub id: LegId,
    pub events: &'a LegEvents,
    pub commands: &'a mut mailbox::Receiver<Command>,
    pub hop: &'a Hop,
    pub invite: &'a Request,
    pub branch: &'a str,
    pub dialog: &'a mut Dialog,
    pub replies: &'a mut mailbox::Receiver<Reply>,
    pub attached: &'a Attached,
    pub progressed: bool,
    /// Since when we want it to end; the CANCEL itself waits for a first response (section 9.1).
    pub cancelled: Option<Instant>,
    pub last_rseq: Option<u32>,
    pub patience: Option<Instant>,
}

impl Attempt<'_> {
    pub(super) async fn run(
        &mut self,
        inbox: &mut mailbox::Receiver<Box<Transaction>>,
        credentials: Option<&Credentials>,
        may_answer_challenge: bool,
    ) -> Ended {
        loop {
            let limit = match self.cancelled {
                Some(since) => Some(since + CANCEL_WAIT),
                None => self.patience,
            };
            tokio::select! {
                command = self.commands.recv(), if self.cancelled.is_none() => {
                    if matches!(command, None | Some(Command::HangUp)) {
                        self.cancelled = Some(Instant::now());
                        if self.progressed {
                            send_cancel(self.wire, self.hop, self.invite, self.branch).await;
                        }
                    }
                }
                Some(request) = inbox.recv() => self.early_request(request).await,
                reply = self.replies.recv() => {
                    let ended = match reply {
                        Some(Reply::Response(response)) => {
                            self.response(response, credentials, may_answer_challenge).await
                        }
                        Some(Reply::TimedOut) => {
                            if self.progressed {
                                // It may ring still, and must not be answered by nobody.
                                send_cancel(self.wire, self.hop, self.invite, self.branch).await;
                            }
                            Some(self.network(Some(408), "no response"))
                        }
                        Some(Reply::Unreachable) | None => {
                            Some(self.network(None, "not reachable"))
                        }
                    };
                    if let Some(ended) = ended {
                        return ended;
                    }
                }
                () = confirmed::at(limit) => {
                    if self.cancelled.is_some() {
                        return Ended::Final(Cause::new(Side::Near, None, "cancelled by us"));
                    }
                    let cause = Cause::new(Side::Network, Some(408), "no response in time");
                    return Ended::Abandoned(cause);
                }
            }
        }
    }

    fn network(&self, status: Option<u16>, text: &'static str) -> Ended {
        if self.cancelled.is_some() {
            return Ended::Final(Cause::new(Side::Near, status, "cancelled by us"));
        }
        Ended::Failed(Cause::new(Side::Network, status, text))
    }

    async fn response(
        &mut self,
        response: Box<Response>,
        credentials: Option<&Credentials>,
        may_answer_challenge: bool,
    ) -> Option<Ended> {
        let status = response.status_code.code();
        match status {
            100..=199 => {
                self.provisional(status, &response).await;
                None
            }
            200..=299 if self.cancelled.is_some() => {
                bye(self.wire, self.hop, self.invite, &response).await;
                Some(Ended::Final(Cause::new(
                    Side::Near,
                    Some(487),
                    "cancelled by us",
                )))
            }
            200..=299 => Some(Ended::Answered(response)),
            _ if self.cancelled.is_some() => Some(Ended::Final(Cause::new(
                Side::Near,
                Some(status),
                "cancelled by us",
            ))),
            401 | 407 if may_answer_challenge => {
                let header =
                    credentials.and_then(|c| c.answer(&response, "INVITE", &self.invite.uri));
                Some(match header {
                    Some(header) => Ended::Challenged(header),
                    None => Ended::Final(Cause::new(Side::Far, Some(status), "refused")),
                })
            }
            408 | 500..=599 => Some(Ended::Failed(Cause::new(
                Side::Far,
                Some(status),
                "failed at the peer",
            ))),
            _ => Some(Ended::Final(Cause::new(Side::Far, Some(status), "refused"))),
        }
    }

    async fn provisional(&mut self, status: u16, response: &Response) {
        self.patience = None;
        if !self.progressed {
            self.progressed = true;
            if self.cancelled.is_some() {
                send_cancel(self.wire, self.hop, self.invite, self.branch).await;
            }
        }
        if status > 100
            && let Some(tag) = message::to_tag(response)
        {
            self.attached.early(&tag);
        }
        if status > 100 && message::has_token(response, "Require", "100rel") {
            self.acknowledge(response).await;
        }
        let content_type = message::value(response, "Content-Type");
        let sdp = sdp_of(content_type.as_deref(), &response.body);
        let event = LegEvent::Progress { status, sdp };
        let _ = self.events.send((self.id, event)).await;
    }

    /// Sends the PRACK of a reliable provisional response, once for each RSeq (RFC 3262 section 4).
    async fn acknowledge(&mut self, response: &Response) {
        let Some(rseq) = response.rseq_value() else {
            return;
        };
        if self.last_rseq.is_some_and(|last| rseq <= last) {
            return;
        }
        self.last_rseq = Some(rseq);
        if self.dialog.established_by(response).is_err() {
            return;
        }
        let cseq = message::value(self.invite, "CSeq").unwrap_or_default();
        let rack = vec![Header::RAck(format!("{rseq} {cseq}").into())];
        let prack = self.dialog.request(Method::PRack, rack, None);
        if let Err(error) = self.wire.send(prack, self.hop, None).await {
            tracing::debug!(%error, "PRACK not sent");
        }
    }

    /// Before the answer a peer may only ask how things stand.
    async fn early_request(&mut self, mut transaction: Box<Transaction>) {
        let _ = self.dialog.receive(&transaction.original);
        match transaction.original.method {
            Method::Update => {
                let later = vec![Header::RetryAfter("2".into())];
                confirmed::reply(&mut transaction, 500, later, None).await;
            }
            Method::Info => confirmed::reply(&mut transaction, 200, vec![], None).await,
            Method::Bye => confirmed::reply(&mut transaction, 481, vec![], None).await,
            _ => confirmed::refuse_method(&mut transaction, false).await,
        }
    }
}

/// A CANCEL has the Request-URI, Call-ID, From, To, Route and branch of its INVITE, and its CSeq
/// number (RFC 3261 section 9.1).
async fn send_cancel(wire: &Wire, hop: &Hop, invite: &Request, branch: &str) {
    let mut headers = Headers::default();
    for header in invite.headers.iter() {
        match header {
            Header::From(_) | Header::To(_) | Header::CallId(_) | Header::Route(_) => {
                headers.push(header.clone());
            }
            Header::CSeq(cseq) => {
                let seq = cseq.value().split_whitespace().next().unwrap_or("1");
                headers.push(Header::CSeq(format!("{seq} CANCEL").into()));
            }
            _ => {}
        }
    }
    headers.push(Header::MaxForwards(70u32.into()));
    let body = message::put_body(&mut headers, None);
    let cancel = Request {
        method: Method::Cancel,
        uri: invite.uri.clone(),
        version: Version::V2,
        headers,
        body,
    };
    if let Err(error) = wire.send(cancel, hop, Some(branch)).await {
        tracing::debug!(%error, "CANCEL not sent");
    }
}

/// Ends a dialog that an unwanted 2xx has opened.
async fn bye(wire: &Wire, hop: &Hop, invite: &Request, response: &Response) {
    let Ok(mut dialog) = Dialog::as_uac(invite) else {
        return;
    };
    if dialog.established_by(response).is_err() {
        return;
    }
    let request = dialog.request(Method::Bye, vec![], None);
    if let Err(error) = wire.send(request, hop, None).await {
        tracing::debug!(%error, "BYE not sent");
    }
}

/// A target that was given up may still ring or even answer: it is cancelled or hung up then.
pub(super) async fn abandon(
    wire: Wire,
    hop: Hop,
    invite: Request,
    branch: String,
    mut replies: mailbox::Receiver<Reply>,
) {
    let mut cancelled = false;
    while let Some(Reply::Response(response)) = replies.recv().await {
        match response.status_code.code() {
            100..=199 if !cancelled => {
                cancelled = true;
                send_cancel(&wire, &hop, &invite, &branch).await;
            }
            200..=299 => bye(&wire, &hop, &invite, &response).await,
            _ => {}
        }
    }
}

/// A forked call may be answered twice: the second answer is hung up (RFC 3261 section 13.2.2.4).
pub(super) async fn end_other_branches(
    wire: Wire,
    hop: Hop,
    invite: Request,
    answered: String,
    mut replies: mailbox::Receiver<Reply>,
) {
    let mut ended = vec![answered];
    while let Some(reply) = replies.recv().await {
        let Reply::Response(response) = reply else {
            continue;
        };
        let Some(tag) = message::to_tag(&*response) else {
            continue;
        };
        let success = (200..=299).contains(&response.status_code.code());
        if success && !ended.contains(&tag) {
            ended.push(tag);
            bye(&wire, &hop, &invite, &response).await;
        }
    }
}
