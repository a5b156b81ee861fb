//! Parties that outlive the process.

use std::collections::HashMap;

use crate::mailbox::mailbox;
use crate::media::{Engine, Position};
use crate::sip::Wire;
use crate::sip::leg;

use super::super::log::Log;
use super::super::outliving::{LegState, PartyState};
use super::{Parties, Party, PartyId, SIGNALS};

impl Parties {
    /// What another process needs of everybody who can be gone on with.
    pub(in crate::call) fn states(&self) -> Vec<PartyState> {
        let present = self.present.iter().filter(|party| !party.leaving);
        let states = present.filter_map(|party| {
            Some(PartyState {
                number: party.id.number(),
                name: party.name.clone(),
                leg: party.standing.clone()?,
                sound: party.sound.standing(),
                dialled: party.dialled,
                holds: party.holds,
            })
        });
        states.collect()
    }

    /// Whether that has changed since it was asked last.
    pub(in crate::call) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }

    /// The parties of a call that another process had: those who can be gone on with, and by which numbers
    /// that process had them.
    pub(in crate::call) fn taken_up(
        edges: (Wire, Engine),
        log: Log,
        states: &[PartyState],
        positions: &HashMap<u16, Position>,
    ) -> (Self, HashMap<u64, PartyId>) {
        let mut parties = Self::with_signals(edges, log, mailbox(SIGNALS));
        let mut found = HashMap::new();
        for state in states {
            match parties.take_up(state, positions) {
                Ok(id) => {
                    found.insert(state.number, id);
                }
                Err(error) => {
                    let detail = format!("{}: cannot be gone on with: {error}", state.name);
                    parties.log.happened("taken-up", detail);
                }
            }
        }
        (parties, found)
    }

    fn take_up(
        &mut self,
        state: &PartyState,
        positions: &HashMap<u16, Position>,
    ) -> Result<PartyId, Box<dyn std::error::Error>> {
        let events = self.signals.0.clone();
        // Without sound the signalling is taken up all the same, for it to end in an orderly way.
        let position = positions.get(&state.sound.port());
        let sounds = self.sounds.0.clone();
        let sound = self.lane.resume(&state.sound, position, sounds);
        let signalling = match &state.leg {
            LegState::Answered(standing) => {
                leg::resume(&self.wire, leg::Standing::clone(standing), None, events)?
            }
            LegState::Dialled(dialled) => {
                leg::resume_dialled(&self.wire, dialled.clone(), None, events)?
            }
        };
        let sound = sound.inspect_err(|_| signalling.hang_up())?;
        let id = signalling.id();
        self.present.push(Party {
            id,
            name: state.name.clone(),
            signalling,
            sound,
            standing: Some(state.leg.clone()),
            holds: state.holds,
            early: None,
            awaits_answer: false,
            dialled: state.dialled,
            answered: matches!(state.leg, LegState::Answered(_)),
            asked: false,
            kept_unheard: false,
            leaving: false,
            _line: None,
        });
        self.news = true;
        Ok(id)
    }
}
