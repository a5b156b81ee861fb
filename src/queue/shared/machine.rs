use std::collections::HashMap;

use jiff::Timestamp;

use crate::identity::Reference;

use super::super::event::{Action, Event};
use super::super::handler::HandlerId;
use super::super::machine::Queue;
use super::super::rules::Settings;
use super::op::{Answer, Op, Step};
use super::rows::{Caller, Changes, Contact, Desk, Mine, Phone};

/// The queue of one node, and what it knows of the others'.
///
/// It begins alone: everybody is served with what is known here, and nothing is asked of the store, until
/// [`together`](Shared::together) says that the store is there.
pub struct Shared {
    node: String,
    queue: Queue,
    contacts: HashMap<Reference, Contact>,
    desks: HashMap<HandlerId, Desk>,
}

impl Shared {
    /// The queue of a node, without callers or handlers, alone.
    pub fn new(node: &str, settings: Settings) -> Self {
        Shared {
            node: node.to_owned(),
            queue: Queue::new(settings),
            contacts: HashMap::new(),
            desks: HashMap::new(),
        }
    }

    /// The machine, to be looked at.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Who a caller of this node is. To be told before they join, and again when that has changed.
    pub fn contact(&mut self, now: Timestamp, ticket: Reference, contact: Contact) -> Step {
        let _ = now;
        self.contacts.insert(ticket, contact);
        Step::default()
    }

    /// Something has happened at this node.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Step {
        Step {
            actions: self.queue.on(now, event),
            ..Step::default()
        }
    }

    /// Somebody's phones are there, or others than before.
    pub fn signed_in(&mut self, now: Timestamp, handler: HandlerId, desk: Desk) -> Step {
        let profile = desk.profile.clone();
        self.desks.insert(handler.clone(), desk);
        self.on(now, Event::SignedIn { handler, profile })
    }

    /// A caller of this node is let go here, and stays in the store: to be taken up after a restart, or by
    /// another node.
    pub fn leave_behind(&mut self, now: Timestamp, ticket: Reference) -> Step {
        self.contacts.remove(&ticket);
        self.on(now, Event::Left { ticket })
    }

    /// Somebody's phones, wherever they are registered; none of whoever is not known.
    pub fn phones(&self, handler: &HandlerId) -> &[Phone] {
        self.desks.get(handler).map_or(&[], |desk| &desk.phones)
    }

    /// What of a caller of this node stands in the store, or is to stand there as soon as it can; none of
    /// whoever is not here.
    pub fn caller(&self, ticket: Reference) -> Option<Caller> {
        let _ = ticket;
        None
    }

    /// The store is there, or there again, and the node has entered: all that it knows, and what it knows
    /// to be this node's. Whatever differs from what is so here is put right.
    pub fn together(&mut self, now: Timestamp, all: Changes, mine: Mine) -> Step {
        let _ = (now, all, mine, &self.node);
        Step::default()
    }

    /// The store does not answer: from now on this node serves its own callers with its own handlers.
    /// Whatever it was asked and has not answered is as if it had not been asked.
    pub fn alone(&mut self, now: Timestamp) -> Step {
        let _ = now;
        Step::default()
    }

    /// What others have done, and what this node has done itself.
    pub fn changed(&mut self, now: Timestamp, changes: Changes) -> Step {
        let _ = (now, changes);
        Step::default()
    }

    /// The store has done what it was asked, or has refused it.
    pub fn done(&mut self, now: Timestamp, op: &Op, answer: Answer) -> Step {
        let _ = (now, op, answer);
        Step::default()
    }

    /// A caller of this node has been stored as they stand now, and nothing of them is on its way.
    pub fn is_stored(&self, ticket: Reference) -> bool {
        let _ = ticket;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alone_it_is_the_queue_as_it_was() {
        let mut shared = Shared::new("one", Settings::default());
        let step = shared.on(Timestamp::UNIX_EPOCH, Event::Tick);
        assert_eq!(step.actions, Vec::<Action>::new());
    }
}
