//! What an answered leg tells of itself so that another process can go on with it, and going on with it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rsipstack::sip::{Request, Response};
use rsipstack::transaction::transaction::Transaction;

use crate::mailbox::mailbox;

use super::super::super::dialog::Dialog;
use super::super::super::error::SipError;
use super::super::super::message;
use super::super::super::wire::{self, Wire};
use super::super::handle::{self, Leg, LegEvent, LegEvents};
use super::super::outgoing::Credentials;
use super::super::standing::{Standing, Unacknowledged, Way};
use super::{Confirmed, Context, PeerInvite};

/// Goes on with a leg that another process has had, from the same address: the peer's requests reach it, and
/// ours go where they went before. Where our 200 had not been acknowledged, it is sent again until it is.
/// `credentials` are those that it was dialled with, where there were any.
pub fn resume(
    wire: &Wire,
    standing: Standing,
    credentials: Option<Credentials>,
    events: LegEvents,
) -> Result<Leg, SipError> {
    let (hop, has_way) = standing.way.hop()?;
    let unacknowledged = standing.unacknowledged.map(Unanswered::read).transpose()?;
    let dialog = Dialog::resumed(standing.dialog)?;
    let (leg, commands) = handle::channel();
    let (sender, inbox) = mailbox(wire::INBOX);
    let owner = (leg.id(), standing.opened_by);
    let attached = wire.attach(dialog.id.clone(), &dialog.remote_tag, sender, owner);
    let access = (attached, standing.may_refer);
    let ctx = Context::new(wire.clone(), leg.id(), commands, events, inbox, access);
    let detour = standing.detour.then(|| wire.detour(hop.address));
    let mut confirmed = Box::new(Confirmed::new(ctx, dialog, hop, credentials, detour));
    confirmed.next_offer_id = standing.offers;
    confirmed.referred = standing.referred;
    confirmed.has_way = has_way;
    tokio::spawn(async move {
        if let Some(unanswered) = unacknowledged {
            confirmed.answer_again(unanswered).await;
        }
        confirmed.run().await;
    });
    Ok(leg)
}

/// A 200 of ours that is still to be acknowledged, read.
struct Unanswered {
    invite: Request,
    response: Response,
    answer_in_ack: bool,
}

impl Unanswered {
    fn read(written: Unacknowledged) -> Result<Self, SipError> {
        Ok(Unanswered {
            invite: Request::try_from(written.invite)?,
            response: Response::try_from(written.response)?,
            answer_in_ack: written.answer_in_ack,
        })
    }
}

impl Confirmed {
    /// How the leg stands, where that is not what was told last.
    pub(super) fn news(&mut self) -> Option<LegEvent> {
        let mark = self.mark();
        if self.told == Some(mark) {
            return None;
        }
        self.told = Some(mark);
        Some(LegEvent::Standing(Box::new(self.standing())))
    }

    fn mark(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.dialog.mark(&mut hasher);
        self.hop.address.hash(&mut hasher);
        self.referred.hash(&mut hasher);
        self.unacknowledged().is_some().hash(&mut hasher);
        hasher.finish()
    }

    fn unacknowledged(&self) -> Option<(&PeerInvite, &Response)> {
        let invite = self.invite.as_deref()?;
        Some((invite, invite.answered.as_ref()?))
    }

    fn standing(&self) -> Standing {
        let unacknowledged = self.unacknowledged().map(|(invite, response)| {
            let head = message::head(&invite.server.request);
            Unacknowledged {
                invite: head.to_string(),
                response: response.to_string(),
                answer_in_ack: invite.answer_in_ack,
            }
        });
        Standing {
            dialog: self.dialog.written(),
            way: Way::of(&self.hop),
            opened_by: self.ctx.attached.opened_by,
            may_refer: self.ctx.may_refer,
            referred: self.referred,
            detour: self.detour.is_some(),
            credentials: self.credentials.is_some(),
            offers: self.next_offer_id,
            unacknowledged,
        }
    }

    /// A peer whose connection has ended with the process before may ask for something by another one:
    /// that leads to them.
    pub(super) fn learn_way(&mut self, request: &Transaction) {
        if self.has_way {
            return;
        }
        let connection = request.connection.as_ref().filter(|c| c.is_reliable());
        let address = connection
            .and_then(|connection| connection.get_remote_addr())
            .and_then(|remote| remote.get_socketaddr().ok());
        if let Some(address) = address {
            self.hop.address = address;
            self.hop.connection = connection.cloned();
            self.has_way = true;
        }
    }

    /// Where it cannot be sent again, it counts as acknowledged: the call goes on, or the peer ends it.
    async fn answer_again(&mut self, unanswered: Unanswered) {
        let Unanswered {
            invite,
            response,
            answer_in_ack,
        } = unanswered;
        let wire = &self.ctx.wire;
        match wire.answer_again(invite, response.clone(), &self.hop).await {
            Ok(server) => {
                self.invite = Some(Box::new(PeerInvite {
                    server,
                    offer: None,
                    answered: Some(response),
                    answer_in_ack,
                }));
            }
            Err(error) => tracing::debug!(%error, "a 200 is not sent again"),
        }
    }
}
