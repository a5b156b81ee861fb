//! A leg that we open: from the first INVITE, over failing peers, to an answer or the last refusal.

mod attempt;

use std::time::{Duration, Instant};

use rsipstack::sip::{Header, Headers, Method, Request, Response, Uri, Version};

use crate::mailbox::{self, mailbox};

use super::super::detour;
use super::super::error::SipError;
use super::super::message::{self, SDP};
use super::super::wire::{self, Hop, Wire};
use super::confirmed::{Confirmed, Context};
use super::dialled::Dialled;
use super::handle::{self, Cause, Command, Leg, LegEvent, LegEvents, LegId, Side};
use super::incoming::sdp_of;
pub(super) use attempt::Sent;
use attempt::{Attempt, Ended, abandon, end_other_branches};

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

/// Goes on with an INVITE that has gone out already: it may be answered, refused or cancelled as any other.
/// `dial` says what is to be known of it; its targets are not dialled.
pub(super) fn go_on(
    wire: &Wire,
    dial: Dial,
    events: LegEvents,
    sent: impl FnOnce(LegId) -> Result<Sent, SipError>,
) -> Result<Leg, SipError> {
    let (leg, commands) = handle::channel();
    let mut sent = sent(leg.id())?;
    let mut outgoing = Outgoing {
        wire: wire.clone(),
        id: leg.id(),
        dial,
        commands,
        events,
    };
    tokio::spawn(async move {
        let ended = outgoing.watch(&mut sent, None, false).await;
        let last = match outgoing.conclude(sent, ended).await {
            Ok(Outcome::Answered(confirmed)) => return drop(tokio::spawn(confirmed.run())),
            Ok(Outcome::Failed(cause) | Outcome::Final(cause)) => cause,
            Err(_) => Cause::new(Side::Network, None, "cannot be gone on with"),
        };
        outgoing.end(last).await;
    });
    Ok(leg)
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
        self.end(last).await;
    }

    async fn end(self, cause: Cause) {
        let _ = self.events.send((self.id, LegEvent::Ended(cause))).await;
    }

    async fn attempt(&mut self, target: Target, more: bool) -> Result<Outcome, SipError> {
        let uri = Uri::try_from(target.uri.as_str())?;
        let hop = match target.hop {
            Some(hop) => hop,
            None => self.wire.resolve(&uri).await?,
        };
        let (call_id, tag) = (wire::token(), wire::token());
        let mut seq = 1;
        let mut authorization = None;
        loop {
            let invite = self.invite(&uri, &hop, &call_id, &tag, seq, authorization.take())?;
            let mut sent = self.send(invite, hop.clone()).await?;
            let patience = more.then(|| Instant::now() + self.dial.response_time);
            match self.watch(&mut sent, patience, seq == 1).await {
                Ended::Challenged(header) => {
                    seq += 1;
                    authorization = Some(header);
                }
                ended => return self.conclude(sent, ended).await,
            }
        }
    }

    async fn send(&mut self, invite: Request, hop: Hop) -> Result<Sent, SipError> {
        let branch = wire::new_branch();
        let elsewhere = detour::leads_elsewhere(&invite.uri, hop.address);
        let via = self.wire.via(&hop, &branch)?;
        let dialled = Dialled::new(&invite, via, &hop, elsewhere, &self.dial);
        // Before it goes out: what is known and was never sent does less harm than what rings unknown.
        let dialled = LegEvent::Dialled(Box::new(dialled));
        let _ = self.events.send((self.id, dialled)).await;
        let mut sent = Sent::new(&self.wire, self.id, (invite, branch, hop), elsewhere)?;
        let request = sent.invite.clone();
        sent.replies = self
            .wire
            .send(request, &sent.hop, Some(&sent.branch))
            .await?;
        Ok(sent)
    }

    async fn watch(
        &mut self,
        sent: &mut Sent,
        patience: Option<Instant>,
        may_answer_challenge: bool,
    ) -> Ended {
        let mut attempt = Attempt {
            wire: &self.wire,
            id: self.id,
            events: &self.events,
            commands: &mut self.commands,
            hop: &sent.hop,
            invite: &sent.invite,
            branch: &sent.branch,
            dialog: &mut sent.dialog,
            replies: &mut sent.replies,
            attached: &sent.attached,
            progressed: sent.progressed,
            cancelled: None,
            last_rseq: None,
            patience,
        };
        let credentials = self.dial.credentials.as_ref();
        attempt
            .run(&mut sent.inbox, credentials, may_answer_challenge)
            .await
    }

    /// What has become of an INVITE.
    async fn conclude(&mut self, sent: Sent, ended: Ended) -> Result<Outcome, SipError> {
        let wire = self.wire.clone();
        match ended {
            Ended::Answered(response) => {
                let mut dialog = sent.dialog;
                dialog.established_by(&response)?;
                let tag = dialog.remote_tag.clone();
                let (hop, invite, replies) = (sent.hop.clone(), sent.invite, sent.replies);
                tokio::spawn(end_other_branches(wire, hop, invite, tag, replies));
                let content_type = message::value(&*response, "Content-Type");
                let sdp = sdp_of(content_type.as_deref(), &response.body);
                let (_, placeholder) = mailbox(1);
                let commands = std::mem::replace(&mut self.commands, placeholder);
                let ctx = Context::new(
                    self.wire.clone(),
                    self.id,
                    commands,
                    self.events.clone(),
                    sent.inbox,
                    (sent.attached, self.dial.may_refer),
                );
                ctx.tell(LegEvent::Answered { sdp }).await;
                let credentials = self.dial.credentials.clone();
                let confirmed = Confirmed::new(ctx, dialog, sent.hop, credentials, sent.detour);
                Ok(Outcome::Answered(Box::new(confirmed)))
            }
            Ended::Abandoned(cause) => {
                let abandoned = abandon(wire, sent.hop, sent.invite, sent.branch, sent.replies);
                tokio::spawn(abandoned);
                Ok(Outcome::Failed(cause))
            }
            Ended::Failed(cause) => Ok(Outcome::Failed(cause)),
            Ended::Final(cause) => Ok(Outcome::Final(cause)),
            Ended::Challenged(_) => {
                let cause = Cause::new(Side::Far, Some(401), "refused");
                Ok(Outcome::Final(cause))
            }
        }
    }

    fn invite(
        &self,
        uri: &Uri,
        hop: &Hop,
        call_id: &str,
        tag: &str,
        seq: u32,
        authorization: Option<Header>,
    ) -> Result<Request, SipError> {
        let mut headers = Headers::default();
        headers.push(Header::From(format!("{};tag={tag}", self.dial.from).into()));
        headers.push(Header::To(self.dial.to.clone().into()));
        headers.push(Header::CallId(call_id.into()));
        headers.push(Header::CSeq(format!("{seq} INVITE").into()));
        headers.push(Header::MaxForwards(70u32.into()));
        headers.push(self.wire.contact(hop)?);
        headers.push(message::allow(self.dial.may_refer));
        headers.push(message::supported(self.dial.may_refer));
        headers.extend(authorization.into_iter().collect());
        for (name, value) in &self.dial.headers {
            headers.push(Header::Other(name.clone(), value.clone()));
        }
        let offer = self.dial.offer.clone().into_bytes();
        let body = message::put_body(&mut headers, Some((SDP, offer)));
        Ok(Request {
            method: Method::Invite,
            uri: uri.clone(),
            version: Version::V2,
            headers,
            body,
        })
    }
}
