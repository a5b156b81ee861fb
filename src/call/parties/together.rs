//! Who hears whom.

use crate::media::Audience;
use crate::store::TimelineEntry;

use super::{Parties, Party, PartyId};

impl Parties {
    /// Lets two parties hear each other, and nothing else.
    pub(in crate::call) fn join(&self, one: PartyId, other: PartyId) {
        if let (Some(one), Some(other)) = (self.find(one), self.find(other)) {
            one.sound.stop();
            other.sound.stop();
            one.sound.join(&other.sound);
            let with = other.name.clone();
            self.log.record(TimelineEntry::Joined { with });
        }
    }

    /// Lets a party be heard by others that have answered, and hear them in between: what is played to it
    /// goes on, and goes before what they say.
    pub(in crate::call) fn join_unproved(&self, one: PartyId, others: &[PartyId]) {
        let Some(party) = self.find(one) else { return };
        let others: Vec<&Party> = others.iter().filter_map(|id| self.find(*id)).collect();
        for other in &others {
            other.sound.stop();
        }
        if let [other] = others[..] {
            return party.sound.join(&other.sound);
        }
        let conference = self.lane.conference();
        for member in others.into_iter().chain([party]) {
            member.sound.enter(&conference, Audience::Everyone);
        }
    }

    /// Lets a party hear another one that rings: its network says how it goes.
    pub(in crate::call) fn hear_early(&self, one: PartyId, other: PartyId) {
        if let (Some(one), Some(other)) = (self.find(one), self.find(other)) {
            one.sound.stop();
            one.sound.join(&other.sound);
            self.log.happened("early-media", &other.name);
        }
    }

    /// Lets a party and several others hear each other, and nothing else.
    pub(in crate::call) fn confer(&self, one: PartyId, others: &[PartyId]) {
        let everyone = others.iter().map(|other| (*other, Hearers::Everyone));
        let all: Vec<_> = [(one, Hearers::Everyone)]
            .into_iter()
            .chain(everyone)
            .collect();
        self.confer_with(&all);
        let with: Vec<&str> = others
            .iter()
            .filter_map(|id| Some(&*self.find(*id)?.name))
            .collect();
        let with = with.join(" and ");
        self.log.record(TimelineEntry::Joined { with });
    }

    /// Brings parties into one conference, each heard by whom it says.
    pub(in crate::call) fn confer_with(&self, members: &[(PartyId, Hearers)]) {
        let conference = self.lane.conference();
        let found = members
            .iter()
            .filter_map(|(id, hearers)| Some((self.find(*id)?, hearers)));
        for (party, hearers) in found {
            let audience = match hearers {
                Hearers::Everyone => Some(Audience::Everyone),
                Hearers::Only(id) => self.find(*id).map(|only| Audience::Only(only.sound.id())),
                Hearers::Nobody => Some(Audience::Nobody),
            };
            party.sound.stop();
            party
                .sound
                .enter(&conference, audience.unwrap_or(Audience::Nobody));
        }
    }

    /// Takes a party away from whoever it hears.
    pub(in crate::call) fn part(&self, id: PartyId) {
        if let Some(party) = self.find(id) {
            party.sound.part();
        }
    }

    pub(super) fn find(&self, id: PartyId) -> Option<&Party> {
        self.present.iter().find(|party| party.id == id)
    }
}

/// Who hears a member of a conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::call) enum Hearers {
    Everyone,
    Only(PartyId),
    Nobody,
}
