//! Callers who have hung up and keep their place.

use crate::callback::{Callback, Deadline, Event, Promise};
use crate::identity::{Number, Reference};
use crate::queue::{self, CLINICIAN};

use super::callbacks::{About, Reach, Rung};
use super::moment::later;
use super::world::{CallId, Next, Stage, World, call_of};

impl World<'_> {
    /// They have heard that their place is kept, and hang up.
    pub(super) fn hangs_up_and_keeps(&mut self, call: CallId) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let ticket = caller.reference;
        let reach = Reach {
            about: About::Place,
            member: None,
            serial: 0,
            tries: 0,
        };
        self.reaches.insert(ticket, reach);
        self.comes_to(call, Stage::Over);
        self.ends(call);
        self.tell(queue::Event::Keeps { ticket });
    }

    /// Their phone has been rung, now that it is their turn.
    pub(super) fn place_rung(&mut self, reference: Reference, rung: Rung) {
        let caller = self.calls.get(call_of(reference));
        let talk = caller.map(|caller| self.people.talk(&caller.person));
        let Some(reach) = self.reaches.get_mut(&reference) else {
            return;
        };
        match rung {
            Rung::Answered | Rung::Brought => {
                reach.serial += 1;
                let at = later(self.now, talk.unwrap_or_default());
                self.agenda
                    .plan(at, Next::ReachOver(reference, reach.serial));
            }
            Rung::Missed(_) => {
                let member = reach.member.take();
                // Before whoever was held is let go: it is not they who broke it off.
                self.tell(queue::Event::Unreached { ticket: reference });
                if let Some(member) = member {
                    self.lets_go(member, false);
                }
            }
        }
    }

    pub(super) fn place_over(&mut self, reference: Reference) {
        self.tell(queue::Event::Left { ticket: reference });
        self.reach_ends(reference);
    }

    /// They have been tried as often as may be: a clinician calls back.
    pub(super) fn place_given_up(&mut self, reference: Reference) {
        self.reaches.remove(&reference);
        let Some(caller) = self.calls.get(call_of(reference)) else {
            return;
        };
        let number = caller.person.number.known().cloned();
        let keyed = || Number::parse("07700900000").ok();
        let Some(number) = number.or_else(keyed) else {
            return;
        };
        let within = self.service.settings.callback.deadline.get();
        let promise = Promise {
            reference,
            number,
            text_relay: caller.person.text_relay,
            region: caller.wanted.region.clone(),
            postcode: None,
            language: caller.language.clone(),
            skill: CLINICIAN.to_owned(),
        };
        let callback = Callback {
            priority: caller.wanted.priority,
            ..Callback::promised(promise, self.now, Deadline::Within(within))
        };
        let who = caller.person.who;
        self.tell(queue::Event::Left { ticket: reference });
        self.write_promise(&callback, who);
        self.tell_book(Event::Booked(callback));
    }
}
