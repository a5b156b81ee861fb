//! A leg that we open: from the first INVITE, over failing peers, to an answer or the last refusal.

mod attempt;

use std::time::{Duration, Instant};

use rsipstack::sip::{Header, Headers, Method, Request, Response, Uri, Version};

use crate::mailbox::{self, mailbox};

use super::super::body::{self, Part};
use super::super::detour;
use super::super::error::SipError;
use super::super::message::{self, SDP};
use super::super::wire::{self, Hop, Wire};
use super::confirmed::{Confirmed, Context};
use super::dialled::Dialled;
use super::extras::Extras;
use super::handle::{self, Cause, Command, Leg, LegEvent, LegEvents, LegId, Side};
use super::incoming::sdp_of;
pub(super) use attempt::Sent;
use attempt::{Attempt, Ended, Takes, abandon, end_other_branches};

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

/// How long a target that is the only one may stay wholly silent: as long as its transaction (timer B, RFC 3261
/// section 17.1.1.2).
const ONLY_TARGET: Duration = Duration::from_secs(32);

impl Dial {
    /// Dials one target alone, with a From header and headers on top. Nothing else goes along, and no offer yet.
    pub fn only(uri: String, hop: Hop, from: String, headers: Vec<(String, String)>) -> Dial {
        Dial {
            to: format!("<{uri}>"),
            targets: vec![Target {
                uri,
                hop: Some(hop),
            }],
            from,
            headers,
            extras: Extras::default(),
            offer: String::new(),
            credentials: None,
            response_time: ONLY_TARGET,
            may_refer: false,
        }
    }
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
        let ended = outgoing.watch(&mut sent, None, Takes::NOTHING).await;
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
        let ids = (wire::token(), wire::token());
        let mut seq = 1;
        let (mut authorization, mut challenged) = (None, false);
        let mut extras = Some(self.dial.extras.clone()).filter(|extras| !extras.is_empty());
        loop {
            let to = (&uri, &hop);
            let invite = self.invite(to, &ids, seq, authorization.take(), extras.as_ref())?;
            let elsewhere = detour::leads_elsewhere(&uri, hop.address);
            let mut sent = self.send(invite, hop.clone(), elsewhere).await?;
            let patience = more.then(|| Instant::now() + self.dial.response_time);
            let takes = Takes {
                challenge: !challenged,
                refusal_of_extras: extras.is_some(),
            };
            match self.watch(&mut sent, patience, takes).await {
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
                ended => return self.conclude(sent, ended).await,
            }
        }
    }

    async fn send(&mut self, invite: Request, hop: Hop, elsewhere: bool) -> Result<Sent, SipError> {
        let branch = wire::new_branch();
        let head = self.wire.head(&invite, &hop, &branch)?;
        let dialled = Dialled::new(&head, &hop, elsewhere, &self.dial);
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

    async fn watch(&mut self, sent: &mut Sent, patience: Option<Instant>, takes: Takes) -> Ended {
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
        attempt.run(&mut sent.inbox, credentials, takes).await
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
            Ended::Challenged(_) | Ended::Plainly(_) => {
                let cause = Cause::new(Side::Far, None, "refused");
                Ok(Outcome::Final(cause))
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
