use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::identity::Reference;
use crate::queue::shared::Contact;
use crate::queue::{Action, Event, HandlerId, Place, Standing, Wanted};

use super::WaitingRoom;

/// A place in the queue.
pub(in crate::call) struct Ticket {
    pub(super) room: WaitingRoom,
    pub(super) reference: Reference,
    /// The same caller may take another place before this one is given up.
    pub(super) number: u64,
    pub(super) wanted: Wanted,
    pub(super) since: Timestamp,
    /// It stands for a callback that has been promised.
    pub(super) is_promised: bool,
    pub(super) actions: mpsc::UnboundedReceiver<Action>,
}

impl Ticket {
    /// What the queue wants done for this caller. Losing this future loses nothing.
    pub(in crate::call) async fn next(&mut self) -> Action {
        match self.actions.recv().await {
            Some(action) => action,
            None => std::future::pending().await,
        }
    }

    /// Whether a conversation that has just ended was none, so that the caller waits again.
    pub(in crate::call) fn waits_again(&mut self) -> bool {
        // The queue has answered by the time that the handler is let go.
        while let Ok(action) = self.actions.try_recv() {
            if let Action::Parted { again, .. } = action {
                return again;
            }
        }
        false
    }

    /// Waits again, after a conversation that did not come about.
    pub(in crate::call) fn rejoin(&self) {
        self.wait_at(Place::Anyway);
    }

    /// Waits again, for whom they waited at first.
    pub(in crate::call) fn wait_at(&self, place: Place) {
        self.wait_for(self.wanted.clone(), place);
    }

    /// Waits for somebody else.
    pub(in crate::call) fn wait_for(&self, wanted: Wanted, place: Place) {
        self.room.tell(Event::Joined {
            ticket: self.reference,
            wanted,
            place,
        });
    }

    /// Wants somebody else from now on. Where somebody has been found at this moment, they stay.
    pub(in crate::call) fn wait_otherwise(&mut self, wanted: Wanted, place: Place) {
        self.wanted.clone_from(&wanted);
        let ticket = self.reference;
        let state = &mut *self.room.lock();
        if state.shared.queue().has_place(ticket) {
            let joined = Event::Joined {
                ticket,
                wanted,
                place,
            };
            self.room.happened(state, joined);
        }
    }

    /// The caller is on the line from now on: should they wait again, it is for whoever there is, and not by
    /// what has been promised to them.
    pub(in crate::call) fn on_the_line(&mut self) {
        self.wanted = std::mem::take(&mut self.wanted).on_the_line();
    }

    /// Waits no longer: the handler who is still with them keeps them.
    pub(in crate::call) fn resume(&self, handler: &HandlerId) {
        self.room.tell(Event::Resumed {
            handler: handler.clone(),
            ticket: self.reference,
        });
    }

    /// Holds somebody for this caller until what comes back is dropped; none where they are not free.
    pub(in crate::call) fn claim(&self, handler: &HandlerId) -> Option<Engaged> {
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
    pub(in crate::call) fn handed(&self, handler: &HandlerId) {
        self.room.tell(Event::Handed {
            handler: handler.clone(),
            ticket: self.reference,
        });
    }

    /// Whom the caller waits for.
    pub(in crate::call) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Since when they have had this place.
    pub(in crate::call) fn since(&self) -> Timestamp {
        self.since
    }

    /// Where they stand; nowhere while they are not waiting.
    pub(in crate::call) fn standing(&self) -> Option<Standing> {
        let now = self.room.now();
        let state = self.room.lock();
        state.shared.queue().standing(now, self.reference)
    }

    /// Whose place it is.
    pub(in crate::call) fn reference(&self) -> Reference {
        self.reference
    }

    /// From now on the caller is to be reached otherwise.
    pub(in crate::call) fn contact(&self, contact: Contact) {
        let room = &self.room;
        let state = &mut *room.lock();
        let step = state.shared.contact(room.now(), self.reference, contact);
        room.carry_out(state, step);
    }

    /// Tells when the store has the place as it stands.
    pub(in crate::call) fn stored(&self) -> Stored {
        Stored {
            answered: self.room.0.answered.subscribe(),
            room: self.room.clone(),
            reference: self.reference,
        }
    }

    /// The caller is let go here, and stays in the store: to be taken up after a restart, or by another
    /// node. The book sees to promises by itself.
    pub(in crate::call) fn leave_behind(&self) {
        self.room
            .let_go(self.reference, self.number, !self.is_promised);
    }

    /// The caller hangs up, and keeps the place for as long as this ticket is there.
    pub(in crate::call) fn keeps(&self) {
        let ticket = self.reference;
        self.room.tell(Event::Keeps { ticket });
    }

    /// The caller could not be reached when their turn came. To be told before the handler is let go.
    pub(in crate::call) fn unreached(&self) {
        let ticket = self.reference;
        self.room.tell(Event::Unreached { ticket });
    }

    /// The caller has been spoken to, and has gone. To be told before the handler is let go. Where the same
    /// caller has another place by now, that one stays.
    pub(in crate::call) fn leaves(&self) {
        self.room.leaves(self.reference, self.number);
    }

    /// The caller is neither offered to anybody nor with anybody, and is to be called back all the same where
    /// the node dies, until they leave.
    pub(in crate::call) fn steps_aside(&self) {
        let state = &mut *self.room.lock();
        let step = state.shared.steps_aside(self.room.now(), self.reference);
        self.room.carry_out(state, step);
    }

    pub(in crate::call) fn answered(&self, handler: &HandlerId) {
        self.room.tell(Event::Answered {
            handler: handler.clone(),
            ticket: self.reference,
        });
    }

    pub(in crate::call) fn refused(&self, handler: &HandlerId) {
        self.room.tell(Event::Refused {
            handler: handler.clone(),
            ticket: self.reference,
        });
    }

    /// The handler's phone could not be rung for a reason of ours.
    pub(in crate::call) fn not_rung(&self, handler: &HandlerId) {
        self.room.tell(Event::NotRung {
            handler: handler.clone(),
            ticket: self.reference,
        });
    }

    /// A conversation with a handler has begun.
    pub(in crate::call) fn engage(&self, handler: HandlerId) -> Engaged {
        Engaged {
            room: self.room.clone(),
            handler,
            lost: false,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // The book sees to promises by itself.
        let cut_off = self.room.is_ending() || std::thread::panicking();
        let stays = cut_off && !self.is_promised;
        self.room.let_go(self.reference, self.number, stays);
    }
}

impl WaitingRoom {
    /// Lets a caller go, unless they have taken another place already.
    fn leaves(&self, ticket: Reference, number: u64) {
        let state = &mut *self.lock();
        let newest = state.calls.get(&ticket);
        if newest.is_some_and(|(newest, _)| *newest == number) {
            self.happened(state, Event::Left { ticket });
        }
    }

    fn let_go(&self, reference: Reference, number: u64, stays: bool) {
        let state = &mut *self.lock();
        let newest = state.calls.get(&reference);
        if newest.is_none_or(|(newest, _)| *newest != number) {
            return;
        }
        state.calls.remove(&reference);
        if stays {
            let step = state.shared.leave_behind(self.now(), reference);
            self.carry_out(state, step);
        } else {
            self.happened(state, Event::Left { ticket: reference });
        }
    }
}

/// Waits until the store has a place as it stands.
pub(in crate::call) struct Stored {
    room: WaitingRoom,
    reference: Reference,
    answered: watch::Receiver<()>,
}

impl Stored {
    /// For as long as the store does not answer, it does not have it. Losing this future loses nothing.
    pub(in crate::call) async fn done(&mut self) {
        while !self.room.has_stored(self.reference) {
            // The room is there for as long as this is.
            let _ = self.answered.changed().await;
        }
    }
}

/// A handler in a conversation. They are free for the next caller when this is dropped, however the
/// call that held it has ended.
pub(in crate::call) struct Engaged {
    room: WaitingRoom,
    handler: HandlerId,
    /// The handler did not hang up, but was lost.
    pub(in crate::call) lost: bool,
}

impl Engaged {
    pub(in crate::call) fn handler(&self) -> &HandlerId {
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
