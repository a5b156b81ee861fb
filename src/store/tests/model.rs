//! What the shared queue should do, told once more in the simplest way: plain maps and one step after
//! the other.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::*;
use crate::identity::Reference;
use crate::queue::HandlerId;
use crate::queue::shared::*;

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) epoch: i64,
    /// The lease has run out.
    pub(super) dead: bool,
    /// Another has taken over.
    pub(super) taken: bool,
}

/// A live offer.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) row: OfferRow,
    idle_since: Timestamp,
    pub(super) overdue: bool,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) nodes: BTreeMap<String, Node>,
    pub(super) callers: BTreeMap<Reference, CallerRow>,
    pub(super) handlers: BTreeMap<HandlerId, HandlerRow>,
    pub(super) offers: BTreeMap<i64, Live>,
    /// How offers have ended, since what has ended was last forgotten.
    pub(super) outcomes: BTreeMap<OfferOutcome, u64>,
}

impl Model {
    pub(super) fn is_current(&self, node: &str, epoch: i64) -> bool {
        self.nodes.get(node).is_some_and(|node| node.epoch == epoch)
    }

    fn is_busy(&self, handler: &HandlerId) -> bool {
        self.offers
            .values()
            .any(|live| &live.row.handler == handler)
    }

    fn is_free(&self, handler: &HandlerId, now: Timestamp) -> bool {
        let Some(row) = self.handlers.get(handler) else {
            return false;
        };
        match (row.standing.state, row.standing.until) {
            (HandlerState::Available, until) => until.is_none_or(|until| until <= now),
            (HandlerState::WrapUp, until) => until.is_some_and(|until| until <= now),
            _ => false,
        }
    }

    fn talks(&self, reference: Reference) -> bool {
        self.offers_for(reference)
            .any(|live| live.row.answered_at.is_some())
    }

    fn offers_for(&self, reference: Reference) -> impl Iterator<Item = &Live> {
        let live = self.offers.values();
        live.filter(move |live| live.row.reference == reference)
    }

    pub(super) fn enter(&mut self, node: &str, now: Timestamp) -> i64 {
        let epoch = self.nodes.get(node).map_or(1, |node| node.epoch + 1);
        let begun = Node {
            epoch,
            dead: false,
            taken: false,
        };
        self.nodes.insert(node.into(), begun);
        self.settle(node, node, epoch, now);
        epoch
    }

    pub(super) fn renew(&mut self, name: &str, epoch: i64) -> Renewed {
        match self.nodes.get_mut(name) {
            Some(node) if node.epoch == epoch => {
                node.dead = false;
                Renewed::Renewed
            }
            _ => Renewed::Superseded,
        }
    }

    pub(super) fn put_caller(&mut self, node: &str, epoch: i64, caller: &Caller) -> PutCaller {
        if !self.is_current(node, epoch) {
            return PutCaller::Superseded;
        }
        let rung = self.offers_for(caller.reference).next().is_some();
        let allowed = self.callers.get(&caller.reference).is_none_or(|row| {
            let own = row.node == node && row.epoch == epoch;
            own || row.caller.kept && !caller.kept && !rung
        });
        if !allowed {
            return PutCaller::Elsewhere;
        }
        let row = CallerRow {
            caller: caller.clone(),
            node: node.into(),
            epoch,
        };
        self.callers.insert(caller.reference, row);
        PutCaller::Stored
    }

    pub(super) fn remove_caller(&mut self, node: &str, epoch: i64, reference: Reference) -> bool {
        let row = self.callers.get(&reference);
        let own = row.is_some_and(|row| row.node == node && row.epoch == epoch);
        own && self.callers.remove(&reference).is_some()
    }

    pub(super) fn put_handler(
        &mut self,
        node: &str,
        epoch: i64,
        handler: &HandlerId,
        standing: &Standing,
        desk: &Desk,
    ) -> PutHandler {
        if !self.is_current(node, epoch) {
            return PutHandler::Superseded;
        }
        let busy = self.is_busy(handler);
        let row = self.handlers.entry(handler.clone());
        let row = row.or_insert_with(|| HandlerRow {
            handler: handler.clone(),
            node: node.into(),
            standing: standing.clone(),
            calls: 0,
            desk: desk.clone(),
        });
        row.node = node.into();
        row.desk = desk.clone();
        if busy {
            return PutHandler::Busy;
        }
        row.standing = standing.clone();
        PutHandler::Stored
    }

    pub(super) fn remove_handler(
        &mut self,
        node: &str,
        epoch: i64,
        handler: &HandlerId,
    ) -> Removed {
        if !self.is_current(node, epoch) {
            return Removed::Superseded;
        }
        match self.handlers.get(handler) {
            None => Removed::Gone,
            Some(row) if row.node != node => Removed::Elsewhere,
            Some(_) if self.is_busy(handler) => Removed::Busy,
            Some(_) => {
                self.handlers.remove(handler);
                Removed::Gone
            }
        }
    }

    /// What an offer should come to; `id` is the number of a new one.
    pub(super) fn offer(&mut self, mut row: OfferRow, id: i64, claim: bool) -> Offered {
        let (now, reference) = (row.offered_at, row.reference);
        let same = self.offers_for(reference).find(|live| {
            live.row.handler == row.handler
                && (&live.row.node, live.row.epoch) == (&row.node, row.epoch)
                && live.row.answered_at.is_none()
        });
        if let Some(live) = same {
            return Offered::Offered(live.row.id);
        }
        if !self.is_current(&row.node, row.epoch) {
            return Offered::NotOwner;
        }
        let caller = self.callers.get(&reference);
        let own = caller.is_some_and(|c| (&c.node, c.epoch) == (&row.node, row.epoch));
        if !own || !claim && self.talks(reference) {
            return Offered::CallerGone;
        }
        if !self.is_free(&row.handler, now) {
            return Offered::HandlerTaken;
        }
        let standing = &mut self.handlers.get_mut(&row.handler).unwrap().standing;
        let idle_since = match standing.state {
            HandlerState::WrapUp => standing.until.unwrap(),
            _ => standing.since,
        };
        *standing = Standing {
            state: HandlerState::Offered,
            since: now,
            until: Some(row.until),
            reason: None,
            missed: standing.missed,
        };
        row.id = id;
        let live = Live {
            row,
            idle_since,
            overdue: false,
        };
        self.offers.insert(id, live);
        Offered::Offered(id)
    }

    pub(super) fn answer(&mut self, id: i64, now: Timestamp) -> bool {
        let Some(live) = self.offers.get(&id) else {
            return false;
        };
        let row = live.row.clone();
        if row.answered_at.is_some() {
            return true;
        }
        let caller = self.callers.get(&row.reference);
        let own = caller.is_some_and(|c| (&c.node, c.epoch) == (&row.node, row.epoch));
        if !own || self.talks(row.reference) {
            return false;
        }
        self.offers.get_mut(&id).unwrap().row.answered_at = Some(now);
        let handler = self.handlers.get_mut(&row.handler).unwrap();
        handler.calls += 1;
        handler.standing.state = HandlerState::Talking;
        handler.standing.since = now;
        handler.standing.until = None;
        true
    }

    pub(super) fn end(&mut self, id: i64, outcome: OfferOutcome, after: &After) -> bool {
        let Some(live) = self.offers.remove(&id) else {
            return false;
        };
        *self.outcomes.entry(outcome).or_default() += 1;
        let handler = self.handlers.get_mut(&live.row.handler).unwrap();
        match after {
            After::AsBefore => {
                let missed = handler.standing.missed;
                handler.standing = Standing {
                    missed,
                    ..Standing::available(live.idle_since)
                };
            }
            After::Standing(standing) => handler.standing = standing.clone(),
            After::Gone => {
                self.handlers.remove(&live.row.handler);
            }
        }
        true
    }

    /// Gives the nodes that were taken over.
    pub(super) fn take_over(&mut self, taker: &str, epoch: i64, now: Timestamp) -> Vec<String> {
        if !self.is_current(taker, epoch) {
            return Vec::new();
        }
        let may = !self.nodes[taker].dead;
        let dead = self
            .nodes
            .iter()
            .filter(|(name, node)| may && node.dead && !node.taken && *name != taker);
        let dead: Vec<String> = dead.map(|(name, _)| name.clone()).collect();
        for name in &dead {
            let node = self.nodes.get_mut(name).unwrap();
            (node.epoch, node.taken) = (node.epoch + 1, true);
            self.settle(name, taker, epoch, now);
        }
        self.end_all(now, OfferOutcome::Expired, |live| {
            live.overdue && live.row.answered_at.is_none()
        });
        dead
    }

    fn settle(&mut self, from: &str, to: &str, epoch: i64, now: Timestamp) {
        self.end_all(now, OfferOutcome::NodeLost, |live| live.row.node == from);
        let lost = |row: &CallerRow| {
            let contact = &row.caller.contact;
            row.node == from && (contact.number.is_none() || contact.promised)
        };
        self.callers.retain(|_, row| !lost(row));
        for row in self.callers.values_mut().filter(|row| row.node == from) {
            row.caller.kept = true;
            (row.node, row.epoch) = (to.into(), epoch);
        }
        for row in self.handlers.values_mut().filter(|row| row.node == from) {
            row.node = to.into();
        }
    }

    fn end_all(&mut self, now: Timestamp, outcome: OfferOutcome, which: impl Fn(&Live) -> bool) {
        let ended: Vec<i64> = self
            .offers
            .values()
            .filter(|live| which(live))
            .map(|l| l.row.id)
            .collect();
        for id in ended {
            let missed = self.handlers[&self.offers[&id].row.handler].standing.missed;
            let free = Standing {
                missed,
                ..Standing::available(now)
            };
            self.end(id, outcome, &After::Standing(free));
        }
    }
}

/// One who follows the changes and knows nothing else.
#[derive(Debug, Default)]
pub(super) struct Follower {
    pub(super) since: i64,
    pub(super) callers: BTreeMap<Reference, CallerRow>,
    pub(super) handlers: BTreeMap<HandlerId, HandlerRow>,
    pub(super) offers: BTreeMap<i64, OfferRow>,
}

impl Follower {
    pub(super) fn apply(&mut self, changes: Changes) {
        if changes.anew {
            *self = Follower::default();
        }
        assert!(changes.upto >= self.since);
        self.since = changes.upto;
        for reference in &changes.gone_callers {
            self.callers.remove(reference);
        }
        for handler in &changes.gone_handlers {
            self.handlers.remove(handler);
        }
        for row in changes.callers {
            self.callers.insert(row.caller.reference, row);
        }
        for row in changes.handlers {
            self.handlers.insert(row.handler.clone(), row);
        }
        for row in changes.offers {
            match row.ended {
                Some(_) => self.offers.remove(&row.id),
                None => self.offers.insert(row.id, row),
            };
        }
    }
}
