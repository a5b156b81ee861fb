//! Callers who come, go, and keep their place.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::identity::Reference;

use super::elsewhere::Elsewhere;
use super::event::{Action, Place};
use super::handler::HandlerId;
use super::machine::{Queue, Talk, ago, later};
use super::waiting::Waiting;
use super::wanted::Wanted;

impl Queue {
    pub(super) fn joined(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        wanted: Wanted,
        place: Place,
        actions: &mut Vec<Action>,
    ) {
        let before = self.callers.get(ticket).cloned();
        if let Some(before) = before.filter(|before| !before.elsewhere) {
            return self.wants(now, ticket, before, wanted, place, actions);
        }
        // Who was talking keeps the place from before.
        if let Some(Talk { mut waiting, .. }) = self.talking.remove(&ticket) {
            waiting.wanted = wanted;
            waiting.place = place;
            self.counters.returned += 1;
            return self.wait(now, ticket, waiting, actions);
        }
        self.left(now, ticket, actions);
        let waiting = Waiting::new(wanted, place, now);
        let region = &waiting.wanted.region;
        let crowd = self.callers.crowd(region);
        let waits = crowd.map_or(0, |crowd| crowd.waiting);
        let capacity = self.rules(region).capacity;
        let full = capacity.is_some_and(|capacity| waits >= capacity);
        if full && place == Place::InTurn && !waiting.is_emergency() {
            self.counters.full += 1;
            return actions.push(Action::Full { ticket });
        }
        self.counters.joined += 1;
        self.wait(now, ticket, waiting, actions);
    }

    /// Somebody who waits wants somebody else from now on. Whoever rings for them already may go on where
    /// they will do.
    fn wants(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        mut waiting: Waiting,
        wanted: Wanted,
        place: Place,
        actions: &mut Vec<Action>,
    ) {
        waiting.place = place;
        if waiting.wanted == wanted {
            return self.stand(now, ticket, waiting);
        }
        waiting.wanted = wanted;
        let rings = std::mem::take(&mut waiting.offered_to);
        self.stand(now, ticket, waiting);
        let line = self.callers.line_of(ticket);
        let line = line.and_then(|line| self.callers.line(line));
        let suits = |id: &HandlerId| {
            let handler = self.pool.get(id);
            handler.is_some_and(|handler| line.is_some_and(|line| line.takes(id, handler.profile)))
        };
        let (go_on, stop): (BTreeSet<HandlerId>, _) = rings.into_iter().partition(suits);
        for id in go_on {
            self.callers.set_ringing(ticket, &id, true);
        }
        self.withdraw(now, ticket, stop, actions);
        self.find_handler(now, ticket, actions);
    }

    /// Takes up a place from before this process, or of a node that is no more.
    pub(super) fn restored(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        caller: Elsewhere,
        actions: &mut Vec<Action>,
    ) {
        let not_before = caller.not_before.filter(|at| *at > now);
        let Some(mut waiting) = self.comes_back(now, ticket, caller, actions) else {
            return;
        };
        waiting.not_before = not_before;
        self.counters.kept += u64::from(waiting.kept.is_some());
        self.wait(now, ticket, waiting, actions);
    }

    /// Whoever comes from before this process, or from another node. None where they are here already.
    pub(super) fn comes_back(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        caller: Elsewhere,
        actions: &mut Vec<Action>,
    ) -> Option<Waiting> {
        let known = self.callers.get(ticket);
        if known.is_some_and(|known| !known.elsewhere) || self.talking.contains_key(&ticket) {
            return None;
        }
        self.left(now, ticket, actions);
        self.counters.joined += 1;
        let mut waiting = Waiting::new(caller.wanted, caller.place, caller.since.min(now));
        waiting.kept = caller.kept;
        Some(waiting)
    }

    pub(super) fn keeps(&mut self, now: Timestamp, ticket: Reference, actions: &mut Vec<Action>) {
        let Some(mut waiting) = self.callers.get(ticket).cloned() else {
            return;
        };
        if waiting.kept.is_none() {
            waiting.kept = Some(0);
            self.counters.kept += 1;
        }
        // A handler whose phone rings already is rung for somebody who is on the line.
        let rings = std::mem::take(&mut waiting.offered_to);
        self.stand(now, ticket, waiting);
        self.withdraw(now, ticket, rings, actions);
        self.find_handler(now, ticket, actions);
    }

    pub(super) fn unreached(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        let Some(Talk {
            handler,
            mut waiting,
            ..
        }) = self.talking.remove(&ticket)
        else {
            return;
        };
        if let Some(mut held) = self.pool.get(&handler).cloned() {
            held.idle = true;
            self.set_handler(&handler, Some(held));
        }
        let tries = waiting.kept.unwrap_or_default().saturating_add(1);
        if tries >= self.settings.tries {
            self.counters.given_up += 1;
            return actions.push(Action::GivenUp { ticket });
        }
        waiting.kept = Some(tries);
        waiting.not_before = Some(later(now, self.settings.retry));
        self.counters.returned += 1;
        self.wait(now, ticket, waiting, actions);
    }

    pub(super) fn left(&mut self, now: Timestamp, ticket: Reference, actions: &mut Vec<Action>) {
        self.talking.remove(&ticket);
        let Some(waiting) = self.take_waiting(ticket) else {
            return;
        };
        if waiting.elsewhere {
            return self.give_back(now, waiting.offered_to, actions);
        }
        self.counters.left += 1;
        if waiting.kept.is_none() {
            self.has_waited(now, &waiting, true);
        }
        self.withdraw(now, ticket, waiting.offered_to, actions);
    }

    /// Somebody waits no longer who was on the line.
    pub(super) fn has_waited(&mut self, now: Timestamp, waiting: &Waiting, has_left: bool) {
        let loss = self.loss.entry(waiting.wanted.region.clone()).or_default();
        loss.ends(ago(now, waiting.since), has_left);
    }

    /// Puts a caller into their line, and looks for a handler.
    pub(super) fn wait(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        waiting: Waiting,
        actions: &mut Vec<Action>,
    ) {
        self.stand(now, ticket, waiting);
        self.find_handler(now, ticket, actions);
    }

    /// Puts a caller into their line, or into another one.
    pub(super) fn stand(&mut self, now: Timestamp, ticket: Reference, mut waiting: Waiting) {
        self.forget_deadline(ticket);
        // Rules may have changed since they waited last.
        waiting.steps = self.steps_by_now(now, &waiting);
        let region = waiting.wanted.region.clone();
        let before = self.callers.get(ticket);
        let before = before.map(|before| before.wanted.region.clone());
        let fresh = self.callers.put(ticket, waiting);
        self.find_rows(fresh);
        self.pass_steps(now, ticket);
        self.upset |= self.measure(&region);
        if let Some(before) = before.filter(|before| *before != region) {
            self.upset |= self.measure(&before);
        }
    }

    pub(super) fn take_waiting(&mut self, ticket: Reference) -> Option<Waiting> {
        self.forget_deadline(ticket);
        let waiting = self.callers.take(ticket)?;
        self.upset |= self.measure(&waiting.wanted.region);
        Some(waiting)
    }
}
