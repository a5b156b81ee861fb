//! The queue at work: the one machine behind a lock, its clock, the way from it to every call, and what it
//! wants to ask of the store.

mod sharing;
mod ticket;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, watch};

use crate::identity::Reference;
use crate::queue::shared::{Caller, Contact, Desk, Op, Phone, Shared, Step};
use crate::queue::{
    self, Action, Code, Elsewhere, Event, HandlerId, Place, Settings, Steered, Wanted,
};
use crate::report::QueueStanding;

use super::clock::Clock;
use super::queue_figures;

pub(super) use ticket::{Engaged, Stored, Ticket};

/// Handlers who have been made not ready and have not been told yet; beyond this they are not told.
const UNTOLD: usize = 1_024;

struct State {
    shared: Shared,
    /// What the store is to be asked, in this order. No limit, but little can gather: the machine asks for
    /// one thing at a time of each caller and each handler.
    ops: VecDeque<Op>,
    /// How many things the store was to be asked so far, and how many of them are over.
    asked: u64,
    over: u64,
    /// The node's epoch is over: it has to enter anew.
    is_superseded: bool,
    /// The server ends: whoever is let go now stays in the store.
    ends: bool,
    /// Where each waiting call listens.
    calls: HashMap<Reference, (u64, mpsc::UnboundedSender<Action>)>,
    /// How many places have been taken so far.
    tickets: u64,
    /// The regions of which there are figures.
    measured: BTreeSet<String>,
}

struct Room {
    clock: Clock,
    state: Mutex<State>,
    changed: Notify,
    /// There is something to ask of the store.
    to_ask: Notify,
    /// The store has answered something, or is not asked any more.
    answered: watch::Sender<()>,
    /// Handlers who have been made not ready, and should know.
    made_not_ready: mpsc::Sender<HandlerId>,
}

/// Everybody who waits and everybody who answers. Clones are the same room.
#[derive(Clone)]
pub(super) struct WaitingRoom(Arc<Room>);

impl WaitingRoom {
    /// An empty room of a node, and where it tells of handlers who have been made not ready.
    pub(super) fn new(node: &str, settings: Settings) -> (Self, mpsc::Receiver<HandlerId>) {
        let (made_not_ready, untold) = mpsc::channel(UNTOLD);
        let room = WaitingRoom(Arc::new(Room {
            clock: Clock::start(),
            state: Mutex::new(State {
                shared: Shared::new(node, settings),
                ops: VecDeque::new(),
                asked: 0,
                over: 0,
                is_superseded: false,
                ends: false,
                calls: HashMap::new(),
                tickets: 0,
                measured: BTreeSet::new(),
            }),
            changed: Notify::new(),
            to_ask: Notify::new(),
            answered: watch::Sender::new(()),
            made_not_ready,
        }));
        (room, untold)
    }

    /// Tells the queue what has happened, and tells calls what follows from it.
    pub(super) fn tell(&self, event: Event) {
        self.happened(&mut self.lock(), event);
    }

    fn happened(&self, state: &mut State, event: Event) {
        self.happened_so_that(state, event, |_| false);
    }

    /// The same, and whether something that is asked for follows from it.
    fn happened_so_that(
        &self,
        state: &mut State,
        event: Event,
        asked: impl Fn(&Action) -> bool,
    ) -> bool {
        let step = state.shared.on(self.now(), event);
        let heard = step.actions.iter().any(asked);
        self.carry_out(state, step);
        heard
    }

    /// Tells calls what the machine says, and puts what it asks of the store behind what it has asked before.
    fn carry_out(&self, state: &mut State, step: Step) {
        for action in step.actions {
            if let Action::MadeNotReady { handler } = action {
                self.made_not_ready(handler);
                continue;
            }
            // A call that is gone hangs its legs up itself.
            let call = action.ticket().and_then(|ticket| state.calls.get(&ticket));
            if let Some((_, call)) = call {
                let _ = call.send(action);
            }
        }
        state.asked += step.ops.len() as u64;
        state.is_superseded |= step.superseded;
        if !step.ops.is_empty() || step.superseded {
            self.0.to_ask.notify_one();
        }
        state.ops.extend(step.ops);
        self.0.changed.notify_one();
    }

    fn made_not_ready(&self, handler: HandlerId) {
        tracing::warn!(account = %handler, "not ready: too many offers in a row were missed");
        metrics::counter!("ivr111_handlers_made_not_ready_total").increment(1);
        if let Err(error) = self.0.made_not_ready.try_send(handler) {
            tracing::error!(%error, "a handler is not told that they are not ready");
        }
    }

    /// What would come of a code that a handler dials. `extend` is how much time one code gives after a
    /// call.
    pub(super) fn steered(&self, handler: &HandlerId, code: &Code, extend: Duration) -> Steered {
        self.lock().shared.queue().steered(handler, code, extend).0
    }

    /// Lets a handler steer by a code, and says what has come of it.
    pub(super) fn steer(&self, handler: &HandlerId, code: &Code, extend: Duration) -> Steered {
        let mut state = self.lock();
        let word = |state: &State| {
            let state = state.shared.queue().state_of(handler);
            state.map_or("signed-out", queue::State::word)
        };
        let was = word(&state);
        let (steered, event) = state.shared.queue().steered(handler, code, extend);
        if let Some(event) = event {
            self.happened(&mut state, event);
        }
        let (is, code) = (word(&state), code.word());
        drop(state);
        tracing::info!(account = %handler, code, was, is, "a handler has dialled a code");
        steered
    }

    /// Marks these providers as failed, and no others.
    pub(super) fn set_failed(&self, failed: &BTreeSet<String>) {
        let mut state = self.lock();
        let before = state.shared.queue().failed().clone();
        for provider in before.symmetric_difference(failed) {
            let has_failed = failed.contains(provider);
            if has_failed {
                tracing::warn!(provider, "marked as failed: others take its callers");
            } else {
                tracing::info!(provider, "no longer marked as failed");
            }
            let provider = provider.clone();
            let failed = has_failed;
            self.happened(&mut state, Event::Provider { provider, failed });
        }
    }

    /// Providers that are marked as failed, and those whose callers wait while nobody is at work for them.
    pub(super) fn failed(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let state = self.lock();
        (
            state.shared.queue().failed().clone(),
            state.shared.queue().deserted(),
        )
    }

    /// Begins to wait; where the queue is full, that is the first action. The place is given up when the
    /// ticket is dropped.
    pub(super) fn join(&self, reference: Reference, wanted: Wanted, contact: Contact) -> Ticket {
        self.join_at(Place::InTurn, reference, wanted, contact)
    }

    /// The same at some place.
    pub(super) fn join_at(
        &self,
        place: Place,
        reference: Reference,
        wanted: Wanted,
        contact: Contact,
    ) -> Ticket {
        let now = self.now();
        let state = &mut *self.lock();
        let ticket = self.ticket(state, reference, (wanted.clone(), now), contact.promised);
        let step = state.shared.contact(now, reference, contact);
        self.carry_out(state, step);
        let joined = Event::Joined {
            ticket: reference,
            wanted,
            place,
        };
        self.happened(state, joined);
        ticket
    }

    /// Takes up a place from before this process, or of a node that is no more: one that is kept, or of somebody who
    /// waits on the line.
    pub(super) fn restore(&self, caller: &Caller) -> Ticket {
        self.restored(&mut self.lock(), caller)
    }

    /// Takes up the place of somebody who is on the line, and has talked with a handler since then.
    pub(super) fn talks_on(
        &self,
        caller: &Caller,
        handler: &HandlerId,
        since: Timestamp,
    ) -> Ticket {
        let state = &mut *self.lock();
        let ticket = self.known_again(state, caller);
        let continued = Event::Continued {
            ticket: caller.reference,
            caller: elsewhere(caller),
            handler: handler.clone(),
            since,
        };
        self.happened(state, continued);
        ticket
    }

    fn restored(&self, state: &mut State, caller: &Caller) -> Ticket {
        let ticket = self.known_again(state, caller);
        let restored = Event::Restored {
            ticket: caller.reference,
            caller: elsewhere(caller),
        };
        self.happened(state, restored);
        ticket
    }

    /// A way to somebody who has a place already, and how they are to be reached.
    fn known_again(&self, state: &mut State, caller: &Caller) -> Ticket {
        let reference = caller.reference;
        let place = (caller.wanted.clone(), caller.since);
        let ticket = self.ticket(state, reference, place, caller.contact.promised);
        let now = self.now();
        let step = state.shared.contact(now, reference, caller.contact.clone());
        self.carry_out(state, step);
        ticket
    }

    fn ticket(
        &self,
        state: &mut State,
        reference: Reference,
        (wanted, since): (Wanted, Timestamp),
        is_promised: bool,
    ) -> Ticket {
        // Unbounded, but little can gather: phones ring for a caller for a while each.
        let (sender, actions) = mpsc::unbounded_channel();
        state.tickets += 1;
        let number = state.tickets;
        state.calls.insert(reference, (number, sender));
        Ticket {
            room: self.clone(),
            reference,
            number,
            wanted,
            since,
            is_promised,
            actions,
        }
    }

    /// Somebody's phones are there, or others than before.
    pub(super) fn signed_in(&self, handler: HandlerId, desk: Desk) {
        let state = &mut *self.lock();
        let step = state.shared.signed_in(self.now(), handler, desk);
        self.carry_out(state, step);
    }

    /// Somebody's phones, wherever they are registered.
    pub(super) fn phones(&self, handler: &HandlerId) -> Vec<Phone> {
        self.lock().shared.phones(handler).to_vec()
    }

    /// The server ends: from now on whoever is let go stays in the store, to be called back.
    pub(super) fn leave_behind(&self) {
        self.lock().ends = true;
    }

    /// Sets the figures of the queue.
    pub(super) fn measure(&self) {
        let State {
            shared, measured, ..
        } = &mut *self.lock();
        queue_figures::measure(shared.queue(), measured);
    }

    /// How the queue stands.
    pub(super) fn standing(&self) -> QueueStanding {
        let now = self.now();
        queue_figures::standing(now, self.lock().shared.queue())
    }

    /// Gives the queue its ticks, for as long as the server runs.
    pub(super) async fn keep_time(self) {
        loop {
            let deadline = self.lock().shared.queue().deadline();
            tokio::select! {
                () = self.0.clock.at(deadline) => self.tell(Event::Tick),
                () = self.0.changed.notified() => {}
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How somebody stands who has a place already.
fn elsewhere(caller: &Caller) -> Elsewhere {
    Elsewhere {
        wanted: caller.wanted.clone(),
        place: caller.place,
        since: caller.since,
        not_before: caller.not_before,
        kept: caller.kept.then_some(caller.tries),
    }
}
