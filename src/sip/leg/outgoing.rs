//! A leg that we open: from the first INVITE, over failing peers, to an answer or the last refusal.

use std::time::{Duration, Instant};

use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Header, Headers, Method, Request, Response, Uri, Version};
use rsipstack::transaction::transaction::Transaction;

use crate::mailbox::{self, mailbox};

use super::super::body::{self, Part};
use super::super::detour;
use super::super::dialog::Dialog;
use super::super::dialogs::Attached;
use super::super::error::SipError;
use super::super::message::{self, SDP};
use super::super::transaction::Reply;
use super::super::wire::{self, Hop, Wire};
use super::confirmed::{self, Confirmed, Context};
use super::extras::{Extras, may_be_about_extras};
use super::handle::{self, Cause, Command, Leg, LegEvent, LegEvents, LegId, Side};
use super::incoming::sdp_of;

/// How long a cancelled INVITE may take to end before it is left to itself.
const CANCEL_WAIT: Duration = Duration::from_secs(32);

/// A user name and password for a peer that challenges us.
#[derive(Clone)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.username)
    }
}

impl Credentials {
    /// The header that answers a 401 or 407, or none where the challenge cannot be answered.
    pub(super) fn answer(&self, response: &Response, method: &str, uri: &Uri) -> Option<Header> {
        super::super::credentials::answer(self, response, method, &uri.to_string())
    }
}

/// One place to try.
#[derive(Clone, Debug)]
pub struct Target {
    /// The Request-URI.
    pub uri: String,
    /// The address it is sent to; found from the URI when there is none.
    pub hop: Option<Hop>,
}

/// What to dial, and with what identity.
#[derive(Clone, Debug)]
pub struct Dial {
    /// Tried in this order; the next one when a target cannot be reached, answers nothing in time, or
    /// fails with 5xx.
    pub targets: Vec<Target>,
    /// The From header without a tag.
    pub from: String,
    /// The To header.
    pub to: String,
    /// Headers on top, such as P-Asserted-Identity.
    pub headers: Vec<(String, String)>,
    /// What goes along where the peer takes it.
    pub extras: Extras,
    /// Our offer.
    pub offer: String,
    /// For a peer that challenges us.
    pub credentials: Option<Credentials>,
    /// How long a target may stay wholly silent while another one is left.
    pub response_time: Duration,
    /// Whether the target is a phone of one of our own people, who may transfer the call (REFER) and take
    /// it over (Replaces). Nobody else is told that this can be done, and their REFER meets 403.
    pub may_refer: bool,
}

/// Opens a leg. Its events come on `events`; an unusable dial ends at once with a cause.
pub fn dial(wire: &Wire, dial: Dial, events: LegEvents) -> Leg {
    let (leg, commands) = handle::channel();
    let outgoing = Outgoing {
        wire: wire.clone(),
        id: leg.id(),
        dial,
        commands,
        events,
    };
    tokio::spawn(outgoing.run());
    leg
}

struct Outgoing {
    wire: Wire,
    id: LegId,
    dial: Dial,
    commands: mailbox::Receiver<Command>,
    events: LegEvents,
}

/// How one try ended.
enum Outcome {
    Answered(Box<Confirmed>),
    /// The next target may do better.
    Failed(Cause),
    /// No other target would change it.
    Final(Cause),
}

impl Outgoing {
    async fn run(mut self) {
        let mut last = Cause::new(Side::Network, None, "no target to dial");
        let targets = std::mem::take(&mut self.dial.targets);
        let count = targets.len();
        for (n, target) in targets.into_iter().enumerate() {
            match self.attempt(target, n + 1 < count).await {
                Ok(Outcome::Answered(confirmed)) => {
                    // As with incoming legs, the memory of this task is not held for the whole call.
                    tokio::spawn(confirmed.run());
                    return;
                }
                Ok(Outcome::Failed(cause)) => last = cause,
                Ok(Outcome::Final(cause)) => {
                    last = cause;
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot dial");
                    last = Cause::new(Side::Network, None, "cannot be dialled");
                }
            }
        }
        let _ = self.events.send((self.id, LegEvent::Ended(last))).await;
    }

    async fn attempt(&mut self, target: Target, more: bool) -> Result<Outcome, SipError> {
        let uri = Uri::try_from(target.uri.as_str())?;
        let hop = match target.hop {
            Some(hop) => hop,
            None => self.wire.resolve(&uri).await?,
        };
        let ids = (wire::token(), wire::token());
        let mut seq = 1;
        let (mut authorization, mut challenged) = (None, false);
        let mut extras = Some(self.dial.extras.clone()).filter(|extras| !extras.is_empty());
        loop {
            let branch = wire::new_branch();
            let to = (&uri, &hop);
            let invite = self.invite(to, &ids, seq, authorization.take(), extras.as_ref())?;
            let dialog = Dialog::as_uac(&invite)?;
            let (sender, mut inbox) = mailbox(wire::INBOX);
            let owner = (self.id, Side::Near);
            let attached = self.wire.attach(dialog.id.clone(), "", sender, owner);
            let elsewhere = detour::leads_elsewhere(&uri, hop.address);
            let mut detour = elsewhere.then(|| self.wire.detour(hop.address));
            if let Some(detour) = &mut detour {
                detour.invite(&branch);
            }
            let replies = self.wire.send(invite.clone(), &hop, Some(&branch)).await?;
            let mut attempt = Attempt {
                wire: &self.wire,
                id: self.id,
                events: &self.events,
                commands: &mut self.commands,
                hop: &hop,
                invite: &invite,
                branch: &branch,
                dialog,
                replies,
                attached: &attached,
                progressed: false,
                cancelled: None,
                last_rseq: None,
                patience: more.then(|| Instant::now() + self.dial.response_time),
            };
            let credentials = self.dial.credentials.as_ref();
            let takes = Takes {
                challenge: !challenged,
                refusal_of_extras: extras.is_some(),
            };
            match attempt.run(&mut inbox, credentials, takes).await {
                Ended::Answered(response) => {
                    let dialog = attempt.answered(&response)?;
                    let replies = attempt.replies;
                    let tag = dialog.remote_tag.clone();
                    tokio::spawn(end_other_branches(
                        self.wire.clone(),
                        hop.clone(),
                        invite,
                        tag,
                        replies,
                    ));
                    let content_type = message::value(&*response, "Content-Type");
                    let sdp = sdp_of(content_type.as_deref(), &response.body);
                    let (_, placeholder) = mailbox(1);
                    let commands = std::mem::replace(&mut self.commands, placeholder);
                    let ctx = Context::new(
                        self.wire.clone(),
                        self.id,
                        commands,
                        self.events.clone(),
                        inbox,
                        (attached, self.dial.may_refer),
                    );
                    ctx.tell(LegEvent::Answered { sdp }).await;
                    let credentials = self.dial.credentials.clone();
                    let confirmed = Confirmed::new(ctx, dialog, hop, credentials, detour);
                    return Ok(Outcome::Answered(Box::new(confirmed)));
                }
                Ended::Challenged(header) => {
                    seq += 1;
                    authorization = Some(header);
                    challenged = true;
                }
                Ended::Plainly(status) => {
                    tracing::warn!(status, peer = %hop.address, "a call is made again without what it carried");
                    metrics::counter!("ivr111_sip_extras_refused_total").increment(1);
                    seq += 1;
                    (extras, challenged) = (None, false);
                }
                Ended::Abandoned(cause) => {
                    let replies = attempt.replies;
                    let abandoned = abandon(self.wire.clone(), hop, invite, branch, replies);
                    tokio::spawn(abandoned);
                    return Ok(Outcome::Failed(cause));
                }
                Ended::Failed(cause) => return Ok(Outcome::Failed(cause)),
                Ended::Final(cause) => return Ok(Outcome::Final(cause)),
            }
        }
    }

    fn invite(
        &self,
        (uri, hop): (&Uri, &Hop),
        (call_id, tag): &(String, String),
        seq: u32,
        authorization: Option<Header>,
        extras: Option<&Extras>,
    ) -> Result<Request, SipError> {
        let other_uri = extras.and_then(|extras| extras.uri.as_deref());
        let to = match other_uri {
            Some(other) => format!("<{other}>"),
            None => self.dial.to.clone(),
        };
        let mut headers = Headers::default();
        headers.push(Header::From(format!("{};tag={tag}", self.dial.from).into()));
        headers.push(Header::To(to.into()));
        headers.push(Header::CallId(call_id.as_str().into()));
        headers.push(Header::CSeq(format!("{seq} INVITE").into()));
        headers.push(Header::MaxForwards(70u32.into()));
        headers.push(self.wire.contact(hop)?);
        headers.push(message::allow(self.dial.may_refer));
        headers.push(message::supported(self.dial.may_refer));
        headers.extend(authorization.into_iter().collect());
        if other_uri.is_some() {
            headers.push(Header::Route(format!("<{uri};lr>").into()));
        }
        let others = extras.map_or(&[][..], |extras| &extras.headers);
        for (name, value) in self.dial.headers.iter().chain(others) {
            headers.push(Header::Other(name.clone(), value.clone()));
        }
        let offer = self.dial.offer.clone().into_bytes();
        let (content_type, offer) = match extras.and_then(|extras| extras.part.clone()) {
            Some(part) => body::mixed(&[session(offer), part], &wire::token()),
            None => (SDP.to_owned(), offer),
        };
        let body = message::put_body(&mut headers, Some((&content_type, offer)));
        Ok(Request {
            method: Method::Invite,
            uri: match other_uri {
                Some(other) => Uri::try_from(other)?,
                None => uri.clone(),
            },
            version: Version::V2,
            headers,
            body,
        })
    }
}

fn session(offer: Vec<u8>) -> Part {
    Part {
        content_type: SDP.to_owned(),
        content_id: None,
        body: offer,
    }
}

/// Refusals after which the same target is asked again.
#[derive(Clone, Copy)]
struct Takes {
    challenge: bool,
    refusal_of_extras: bool,
}

enum Ended {
    Answered(Box<Response>),
    Challenged(Header),
    /// Refused with a status that may be meant for what the request carried.
    Plainly(u16),
    /// Nothing came in time; the INVITE is still under way and must be wound up.
    Abandoned(Cause),
    Failed(Cause),
    Final(Cause),
}

struct Attempt<'a> {
    wire: &'a Wire,
    id: LegId,
    events: &'a LegEvents,
    commands: &'a mut mailbox::Receiver<Command>,
    hop: &'a Hop,
    invite: &'a Request,
    branch: &'a str,
    dialog: Dialog,
    replies: mailbox::Receiver<Reply>,
    attached: &'a Attached,
    progressed: bool,
    /// Since when we want it to end; the CANCEL itself waits for a first response (section 9.1).
    cancelled: Option<Instant>,
    last_rseq: Option<u32>,
    patience: Option<Instant>,
}

impl Attempt<'_> {
    async fn run(
        &mut self,
        inbox: &mut mailbox::Receiver<Box<Transaction>>,
        credentials: Option<&Credentials>,
        takes: Takes,
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
                            self.response(response, credentials, takes).await
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
        takes: Takes,
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
            status if takes.refusal_of_extras && may_be_about_extras(status) => {
                Some(Ended::Plainly(status))
            }
            401 | 407 if takes.challenge => {
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

    fn answered(&mut self, response: &Response) -> Result<Dialog, SipError> {
        let mut dialog = self.dialog.clone();
        dialog.established_by(response)?;
        Ok(dialog)
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
async fn abandon(
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
async fn end_other_branches(
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
