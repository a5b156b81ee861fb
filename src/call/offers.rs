//! Handlers' phones that ring for one caller.

use crate::media::Codec;
use crate::queue::{Action, HandlerId, Place, Wanted};
use crate::sip::leg::{Cause, Dial, Side};

use super::identity_out::IdentityOut;
use super::parties::{Happening, Parties, PartyId};
use super::phones::{self, Phone};
use super::service::Service;
use super::voice::Voice;
use super::waiting_room::{Engaged, Ticket};

/// A handler's phones, all ringing at once.
struct Ringing {
    handler: HandlerId,
    phones: Vec<PartyId>,
    answered: Option<PartyId>,
}

/// A place in the queue, and the phones that ring for it.
pub(super) struct Offers {
    ticket: Ticket,
    ringing: Vec<Ringing>,
}

/// A handler has taken the call.
pub(super) struct Taken {
    /// Holds the handler until the conversation is over.
    engaged: Engaged,
    /// Their phone.
    pub(super) phone: PartyId,
}

/// Who calls, as a handler's display shows it: From and further headers, as seen from our address.
pub(super) type Shown = dyn Fn(std::net::SocketAddr) -> IdentityOut + Send + Sync;

impl Taken {
    pub(super) fn new(engaged: Engaged, phone: PartyId) -> Self {
        Taken { engaged, phone }
    }

    pub(super) fn handler(&self) -> &HandlerId {
        self.engaged.handler()
    }
}

/// Rings all phones of one of our own people.
pub(super) fn ring(
    handler: &HandlerId,
    parties: &mut Parties,
    service: &Service,
    codec: Option<Codec>,
    shown: &Shown,
) -> Vec<PartyId> {
    let phones = phones::phones(service, handler).into_iter();
    let dialled = phones.filter_map(|Phone { uri, hop }| {
        let identity = shown(service.ours(&hop));
        let dial = Dial {
            may_refer: true,
            ..Dial::only(uri, hop, identity.from, identity.headers)
        };
        let name = format!("handler {handler}");
        parties.dial(name, dial, &Voice::of_phone(codec)).ok()
    });
    dialled.collect()
}

impl Offers {
    pub(super) fn new(ticket: Ticket) -> Self {
        Offers {
            ticket,
            ringing: Vec::new(),
        }
    }

    /// The place.
    pub(super) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// What the queue wants done.
    pub(super) async fn next(&mut self) -> Action {
        self.ticket.next().await
    }

    /// Does it. Gives the handler once one has taken the call.
    pub(super) fn carry_out(
        &mut self,
        action: Action,
        parties: &mut Parties,
        service: &Service,
        caller: Option<PartyId>,
        shown: &Shown,
    ) -> Option<Taken> {
        match action {
            Action::Offer { handler, .. } => {
                let codec = caller.and_then(|caller| parties.codec(caller));
                let phones = ring(&handler, parties, service, codec, shown);
                if phones.is_empty() {
                    // A phone that is there and cannot be rung lacks a port of ours.
                    match phones::phones(service, &handler).is_empty() {
                        true => self.ticket.refused(&handler),
                        false => self.ticket.not_rung(&handler),
                    }
                } else {
                    self.ringing.push(Ringing {
                        handler,
                        phones,
                        answered: None,
                    });
                }
                None
            }
            Action::Withdraw { handler, .. } | Action::Late { handler, .. } => {
                for phone in self.take(&handler).into_iter().flat_map(|r| r.phones) {
                    parties.hang_up(phone);
                }
                None
            }
            // Judged when a handler is let go; see `waits_again`.
            Action::Parted { .. } => None,
            // Not for callers who are on the line.
            Action::Full { .. }
            | Action::Busy { .. }
            | Action::GivenUp { .. }
            | Action::TakenOver { .. }
            | Action::MadeNotReady { .. } => None,
            Action::Connect { handler, .. } => {
                let engaged = self.ticket.engage(handler.clone());
                let ringing = self.take(&handler);
                let phone = ringing.as_ref().and_then(|ringing| ringing.answered);
                for other in ringing.into_iter().flat_map(|ringing| ringing.phones) {
                    if Some(other) != phone {
                        parties.hang_up(other);
                    }
                }
                // Those who were asked at the same time: nobody looks at the queue's actions meanwhile.
                self.stop(parties);
                let Some(phone) = phone else {
                    // The phone has gone in the moment of answering.
                    drop(engaged);
                    self.ticket.rejoin();
                    return None;
                };
                Some(Taken { engaged, phone })
            }
        }
    }

    fn take(&mut self, handler: &HandlerId) -> Option<Ringing> {
        let place = self.ringing.iter().position(|r| r.handler == *handler)?;
        Some(self.ringing.swap_remove(place))
    }

    /// Tells the queue where a happening concerns one of the phones; gives whether it did.
    pub(super) fn happened(&mut self, happening: &Happening) -> bool {
        let (Happening::Answered(id) | Happening::Ended(id, _)) = happening else {
            return false;
        };
        let mut ringing = self.ringing.iter_mut();
        let Some(place) = ringing.position(|r| r.phones.contains(id)) else {
            return false;
        };
        let ringing = &mut self.ringing[place];
        if matches!(happening, Happening::Answered(_)) {
            if ringing.answered.is_none() {
                ringing.answered = Some(*id);
                self.ticket.answered(&ringing.handler);
            }
            return true;
        }
        ringing.phones.retain(|phone| phone != id);
        ringing.answered.take_if(|answered| answered == id);
        if ringing.phones.is_empty() {
            let ringing = self.ringing.swap_remove(place);
            self.ticket.refused(&ringing.handler);
        }
        true
    }

    /// Lets a handler go whose side has ended the conversation. Gives whether the caller waits again,
    /// at their old place, because that was none or because the handler was lost.
    pub(super) fn waits_again_without(&mut self, mut taken: Taken, cause: &Cause) -> bool {
        taken.engaged.lost = cause.by == Side::Network;
        self.let_go(taken)
    }

    /// The same for a handler who has gone before there was anything of a conversation.
    pub(super) fn waits_again_unheard(&mut self, mut taken: Taken) -> bool {
        taken.engaged.lost = true;
        self.let_go(taken)
    }

    fn let_go(&mut self, taken: Taken) -> bool {
        drop(taken);
        self.ticket.waits_again()
    }

    /// The caller wants somebody else from now on, for as long as they are with the handler.
    pub(super) fn wait_for(&self, wanted: Wanted, place: Place) {
        self.ticket.wait_for(wanted, place);
    }

    /// Takes an offer up without ringing anybody: the handler is held. One whose phone is not there refuses.
    pub(super) fn hold(&self, handler: &HandlerId, service: &Service) {
        match phones::phones(service, handler).is_empty() {
            true => self.ticket.refused(handler),
            false => self.ticket.answered(handler),
        }
    }

    /// Whoever waits for somebody wants somebody else from now on; not where they have been found already.
    pub(super) fn wait_otherwise(&mut self, wanted: Wanted, place: Place) {
        self.ticket.wait_otherwise(wanted, place);
    }

    /// The caller is on the line from now on, and stands in the queue as such.
    pub(super) fn on_the_line(&mut self) {
        self.ticket.on_the_line();
    }

    /// The caller waits again, for whom they waited at first.
    pub(super) fn wait_at(&self, place: Place) {
        self.ticket.wait_at(place);
    }

    /// The handler who is still with the caller keeps them.
    pub(super) fn resume(&self, handler: &HandlerId) {
        self.ticket.resume(handler);
    }

    /// Holds somebody for the caller; none where they are not free.
    pub(super) fn claim(&self, handler: &HandlerId) -> Option<Engaged> {
        self.ticket.claim(handler)
    }

    /// Whoever was held for the caller has them now.
    pub(super) fn handed(&self, handler: &HandlerId) {
        self.ticket.handed(handler);
    }

    /// The caller has gone.
    pub(super) fn leave(&self) {
        self.ticket.leaves();
    }

    /// The caller is neither offered to anybody nor with anybody for a while.
    pub(super) fn steps_aside(&self) {
        self.ticket.steps_aside();
    }

    /// Stops every phone that rings.
    pub(super) fn stop(&mut self, parties: &mut Parties) {
        for phone in self.ringing.drain(..).flat_map(|ringing| ringing.phones) {
            parties.hang_up(phone);
        }
    }
}

/// The next action of offers that may not be there.
pub(super) async fn next(offers: &mut Option<Offers>) -> Action {
    match offers {
        Some(offers) => offers.next().await,
        None => std::future::pending().await,
    }
}
