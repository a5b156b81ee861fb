//! What the store promises, in the simplest way.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::identity::Reference;
use crate::queue::HandlerId;
use crate::queue::shared::*;

#[derive(Default)]
pub(super) struct Store {
    change: i64,
    pub(super) epochs: BTreeMap<String, i64>,
    pub(super) callers: BTreeMap<Reference, (CallerRow, i64)>,
    pub(super) handlers: BTreeMap<HandlerId, (HandlerRow, i64)>,
    pub(super) offers: BTreeMap<i64, (OfferRow, i64)>,
    gone_callers: BTreeMap<Reference, i64>,
    gone_handlers: BTreeMap<HandlerId, i64>,
}

impl Store {
    pub(super) fn live(&self) -> impl Iterator<Item = &OfferRow> {
        let offers = self.offers.values().map(|(offer, _)| offer);
        offers.filter(|offer| offer.ended.is_none())
    }

    fn is_busy(&self, handler: &HandlerId) -> bool {
        self.live().any(|offer| offer.handler == *handler)
    }

    fn talks(&self, ticket: Reference) -> bool {
        let mut live = self.live();
        live.any(|offer| offer.reference == ticket && offer.answered_at.is_some())
    }

    pub(super) fn perform(&mut self, node: &str, epoch: i64, now: Timestamp, op: &Op) -> Answer {
        self.change += 1;
        let is_epoch = self.epochs.get(node) == Some(&epoch);
        match op {
            Op::PutCaller(caller) => Answer::PutCaller(match is_epoch {
                true => self.put_caller(node, epoch, caller),
                false => PutCaller::Superseded,
            }),
            Op::RemoveCaller(ticket) => {
                let ours = |(row, _): &(CallerRow, i64)| row.node == node && row.epoch == epoch;
                let there = self.callers.get(ticket).is_some_and(ours);
                if there {
                    self.remove_caller(*ticket);
                }
                Answer::Was(there)
            }
            Op::PutHandler {
                handler,
                standing,
                desk,
            } => Answer::PutHandler(match is_epoch {
                true => self.put_handler(node, handler, standing, desk),
                false => PutHandler::Superseded,
            }),
            Op::RemoveHandler(handler) => {
                let row = self.handlers.get(handler);
                Answer::Removed(match row {
                    _ if !is_epoch => Removed::Superseded,
                    None => Removed::Gone,
                    Some((row, _)) if row.node != node => Removed::Elsewhere,
                    _ if self.is_busy(handler) => Removed::Busy,
                    _ => {
                        self.remove_handler(handler);
                        Removed::Gone
                    }
                })
            }
            Op::Offer {
                ticket,
                handler,
                until,
                claim,
            } => {
                let ends = (now, *until);
                Answer::Offered(self.offer(node, epoch, *ticket, handler, ends, *claim))
            }
            Op::Answer { id, .. } => Answer::Was(self.answer(*id, now)),
            Op::End {
                id, outcome, after, ..
            } => Answer::Was(self.end(*id, now, *outcome, after)),
        }
    }

    fn put_caller(&mut self, node: &str, epoch: i64, caller: &Caller) -> PutCaller {
        let ticket = caller.reference;
        if let Some((row, _)) = self.callers.get(&ticket) {
            let ours = row.node == node && row.epoch == epoch;
            let rung = self.live().any(|offer| offer.reference == ticket);
            let fetched = row.caller.kept && !caller.kept && !rung;
            if !ours && !fetched {
                return PutCaller::Elsewhere;
            }
        }
        let row = CallerRow {
            caller: caller.clone(),
            node: node.to_owned(),
            epoch,
        };
        self.gone_callers.remove(&ticket);
        self.callers.insert(ticket, (row, self.change));
        PutCaller::Stored
    }

    fn remove_caller(&mut self, ticket: Reference) {
        self.callers.remove(&ticket);
        self.gone_callers.insert(ticket, self.change);
    }

    fn remove_handler(&mut self, handler: &HandlerId) {
        self.handlers.remove(handler);
        self.gone_handlers.insert(handler.clone(), self.change);
    }

    fn put_handler(
        &mut self,
        node: &str,
        handler: &HandlerId,
        standing: &Standing,
        desk: &Desk,
    ) -> PutHandler {
        let busy = self.is_busy(handler);
        let before = self.handlers.get(handler).map(|(row, _)| row.clone());
        let mut row = before.unwrap_or(HandlerRow {
            handler: handler.clone(),
            node: node.to_owned(),
            standing: standing.clone(),
            calls: 0,
            desk: desk.clone(),
        });
        node.clone_into(&mut row.node);
        row.desk = desk.clone();
        if !busy {
            row.standing = standing.clone();
        }
        self.gone_handlers.remove(handler);
        self.handlers.insert(handler.clone(), (row, self.change));
        match busy {
            true => PutHandler::Busy,
            false => PutHandler::Stored,
        }
    }

    fn offer(
        &mut self,
        node: &str,
        epoch: i64,
        ticket: Reference,
        handler: &HandlerId,
        (now, until): (Timestamp, Timestamp),
        claim: bool,
    ) -> Offered {
        let ours = |(row, _): &(CallerRow, i64)| row.node == node && row.epoch == epoch;
        if self.epochs.get(node) != Some(&epoch) {
            return Offered::NotOwner;
        }
        if !self.callers.get(&ticket).is_some_and(ours) || !claim && self.talks(ticket) {
            return Offered::CallerGone;
        }
        let free = |standing: &Standing| {
            let passed = standing.until.is_none_or(|until| until <= now);
            let wrapped = standing.state == HandlerState::WrapUp && standing.until.is_some();
            passed && (standing.state == HandlerState::Available || wrapped)
        };
        let is_free = self
            .handlers
            .get(handler)
            .map(|(row, _)| free(&row.standing));
        if is_free != Some(true) || self.is_busy(handler) {
            return Offered::HandlerTaken;
        }
        let id = self.change;
        let offer = OfferRow {
            id,
            reference: ticket,
            handler: handler.clone(),
            node: node.to_owned(),
            epoch,
            offered_at: now,
            until,
            answered_at: None,
            ended: None,
        };
        self.offers.insert(id, (offer, id));
        self.stand(handler, HandlerState::Offered, now);
        Offered::Offered(id)
    }

    fn stand(&mut self, handler: &HandlerId, state: HandlerState, now: Timestamp) {
        if let Some((row, change)) = self.handlers.get_mut(handler) {
            let missed = row.standing.missed;
            row.standing = Standing {
                state,
                missed,
                ..Standing::available(now)
            };
            *change = self.change;
        }
    }

    fn answer(&mut self, id: i64, now: Timestamp) -> bool {
        let Some((offer, _)) = self.offers.get(&id) else {
            return false;
        };
        let (ticket, handler) = (offer.reference, offer.handler.clone());
        let owner = (offer.node.clone(), offer.epoch);
        let row = self.callers.get(&ticket);
        let there = row.is_some_and(|(row, _)| (row.node.clone(), row.epoch) == owner);
        if offer.ended.is_some() || !there || self.talks(ticket) {
            return false;
        }
        if let Some((offer, change)) = self.offers.get_mut(&id) {
            offer.answered_at = Some(now);
            *change = self.change;
        }
        self.stand(&handler, HandlerState::Talking, now);
        if let Some((row, _)) = self.handlers.get_mut(&handler) {
            row.calls += 1;
        }
        true
    }

    fn end(&mut self, id: i64, now: Timestamp, outcome: OfferOutcome, after: &After) -> bool {
        let Some((offer, change)) = self.offers.get_mut(&id) else {
            return false;
        };
        if offer.ended.is_some() {
            return false;
        }
        offer.ended = Some((now, outcome));
        *change = self.change;
        let handler = offer.handler.clone();
        match after {
            After::AsBefore => self.stand(&handler, HandlerState::Available, now),
            After::Standing(standing) => {
                if let Some((row, change)) = self.handlers.get_mut(&handler) {
                    row.standing = standing.clone();
                    *change = self.change;
                }
            }
            After::Gone => self.remove_handler(&handler),
        }
        true
    }

    pub(super) fn changes(&self, since: i64) -> Changes {
        let newer = |change: &i64| *change > since;
        let offers = self.offers.values().filter(|(_, change)| newer(change));
        let offers = offers.filter(|(offer, _)| since > 0 || offer.ended.is_none());
        let handlers = self.handlers.values().filter(|(_, change)| newer(change));
        let callers = self.callers.values().filter(|(_, change)| newer(change));
        let gone_callers = self.gone_callers.iter().filter(|(_, change)| newer(change));
        let gone_handlers = self
            .gone_handlers
            .iter()
            .filter(|(_, change)| newer(change));
        Changes {
            upto: self.change,
            anew: since == 0,
            gone_callers: gone_callers.map(|(ticket, _)| *ticket).collect(),
            gone_handlers: gone_handlers.map(|(handler, _)| handler.clone()).collect(),
            callers: callers.map(|(row, _)| row.clone()).collect(),
            handlers: handlers.map(|(row, _)| row.clone()).collect(),
            offers: offers.map(|(row, _)| row.clone()).collect(),
        }
    }

    pub(super) fn mine(&self, node: &str, epoch: i64) -> Mine {
        let callers = self.callers.values().map(|(row, _)| row);
        let callers = callers.filter(|row| row.node == node && row.epoch == epoch);
        let offers = self.live().filter(|o| o.node == node && o.epoch == epoch);
        Mine {
            callers: callers.cloned().collect(),
            offers: offers.cloned().collect(),
        }
    }

    /// Ends what a node answered for; its callers with a number go to another. Gives them.
    pub(super) fn settle(&mut self, from: &str, to: (&str, i64), now: Timestamp) -> Vec<CallerRow> {
        self.change += 1;
        let live = self.live().filter(|offer| offer.node == from);
        let live: Vec<i64> = live.map(|offer| offer.id).collect();
        for id in live {
            self.end(id, now, OfferOutcome::NodeLost, &After::AsBefore);
        }
        let theirs = self.callers.values().map(|(row, _)| row);
        let theirs: Vec<CallerRow> = theirs.filter(|row| row.node == from).cloned().collect();
        let mut kept = Vec::new();
        for mut row in theirs {
            let ticket = row.caller.reference;
            if row.caller.contact.number.is_none() || row.caller.contact.promised {
                self.remove_caller(ticket);
                continue;
            }
            (row.node, row.epoch, row.caller.kept) = (to.0.to_owned(), to.1, true);
            self.callers.insert(ticket, (row.clone(), self.change));
            kept.push(row);
        }
        let change = self.change;
        for (row, changed) in self.handlers.values_mut() {
            if row.node == from && from != to.0 {
                to.0.clone_into(&mut row.node);
                *changed = change;
            }
        }
        kept
    }
}
