//! A leg that the peer opened: from its INVITE to our final response.

use std::time::{Duration, Instant};

use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Header, Method, Request, Response};
use rsipstack::transaction::transaction::Transaction;

use crate::mailbox::mailbox;

use super::super::body;
use super::super::detour::{self, Detour};
use super::super::dialog::{Dialog, Order};
use super::super::error::SipError;
use super::super::message::{self, SDP};
use super::super::transaction::{InviteEvent, ServerInvite};
use super::super::wire::{self, Hop, Wire};
use super::confirmed::{self, Confirmed, Context};
use super::handle::{self, Cause, Command, Leg, LegEvent, LegEvents, Side};
use super::reliable::{Due, Reliable};

const T1: Duration = Duration::from_millis(500);

/// Opens a leg for an INVITE that has been let in, and answers 100 at once. `dialog` is what our
/// answer will create; one of our own people may transfer the call and take others over.
pub(in crate::sip) fn accept(
    wire: &Wire,
    transaction: Transaction,
    dialog: Dialog,
    hop: Hop,
    (events, may_refer): (LegEvents, bool),
) -> Result<Leg, SipError> {
    let invite_cseq = transaction.original.cseq_header()?.seq()?;
    let contact = wire.contact(&hop)?;
    let invite = ServerInvite::drive(transaction);
    invite.respond(message::response(&invite.request, 100, None, vec![], None));
    let (leg, commands) = handle::channel();
    let (sender, inbox) = mailbox(wire::INBOX);
    let owner = (leg.id(), Side::Far);
    let attached = wire.attach(dialog.id.clone(), &dialog.remote_tag, sender, owner);
    let attached = (attached, may_refer);
    let incoming = Incoming {
        reliably: message::has_token(&invite.request, "Require", "100rel"),
        invite_cseq,
        invite,
        local_tag: dialog.id.local_tag.clone(),
        contact,
        dialog,
        hop,
        ctx: Context::new(wire.clone(), leg.id(), commands, events, inbox, attached),
        reliable: None,
        held_answer: None,
    };
    tokio::spawn(incoming.run());
    Ok(leg)
}

struct Incoming {
    ctx: Context,
    dialog: Dialog,
    hop: Hop,
    invite: ServerInvite,
    invite_cseq: u32,
    local_tag: String,
    contact: Header,
    reliably: bool,
    reliable: Option<Reliable>,
    /// An answer that waits for the PRACK of what was sent before it.
    held_answer: Option<String>,
}

enum Next {
    Stay,
    /// With this 200.
    Answered(Box<Response>),
    Ended(Cause),
}

impl Incoming {
    async fn run(mut self) {
        loop {
            let next = tokio::select! {
                command = self.ctx.commands.recv() => self.command(command.unwrap_or(Command::HangUp)),
                Some(event) = self.invite.events.recv() => self.invite_event(&event),
                Some(request) = self.ctx.inbox.recv() => Box::pin(self.request(request)).await,
                () = confirmed::at(self.reliable.as_ref().map(Reliable::deadline)) => self.repeat(),
            };
            match next {
                Next::Stay => {}
                Next::Ended(cause) => return Box::pin(self.ctx.end(cause)).await,
                Next::Answered(answer) => {
                    let had_offer = self.has_offer();
                    let detour = self.detour();
                    let confirmed = Confirmed::new(self.ctx, self.dialog, self.hop, None, detour);
                    // A task of its own, so that the memory of this one is not held for the whole call.
                    let confirmed = confirmed.awaiting_ack(self.invite, *answer, !had_offer);
                    tokio::spawn(Box::new(confirmed).run());
                    return;
                }
            }
        }
    }

    /// The way back to a caller behind a NAT, whom neither their Contact nor any proxy leads to.
    fn detour(&self) -> Option<Detour> {
        let source = self.hop.address;
        let request = &self.invite.request;
        let direct = message::record_routes(request).is_empty();
        let sent_by = message::sent_by(request)?;
        let elsewhere = detour::leads_elsewhere(&self.dialog.next_hop(), source);
        let behind_nat = direct && elsewhere && sent_by != source.ip();
        behind_nat.then(|| self.ctx.wire.detour(source))
    }

    fn command(&mut self, command: Command) -> Next {
        match command {
            Command::Ring => self.ring(),
            Command::Answer(sdp) if self.reliable.is_some() => {
                self.held_answer = Some(sdp);
                Next::Stay
            }
            Command::Answer(sdp) => self.answer(sdp),
            Command::Reject(status) => self.refuse(status),
            Command::HangUp => self.refuse(480),
            Command::Offer(_)
            | Command::Reply(..)
            | Command::ReferReply(..)
            | Command::ReferProgress(..) => Next::Stay,
        }
    }

    /// Whether the INVITE brought a session description, whatever else its body holds.
    fn has_offer(&self) -> bool {
        has_session(&self.invite.request)
    }

    /// A reliable 180 must carry our offer when the INVITE had none (RFC 3261 section 13.2.1); as the
    /// 200 follows at once, it is left out then.
    fn ring(&mut self) -> Next {
        if self.reliably && !self.has_offer() {
            return Next::Stay;
        }
        let mut extra = vec![self.contact.clone()];
        let rseq = 1 + rand::random::<u32>() % 0x7fff_0000;
        if self.reliably {
            extra.push(Header::Require("100rel".into()));
            extra.push(Header::RSeq(rseq.to_string().into()));
        }
        let tag = Some(self.local_tag.as_str());
        let response = message::response(&self.invite.request, 180, tag, extra, None);
        self.invite.respond(response.clone());
        if self.reliably {
            let now = Instant::now();
            self.reliable = Some(Reliable::new(response, rseq, self.invite_cseq, T1, now));
        }
        Next::Stay
    }

    fn answer(&mut self, sdp: String) -> Next {
        let extra = vec![
            self.contact.clone(),
            message::allow(self.ctx.may_refer),
            message::supported(self.ctx.may_refer),
        ];
        let tag = Some(self.local_tag.as_str());
        let body = Some((SDP, sdp.into_bytes()));
        let answer = message::response(&self.invite.request, 200, tag, extra, body);
        self.invite.respond(answer.clone());
        Next::Answered(Box::new(answer))
    }

    fn refuse(&mut self, status: u16) -> Next {
        let tag = Some(self.local_tag.as_str());
        let extra = match status {
            500 | 503 => vec![Header::RetryAfter("5".into())],
            _ => vec![],
        };
        self.invite.respond(message::response(
            &self.invite.request,
            status,
            tag,
            extra,
            None,
        ));
        Next::Ended(Cause::new(Side::Near, Some(status), "refused by us"))
    }

    fn invite_event(&mut self, event: &InviteEvent) -> Next {
        match event {
            InviteEvent::Cancelled => {
                self.refuse(487);
                Next::Ended(Cause::new(Side::Far, Some(487), "cancelled by the caller"))
            }
            InviteEvent::Acknowledged(_) => Next::Stay,
            InviteEvent::Unacknowledged => {
                Next::Ended(Cause::new(Side::Network, None, "the transaction was lost"))
            }
        }
    }

    fn repeat(&mut self) -> Next {
        let Some(reliable) = &mut self.reliable else {
            return Next::Stay;
        };
        match reliable.due(Instant::now()) {
            Due::Again => {
                self.invite.respond(reliable.response.clone());
                Next::Stay
            }
            // Without a PRACK RFC 3262 suggests a 5xx; a caller to 111 is answered all the same.
            Due::GiveUp => self.provisional_done(),
        }
    }

    fn provisional_done(&mut self) -> Next {
        self.reliable = None;
        match self.held_answer.take() {
            Some(sdp) => self.answer(sdp),
            None => Next::Stay,
        }
    }

    async fn request(&mut self, mut transaction: Box<Transaction>) -> Next {
        if !matches!(self.dialog.receive(&transaction.original), Ok(Order::Next)) {
            confirmed::reply(&mut transaction, 500, vec![], None).await;
            return Next::Stay;
        }
        match transaction.original.method {
            Method::PRack => self.prack(transaction).await,
            Method::Bye => {
                confirmed::reply(&mut transaction, 200, vec![], None).await;
                self.refuse(487);
                Next::Ended(Cause::new(Side::Far, None, "hung up before the answer"))
            }
            Method::Info => {
                if let Some(event) = info(&transaction.original) {
                    confirmed::reply(&mut transaction, 200, vec![], None).await;
                    self.ctx.tell(event).await;
                } else {
                    confirmed::reply(&mut transaction, 415, vec![], None).await;
                }
                Next::Stay
            }
            // An offer is open until we answer it (RFC 3311 section 5.2).
            Method::Update if has_session(&transaction.original) => {
                let later = vec![Header::RetryAfter("2".into())];
                confirmed::reply(&mut transaction, 500, later, None).await;
                Next::Stay
            }
            Method::Update => {
                let contact = vec![self.contact.clone()];
                confirmed::reply(&mut transaction, 200, contact, None).await;
                Next::Stay
            }
            _ => {
                confirmed::refuse_method(&mut transaction, false).await;
                Next::Stay
            }
        }
    }

    async fn prack(&mut self, mut transaction: Box<Transaction>) -> Next {
        let rack = message::value(&transaction.original, "RAck").unwrap_or_default();
        let ours = self.reliable.as_ref();
        if !ours.is_some_and(|reliable| reliable.acknowledged_by(&rack)) {
            confirmed::reply(&mut transaction, 481, vec![], None).await;
            return Next::Stay;
        }
        confirmed::reply(&mut transaction, 200, vec![], None).await;
        self.provisional_done()
    }
}

/// The key event in an INFO, when its body is one of the two types that carry keys.
pub(super) fn info(request: &Request) -> Option<LegEvent> {
    let content_type = message::value(request, "Content-Type")?;
    let parts = body::parts(Some(&content_type), &request.body);
    let part = parts.into_iter().find(|p| {
        matches!(
            p.content_type.as_str(),
            "application/dtmf-relay" | "application/dtmf"
        )
    })?;
    Some(LegEvent::Info {
        content_type: part.content_type,
        body: String::from_utf8(part.body).ok()?,
    })
}

fn has_session(request: &Request) -> bool {
    let content_type = message::value(request, "Content-Type");
    sdp_of(content_type.as_deref(), &request.body).is_some()
}

/// The session description in a message, where there is one.
pub(super) fn sdp_of(content_type: Option<&str>, body: &[u8]) -> Option<String> {
    let parts = body::parts(content_type, body);
    let sdp = body::find(&parts, SDP)?;
    String::from_utf8(sdp.body.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_body_types_carry_a_key() {
        let request = |content_type: &str, body: &str| {
            let text = format!(
                "INFO sip:a@127.0.0.1 SIP/2.0\r\nContent-Type: {content_type}\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            Request::try_from(text).unwrap()
        };
        assert!(
            info(&request(
                "application/dtmf-relay",
                "Signal=5\r\nDuration=160\r\n"
            ))
            .is_some()
        );
        assert!(info(&request("application/dtmf", "5")).is_some());
        assert!(info(&request("application/media_control+xml", "<x/>")).is_none());
    }
}
