//! Whom the caller hears while the hunt goes on.

use super::super::case::Case;
use super::super::desks::Answer;
use super::super::parties::PartyId;
use super::chase::Chase;

/// Who is there with the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Company {
    /// The control room that has the caller.
    lead: Option<PartyId>,
    /// Control rooms that have answered and have not been heard.
    unproved: Vec<PartyId>,
    handler: Option<PartyId>,
}

impl Company {
    fn of(chase: &Chase) -> Company {
        let lead = chase.lead();
        let mut unproved = chase.answered();
        unproved.retain(|id| Some(*id) != lead);
        Company {
            lead,
            unproved,
            handler: chase.handler.as_ref().map(|taken| taken.phone),
        }
    }

    /// Those who speak with the caller: what is played to the caller makes way for them.
    fn speakers(&self) -> impl Iterator<Item = PartyId> {
        self.handler.into_iter().chain(self.lead)
    }
}

impl Case {
    /// Brings the caller together with whoever is there now, where that has changed. A control room that has
    /// not been heard hears the caller, and is heard as soon as it speaks; but the caller is not left in
    /// its silence.
    pub(super) fn bring_together(&mut self, chase: &mut Chase) {
        let company = Company::of(chase);
        if company == chase.company {
            return;
        }
        let before = std::mem::replace(&mut chase.company, company.clone());
        self.with_control_room = company.lead.is_some();
        if let Some(reply) = self.hunt_ordered.take_if(|_| company.lead.is_some()) {
            reply.send(Answer::Done);
        }
        chase.tell_desk();
        let mut others: Vec<PartyId> = company.speakers().collect();
        let is_spoken_to = !others.is_empty();
        others.extend(&company.unproved);
        match (&others[..], is_spoken_to) {
            ([one], true) => return self.join(*one),
            (several, true) => return self.confer(several),
            ([], false) => self.parties.part(self.caller),
            (unproved, false) => self.parties.join_unproved(self.caller, unproved),
        }
        if before.lead.is_some() {
            self.put_through_again();
        } else if before.handler.is_some() {
            self.wait_with_ringing();
        }
    }
}
