//! What the other nodes have done, and being together with them or alone.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::identity::Reference;

use super::super::elsewhere::{Elsewhere, Seen};
use super::super::event::{Action, Event};
use super::super::handler::{Handler, HandlerId, Held, State};
use super::super::machine::later;
use super::machine::Shared;
use super::op::{Op, Step};
use super::rows::{CallerRow, Changes, HandlerRow, Mine, OfferRow};
use super::standing;

/// So often it is looked who has gone without a word.
const SWEEP: SignedDuration = SignedDuration::from_secs(30);
/// Alone, a handler who was with another node's caller is not rung before then.
const UNHEARD_OF: Duration = Duration::from_secs(60);

impl Shared {
    /// The store is there, or there again, and the node has entered: all that it knows, and what it knows
    /// to be this node's. Whatever differs from what is so here is put right.
    pub fn together(&mut self, now: Timestamp, all: Changes, mine: Mine) -> Step {
        let mut step = Step::default();
        self.alone = false;
        for own in self.own.values_mut() {
            (own.stored, own.asked, own.answered_by) = (None, None, None);
        }
        for row in mine.callers {
            match self.own.get_mut(&row.caller.reference) {
                Some(own) => own.stored = Some(Box::new(row.caller)),
                None => step.ops.push(Op::RemoveCaller(row.caller.reference)),
            }
        }
        for member in self.staff.values_mut() {
            (member.row, member.offer) = (None, None);
            (member.asked, member.unseen, member.refused) = (false, false, None);
            // Whoever took over meanwhile has them only while their phone is not here.
            member.claims = member.signed_in;
        }
        let fresh = std::mem::replace(&mut self.fresh, false);
        self.take_in(now, all, fresh, &mut step);
        let tickets: Vec<Reference> = self.own.keys().copied().collect();
        for ticket in tickets {
            self.put_right(now, ticket, &mut step);
        }
        let staff: Vec<HandlerId> = self.staff.keys().cloned().collect();
        for handler in staff {
            self.settle(now, &handler, &mut step);
        }
        step
    }

    /// What others have done, and what this node has done itself.
    pub fn changed(&mut self, now: Timestamp, changes: Changes) -> Step {
        let mut step = Step::default();
        if self.alone {
            return step;
        }
        self.take_in(now, changes, true, &mut step);
        if now.duration_since(self.swept) >= SWEEP {
            self.swept = now;
            self.sweep(now, &mut step);
        }
        step
    }

    /// The store does not answer: from now on this node serves its own callers with its own handlers.
    /// Whatever it was asked and has not answered is as if it had not been asked.
    pub fn alone(&mut self, now: Timestamp) -> Step {
        let mut step = Step::default();
        if std::mem::replace(&mut self.alone, true) {
            return step;
        }
        let theirs: Vec<Reference> = self.theirs.drain().map(|(ticket, _)| ticket).collect();
        for ticket in theirs {
            self.tell(now, Event::Left { ticket }, &mut step);
        }
        let members: Vec<HandlerId> = self.staff.keys().cloned().collect();
        for id in members {
            self.is_alone(now, &id, &mut step);
        }
        for (handler, ticket) in std::mem::take(&mut self.held) {
            let here = self.staff.get(&handler).is_some_and(|m| m.signed_in);
            if here {
                step.actions.push(Action::Offer { ticket, handler });
            } else {
                self.tell(now, Event::Contended { handler, ticket }, &mut step);
            }
        }
        self.own.retain(|_, own| !own.is_over());
        step
    }

    /// Whoever is with another node is not known any longer.
    fn is_alone(&mut self, now: Timestamp, id: &HandlerId, step: &mut Step) {
        let Some(member) = self.staff.get_mut(id) else {
            return;
        };
        (member.asked, member.unseen) = (false, false);
        let handler = self.queue.pool.get(id);
        let there = handler.is_some_and(|handler| handler.held == Held::There);
        let seen = match (member.signed_in, handler) {
            (true, Some(handler)) if there => Some(Seen {
                profile: member.desk.profile.clone(),
                state: State::Available {
                    since: now,
                    from: Some(later(now, UNHEARD_OF)),
                },
                missed: handler.missed,
                calls: handler.calls,
            }),
            (true, _) => return,
            (false, _) => None,
        };
        let rings = handler.is_some_and(Handler::is_busy);
        if seen.is_none() && !rings {
            self.staff.remove(id);
        }
        let handler = id.clone();
        self.tell(now, Event::Seen { handler, seen }, step);
    }

    fn take_in(&mut self, now: Timestamp, changes: Changes, look: bool, step: &mut Step) {
        let mut news: BTreeSet<HandlerId> = BTreeSet::new();
        if changes.anew {
            self.forget_missing(now, &changes, &mut news, step);
        }
        for ticket in changes.gone_callers {
            self.caller_is_gone(now, ticket, step);
        }
        for handler in changes.gone_handlers {
            if let Some(member) = self.staff.get_mut(&handler) {
                member.row = None;
                news.insert(handler);
            }
        }
        for row in changes.callers {
            self.caller_is_there(now, row, step);
        }
        for row in changes.handlers {
            news.insert(row.handler.clone());
            self.handler_is_there(row);
        }
        for offer in changes.offers {
            news.insert(offer.handler.clone());
            self.offer_is_there(now, offer, step);
        }
        for handler in news {
            let with_theirs = self.staff.get(&handler).is_some_and(|member| {
                let offer = member.offer.as_ref();
                offer.is_some_and(|offer| offer.node != self.node)
            });
            let here = self.staff.get(&handler).is_some_and(|m| m.signed_in);
            // What is so here since the store was away goes before what it says.
            if look || with_theirs || !here {
                self.see(now, &handler, step);
            }
        }
    }

    /// What is known from before and is not there any more has gone.
    fn forget_missing(
        &mut self,
        now: Timestamp,
        all: &Changes,
        news: &mut BTreeSet<HandlerId>,
        step: &mut Step,
    ) {
        let there: BTreeSet<Reference> = all.callers.iter().map(|r| r.caller.reference).collect();
        let gone = self.theirs.keys().filter(|ticket| !there.contains(ticket));
        let gone: Vec<Reference> = gone.copied().collect();
        for ticket in gone {
            self.caller_is_gone(now, ticket, step);
        }
        let rows: BTreeSet<&HandlerId> = all.handlers.iter().map(|row| &row.handler).collect();
        let offers: BTreeSet<i64> = all.offers.iter().map(|offer| offer.id).collect();
        for (id, member) in &mut self.staff {
            if !rows.contains(id) && member.row.take().is_some() {
                news.insert(id.clone());
            }
            let over = member.offer.take_if(|offer| !offers.contains(&offer.id));
            if over.is_some() {
                news.insert(id.clone());
            }
        }
    }

    fn caller_is_gone(&mut self, now: Timestamp, ticket: Reference, step: &mut Step) {
        if self.theirs.remove(&ticket).is_some() {
            self.tell(now, Event::Left { ticket }, step);
        } else if let Some(own) = self.own.get_mut(&ticket)
            && own.asked.is_none()
        {
            own.stored = None;
            self.put_right(now, ticket, step);
        }
    }

    fn caller_is_there(&mut self, now: Timestamp, row: CallerRow, step: &mut Step) {
        let ticket = row.caller.reference;
        let ours = row.node == self.node;
        if let Some(own) = self.own.get_mut(&ticket) {
            if !ours && own.asked.is_none() {
                own.stored = None;
            }
            return self.put_right(now, ticket, step);
        }
        if ours && !row.caller.kept && !self.left_behind.contains(&ticket) {
            // Stored after all, when nobody waited for it any more.
            step.ops.push(Op::RemoveCaller(ticket));
        }
        if ours {
            // Let go here, or about to be taken up.
            if self.theirs.remove(&ticket).is_some() {
                self.tell(now, Event::Left { ticket }, step);
            }
            return;
        }
        let caller = Elsewhere {
            wanted: row.caller.wanted.clone(),
            place: row.caller.place,
            since: row.caller.since,
            not_before: row.caller.not_before,
            kept: row.caller.kept.then_some(row.caller.tries),
        };
        self.theirs.insert(ticket, row);
        self.tell(now, Event::Elsewhere { ticket, caller }, step);
    }

    fn handler_is_there(&mut self, row: HandlerRow) {
        let member = self.staff.entry(row.handler.clone()).or_default();
        if !member.signed_in {
            member.desk = row.desk.clone();
        }
        member.signed_out &= row.node == self.node;
        member.row = Some(row);
    }

    fn offer_is_there(&mut self, now: Timestamp, offer: OfferRow, step: &mut Step) {
        let (ticket, handler) = (offer.reference, offer.handler.clone());
        let member = self.staff.entry(handler.clone()).or_default();
        if offer.ended.is_some() {
            let is_it = member.offer.as_ref().is_some_and(|o| o.id == offer.id);
            if is_it && (!member.asked || offer.node != self.node) {
                member.offer = None;
                self.is_free_of(now, &handler, ticket, step);
            }
            // Another node had a caller of ours, and may let them go now.
            if offer.node != self.node {
                self.put_right(now, ticket, step);
            }
            return;
        }
        let answered = offer.answered_at.is_some();
        let ours = offer.node == self.node;
        member.offer = Some(offer);
        if answered && ours {
            if let Some(own) = self.own.get_mut(&ticket) {
                own.answered_by = Some(handler);
                own.talked = true;
            }
        } else if answered && self.theirs.contains_key(&ticket) {
            // They wait again when their node says so anew.
            self.tell(now, Event::Left { ticket }, step);
        }
    }

    /// Tells the machine how a handler stands by the rows.
    pub(super) fn see(&mut self, now: Timestamp, id: &HandlerId, step: &mut Step) {
        let leaves = self.is_leaving_for_nothing(id);
        let Some(member) = self.staff.get_mut(id) else {
            return;
        };
        member.unseen = member.asked;
        if member.asked {
            return;
        }
        let offer = member.offer.as_ref();
        let ours = offer.is_some_and(|offer| offer.node == self.node);
        let home = member.row.as_ref().is_none_or(|row| row.node == self.node);
        let left = home && offer.is_none() && member.has_left(now);
        let seen = match &member.row {
            // Put in again in a moment.
            None if member.signed_in => return self.settle(now, id, step),
            None => None,
            Some(_) if left => None,
            Some(_) if ours && !leaves => return self.settle(now, id, step),
            Some(row) => match standing::state(&row.standing, offer) {
                Some(state) => Some(Seen {
                    profile: member.desk.profile.clone(),
                    state,
                    missed: row.standing.missed,
                    calls: row.calls.into(),
                }),
                // Busy by an offer that is heard of later.
                None => return,
            },
        };
        let handler = id.clone();
        self.tell(now, Event::Seen { handler, seen }, step);
        self.settle(now, id, step);
    }

    /// Whoever talks here and was to go afterwards, because the store was away, though they are there.
    fn is_leaving_for_nothing(&self, id: &HandlerId) -> bool {
        let handler = self.queue.pool.get(id);
        handler.is_some_and(|handler| handler.leaving && handler.is_busy())
    }

    /// Takes out whoever is this node's to look after, though their phones are not here, once those have
    /// gone.
    fn sweep(&mut self, now: Timestamp, step: &mut Step) {
        let gone = self.staff.iter().filter(|(_, member)| {
            let row = member.row.as_ref();
            row.is_some_and(|row| row.node == self.node) && member.has_left(now)
        });
        let gone: Vec<HandlerId> = gone.map(|(id, _)| id.clone()).collect();
        for id in gone {
            self.see(now, &id, step);
        }
    }
}
