//! The caller first: somebody is held for them, and rung only once the caller is on the line.

use jiff::SignedDuration;

use crate::queue::Action;

use super::super::announce::CALLBACK_CONNECTING;
use super::super::offers::{self, Offers, Taken};
use super::super::parties::{Happening, PartyId};
use super::super::waiting_room::Engaged;
use super::Outreach;

/// The playlist that tells the caller that somebody is being connected.
const CONNECTING_SAID: u64 = 6;

/// What came of ringing somebody for a caller who is on the line.
pub(in crate::call) enum Brought {
    /// They are there.
    There(Taken),
    /// They have not answered, and are still held.
    Nobody(Engaged),
    /// The caller has gone.
    CallerGone(Engaged),
}

impl Outreach<'_> {
    /// Waits for somebody, and holds them without ringing their phone: nobody else gets them. None where
    /// nobody is to be had.
    pub(in crate::call) async fn reserve(&mut self, offers: &mut Offers) -> Option<Engaged> {
        loop {
            match offers.next().await {
                Action::Offer { handler, .. } => offers.hold(&handler, self.service),
                Action::Connect { handler, .. } => {
                    self.case.plan = self.service.plan.load_full();
                    return Some(offers.ticket().engage(handler));
                }
                Action::GivenUp { .. } | Action::TakenOver { .. } => return None,
                _ => {}
            }
        }
    }

    /// Rings whoever is held. The caller hears that somebody is being connected, and the ringing.
    pub(in crate::call) async fn bring(&mut self, engaged: Engaged) -> Brought {
        let Some(caller) = self.caller.as_ref().map(|caller| caller.phone) else {
            return Brought::CallerGone(engaged);
        };
        let shown = self.case.shown_to_handler("");
        let codec = self.case.parties.codec(caller);
        let (parties, service) = (&mut self.case.parties, self.service);
        let mut phones = offers::ring(engaged.handler(), parties, service, codec, &*shown);
        self.says(
            caller,
            &self.whom.language,
            CALLBACK_CONNECTING,
            CONNECTING_SAID,
        );
        let ring = self.case.plan.settings.queue.ring.get();
        let ring = SignedDuration::try_from(ring).unwrap_or(SignedDuration::from_secs(15));
        let until = self.case.clock.now().checked_add(ring).ok();
        while !phones.is_empty() {
            tokio::select! {
                happening = self.case.parties.next() => match happening {
                    Happening::Answered(id) if phones.contains(&id) => {
                        self.all_but(&phones, Some(id));
                        return Brought::There(Taken::new(engaged, id));
                    }
                    Happening::Ended(id, _) if id == caller => {
                        self.all_but(&phones, None);
                        self.caller = None;
                        return Brought::CallerGone(engaged);
                    }
                    Happening::Ended(id, _) => phones.retain(|phone| *phone != id),
                    Happening::Played(_, CONNECTING_SAID) => {
                        let ringing = self.case.plan.ringing(&self.whom.language, None);
                        self.case.parties.play(caller, ringing);
                    }
                    happening => self.not_yet(happening),
                },
                () = self.case.clock.at(until) => break,
            }
        }
        self.all_but(&phones, None);
        Brought::Nobody(engaged)
    }

    /// Lets all phones go but one.
    fn all_but(&mut self, phones: &[PartyId], kept: Option<PartyId>) {
        for phone in phones.iter().filter(|phone| Some(**phone) != kept) {
            self.case.parties.hang_up(*phone);
        }
    }
}
