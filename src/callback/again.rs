//! Callers who ring while a callback of theirs is open. It is not made while they are on the line: their
//! phone would be engaged, and a clinician held for nothing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::identity::Reference;
use crate::queue::CLINICIAN;

use super::book::{Book, later};
use super::change::{By, Change, What};
use super::entry::{Callback, Stage};
use super::event::Action;
use super::open::Open;

/// Callbacks whose callers are on the line, and in how many calls.
#[derive(Clone, Debug, Default)]
pub(super) struct OnTheLine(BTreeMap<Reference, u32>);

impl OnTheLine {
    fn rings(&mut self, reference: Reference) {
        *self.0.entry(reference).or_default() += 1;
    }

    fn gone(&mut self, reference: Reference) {
        if let Some(calls) = self.0.get_mut(&reference) {
            *calls -= 1;
            if *calls == 0 {
                self.0.remove(&reference);
            }
        }
    }
}

impl Book {
    /// Until when a callback is not made because its caller is on the line; never so long that its deadline
    /// would pass, for many may call from one number.
    pub(super) fn held_until(&self, callback: &Callback) -> Timestamp {
        if !self.on_the_line.0.contains_key(&callback.reference) {
            return Timestamp::MIN;
        }
        let spare = SignedDuration::try_from(self.settings.pauses.no_answer).ok();
        let until = spare.and_then(|spare| callback.deadline.checked_sub(spare).ok());
        until.unwrap_or(Timestamp::MIN)
    }

    /// Whether it is not made now for that reason.
    pub(super) fn is_held(&self, now: Timestamp, reference: Reference) -> bool {
        let open = self.open.get(reference);
        open.is_some_and(|open| self.held_until(&open.callback) > now)
    }

    /// The caller's phone is being rung, and they are on the line with us.
    pub(super) fn is_engaged_with_us(&self, now: Timestamp, reference: Reference) -> bool {
        let open = self.open.get(reference);
        let rings = open.is_some_and(|open| open.callback.stage == Stage::Ringing);
        rings && self.is_held(now, reference)
    }

    /// The caller is on the line: nobody is sought for the callback until they have gone. One whose phone is
    /// being rung is found engaged, which is not held against them.
    pub(super) fn caller_rings(
        &mut self,
        now: Timestamp,
        reference: Reference,
        actions: &mut Vec<Action>,
    ) {
        self.on_the_line.rings(reference);
        self.open.touch(reference);
        if !self.is_held(now, reference) {
            return;
        }
        if let Some(open) = self.at(reference, Stage::Seeking) {
            open.callback.stage = Stage::Due(now);
            actions.push(Action::Stop(reference));
        }
    }

    /// The caller has gone; what is due is sought again.
    pub(super) fn caller_has_rung(&mut self, reference: Reference) {
        self.on_the_line.gone(reference);
        self.open.touch(reference);
    }

    /// The caller has been spoken to in a later call. Where the callback itself is being made at this moment,
    /// it is that conversation which decides.
    /// What was over in a moment was no conversation.
    pub(super) fn spoken_to(
        &mut self,
        now: Timestamp,
        (reference, since): (Reference, Timestamp),
        by: By,
        actions: &mut Vec<Action>,
    ) {
        if now < later(since, self.settings.proof) {
            return;
        }
        let detail = "spoken to in a later call".to_owned();
        let Some(open) = self.open.get_mut(reference) else {
            return;
        };
        match open.callback.stage {
            Stage::Talking => return,
            // Nobody is cut off: it is closed when that try is over.
            Stage::Ringing => {
                open.closing.get_or_insert((by, detail));
                return;
            }
            _ => {}
        }
        if open.is_sought() {
            actions.push(Action::Stop(reference));
        }
        let change = Change {
            by,
            what: What::Closed,
            detail,
        };
        self.close(reference, change, actions);
    }

    /// The caller has confirmed in a later call how they are to be called back. That is the same promise: the
    /// earlier deadline and the higher priority hold, and the tries are counted anew.
    pub(super) fn confirmed_again(
        &mut self,
        now: Timestamp,
        given: Callback,
        actions: &mut Vec<Action>,
    ) {
        let reference = given.reference;
        let open = self.open.put(Open::new(now, given.clone()));
        let before = open.callback.clone();
        if open.is_sought() {
            actions.push(Action::Stop(reference));
        }
        let (stage, attempts) = match before.stage {
            // That try goes to whom it was meant for; the next one goes to the new number.
            under_way @ (Stage::Ringing | Stage::Talking) => (under_way, 1),
            _ => (Stage::Due(now), 0),
        };
        open.callback = Callback {
            booked_at: before.booked_at,
            deadline: before.deadline.min(given.deadline),
            priority: before.priority.max(given.priority),
            // Whoever may do for the one need does not for both.
            skill: match before.skill == given.skill {
                true => before.skill,
                false => CLINICIAN.to_owned(),
            },
            clinician: before.clinician,
            escalation: before.escalation,
            stage,
            attempts,
            last: None,
            ..given
        };
        open.ask_at = Some(now);
        // A try that began before this was confirmed does not close it, nor does an order from before.
        open.confirmed_meanwhile = open.is_under_way();
        let refused = open.refuses_order();
        let change = Change {
            by: By::Caller,
            what: What::Renewed,
            detail: "in a later call".to_owned(),
        };
        actions.push(Action::Save(open.callback.clone(), change));
        actions.extend(refused);
    }
}
