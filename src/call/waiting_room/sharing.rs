//! The room as whoever asks the store sees it.

use jiff::Timestamp;

use crate::identity::Reference;
use crate::queue::shared::{Answer, Caller, Changes, Mine, Op};

use super::{Ticket, WaitingRoom};

impl WaitingRoom {
    /// The time by which the machine goes, in whole milliseconds: so the store keeps it, and whoever comes
    /// first has to be the same for all nodes.
    pub(in crate::call) fn now(&self) -> Timestamp {
        let now = self.0.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// What the store is to be asked next.
    pub(in crate::call) fn next_op(&self) -> Option<Op> {
        self.lock().ops.pop_front()
    }

    /// Waits until there is something to do at the store. Losing this future loses nothing.
    pub(in crate::call) async fn wants_something(&self) {
        while !self.is_something_wanted() {
            self.0.to_ask.notified().await;
        }
    }

    fn is_something_wanted(&self) -> bool {
        let state = self.lock();
        !state.ops.is_empty() || state.is_superseded
    }

    /// Whether the node's epoch has turned out to be over, since that was asked last.
    pub(in crate::call) fn is_superseded(&self) -> bool {
        std::mem::take(&mut self.lock().is_superseded)
    }

    /// The store has answered.
    pub(in crate::call) fn done(&self, op: &Op, answer: Answer) {
        let state = &mut *self.lock();
        state.over += 1;
        let step = state.shared.done(self.now(), op, answer);
        self.carry_out(state, step);
        self.0.answered.send_replace(());
    }

    /// Somebody has changed something.
    pub(in crate::call) fn changed(&self, changes: Changes) {
        let state = &mut *self.lock();
        let step = state.shared.changed(self.now(), changes);
        self.carry_out(state, step);
    }

    /// The store is there, or there again. Gives those who are this node's to call back and of whom nobody
    /// knew here.
    pub(in crate::call) fn together(&self, all: Changes, mine: Mine) -> Vec<(Caller, Ticket)> {
        let state = &mut *self.lock();
        self.forget_ops(state);
        let rows = mine.callers.iter().map(|row| &row.caller);
        let kept = rows.filter(|caller| caller.kept && !caller.contact.promised);
        let unknown: Vec<Caller> = kept
            .filter(|caller| !state.calls.contains_key(&caller.reference))
            .filter(|caller| !state.shared.is_leaving(caller.reference))
            .cloned()
            .collect();
        // First, so that the machine knows them as its own.
        let taken_up = unknown.into_iter().map(|caller| {
            let ticket = self.restored(state, &caller);
            (caller, ticket)
        });
        let taken_up: Vec<_> = taken_up.collect();
        let step = state.shared.together(self.now(), all, mine);
        self.carry_out(state, step);
        self.0.answered.send_replace(());
        taken_up
    }

    /// The store does not answer: what it was to be asked is not asked.
    pub(in crate::call) fn alone(&self) {
        let state = &mut *self.lock();
        self.forget_ops(state);
        let step = state.shared.alone(self.now());
        self.carry_out(state, step);
        self.0.answered.send_replace(());
    }

    fn forget_ops(&self, state: &mut super::State) {
        state.ops.clear();
        state.over = state.asked;
        state.is_superseded = false;
    }

    /// Whether the store has a caller as they stand.
    pub(super) fn has_stored(&self, ticket: Reference) -> bool {
        self.lock().shared.is_stored(self.now(), ticket)
    }

    /// Whether the server ends, so that whoever is let go stays in the store.
    pub(in crate::call) fn is_ending(&self) -> bool {
        self.lock().ends
    }

    /// Whether somebody waits here under that reference.
    pub(in crate::call) fn knows(&self, caller: &Caller) -> bool {
        self.lock().calls.contains_key(&caller.reference)
    }

    /// Waits until the store has done what it is to be asked so far, and what follows from its answers. A
    /// store that does not answer is not waited for.
    pub(in crate::call) async fn settled(&self) {
        let mut answered = self.0.answered.subscribe();
        for _ in 0..2 {
            let until = self.lock().asked;
            while self.lock().over < until {
                let _ = answered.changed().await;
            }
        }
    }
}
