use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::emergency::{AttemptId, Hunt};
use crate::settings::{Peer, Transport};

use super::super::offers::{Offers, Taken};
use super::super::parties::PartyId;
use super::super::ring_backs::RingBackDesk;
use super::company::Company;
use super::record::Record;

/// One way to a control room.
pub(super) struct ControlRoom {
    pub(super) trunk: String,
    pub(super) peer: Peer,
}

impl ControlRoom {
    /// As timelines and alerts name it.
    pub(super) fn name(&self) -> String {
        format!("{} at {}", self.trunk, self.peer)
    }
}

/// What is under way for one caller, as another process takes it up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::call) struct ChaseState {
    pub(in crate::call) hunt: Hunt,
    /// Trunks and peers.
    pub(in crate::call) rooms: Vec<(String, String)>,
    /// Tries, and their numbers among the parties.
    pub(in crate::call) attempts: Vec<(AttemptId, u64)>,
    pub(in crate::call) asked_at: Timestamp,
    /// The handler who keeps the caller company: the account, and the number among the parties.
    pub(in crate::call) company: Option<(String, u64)>,
}

impl ChaseState {
    /// The control rooms. One that cannot be read is dialled in vain, and the next one after it.
    pub(super) fn rooms(&self) -> Vec<ControlRoom> {
        let nowhere = Peer {
            transport: Transport::Udp,
            address: ([0, 0, 0, 0], 0).into(),
        };
        let rooms = self.rooms.iter().map(|(trunk, peer)| ControlRoom {
            trunk: trunk.clone(),
            peer: peer.parse().unwrap_or(nowhere),
        });
        rooms.collect()
    }
}

/// Everything under way for one caller.
pub(super) struct Chase {
    pub(super) hunt: Hunt,
    pub(super) rooms: Vec<ControlRoom>,
    attempts: Vec<(AttemptId, PartyId)>,
    /// The place in the handler queue, once all rooms have been tried.
    pub(super) offers: Option<Offers>,
    /// The handler who keeps the caller company.
    pub(super) handler: Option<Taken>,
    /// Who was with the caller when that was last seen to.
    pub(super) company: Company,
    /// How it went is to be written down.
    pub(super) record: Option<Record>,
    /// Where a control room finds the caller that rings back.
    pub(super) desk: Option<RingBackDesk>,
}

impl Chase {
    pub(super) fn new(
        hunt: Hunt,
        rooms: Vec<ControlRoom>,
        handler: Option<Taken>,
        record: Record,
        desk: RingBackDesk,
    ) -> Self {
        Chase {
            hunt,
            rooms,
            attempts: Vec::new(),
            offers: None,
            handler,
            company: Company::default(),
            record: Some(record),
            desk: Some(desk),
        }
    }

    /// All that another process needs to go on with it.
    pub(super) fn state(&self) -> Option<ChaseState> {
        let record = self.record.as_ref()?;
        let rooms = self.rooms.iter();
        let attempts = self.attempts.iter();
        let company = self.handler.as_ref();
        Some(ChaseState {
            hunt: self.hunt.clone(),
            rooms: rooms
                .map(|room| (room.trunk.clone(), room.peer.to_string()))
                .collect(),
            attempts: attempts.map(|(id, party)| (*id, party.number())).collect(),
            asked_at: record.asked_at,
            company: company.map(|taken| (taken.handler().to_string(), taken.phone.number())),
        })
    }

    pub(super) fn dialled(&mut self, attempt: AttemptId, id: PartyId) {
        self.attempts.push((attempt, id));
    }

    pub(super) fn attempt(&self, id: PartyId) -> Option<AttemptId> {
        let found = self.attempts.iter().find(|(_, party)| *party == id);
        found.map(|(attempt, _)| *attempt)
    }

    pub(super) fn party(&self, attempt: AttemptId) -> Option<PartyId> {
        let found = self.attempts.iter().find(|(a, _)| *a == attempt);
        found.map(|(_, party)| *party)
    }

    /// Forgets a try, and gives its party.
    pub(super) fn take(&mut self, attempt: AttemptId) -> Option<PartyId> {
        let place = self.attempts.iter().position(|(a, _)| *a == attempt)?;
        Some(self.attempts.swap_remove(place).1)
    }

    /// The control room of a try.
    pub(super) fn name_of(&self, attempt: AttemptId) -> String {
        let target = self.target_of(attempt);
        let room = target.and_then(|target| self.rooms.get(target));
        room.map_or_else(|| "a control room".to_owned(), ControlRoom::name)
    }

    /// Lets those be found who have the caller, or have had them.
    pub(super) fn tell_desk(&self) {
        let trunk = self.hunt.lead().and_then(|lead| self.target_of(lead));
        let trunk = trunk.and_then(|target| self.rooms.get(target));
        if let Some(desk) = &self.desk {
            desk.is_with(trunk.map(|room| room.trunk.as_str()));
        }
    }

    fn target_of(&self, attempt: AttemptId) -> Option<usize> {
        let mut tries = self.hunt.tries().all().iter().rev();
        Some(tries.find(|entry| entry.attempt == attempt)?.target)
    }

    /// The control room that has the caller.
    pub(super) fn lead(&self) -> Option<PartyId> {
        self.party(self.hunt.lead()?)
    }

    /// Every control room that has answered and is there.
    pub(super) fn answered(&self) -> Vec<PartyId> {
        self.hunt
            .answered()
            .filter_map(|attempt| self.party(attempt))
            .collect()
    }
}
