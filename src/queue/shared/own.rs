//! Callers of this node: what of them stands in the store.

use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;

use super::super::event::Action;
use super::super::handler::HandlerId;
use super::super::machine::later;
use super::machine::Shared;
use super::op::{Op, Step};
use super::rows::{Caller, Contact, PutCaller};

/// Nobody talks for longer.
const LONGER_THAN_A_TALK: Duration = Duration::from_secs(24 * 3_600);

/// What the store has been asked for a caller and has not yet answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Put(Box<Caller>),
    Remove,
}

/// A caller of this node.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    pub(super) contact: Contact,
    /// As the store has them.
    pub(super) stored: Option<Box<Caller>>,
    pub(super) asked: Option<Asked>,
    /// They have talked since they were stored last: the others take them as no longer waiting.
    pub(super) talked: bool,
    /// Whose answered offer for them is live in the store.
    pub(super) answered_by: Option<HandlerId>,
    /// They talk with somebody, and the store has refused to know of it.
    pub(super) untold: bool,
    /// Another node has them.
    pub(super) refused: bool,
    /// They are not here any more, and are to be removed.
    pub(super) gone: bool,
}

impl Own {
    /// Another node has them, and does not let them go yet.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.refused && self.asked.is_none() && !self.gone
    }

    /// They have gone, and the store does not have them.
    pub(super) fn is_over(&self) -> bool {
        self.gone && self.stored.is_none() && self.asked.is_none()
    }

    /// Whether the store has them, or will when it comes to what is asked of them.
    pub(super) fn is_known(&self) -> bool {
        match &self.asked {
            Some(Asked::Put(_)) => true,
            Some(Asked::Remove) => false,
            None => self.stored.is_some(),
        }
    }
}

impl Shared {
    /// A caller of this node as they are to stand in the store; none who neither waits nor talks.
    pub(super) fn wished(&self, now: Timestamp, ticket: Reference) -> Option<Caller> {
        let own = self.own.get(&ticket)?;
        let waits = self.queue.callers.get(ticket).filter(|w| !w.elsewhere);
        let talk = self.queue.talking.get(&ticket);
        let waiting = waits.or(talk.map(|talk| &talk.waiting))?;
        // No other node is to leave a handler to whoever talks already.
        let untold = talk.filter(|_| waits.is_none() && own.untold);
        let untold = untold.map(|talk| later(talk.since, LONGER_THAN_A_TALK));
        let number = own.contact.number.is_some();
        Some(Caller {
            reference: ticket,
            wanted: waiting.wanted.clone(),
            place: waiting.place,
            since: waiting.since,
            not_before: untold.or(waiting.not_before).filter(|at| *at > now),
            contact: own.contact.clone(),
            // Whoever is called back already is on the line.
            kept: waits.is_some() && waiting.kept.is_some() && number,
            tries: waiting.kept.unwrap_or_default(),
        })
    }

    /// Asks the store for what is missing there of a caller.
    pub(super) fn put_right(&mut self, now: Timestamp, ticket: Reference, step: &mut Step) {
        if self.alone {
            return self.forget_if_gone(ticket);
        }
        let wished = self.wished(now, ticket);
        let waits = self.queue.callers.get(ticket).is_some();
        let Some(own) = self.own.get_mut(&ticket) else {
            return;
        };
        if own.asked.is_some() {
            return;
        }
        if own.gone {
            if own.stored.is_none() {
                self.own.remove(&ticket);
                return;
            }
            own.asked = Some(Asked::Remove);
            return step.ops.push(Op::RemoveCaller(ticket));
        }
        let Some(wished) = wished.map(Box::new) else {
            return;
        };
        let anew = own.talked && waits;
        if anew || own.stored.as_ref() != Some(&wished) {
            (own.talked, own.untold) = (own.talked && !waits, own.untold && !waits);
            own.asked = Some(Asked::Put(wished.clone()));
            step.ops.push(Op::PutCaller(wished));
        }
    }

    /// Alone, whoever has gone is remembered where the store may still have them.
    fn forget_if_gone(&mut self, ticket: Reference) {
        if self.own.get(&ticket).is_some_and(Own::is_over) {
            self.own.remove(&ticket);
        }
    }

    /// The store has answered to [`Op::PutCaller`].
    pub(super) fn is_put(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        answer: PutCaller,
        step: &mut Step,
    ) {
        let Some(own) = self.own.get_mut(&ticket) else {
            return;
        };
        let asked = own.asked.take();
        match (answer, asked) {
            (PutCaller::Stored, Some(Asked::Put(caller))) => {
                (own.stored, own.refused) = (Some(caller), false);
            }
            (PutCaller::Superseded, _) => step.superseded = true,
            (PutCaller::Elsewhere, Some(Asked::Put(caller))) => {
                (own.stored, own.refused) = (None, true);
                if own.gone {
                    self.own.remove(&ticket);
                } else if caller.kept {
                    self.is_taken_over(now, ticket, step);
                } else {
                    let rings = self.queue.callers.get(ticket).map(|w| w.offered_to.clone());
                    for handler in rings.into_iter().flatten() {
                        self.settle(now, &handler, step);
                    }
                }
                // Asked again when the other node stops ringing for them; here they are served meanwhile.
                return;
            }
            _ => {}
        }
        self.put_right(now, ticket, step);
    }

    /// A caller of ours talks with a handler, and the store does not know of it.
    pub(super) fn talks_untold(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        step: &mut Step,
    ) {
        let talk = self.queue.talking.get(&ticket);
        if talk.is_some_and(|talk| talk.handler == *id)
            && let Some(own) = self.own.get_mut(&ticket)
        {
            own.untold = true;
            self.put_right(now, ticket, step);
        }
    }

    /// Another node has a caller who keeps a place: here they are let go.
    fn is_taken_over(&mut self, now: Timestamp, ticket: Reference, step: &mut Step) {
        self.own.remove(&ticket);
        self.tell(now, super::super::event::Event::Left { ticket }, step);
        step.actions.push(Action::TakenOver { ticket });
    }

    /// The store has answered to [`Op::RemoveCaller`].
    pub(super) fn is_removed(&mut self, now: Timestamp, ticket: Reference, step: &mut Step) {
        if let Some(own) = self.own.get_mut(&ticket) {
            own.asked = None;
            own.stored = None;
            own.talked = false;
        }
        self.put_right(now, ticket, step);
    }
}
