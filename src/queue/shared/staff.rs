//! Everybody who answers: what of them stands in the store, and what is to stand there.

use jiff::Timestamp;

use crate::identity::Reference;

use super::super::event::{Action, Event};
use super::super::handler::{HandlerId, Held, State};
use super::machine::Shared;
use super::op::{Op, Step};
use super::own::Own;
use super::rows::{
    After, Desk, HandlerRow, HandlerState, OfferOutcome, OfferRow, Offered, PutHandler, Removed,
    Standing,
};
use super::standing;

/// Somebody who answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Member {
    /// What they can do and their phones, as it is known here.
    pub(super) desk: Desk,
    /// Their phone is registered here.
    pub(super) signed_in: bool,
    /// Their phone has registered here, and the store has not heard of it.
    pub(super) claims: bool,
    /// Their phone was registered here and has gone.
    pub(super) signed_out: bool,
    /// As the store has them.
    pub(super) row: Option<HandlerRow>,
    /// Their live offer in the store, whoever made it.
    pub(super) offer: Option<OfferRow>,
    /// The store has been asked something about them and has not yet answered.
    pub(super) asked: bool,
    /// A row has come meanwhile, and has not been looked at.
    pub(super) unseen: bool,
    /// The store has refused that they are with this caller, who talks with them all the same.
    pub(super) refused: Option<Reference>,
}

/// What a handler is to be in the store.
enum Wish {
    /// With a caller of ours: ringing, talking, or held while another handler still has the caller.
    Busy(Reference, Busy),
    /// Neither ringing nor talking.
    Idle(Standing),
    /// What another node has begun is that node's affair.
    Theirs,
    /// Not there.
    Absent,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Busy {
    Rings,
    Talks,
    IsHeld,
}

impl Shared {
    fn wish(&self, now: Timestamp, id: &HandlerId) -> Wish {
        let row = self.staff.get(id).and_then(|member| member.row.as_ref());
        let row = row.map(|row| &row.standing);
        let Some(handler) = self.queue.pool.get(id) else {
            return Wish::Absent;
        };
        match (&handler.state, handler.held) {
            (_, Held::There) => Wish::Theirs,
            (State::Offered { idle_since, .. }, Held::Left) => {
                let mut standing = Standing::available(*idle_since);
                standing.missed = handler.missed;
                Wish::Idle(standing)
            }
            (State::Offered { ticket, .. }, _) => Wish::Busy(*ticket, Busy::Rings),
            (State::Talking { ticket, .. }, _) => {
                let talk = self.queue.talking.get(ticket);
                let with_another = talk.is_some_and(|talk| talk.handler != *id);
                let held = with_another && handler.idle;
                Wish::Busy(*ticket, if held { Busy::IsHeld } else { Busy::Talks })
            }
            _ => match standing::row(handler, row, now) {
                Some(standing) => Wish::Idle(standing),
                None => Wish::Theirs,
            },
        }
    }

    /// Asks the store for what is not there as it is here.
    pub(super) fn settle(&mut self, now: Timestamp, id: &HandlerId, step: &mut Step) {
        if self.alone {
            return;
        }
        let wish = self.wish(now, id);
        if !matches!(wish, Wish::Busy(..))
            && let Some(member) = self.staff.get_mut(id)
            && member.refused.take().is_some()
        {
            // What was heard of them meanwhile was not looked at.
            member.unseen = true;
        }
        let Some(member) = self.staff.get(id).filter(|member| !member.asked) else {
            return;
        };
        let ours = |offer: &&OfferRow| offer.node == self.node;
        if let Wish::Busy(ticket, Busy::Rings) = wish
            && self.own.get(&ticket).is_some_and(Own::is_elsewhere)
        {
            return self.rings_untold(now, id, ticket, step);
        }
        let op = match member.offer.as_ref().filter(ours) {
            Some(offer) => self.about_offer(now, id, offer, wish),
            None => self.without_offer(now, id, member, wish),
        };
        let Some(member) = self.staff.get_mut(id) else {
            return;
        };
        match op {
            Some(op) => {
                member.asked = true;
                step.ops.push(op);
            }
            None if member.is_nobody() && self.queue.pool.get(id).is_none() => {
                self.staff.remove(id);
            }
            None if member.unseen => self.see(now, id, step),
            None => {}
        }
    }

    /// Another node has a caller who is on the line here: they are served without the store's knowing.
    fn rings_untold(&mut self, now: Timestamp, id: &HandlerId, ticket: Reference, step: &mut Step) {
        if self.held.remove(id).is_none() {
            return;
        }
        let handler = id.clone();
        match self.staff.get(id).is_some_and(|member| member.signed_in) {
            true => step.actions.push(Action::Offer { ticket, handler }),
            false => self.tell(now, Event::Contended { handler, ticket }, step),
        }
    }

    /// What is to be said of a live offer of ours.
    fn about_offer(
        &self,
        now: Timestamp,
        id: &HandlerId,
        offer: &OfferRow,
        wish: Wish,
    ) -> Option<Op> {
        let handler = id.clone();
        let answered = offer.answered_at.is_some();
        let after = match wish {
            // Who talked with them before and rings for them anew has first to be done with that.
            Wish::Busy(ticket, busy)
                if ticket == offer.reference && (busy == Busy::Talks || !answered) =>
            {
                let own = self.own.get(&ticket);
                let with_another = own.is_some_and(|own| own.answered_by.is_some());
                let answers = busy == Busy::Talks && !answered && !with_another;
                return answers.then_some(Op::Answer {
                    id: offer.id,
                    handler,
                });
            }
            Wish::Idle(standing) => After::Standing(standing),
            Wish::Busy(..) | Wish::Theirs => After::AsBefore,
            Wish::Absent => After::Gone,
        };
        let outcome = match &after {
            _ if answered => OfferOutcome::Talked,
            After::Standing(standing) if standing.is_missed() && now >= offer.until => {
                OfferOutcome::Missed
            }
            After::Standing(standing) if standing.is_missed() => OfferOutcome::Refused,
            _ => OfferOutcome::Withdrawn,
        };
        Some(Op::End {
            id: offer.id,
            handler,
            outcome,
            after,
        })
    }

    /// What is to be said of somebody who has no live offer of ours.
    fn without_offer(
        &self,
        now: Timestamp,
        id: &HandlerId,
        member: &Member,
        wish: Wish,
    ) -> Option<Op> {
        let handler = id.clone();
        match wish {
            Wish::Busy(ticket, busy) => {
                let own = self.own.get(&ticket)?;
                if !own.is_known() || own.gone || member.refused == Some(ticket) {
                    return None;
                }
                let home = member.row.as_ref();
                let home = home.map_or(member.signed_in, |row| row.node == self.node);
                if home && let Some(put) = self.put_before(now, id, member) {
                    return Some(put);
                }
                let claim = own.answered_by.as_ref().is_some_and(|other| other != id);
                let until = self.rings_until(now, id, busy);
                Some(Op::Offer {
                    ticket,
                    handler,
                    until,
                    claim,
                })
            }
            Wish::Absent if member.signed_in => None,
            Wish::Absent => {
                let row = member.row.as_ref()?;
                (row.node == self.node && member.offer.is_none())
                    .then_some(Op::RemoveHandler(handler))
            }
            Wish::Theirs => self.desk_is_news(member).then(|| Op::PutHandler {
                handler,
                standing: Standing::available(now),
                desk: member.desk.clone(),
            }),
            Wish::Idle(standing) => {
                let row = member.row.as_ref();
                let same = row.is_some_and(|row| standing::is_same(&row.standing, &standing, now));
                let home = row.map_or(member.signed_in, |row| row.node == self.node);
                let home = home || member.signed_in && member.claims;
                let news = !same || self.desk_is_news(member);
                (home && news).then(|| Op::PutHandler {
                    handler,
                    standing,
                    desk: member.desk.clone(),
                })
            }
        }
    }

    /// What the store has to know first of somebody who is to ring: that they are free.
    fn put_before(&self, now: Timestamp, id: &HandlerId, member: &Member) -> Option<Op> {
        let since = match self.queue.pool.get(id).map(|handler| &handler.state) {
            Some(State::Offered { idle_since, .. }) => *idle_since,
            _ => now,
        };
        let standing = Standing::available(since);
        let row = member.row.as_ref();
        let free = row.is_some_and(|row| row.standing.is_free(now));
        (!free).then(|| Op::PutHandler {
            handler: id.clone(),
            standing,
            desk: member.desk.clone(),
        })
    }

    /// Whether the store does not know yet what is known here of somebody whose phone is here.
    fn desk_is_news(&self, member: &Member) -> bool {
        // Where a phone has registered at another node since, that node has the row.
        let is_news = |row: &HandlerRow| match row.node == self.node {
            true => row.desk != member.desk,
            false => member.claims,
        };
        member.signed_in && member.row.as_ref().is_none_or(is_news)
    }

    /// Whoever is held for a caller may be so for as long as the two who talk about them like.
    fn rings_until(&self, now: Timestamp, id: &HandlerId, busy: Busy) -> Timestamp {
        let state = self.queue.pool.get(id).map(|handler| &handler.state);
        match (state, busy) {
            (Some(State::Offered { until, .. }), Busy::Rings) => *until,
            _ => super::super::machine::later(now, super::machine::CLAIM),
        }
    }

    /// The store has answered to [`Op::Offer`].
    pub(super) fn is_offered(&mut self, now: Timestamp, op: &Op, answer: Offered, step: &mut Step) {
        let Op::Offer {
            ticket,
            handler,
            until,
            ..
        } = op
        else {
            return;
        };
        let Some(member) = self.staff.get_mut(handler) else {
            return;
        };
        member.asked = false;
        match answer {
            Offered::Offered(id) => {
                member.offer = Some(OfferRow {
                    id,
                    reference: *ticket,
                    handler: handler.clone(),
                    node: self.node.clone(),
                    epoch: 0,
                    offered_at: now,
                    until: *until,
                    answered_at: None,
                    ended: None,
                });
                if self.held.get(handler) == Some(ticket) {
                    self.held.remove(handler);
                    step.actions.push(Action::Offer {
                        ticket: *ticket,
                        handler: handler.clone(),
                    });
                }
            }
            Offered::NotOwner => step.superseded = true,
            Offered::HandlerTaken | Offered::CallerGone => {
                member.refused = Some(*ticket);
                // What was heard of them while they rang here was not looked at.
                let row = member.row.as_ref();
                member.unseen |= row.is_some_and(|row| !row.standing.is_free(now));
                if answer == Offered::CallerGone
                    && let Some(own) = self.own.get_mut(ticket)
                    && own.answered_by.is_none()
                {
                    own.stored = None;
                    self.put_right(now, *ticket, step);
                }
                let (handler, ticket) = (handler.clone(), *ticket);
                self.talks_untold(now, &handler, ticket, step);
                self.tell(now, Event::Contended { handler, ticket }, step);
            }
        }
        self.look_again(now, handler, step);
    }

    /// The store has answered to [`Op::Answer`].
    pub(super) fn is_answered(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        (number, was): (i64, bool),
        step: &mut Step,
    ) {
        let Some(member) = self.staff.get_mut(id) else {
            return;
        };
        member.asked = false;
        if let Some(offer) = member.offer.as_mut().filter(|offer| offer.id == number) {
            let ticket = offer.reference;
            match (was, self.own.get_mut(&ticket)) {
                (true, Some(own)) => {
                    offer.answered_at = Some(now);
                    own.talked = true;
                    own.answered_by = Some(id.clone());
                }
                (true, None) => offer.answered_at = Some(now),
                (false, _) => {
                    // The two talk all the same: whoever speaks with somebody is not cut off.
                    member.offer = None;
                    member.refused = Some(ticket);
                }
            }
            if !was {
                self.talks_untold(now, id, ticket, step);
            }
            self.put_right(now, ticket, step);
        }
        self.look_again(now, id, step);
    }

    /// The store has answered to [`Op::End`]; `after` where there was anything to end.
    pub(super) fn is_ended(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        (number, after): (i64, Option<&After>),
        step: &mut Step,
    ) {
        let Some(member) = self.staff.get_mut(id) else {
            return;
        };
        member.asked = false;
        // Somebody else has ended it already, and they stand as was heard since.
        member.unseen |= after.is_none();
        match (after, &mut member.row) {
            (Some(After::Standing(standing)), Some(row)) => row.standing = standing.clone(),
            (Some(After::Gone), row) => *row = None,
            _ => {}
        }
        if let Some(offer) = member.offer.take_if(|offer| offer.id == number) {
            self.is_free_of(now, id, offer.reference, step);
        }
        self.look_again(now, id, step);
    }

    /// A caller is no longer with a handler; somebody else may be waiting to be theirs.
    pub(super) fn is_free_of(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        step: &mut Step,
    ) {
        let Some(own) = self.own.get_mut(&ticket) else {
            return;
        };
        if own.answered_by.as_ref() != Some(id) {
            return;
        }
        own.answered_by = None;
        // They wait already where somebody else was sought for them: the others are to hear of it again.
        own.talked = true;
        let with = |member: &Member| {
            let offer = member.offer.as_ref();
            offer.is_some_and(|offer| offer.reference == ticket)
        };
        let others = self.staff.iter().filter(|(_, member)| with(member));
        let others: Vec<HandlerId> = others.map(|(id, _)| id.clone()).collect();
        for other in others {
            self.settle(now, &other, step);
        }
        self.put_right(now, ticket, step);
    }

    /// The store has answered to [`Op::PutHandler`].
    pub(super) fn handler_is_put(
        &mut self,
        now: Timestamp,
        op: &Op,
        answer: PutHandler,
        step: &mut Step,
    ) {
        let Op::PutHandler {
            handler,
            standing,
            desk,
        } = op
        else {
            return;
        };
        let node = self.node.clone();
        let Some(member) = self.staff.get_mut(handler) else {
            return;
        };
        member.asked = false;
        if answer == PutHandler::Superseded {
            step.superseded = true;
            return;
        }
        let row = member.row.get_or_insert_with(|| HandlerRow {
            handler: handler.clone(),
            node: String::new(),
            standing: standing.clone(),
            calls: 0,
            desk: desk.clone(),
        });
        row.node = node;
        row.desk = desk.clone();
        member.claims = false;
        // Of whoever is busy the standing is not stored, and what they do is heard of soon.
        row.standing = standing.clone();
        self.look_again(now, handler, step);
    }

    /// The store has answered to [`Op::RemoveHandler`].
    pub(super) fn handler_is_removed(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        answer: Removed,
        step: &mut Step,
    ) {
        let Some(member) = self.staff.get_mut(id) else {
            return;
        };
        member.asked = false;
        match answer {
            Removed::Superseded => {
                step.superseded = true;
                return;
            }
            // Asked again when they are heard of.
            Removed::Busy if !member.unseen => return,
            Removed::Busy => {}
            // Unless it has been heard of meanwhile where they are.
            Removed::Gone | Removed::Elsewhere => {
                let _ = member.row.take_if(|row| row.node == self.node);
            }
        }
        self.look_again(now, id, step);
    }

    /// Looks at what has come while the store was asked, and asks for what is still missing.
    fn look_again(&mut self, now: Timestamp, id: &HandlerId, step: &mut Step) {
        self.settle(now, id, step);
        let unseen = self.staff.get(id).is_some_and(|m| m.unseen && !m.asked);
        if unseen {
            self.see(now, id, step);
        }
    }
}

impl Member {
    /// Nothing is known of them any more.
    fn is_nobody(&self) -> bool {
        !self.signed_in && self.row.is_none() && self.offer.is_none() && !self.asked
    }

    /// No phone of theirs is there any more, as far as this node knows.
    pub(super) fn has_left(&self, now: Timestamp) -> bool {
        let phones = &self.desk.phones;
        !self.signed_in && (self.signed_out || phones.iter().all(|phone| phone.expires <= now))
    }
}

impl Standing {
    /// They can be offered somebody by now.
    fn is_free(&self, now: Timestamp) -> bool {
        let passed = self.until.is_none_or(|until| until <= now);
        match self.state {
            HandlerState::Available => passed,
            HandlerState::WrapUp => self.until.is_some() && passed,
            HandlerState::Offered | HandlerState::Talking | HandlerState::NotReady => false,
        }
    }

    /// They have not taken the last offer: a breath, or more.
    fn is_missed(&self) -> bool {
        self.missed > 0
    }
}
