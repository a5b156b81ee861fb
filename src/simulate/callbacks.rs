//! Promised callbacks, and whoever is called back: a clinician is found, the caller's phone is rung, the two talk.

use std::sync::Arc;

use crate::callback::{
    Action, By, Callback, Change, Decision, Event, Outcome, Stage as CallbackStage, What,
};
use crate::identity::Reference;
use crate::queue;
use crate::routing::{CallbackOrder, RegionId};
use crate::store::{Closed, ClosedHow, PromiseCourse};

use super::draws::Draws;
use super::draws::For;
use super::moment::later;
use super::world::{CallId, Next, World, call_of};

/// A clinician who is asked to decide takes so many seconds.
const DECIDES: f64 = 30.0;
/// Who is engaged sends that so many seconds after being rung.
const ENGAGED: f64 = 2.0;

/// How it goes when the caller's phone is rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rung {
    /// Somebody answers.
    Answered,
    /// Nobody does.
    Missed(Outcome),
    /// The clinician is there too, who was held meanwhile.
    Brought,
}

/// For what somebody is called.
pub(super) enum About {
    /// A promised callback.
    Callback(CallbackOrder),
    /// A clinician decides about one.
    Decision,
    /// The place that they keep.
    Place,
}

/// Somebody who is to be called back.
pub(super) struct Reach {
    pub(super) about: About,
    /// Whoever has been found for it.
    pub(super) member: Option<usize>,
    /// What was planned before counts no more.
    pub(super) serial: u32,
    /// Tries so far.
    pub(super) tries: usize,
}

impl World<'_> {
    /// A callback is promised, and the call is over in which that was.
    pub(super) fn booked(&mut self, call: CallId, event: Event) {
        let Some(who) = self.calls.get(call).map(|caller| caller.person.who) else {
            return;
        };
        if let Event::Booked(callback) = &event {
            self.write_promise(callback, who);
        }
        self.tell_book(event);
    }

    pub(super) fn write_promise(&mut self, callback: &Callback, who: u64) {
        let words = (self.word(&callback.region), self.word(&callback.skill));
        let course = promise(callback, words);
        let place = self.outcome.promises.len();
        self.outcome.promises.push(course);
        self.promised.insert(callback.reference, (place, who));
        self.open.insert(who, callback.reference);
    }

    /// Does what the book says.
    pub(super) fn carry_out_book(&mut self, action: Action) {
        match action {
            Action::Save(callback, change) => self.is_saved(&callback, &change),
            Action::Seek(callback) => {
                let region = RegionId::new(callback.region.as_str());
                let region = self.service.tables.region(&region);
                let order = region.map_or_else(CallbackOrder::default, |r| r.callback.order);
                self.seeks(&callback, About::Callback(order));
            }
            Action::Decide(callback) => self.seeks(&callback, About::Decision),
            Action::SeekAnew(callback) => {
                if self.queue.has_place(callback.reference) {
                    self.joins(&callback);
                }
            }
            Action::Stop(reference) => {
                self.tell(queue::Event::Left { ticket: reference });
                self.reach_ends(reference);
            }
            Action::RingCaller(callback) => self.rings_caller(callback.reference),
            Action::Attempted(..) | Action::AtRisk(_) | Action::Late(_) | Action::Ordered(..) => {}
        }
    }

    fn is_saved(&mut self, callback: &Callback, change: &Change) {
        let now = self.now;
        if callback.stage == CallbackStage::Done
            && let Some((_, who)) = self.promised.get(&callback.reference)
            && self.open.get(who) == Some(&callback.reference)
        {
            self.open.remove(&who.clone());
        }
        let Some(course) = self.promise(callback.reference) else {
            return;
        };
        course.deadline = callback.deadline;
        match change.what {
            What::Answered => course.reached_at = Some(now),
            What::Closed => {
                let how = ClosedHow::of_change(change);
                course.closed = Some(Closed { at: now, how });
            }
            _ => {}
        }
    }

    fn seeks(&mut self, callback: &Callback, about: About) {
        let before = self.reaches.get(&callback.reference);
        let (serial, tries) = before.map_or((0, 0), |reach| (reach.serial + 1, reach.tries));
        let reach = Reach {
            about,
            member: None,
            serial,
            tries: tries.max(callback.attempts as usize),
        };
        self.reaches.insert(callback.reference, reach);
        self.joins(callback);
    }

    fn joins(&mut self, callback: &Callback) {
        let (wanted, place) = callback.wanted();
        let ticket = callback.reference;
        self.tell(queue::Event::Joined {
            ticket,
            wanted,
            place,
        });
    }

    /// Whether whoever is offered this one is only held, and not rung: the caller is rung first.
    pub(super) fn is_held_for(&self, ticket: Reference) -> bool {
        let reach = self.reaches.get(&ticket);
        reach
            .is_some_and(|reach| matches!(reach.about, About::Callback(CallbackOrder::CallerFirst)))
    }

    /// Somebody has been found for whoever is to be called back.
    pub(super) fn reach_connected(&mut self, reference: Reference, member: usize) {
        let account = self.staff.account(member);
        let Some(reach) = self.reaches.get_mut(&reference) else {
            return;
        };
        reach.member = Some(member);
        match reach.about {
            About::Callback(_) => self.tell_book(Event::ClinicianReady(reference, account)),
            About::Decision => {
                let after = std::time::Duration::from_secs_f64(DECIDES);
                self.reach_over_after(reference, after);
            }
            About::Place => self.rings_caller(reference),
        }
    }

    fn reach_over_after(&mut self, reference: Reference, after: std::time::Duration) {
        let at = later(self.now, after);
        if let Some(reach) = self.reaches.get_mut(&reference) {
            reach.serial += 1;
            let next = Next::ReachOver(reference, reach.serial);
            self.agenda.plan(at, next);
        }
    }

    /// The numbers of whoever a reference is about: those of the call in which they were promised to be called.
    fn draws_of(&self, reference: Reference) -> Option<&Draws> {
        let call = self.calls.get(call_of(reference))?;
        Some(&call.person.draws)
    }

    fn rings_caller(&mut self, reference: Reference) {
        let rung = &self.people.scenario.rung;
        let Some(tries) = self.reaches.get(&reference).map(|reach| reach.tries) else {
            return;
        };
        let Some(draws) = self.draws_of(reference) else {
            return;
        };
        // Eight tries draw their own numbers; no one is tried more often in a day.
        let place = (tries % 8) * 3;
        let part = draws.get(For::Rung, place);
        let after = rung.answers_after.draw(draws.two(For::Rung, place + 1));
        let ring = self.service.settings.callback.ring.get();
        let (after, how) = match part {
            part if part < rung.answered && after <= ring => (after, Rung::Answered),
            part if part >= rung.answered && part < rung.answered + rung.engaged => {
                let after = std::time::Duration::from_secs_f64(ENGAGED);
                (after, Rung::Missed(Outcome::Busy))
            }
            _ => (ring, Rung::Missed(Outcome::NoAnswer)),
        };
        let at = later(self.now, after);
        if let Some(reach) = self.reaches.get_mut(&reference) {
            reach.tries += 1;
            reach.serial += 1;
            self.agenda
                .plan(at, Next::Rung(reference, reach.serial, how));
        }
    }

    pub(super) fn rung(&mut self, reference: Reference, serial: u32, rung: Rung) {
        let Some(reach) = self.reaches.get(&reference) else {
            return;
        };
        if reach.serial != serial {
            return;
        }
        let talk = self.people.scenario.rung.talk;
        let is_second = For::SecondTalk;
        match (&reach.about, rung) {
            (About::Place, rung) => self.place_rung(reference, rung),
            (About::Callback(CallbackOrder::CallerFirst), Rung::Answered) => {
                self.tell_book(Event::CallerAnswered(reference));
                let numbers = (self.number(), self.number());
                let after = self.people.scenario.phone.answers_after.draw(numbers);
                let at = later(self.now, after);
                self.agenda
                    .plan(at, Next::Rung(reference, serial, Rung::Brought));
            }
            (_, Rung::Answered | Rung::Brought) => {
                if rung == Rung::Answered {
                    self.tell_book(Event::CallerAnswered(reference));
                }
                let draws = self.draws_of(reference);
                let after = draws.map(|draws| talk.draw(draws.two(is_second, 0)));
                self.reach_over_after(reference, after.unwrap_or_default());
            }
            (_, Rung::Missed(outcome)) => {
                self.lets_reach_go(reference);
                self.tell_book(Event::CallerMissed(reference, outcome));
            }
        }
    }

    /// They have been spoken to, or it has been decided about them.
    pub(super) fn reach_over(&mut self, reference: Reference, serial: u32) {
        let Some(reach) = self.reaches.get(&reference) else {
            return;
        };
        if reach.serial != serial {
            return;
        }
        let account = reach.member.map(|member| self.staff.account(member));
        let account = account.unwrap_or_default();
        match reach.about {
            About::Place => self.place_over(reference),
            About::Callback(_) => {
                self.lets_reach_go(reference);
                self.tell_book(Event::Over(reference, By::Clinician(account)));
            }
            About::Decision => {
                let closes = self.number() < self.people.scenario.rung.closed;
                let decision = match closes {
                    true => Decision::Close,
                    false => Decision::TryNow,
                };
                self.lets_reach_go(reference);
                self.tell_book(Event::Decided(reference, decision, account));
            }
        }
    }

    /// Whoever was found is free again, and nobody waits for this any longer.
    fn lets_reach_go(&mut self, reference: Reference) {
        self.tell(queue::Event::Left { ticket: reference });
        self.reach_ends(reference);
    }

    pub(super) fn reach_ends(&mut self, reference: Reference) {
        if let Some(reach) = self.reaches.remove(&reference)
            && let Some(member) = reach.member
        {
            self.lets_go(member, false);
        }
    }

    /// Whoever had them was lost. The queue has them wait again, at their old place.
    pub(super) fn reach_waits_again(&mut self, reference: Reference) {
        let Some(reach) = self.reaches.get_mut(&reference) else {
            return;
        };
        reach.member = None;
        reach.serial += 1;
        if let About::Callback(_) = reach.about {
            // It is not the queue but the book that says when it is tried again.
            self.lets_reach_go(reference);
            match self.book.get(reference).map(|callback| callback.stage) {
                Some(CallbackStage::Talking) => self.tell_book(Event::BrokenOff(reference)),
                _ => self.tell_book(Event::ClinicianGone(reference)),
            }
        } else if let About::Decision = reach.about {
            self.lets_reach_go(reference);
            self.tell_book(Event::Undecided(reference));
        }
    }
}

fn promise(callback: &Callback, (region, skill): (Arc<str>, Arc<str>)) -> PromiseCourse {
    PromiseCourse {
        reference: callback.reference,
        region,
        skill,
        booked_at: callback.booked_at,
        deadline: callback.deadline,
        reached_at: None,
        closed: None,
    }
}
