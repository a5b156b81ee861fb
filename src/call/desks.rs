//! Conversations by the handler who is in them: where a supervisor's call finds the one it is for, and where
//! a handler's call to a colleague finds the caller it is about.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::mailbox::{self, mailbox};
use crate::queue::HandlerId;
use crate::sip::Incoming;
use crate::transfer::Supervision;

/// Visits that a conversation has not yet looked at; more are turned away.
const VISITS: usize = 4;

/// What somebody who calls wants of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To watch over it.
    Supervise(Supervision),
    /// The handler in it consults somebody.
    Consult(HandlerId),
}

/// A call of one of our own people that belongs into a conversation.
pub(super) struct Visit {
    /// Who calls.
    pub(super) from: HandlerId,
    pub(super) wish: Wish,
    pub(super) incoming: Box<Incoming>,
}

#[derive(Default)]
struct Known {
    desks: HashMap<HandlerId, (u64, mailbox::Sender<Visit>)>,
    opened: u64,
}

/// All conversations with a handler. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Desks(Arc<Mutex<Known>>);

impl Desks {
    /// A handler is in a conversation until the desk is dropped.
    pub(super) fn open(&self, handler: &HandlerId) -> Desk {
        let (sender, visits) = mailbox(VISITS);
        let mut known = self.lock();
        known.opened += 1;
        let number = known.opened;
        known.desks.insert(handler.clone(), (number, sender));
        Desk {
            desks: self.clone(),
            handler: handler.clone(),
            number,
            visits,
        }
    }

    /// Leads a call to the conversation of a handler. It comes back where the handler is in none, or where
    /// too many come at once.
    pub(super) fn visit(&self, handler: &HandlerId, visit: Visit) -> Result<(), Visit> {
        let known = self.lock();
        match known.desks.get(handler) {
            Some((_, desk)) => desk.try_send(visit).map_err(|full| full.into_inner()),
            None => Err(visit),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handler's place in a conversation.
pub(super) struct Desk {
    desks: Desks,
    handler: HandlerId,
    number: u64,
    visits: mailbox::Receiver<Visit>,
}

impl Desk {
    /// The handler.
    pub(super) fn handler(&self) -> &HandlerId {
        &self.handler
    }

    /// The next call that belongs in here. Losing this future loses nothing.
    pub(super) async fn next(&mut self) -> Visit {
        match self.visits.recv().await {
            Some(visit) => visit,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let mut known = self.desks.lock();
        // The same handler may be in another conversation by now.
        let ours = known
            .desks
            .get(&self.handler)
            .is_some_and(|(n, _)| *n == self.number);
        if ours {
            known.desks.remove(&self.handler);
        }
    }
}
