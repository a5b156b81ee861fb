//! REFER inside a call: the peer wants to transfer it.

use std::time::Instant;

use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Header, Method, Request};
use rsipstack::transaction::transaction::Transaction;

use super::super::super::message;
use super::super::super::refer_to::ReferTo;
use super::super::handle::{LegEvent, ReferId};
use super::super::referral::{Notification, Referral};
use super::{Confirmed, reply};

/// A status line of the call that a transfer has brought about (RFC 3420).
const SIPFRAG: &str = "message/sipfrag;version=2.0";
/// To a peer that may not transfer calls.
const FORBIDDEN: u16 = 403;
/// To a peer whose transfer is declined, or that nobody has looked at in time.
const DECLINE: u16 = 603;

/// A transfer that the peer has asked for.
pub(super) struct Refer {
    referral: Referral,
    /// The REFER, until the call has replied.
    transaction: Option<Box<Transaction>>,
}

impl Refer {
    pub(super) fn deadline(&self) -> Instant {
        self.referral.deadline()
    }

    /// The leg is over (RFC 3261 section 15.1.2).
    pub(super) async fn end(self) {
        if let Some(mut transaction) = self.transaction {
            reply(&mut transaction, 487, vec![], None).await;
        }
    }
}

impl Confirmed {
    /// One at a time, and only from whom the call lets refer; the rest is the call's to decide.
    pub(super) async fn peer_refer(&mut self, mut transaction: Box<Transaction>) {
        if !self.ctx.may_refer {
            return reply(&mut transaction, FORBIDDEN, vec![], None).await;
        }
        if self.refer.is_some() {
            let later = vec![Header::RetryAfter("2".into())];
            return reply(&mut transaction, 500, later, None).await;
        }
        let request = &transaction.original;
        let seq = request.cseq_header().ok().and_then(|cseq| cseq.seq().ok());
        let (to, replaces) = match ReferTo::of(request) {
            Ok(target) => target,
            Err(status) => return reply(&mut transaction, status, vec![], None).await,
        };
        let id = ReferId(seq.unwrap_or_default());
        let referral = Referral::new(id, self.referred, wants_silence(request), Instant::now());
        self.refer = Some(Box::new(Refer {
            referral,
            transaction: Some(transaction),
        }));
        self.ctx.tell(LegEvent::Refer { id, to, replaces }).await;
    }

    pub(super) async fn refer_reply(&mut self, id: ReferId, accepted: Result<(), u16>) {
        let Some(refer) = self.refer.as_mut().filter(|r| r.referral.id == id) else {
            return;
        };
        let Some(mut transaction) = refer.transaction.take() else {
            return;
        };
        if let Err(status) = accepted {
            let status = if (300..700).contains(&status) {
                status
            } else {
                DECLINE
            };
            self.refer = None;
            return reply(&mut transaction, status, vec![], None).await;
        }
        let silent = refer.referral.silent;
        refer.referral.accept(Instant::now());
        let mut headers: Vec<Header> = self.ctx.wire.contact(&self.hop).into_iter().collect();
        if silent {
            self.refer = None;
            headers.push(Header::Other("Refer-Sub".into(), "false".into()));
        }
        reply(&mut transaction, 202, headers, None).await;
        if !silent {
            self.referred = true;
            // Something must follow at once (RFC 3515 section 2.4.4).
            self.refer_progress(id, 100).await;
        }
    }

    pub(super) async fn refer_progress(&mut self, id: ReferId, status: u16) {
        let status_is_one = (100..700).contains(&status);
        let refer = self.refer.as_mut().map(|refer| &mut refer.referral);
        let Some(referral) = refer.filter(|r| r.id == id && r.is_accepted() && status_is_one)
        else {
            return;
        };
        let notification = referral.progress(status, Instant::now());
        if status >= 200 {
            self.refer = None;
        }
        self.notify(notification).await;
    }

    /// The call has not replied in time, or the transfer takes too long.
    pub(super) async fn refer_due(&mut self) {
        let Some(refer) = self.refer.take() else {
            return;
        };
        match refer.transaction {
            Some(mut transaction) => reply(&mut transaction, DECLINE, vec![], None).await,
            None => self.notify(refer.referral.run_out()).await,
        }
    }

    /// What the peer answers does not matter: one that has gone hears nothing, and its BYE says so.
    async fn notify(&mut self, notification: Notification) {
        self.find_way().await;
        let Ok(contact) = self.ctx.wire.contact(&self.hop) else {
            return;
        };
        let mut headers = notification.headers;
        headers.push(contact);
        let body = Some((SIPFRAG, notification.body.into_bytes()));
        let notify = self.dialog.request(Method::Notify, headers, body);
        if let Err(error) = self.ctx.wire.send(notify, &self.hop, None).await {
            tracing::debug!(%error, "NOTIFY not sent");
        }
    }
}

/// Whether the peer does not want to be told what comes of it (RFC 4488 section 4).
fn wants_silence(request: &Request) -> bool {
    let value = message::value(request, "Refer-Sub").unwrap_or_default();
    let value = value.split(';').next().unwrap_or_default();
    value.trim().eq_ignore_ascii_case("false")
}
