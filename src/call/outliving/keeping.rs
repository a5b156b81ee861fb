//! Keeping what another process needs of a call, whenever it has changed.

use crate::identity::Reference;
use crate::live::{Journal, Key};

use super::super::case::Case;
use super::super::waiting_room::Ticket;
use super::state::{At, CallState, Place};

/// A call that is in the journal for as long as this is there: whatever ends it in this process ends it there.
pub(in crate::call) struct Kept {
    journal: Journal,
    key: Key,
}

impl Kept {
    /// Nothing is in it yet.
    pub(in crate::call) fn new(journal: Journal, reference: Reference) -> Self {
        Kept {
            journal,
            key: Key::Call(reference.bits()),
        }
    }

    /// The same for a call that we make: the one in which it was promised has the reference.
    pub(in crate::call) fn of_ours(journal: Journal) -> Self {
        Self::taken_up(journal, Key::Call(rand::random()))
    }

    /// A call that is in it already.
    pub(in crate::call) fn taken_up(journal: Journal, key: Key) -> Self {
        Kept { journal, key }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.journal.end(self.key);
    }
}

impl Case {
    /// The caller comes to another part of the call, or gets further in it.
    pub(in crate::call) fn comes_to(&mut self, at: At) {
        if self.at != at {
            self.at = at;
            self.is_news = true;
        }
    }

    /// Keeps the call as it stands, where that has changed. To be called before it waits for anything.
    pub(in crate::call) fn keep(&mut self) {
        let news = self.parties.take_news() | std::mem::take(&mut self.is_news);
        if !news {
            return;
        }
        let Some(kept) = &self.kept else { return };
        match serde_json::to_vec(&self.state()) {
            Ok(bytes) => kept.journal.put(kept.key, bytes),
            Err(error) => tracing::error!(%error, "a call cannot be kept"),
        }
    }

    fn state(&self) -> CallState {
        CallState {
            reference: self.log.reference(),
            who: self.who.clone(),
            dialled: self.dialled.clone(),
            location: self.location.clone(),
            whereabouts: self.whereabouts.clone(),
            region: self.region.clone(),
            provider: self.provider.clone(),
            language: self.language.clone(),
            chosen: self.chosen.clone(),
            display: self.display.clone(),
            rings_back: self.rings_back,
            trunk: self.trunk.clone(),
            caller: self.caller.number(),
            parties: self.parties.states(),
            at: self.at.clone(),
        }
    }
}

impl Place {
    pub(in crate::call) fn of(ticket: &Ticket, returned: bool, was_answered: bool) -> Self {
        Place {
            wanted: ticket.wanted().clone(),
            since: ticket.since(),
            returned,
            was_answered,
        }
    }
}
