//! The queue at work: the one machine behind a lock, its clock, and the way from it to every call.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};

use crate::identity::Reference;
use crate::queue::{Action, Event, HandlerId, KeptPlace, Place, Queue, Settings, Standing, Wanted};

use super::clock::Clock;
use super::queue_figures;

struct State {
    queue: Queue,
    /// Where each waiting call listens.
    calls: HashMap<Reference, mpsc::UnboundedSender<Action>>,
    /// The regions of which there are figures.
    measured: BTreeSet<String>,
}

struct Room {
    clock: Clock,
    state: Mutex<State>,
    changed: Notify,
}

/// Everybody who waits and everybody who answers. Clones are the same room.
#[derive(Clone)]
pub(super) struct WaitingRoom(Arc<Room>);

impl WaitingRoom {
    pub(super) fn new(settings: Settings) -> Self {
        WaitingRoom(Arc::new(Room {
            clock: Clock::start(),
            state: Mutex::new(State {
                queue: Queue::new(settings),
                calls: HashMap::new(),
                measured: BTreeSet::new(),
            }),
            changed: Notify::new(),
        }))
    }

    /// Tells the queue what has happened, and tells calls what follows from it.
    pub(super) fn tell(&self, event: Event) {
        let mut state = self.lock();
        let actions = state.queue.on(self.0.clock.now(), event);
        for action in actions {
            // A call that is gone hangs its legs up itself.
            let call = action.ticket().and_then(|ticket| state.calls.get(&ticket));
            if let Some(call) = call {
                let _ = call.send(action);
            }
        }
        metrics::gauge!("ivr111_queue_waiting").set(state.queue.waiting() as f64);
        metrics::gauge!("ivr111_handlers").set(state.queue.handlers() as f64);
        drop(state);
        self.0.changed.notify_one();
    }

    /// Begins to wait; where the queue is full, that is the first action. The place is given up when the
    /// ticket is dropped.
    pub(super) fn join(&self, reference: Reference, wanted: Wanted) -> Ticket {
        let ticket = self.ticket(reference, wanted, self.0.clock.now());
        ticket.joins(Place::InTurn);
        ticket
    }

    /// Begins to wait, however many wait already: for whoever has no other way.
    pub(super) fn join_anyway(&self, reference: Reference, wanted: Wanted) -> Ticket {
        let ticket = self.ticket(reference, wanted, self.0.clock.now());
        ticket.joins(Place::Anyway);
        ticket
    }

    /// Takes up a place that was kept before this process.
    pub(super) fn restore(&self, place: &KeptPlace) -> Ticket {
        let ticket = self.ticket(place.reference, place.wanted.clone(), place.since);
        self.tell(Event::Restored {
            ticket: place.reference,
            wanted: place.wanted.clone(),
            since: place.since,
            tries: place.tries,
        });
        ticket
    }

    fn ticket(&self, reference: Reference, wanted: Wanted, since: Timestamp) -> Ticket {
        // Unbounded, but little can gather: phones ring for a caller for a while each.
        let (sender, actions) = mpsc::unbounded_channel();
        self.lock().calls.insert(reference, sender);
        Ticket {
            room: self.clone(),
            reference,
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
        self.joins(Place::Anyway);
    }

    /// Waits there from now on.
    fn joins(&self, place: Place) {
        self.room.tell(Event::Joined {
            ticket: self.reference,
            wanted: self.wanted.clone(),
            place,
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
        self.room.lock().calls.remove(&self.reference);
        self.leaves();
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

impl Drop for Engaged {
    fn drop(&mut self) {
        self.room.tell(Event::Over {
            handler: self.handler.clone(),
            lost: self.lost,
        });
    }
}
