//! A leg that has been answered: requests inside the dialog, both ways, until either side hangs up.

mod keeping;
mod referring;

use std::time::{Duration, Instant};

use rsipstack::sip::{Header, Method, Response, StatusCode, Transport};
use rsipstack::transaction::transaction::Transaction;

use crate::mailbox;

use super::super::detour::Detour;
use super::super::dialog::{Dialog, Order};
use super::super::dialogs::Attached;
use super::super::message::{self, SDP};
use super::super::transaction::{InviteEvent, Reply, ServerInvite};
use super::super::wire::{self, Hop, Wire};
use super::handle::{Cause, Command, LegEvent, LegEvents, LegId, OfferId, Side};
use super::incoming::{info, sdp_of};
use super::outgoing::Credentials;
pub use keeping::resume;
use referring::Refer;

/// How long the name in a Contact may take to be found; a goodbye does not wait for longer.
const RESOLVING: Duration = Duration::from_secs(1);
/// How long an ended leg still answers requests that crossed its BYE.
const LINGER: Duration = Duration::from_secs(4);

/// What a leg's task holds in every state.
pub(super) struct Context {
    pub wire: Wire,
    pub commands: mailbox::Receiver<Command>,
    pub inbox: mailbox::Receiver<Box<Transaction>>,
    /// Whether the peer may transfer the call, and be taken over.
    pub may_refer: bool,
    id: LegId,
    events: LegEvents,
    attached: Attached,
}

impl Context {
    pub(super) fn new(
        wire: Wire,
        id: LegId,
        commands: mailbox::Receiver<Command>,
        events: LegEvents,
        inbox: mailbox::Receiver<Box<Transaction>>,
        (attached, may_refer): (Attached, bool),
    ) -> Self {
        Context {
            wire,
            commands,
            inbox,
            may_refer,
            id,
            events,
            attached,
        }
    }

    /// Hands an event to the call; a call that is gone hears nothing.
    pub(super) async fn tell(&self, event: LegEvent) {
        let _ = self.events.send((self.id, event)).await;
    }

    /// Tells the call that the leg is over, and goes on answering late requests for a while.
    pub(super) async fn end(mut self, cause: Cause) {
        self.attached.over();
        self.tell(LegEvent::Ended(cause)).await;
        let over = Instant::now() + LINGER;
        loop {
            tokio::select! {
                Some(mut late) = self.inbox.recv() => {
                    let status = if late.original.method == Method::Bye { 200 } else { 481 };
                    reply(&mut late, status, vec![], None).await;
                }
                () = at(Some(over)) => return,
            }
        }
    }
}

/// Waits for an instant; for ever where there is none.
pub(super) async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

/// The first response that is not provisional; none where nothing comes.
async fn final_response(replies: &mut mailbox::Receiver<Reply>) -> Option<Box<Response>> {
    loop {
        match replies.recv().await? {
            Reply::Response(response) if response.status_code.code() >= 200 => {
                return Some(response);
            }
            Reply::Response(_) => {}
            Reply::TimedOut | Reply::Unreachable => return None,
        }
    }
}

/// Answers a request other than INVITE.
pub(super) async fn reply(
    transaction: &mut Transaction,
    status: u16,
    headers: Vec<Header>,
    body: Option<String>,
) {
    let mut headers = headers;
    if body.is_some() {
        headers.push(Header::ContentType(SDP.into()));
    }
    let body = body.map(String::into_bytes);
    let status = StatusCode::from(status);
    if let Err(error) = transaction.reply_with(status, headers, body).await {
        tracing::debug!(%error, "response not sent");
    }
}

/// 200 to OPTIONS, 405 to what we do not take inside a call.
pub(super) async fn refuse_method(transaction: &mut Transaction, may_refer: bool) {
    let mut headers = vec![message::allow(may_refer)];
    let status = if transaction.original.method == Method::Options {
        headers.push(Header::Accept(message::ACCEPT.into()));
        headers.push(message::supported(may_refer));
        200
    } else {
        405
    };
    reply(transaction, status, headers, None).await;
}

async fn next<T>(receiver: &mut Option<mailbox::Receiver<T>>) -> Option<T> {
    match receiver {
        Some(receiver) => receiver.recv().await,
        None => std::future::pending().await,
    }
}

async fn next_invite_event(invite: &mut Option<Box<PeerInvite>>) -> Option<InviteEvent> {
    match invite {
        Some(invite) => invite.server.events.recv().await,
        None => std::future::pending().await,
    }
}

/// An INVITE of the peer: the first one waiting for its ACK, or a later one.
struct PeerInvite {
    server: ServerInvite,
    /// The offer we have told the call of, until it replies.
    offer: Option<OfferId>,
    /// Our 200, until the ACK comes.
    answered: Option<Response>,
    /// The offer stood in our response, so the ACK brings the answer.
    answer_in_ack: bool,
}

/// An answered leg.
pub(super) struct Confirmed {
    ctx: Context,
    dialog: Dialog,
    hop: Hop,
    credentials: Option<Credentials>,
    /// For a peer behind a NAT: nothing but the hop leads to them.
    detour: Option<Detour>,
    invite: Option<Box<PeerInvite>>,
    update: Option<(OfferId, Box<Transaction>)>,
    own_offer: Option<mailbox::Receiver<Reply>>,
    /// An offer of ours that met one of theirs waits here (491, RFC 3261 section 14.1).
    held_offer: Option<(Instant, String)>,
    last_own_offer: String,
    next_offer_id: u32,
    refer: Option<Box<Refer>>,
    /// A REFER has been agreed to in this dialog.
    referred: bool,
    hang_up_when_acknowledged: bool,
    /// The hop leads to the peer; where it does not, the dialog tells where they are.
    has_way: bool,
    /// Stands for what the call has been told last of how the leg stands.
    told: Option<u64>,
}

impl Confirmed {
    pub(super) fn new(
        ctx: Context,
        dialog: Dialog,
        hop: Hop,
        credentials: Option<Credentials>,
        detour: Option<Detour>,
    ) -> Self {
        ctx.attached.confirmed(&dialog.remote_tag);
        Confirmed {
            ctx,
            dialog,
            hop,
            credentials,
            detour,
            invite: None,
            update: None,
            own_offer: None,
            held_offer: None,
            last_own_offer: String::new(),
            next_offer_id: 1,
            refer: None,
            referred: false,
            hang_up_when_acknowledged: false,
            has_way: true,
            told: None,
        }
    }

    /// This 200 to the peer's first INVITE has just been sent.
    pub(super) fn awaiting_ack(
        mut self,
        server: ServerInvite,
        answer: Response,
        answer_in_ack: bool,
    ) -> Self {
        self.invite = Some(Box::new(PeerInvite {
            server,
            offer: None,
            answered: Some(answer),
            answer_in_ack,
        }));
        self
    }

    /// Thousands of these wait at any time, each for longer than all that it ever does: what is done
    /// has its memory in a box while it lasts.
    pub(super) async fn run(mut self: Box<Self>) {
        let cause = loop {
            if let Some(news) = self.news() {
                Box::pin(self.ctx.tell(news)).await;
            }
            let ended = tokio::select! {
                command = self.ctx.commands.recv(), if !self.hang_up_when_acknowledged => {
                    Box::pin(self.command(command.unwrap_or(Command::HangUp))).await
                }
                Some(request) = self.ctx.inbox.recv() => Box::pin(self.request(request)).await,
                event = next_invite_event(&mut self.invite) => Box::pin(self.invite_event(event)).await,
                reply = next(&mut self.own_offer) => Box::pin(self.own_offer_reply(reply)).await,
                () = at(self.held_offer.as_ref().map(|(when, _)| *when)) => {
                    Box::pin(self.offer_again()).await
                }
                () = at(self.refer.as_ref().map(|refer| refer.deadline())) => {
                    Box::pin(self.refer_due()).await;
                    None
                }
            };
            if let Some(cause) = ended {
                break cause;
            }
        };
        Box::pin(self.end(cause)).await;
    }

    async fn end(mut self: Box<Self>, cause: Cause) {
        if cause.by != Side::Far {
            self.bye().await;
        }
        if let Some((_, mut transaction)) = self.update.take() {
            reply(&mut transaction, 487, vec![], None).await;
        }
        if let Some(refer) = self.refer.take() {
            refer.end().await;
        }
        drop(self.invite.take());
        self.ctx.end(cause).await;
    }

    async fn command(&mut self, command: Command) -> Option<Cause> {
        match command {
            Command::HangUp => {
                // The callee must not send BYE before the ACK (RFC 3261 section 15).
                let unacknowledged = self.invite.as_ref().is_some_and(|i| i.offer.is_none());
                if unacknowledged {
                    self.hang_up_when_acknowledged = true;
                    return None;
                }
                return Some(Cause::new(Side::Near, None, "hung up by us"));
            }
            Command::Offer(sdp) => self.offer(sdp).await,
            Command::Reply(id, answer) => self.answer(id, answer).await,
            Command::ReferReply(id, accepted) => self.refer_reply(id, accepted).await,
            Command::ReferProgress(id, status) => self.refer_progress(id, status).await,
            Command::Ring | Command::Answer(_) | Command::Reject(_) => {}
        }
        None
    }

    /// Requests go where the route set and the Contact say (RFC 3261 section 12.2.1.1), but for a peer
    /// behind a NAT, and for one that is reached by a connection, while it is open.
    async fn find_way(&mut self) {
        let connection = self.hop.connection.as_ref();
        let token = connection.and_then(|connection| connection.cancel_token());
        let by_connection = self.hop.transport != Transport::Udp;
        let closed = token.is_some_and(|token| token.is_cancelled());
        if self.detour.is_some() || (by_connection && !closed && self.has_way) {
            return;
        }
        let next = self.dialog.next_hop();
        let way = tokio::time::timeout(RESOLVING, self.ctx.wire.resolve(&next));
        match way.await {
            Ok(Ok(hop)) if self.ctx.wire.contact(&hop).is_ok() => {
                self.hop = hop;
                self.has_way = true;
            }
            _ => tracing::debug!(%next, "no way but the one before"),
        }
    }

    async fn bye(&mut self) {
        self.find_way().await;
        let bye = self.dialog.request(Method::Bye, vec![], None);
        let uri = bye.uri.clone();
        let Ok(mut replies) = self.ctx.wire.send(bye, &self.hop, None).await else {
            return;
        };
        let Some(credentials) = self.credentials.clone() else {
            return;
        };
        // In a task of its own: the call is over, whatever the peer says to that.
        let (wire, hop, mut dialog) =
            (self.ctx.wire.clone(), self.hop.clone(), self.dialog.clone());
        tokio::spawn(async move {
            let Some(response) = final_response(&mut replies).await else {
                return;
            };
            if matches!(response.status_code.code(), 401 | 407)
                && let Some(header) = credentials.answer(&response, "BYE", &uri)
            {
                let bye = dialog.request(Method::Bye, vec![header], None);
                let _ = wire.send(bye, &hop, None).await;
            }
        });
    }

    async fn offer(&mut self, sdp: String) {
        self.last_own_offer.clone_from(&sdp);
        if self.own_offer.is_some() || self.invite.is_some() || self.update.is_some() {
            self.hold_offer(sdp);
            return;
        }
        self.find_way().await;
        let Ok(contact) = self.ctx.wire.contact(&self.hop) else {
            return;
        };
        let body = Some((SDP, sdp.into_bytes()));
        let request = self.dialog.request(Method::Invite, vec![contact], body);
        let branch = wire::new_branch();
        if let Some(detour) = &mut self.detour {
            detour.invite(&branch);
        }
        let sent = self.ctx.wire.send(request, &self.hop, Some(&branch)).await;
        match sent {
            Ok(replies) => self.own_offer = Some(replies),
            Err(error) => {
                tracing::warn!(%error, "re-INVITE not sent");
                self.ctx.tell(LegEvent::Changed { sdp: None }).await;
            }
        }
    }

    /// The wait after a clash is random, so that both ends do not clash again (section 14.1).
    fn hold_offer(&mut self, sdp: String) {
        let wait = Duration::from_millis(200 + u64::from(rand::random::<u16>() % 1800));
        self.held_offer = Some((Instant::now() + wait, sdp));
    }

    async fn offer_again(&mut self) -> Option<Cause> {
        if let Some((_, sdp)) = self.held_offer.take() {
            self.offer(sdp).await;
        }
        None
    }

    async fn own_offer_reply(&mut self, reply: Option<Reply>) -> Option<Cause> {
        let response = match reply {
            Some(Reply::Response(response)) => response,
            Some(Reply::TimedOut) => {
                return Some(Cause::new(
                    Side::Network,
                    Some(408),
                    "no answer to our offer",
                ));
            }
            Some(Reply::Unreachable) => {
                return Some(Cause::new(Side::Network, None, "no longer reachable"));
            }
            None => {
                self.own_offer = None;
                self.ctx.tell(LegEvent::Changed { sdp: None }).await;
                return None;
            }
        };
        match response.status_code.code() {
            100..=199 => None,
            200..=299 => {
                self.own_offer = None;
                self.dialog.refresh_target(&*response);
                let content_type = message::value(&*response, "Content-Type");
                let sdp = sdp_of(content_type.as_deref(), &response.body);
                self.ctx.tell(LegEvent::Changed { sdp }).await;
                None
            }
            491 => {
                self.own_offer = None;
                let sdp = self.last_own_offer.clone();
                self.hold_offer(sdp);
                None
            }
            408 | 481 => Some(Cause::new(
                Side::Network,
                Some(481),
                "the peer lost the call",
            )),
            _ => {
                self.own_offer = None;
                self.ctx.tell(LegEvent::Changed { sdp: None }).await;
                None
            }
        }
    }

    async fn invite_event(&mut self, event: Option<InviteEvent>) -> Option<Cause> {
        match event {
            Some(InviteEvent::Acknowledged(ack)) => {
                let invite = self.invite.take();
                let content_type = message::value(&*ack, "Content-Type");
                let sdp = invite
                    .filter(|invite| invite.answer_in_ack)
                    .and_then(|_| sdp_of(content_type.as_deref(), &ack.body));
                self.ctx.tell(LegEvent::Acknowledged { sdp }).await;
                self.hang_up_when_acknowledged
                    .then(|| Cause::new(Side::Near, None, "hung up by us"))
            }
            Some(InviteEvent::Cancelled) => None,
            Some(InviteEvent::Unacknowledged) | None => {
                let answered = self.invite.take().is_some_and(|i| i.offer.is_none());
                answered.then(|| Cause::new(Side::Network, None, "our answer was not acknowledged"))
            }
        }
    }

    async fn request(&mut self, mut transaction: Box<Transaction>) -> Option<Cause> {
        match self.dialog.receive(&transaction.original) {
            Ok(Order::Next) => {}
            Ok(Order::Old) | Err(_) => {
                reply(&mut transaction, 500, vec![], None).await;
                return None;
            }
        }
        self.learn_way(&transaction);
        match transaction.original.method {
            Method::Bye => {
                reply(&mut transaction, 200, vec![], None).await;
                return Some(Cause::new(Side::Far, None, "hung up by the peer"));
            }
            Method::Invite => self.peer_invite(transaction).await,
            Method::Update => self.peer_update(transaction).await,
            Method::Info => {
                let event = info(&transaction.original);
                let status = if event.is_some() { 200 } else { 415 };
                reply(&mut transaction, status, vec![], None).await;
                if let Some(event) = event {
                    self.ctx.tell(event).await;
                }
            }
            Method::Refer => self.peer_refer(transaction).await,
            Method::PRack => reply(&mut transaction, 481, vec![], None).await,
            _ => refuse_method(&mut transaction, self.ctx.may_refer).await,
        }
        None
    }

    /// What stands in the way of a new offer: ours (491) or an earlier one of theirs (500),
    /// RFC 3261 section 14.2.
    fn clash(&self) -> Option<u16> {
        if self.own_offer.is_some() {
            return Some(491);
        }
        (self.invite.is_some() || self.update.is_some()).then_some(500)
    }

    async fn peer_invite(&mut self, transaction: Box<Transaction>) {
        let server = ServerInvite::drive(*transaction);
        if let Some(status) = self.clash() {
            let later = vec![Header::RetryAfter("2".into())];
            server.respond(message::response(
                &server.request,
                status,
                None,
                later,
                None,
            ));
            return;
        }
        self.dialog.refresh_target(&server.request);
        let content_type = message::value(&server.request, "Content-Type");
        let sdp = sdp_of(content_type.as_deref(), &server.request.body);
        let id = self.new_offer_id();
        self.invite = Some(Box::new(PeerInvite {
            answer_in_ack: sdp.is_none(),
            server,
            offer: Some(id),
            answered: None,
        }));
        self.ctx.tell(LegEvent::Offer { id, sdp }).await;
    }

    async fn peer_update(&mut self, mut transaction: Box<Transaction>) {
        let content_type = message::value(&transaction.original, "Content-Type");
        let sdp = sdp_of(content_type.as_deref(), &transaction.original.body);
        if sdp.is_none() {
            self.dialog.refresh_target(&transaction.original);
            let contact = self.ctx.wire.contact(&self.hop).into_iter().collect();
            reply(&mut transaction, 200, contact, None).await;
            return;
        }
        if let Some(status) = self.clash() {
            let later = vec![Header::RetryAfter("2".into())];
            reply(&mut transaction, status, later, None).await;
            return;
        }
        self.dialog.refresh_target(&transaction.original);
        let id = self.new_offer_id();
        self.update = Some((id, transaction));
        self.ctx.tell(LegEvent::Offer { id, sdp }).await;
    }

    fn new_offer_id(&mut self) -> OfferId {
        self.next_offer_id += 1;
        OfferId(self.next_offer_id)
    }

    async fn answer(&mut self, id: OfferId, answer: Result<Option<String>, u16>) {
        let (status, sdp) = match answer {
            Ok(sdp) => (200, sdp),
            Err(status) => (status, None),
        };
        if status < 300 {
            // It was made before theirs, and what has been agreed since is newer.
            self.held_offer = None;
        }
        let contact: Vec<Header> = self.ctx.wire.contact(&self.hop).into_iter().collect();
        if let Some((_, mut transaction)) = self.update.take_if(|(offer, _)| *offer == id) {
            reply(&mut transaction, status, contact, sdp).await;
            return;
        }
        let Some(invite) = self.invite.as_mut().filter(|i| i.offer == Some(id)) else {
            return;
        };
        invite.offer = None;
        let body = sdp.map(|sdp| (SDP, sdp.into_bytes()));
        let request = &invite.server.request;
        let response = message::response(request, status, None, contact, body);
        if status < 300 {
            invite.answered = Some(response.clone());
        }
        invite.server.respond(response);
        if status >= 300 {
            self.invite = None;
        }
    }
}
