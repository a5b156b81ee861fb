//! A control room that rings back while its caller is still on the line.

use crate::emergency::Event;
use crate::sip::Incoming;

use super::super::case::Case;
use super::super::outreach::Whom;
use super::chase::Chase;

impl Case {
    /// How the caller can be rung once they have hung up; none where their number is not known, or is not
    /// rung.
    pub(super) fn whom_to_ring(&self) -> Option<Whom> {
        let number = self.who.best()?;
        number.callable_back().ok()?;
        Some(Whom {
            number: number.clone(),
            text_relay: self.who.text_relay,
            language: self.language.clone(),
            region: self.region.region.to_string(),
            postcode: self.whereabouts.keyed.clone(),
            provider: self.provider.clone(),
            display: self.display(),
            is_promised: false,
        })
    }

    /// Answers a control room that rings back, and lets it hear the caller.
    pub(super) fn rung_back(&mut self, chase: &mut Chase, call: Incoming) -> Option<Event> {
        let trunk = call.invitation.origin.name().to_owned();
        let target = chase.rooms.iter().position(|room| room.trunk == trunk)?;
        let name = format!("control room {trunk} that rings back");
        match self.parties.adopt(call, name) {
            Ok(party) => {
                self.log.happened(
                    "ring-back",
                    format!("{trunk} rings back and is put through"),
                );
                self.parties.prove(party);
                let attempt = chase.hunt.rings_back(self.clock.now(), target);
                chase.dialled(attempt, party);
                Some(Event::Answered(attempt))
            }
            Err(status) => {
                self.log
                    .happened("ring-back", format!("{trunk}: refused with {status}"));
                None
            }
        }
    }
}
