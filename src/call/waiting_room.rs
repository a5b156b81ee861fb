//! The queue at work: the one machine behind a lock, its clock, and the way from it to every call.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};

use crate::identity::Reference;
use crate::queue::{
    self, Action, Code, Elsewhere, Event, HandlerId, KeptPlace, Place, Queue, Settings, Standing,
    Steered, Wanted,
};

use super::clock::Clock;
use super::queue_figures;

/// Handlers who have been made not ready and have not been told yet; beyond this they are not told.
const UNTOLD: usize = 1_024;

struct State {
    queue: Queue,
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
    /// Handlers who have been made not ready, and should know.
    made_not_ready: mpsc::Sender<HandlerId>,
}

/// Everybody who waits and everybody who answers. Clones are the same room.
#[derive(Clone)]
pub(super) struct WaitingRoom(Arc<Room>);

impl WaitingRoom {
    /// An empty room, and where it tells of handlers who have been made not ready.
    pub(super) fn new(settings: Settings) -> (Self, mpsc::Receiver<HandlerId>) {
        let (made_not_ready, untold) = mpsc::channel(UNTOLD);
        let room = WaitingRoom(Arc::new(Room {
            clock: Clock::start(),
            state: Mutex::new(State {
                queue: Queue::new(settings),
                calls: HashMap::new(),
                tickets: 0,
                measured: BTreeSet::new(),
            }),
            changed: Notify::new(),
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
        let actions = state.queue.on(self.0.clock.now(), event);
        let heard = actions.iter().any(asked);
        for action in actions {
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
        self.0.changed.notify_one();
        heard
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
        self.lock().queue.steered(handler, code, extend).0
    }

    /// Lets a handler steer by a code, and says what has come of it.
    pub(super) fn steer(&self, handler: &HandlerId, code: &Code, extend: Duration) -> Steered {
        let mut state = self.lock();
        let word = |state: &State| {
            let state = state.queue.state_of(handler);
            state.map_or("signed-out", queue::State::word)
        };
        let was = word(&state);
        let (steered, event) = state.queue.steered(handler, code, extend);
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
        let before = state.queue.failed().clone();
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
        (state.queue.failed().clone(), state.queue.deserted())
    }

    /// Begins to wait; where the queue is full, that is the first action. The place is given up when the
    /// ticket is dropped.
    pub(super) fn join(&self, reference: Reference, wanted: Wanted) -> Ticket {
        let ticket = self.ticket(reference, wanted, self.0.clock.now());
        ticket.wait_at(Place::InTurn);
        ticket
    }

    /// Begins to wait, however many wait already: for whoever has no other way.
    pub(super) fn join_anyway(&self, reference: Reference, wanted: Wanted) -> Ticket {
        let ticket = self.ticket(reference, wanted, self.0.clock.now());
        ticket.wait_at(Place::Anyway);
        ticket
    }

    /// Takes up a place that was kept before this process.
    pub(super) fn restore(&self, place: &KeptPlace) -> Ticket {
        let ticket = self.ticket(place.reference, place.wanted.clone(), place.since);
        self.tell(Event::Restored {
            ticket: place.reference,
            caller: Elsewhere {
                wanted: place.wanted.clone(),
                place: Place::InTurn,
                since: place.since,
                not_before: None,
                kept: Some(place.tries),
            },
        });
        ticket
    }

    fn ticket(&self, reference: Reference, wanted: Wanted, since: Timestamp) -> Ticket {
        // Unbounded, but little can gather: phones ring for a caller for a while each.
        let (sender, actions) = mpsc::unbounded_channel();
        let mut state = self.lock();
        state.tickets += 1;
        let number = state.tickets;
        state.calls.insert(reference, (number, sender));
        drop(state);
        Ticket {
            room: self.clone(),
            reference,
            number,
            wanted,
            since,
            actions,
        }
    }

    /// Sets the figures of the queue.
    pub(super) fn measure(&self) {
        let state = &mut *self.lock();
        queue_figures::measure(&state.queue, &mut state.measured);
    }

    /// Gives the queue its ticks, for as long as the server runs.
    pub(super) async fn keep_time(self) {
        loop {
            let deadline = self.lock().queue.deadline();
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

/// A place in the queue.
pub(super) struct Ticket {
    room: WaitingRoom,
    reference: Reference,
    /// The same caller may take another place before this one is given up.
    number: u64,
    wanted: Wanted,
    since: Timestamp,
    actions: mpsc::UnboundedReceiver<Action>,
}

impl Ticket {
    /// What the queue wants done for this caller. Losing this future loses nothing.
    pub(super) async fn next(&mut self) -> Action {
        match self.actions.recv().await {
            Some(action) => action,
            None => std::future::pending().await,
        }
    }

    /// Whether a conversation that has just ended was none, so that the caller waits again.
    pub(super) fn waits_again(&mut self) -> bool {
        // The queue has answered by the time that the handler is let go.
        while let Ok(action) = self.actions.try_recv() {
            if let Action::Parted { again, .. } = action {
                return again;
            }
        }
        false
    }

    /// Waits again, after a conversation that did not come about.
    pub(super) fn rejoin(&self) {
        self.wait_at(Place::Anyway);
    }

    /// Waits again, for whom they waited at first.
    pub(super) fn wait_at(&self, place: Place) {
        self.wait_for(self.wanted.clone(), place);
    }

    /// Waits for somebody else.
    pub(super) fn wait_for(&self, wanted: Wanted, place: Place) {
        self.room.tell(Event::Joined {
            ticket: self.reference,
            wanted,
            place,
        });
    }

    /// Waits no longer: the handler who is still with them keeps them.
    pub(super) fn resume(&self, handler: &HandlerId) {
        self.room.tell(Event::Resumed {
            handler: handler.clone(),
            ticket: self.reference,
        });
    }

    /// Holds somebody for this caller until what comes back is dropped; none where they are not free.
    pub(super) fn claim(&self, handler: &HandlerId) -> Option<Engaged> {
        let claimed = Event::Claimed {
            handler: handler.clone(),
            ticket: self.reference,
        };
        let is_busy = |action: &Action| matches!(action, Action::Busy { .. });
        let busy = self
            .room
            .happened_so_that(&mut self.room.lock(), claimed, is_busy);
        (!busy).then(|| self.engage(handler.clone()))
    }

    /// Whoever was held for this caller has them now.
    pub(super) fn handed(&self, handler: &HandlerId) {
        self.room.tell(Event::Handed {
            handler: handler.clone(),
            ticket: self.reference,
        });
    }

    /// Whom the caller waits for.
    pub(super) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Since when they have had this place.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// Where they stand; nowhere while they are not waiting.
    pub(super) fn standing(&self) -> Option<Standing> {
        self.room.lock().queue.standing(self.reference)
    }

    /// The caller hangs up, and keeps the place for as long as this ticket is there.
    pub(super) fn keeps(&self) {
        let ticket = self.reference;
        self.room.tell(Event::Keeps { ticket });
    }

    /// The caller could not be reached when their turn came. To be told before the handler is let go.
    pub(super) fn unreached(&self) {
        let ticket = self.reference;
        self.room.tell(Event::Unreached { ticket });
    }

    /// The caller has been spoken to, and has gone. To be told before the handler is let go.
    pub(super) fn leaves(&self) {
        let ticket = self.reference;
        self.room.tell(Event::Left { ticket });
    }

    pub(super) fn answered(&self, handler: &HandlerId) {
        self.room.tell(Event::Answered {
            handler: handler.clone(),
            ticket: self.reference,
        });
    }

    pub(super) fn refused(&self, handler: &HandlerId) {
        self.room.tell(Event::Refused {
            handler: handler.clone(),
            ticket: self.reference,
        });
    }

    /// A conversation with a handler has begun.
    pub(super) fn engage(&self, handler: HandlerId) -> Engaged {
        Engaged {
            room: self.room.clone(),
            handler,
            lost: false,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.room.lock();
        let newest = state.calls.get(&self.reference);
        if newest.is_some_and(|(number, _)| *number == self.number) {
            state.calls.remove(&self.reference);
            let ticket = self.reference;
            self.room.happened(&mut state, Event::Left { ticket });
        }
    }
}

/// A handler in a conversation. They are free for the next caller when this is dropped, however the
/// call that held it has ended.
pub(super) struct Engaged {
    room: WaitingRoom,
    handler: HandlerId,
    /// The handler did not hang up, but was lost.
    pub(super) lost: bool,
}

impl Engaged {
    pub(super) fn handler(&self) -> &HandlerId {
        &self.handler
    }
}

impl Drop for Engaged {
    fn drop(&mut self) {
        self.room.tell(Event::Over {
            handler: self.handler.clone(),
            lost: self.lost,
        });
    }
}
