//! One of our own people who is rung by name, for a caller whom somebody else talks with.

use crate::queue::HandlerId;

use super::case::Case;
use super::offers::{self, Offers, Taken};
use super::parties::{Happening, Parties, PartyId};
use super::waiting_room::Engaged;

/// Somebody rung by name, held in the queue meanwhile.
pub(super) struct Colleague {
    engaged: Engaged,
    phones: Vec<PartyId>,
    answered: Option<PartyId>,
}

impl Colleague {
    /// Rings somebody; none where they are not free, or where no phone of theirs is there.
    pub(super) fn ring(case: &mut Case, offers: &Offers, whom: &HandlerId) -> Option<Self> {
        let engaged = offers.claim(whom)?;
        let shown = case.shown_to_handler("");
        let codec = case.parties.codec(case.caller);
        let service = case.service.clone();
        let phones = offers::ring(whom, &mut case.parties, &service, codec, &*shown);
        (!phones.is_empty()).then_some(Colleague {
            engaged,
            phones,
            answered: None,
        })
    }

    /// Whether they are there from now on, or not any more, where a happening says so.
    pub(super) fn happened(
        &mut self,
        parties: &mut Parties,
        happening: &Happening,
    ) -> Option<bool> {
        match happening {
            Happening::Answered(id) if self.phones.contains(id) && self.answered.is_none() => {
                self.answered = Some(*id);
                for other in self.phones.drain(..).filter(|phone| phone != id) {
                    parties.hang_up(other);
                }
                self.phones.push(*id);
                Some(true)
            }
            Happening::Ended(id, _) if self.phones.contains(id) => {
                self.phones.retain(|phone| phone != id);
                self.answered.take_if(|answered| answered == id);
                self.phones.is_empty().then_some(false)
            }
            _ => None,
        }
    }

    /// Whether it is that one.
    pub(super) fn is(&self, whom: &HandlerId) -> bool {
        self.engaged.handler() == whom
    }

    /// The phone that they have answered.
    pub(super) fn phone(&self) -> Option<PartyId> {
        self.answered
    }

    /// Lets them go.
    pub(super) fn stop(self, parties: &mut Parties) {
        for phone in self.phones {
            parties.hang_up(phone);
        }
    }

    /// As somebody who has the caller; none who has not answered.
    pub(super) fn take(self) -> Option<Taken> {
        self.answered.map(|phone| Taken::new(self.engaged, phone))
    }
}
