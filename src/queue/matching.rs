//! Bringing callers and handlers together.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::identity::Reference;

use super::eligibility::{self, Circumstances};
use super::event::Action;
use super::handler::{HandlerId, Held, State};
use super::lines::{Line, LineId};
use super::machine::{Queue, later};
use super::rules::Strategy;
use super::waiting::Turn;

impl Queue {
    /// Where it has changed who will do for whom, everybody is looked at anew, in the order of their turns.
    pub(super) fn weigh(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if !self.upset {
            return;
        }
        self.measure_all();
        self.upset = false;
        self.callers.clear_away();
        self.find_rows(self.callers.lines().known());
        let mut heads: BTreeSet<(Turn, LineId)> = self.callers.lines().heads().collect();
        while self.pool.any_free()
            && let Some(((_, _, ticket), id)) = heads.pop_first()
        {
            if self.offer_to_best(now, ticket, id, actions)
                && let Some(next) = self.callers.line(id).and_then(Line::next)
            {
                heads.insert((next, id));
            }
        }
        self.ring_along(now, actions);
    }

    /// Finds who will do for those in these lines.
    pub(super) fn find_rows(&mut self, lines: impl IntoIterator<Item = LineId>) {
        for id in lines {
            let Some(line) = self.callers.line(id) else {
                continue;
            };
            let region = &line.needs.wanted().region;
            let circumstances = Circumstances {
                rules: self.rules(region),
                failed: &self.failed,
                steps: self.steps.get(region).copied().unwrap_or_default(),
            };
            let row = eligibility::row(&line.needs, &self.pool, &circumstances);
            self.callers.set_row(id, row);
        }
    }

    /// Somebody waits anew, or will do with others than before.
    pub(super) fn find_handler(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        // Everybody is looked at in a moment, where there is need of it.
        if self.upset {
            return;
        }
        let waiting = self.callers.get(ticket);
        let rings = waiting.is_some_and(|waiting| !waiting.offered_to.is_empty());
        if rings {
            self.ring_along(now, actions);
        } else if let Some(id) = self.callers.line_of(ticket) {
            self.offer_to_best(now, ticket, id, actions);
        }
    }

    /// Somebody has come free: they are offered the first caller for whom they will do, or ring along with
    /// others.
    pub(super) fn find_caller(
        &mut self,
        now: Timestamp,
        handler: &HandlerId,
        actions: &mut Vec<Action>,
    ) {
        let found = self.pool.get(handler).filter(|h| h.free_since().is_some());
        let Some(profile) = found.map(|handler| handler.profile) else {
            return;
        };
        if self.upset {
            return;
        }
        let suits = |id| {
            let line = self.callers.line(id);
            line.is_some_and(|line| line.takes(handler, profile))
        };
        let head = self.callers.lines().heads().find(|(_, id)| suits(*id));
        match head {
            Some(((_, _, ticket), id)) if self.strategy_of(id) == Strategy::RingAll => {
                self.offer_to_best(now, ticket, id, actions);
            }
            Some(((_, _, ticket), _)) => self.offer(now, ticket, handler, actions),
            None => self.ring_along(now, actions),
        }
    }

    /// Whoever is free although others ring for all whom they would do for rings along, where all are to
    /// ring: for the first of those who have not been passed over by them.
    fn ring_along(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if !self.pool.any_free() || !self.settings.rings_all() {
            return;
        }
        let lines = self.callers.lines().iter();
        let lines = lines.filter(|(id, _)| self.strategy_of(*id) == Strategy::RingAll);
        let ringing = lines.filter_map(|(id, line)| Some((line.first_ringing()?, id)));
        let ringing: BTreeSet<(Turn, LineId)> = ringing.collect();
        for ((_, _, ticket), id) in ringing {
            for handler in self.all_for(id, false) {
                self.offer(now, ticket, &handler, actions);
            }
        }
    }

    fn strategy_of(&self, id: LineId) -> Strategy {
        let line = self.callers.line(id);
        line.map_or(Strategy::default(), |line| {
            self.rules(&line.needs.wanted().region).strategy
        })
    }

    /// Offers a caller to the best free handler, or to all where that is the strategy; gives whether there
    /// was one.
    fn offer_to_best(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        id: LineId,
        actions: &mut Vec<Action>,
    ) -> bool {
        if !self.pool.any_free() {
            return false;
        }
        let chosen = match self.strategy_of(id) {
            Strategy::RingAll => self.all_or_those_who_passed(id),
            strategy => self.best_for(id, strategy).into_iter().collect(),
        };
        for handler in &chosen {
            self.offer(now, ticket, handler, actions);
        }
        !chosen.is_empty()
    }

    /// The best of the free handlers; those who have passed these callers over come last.
    fn best_for(&self, id: LineId, strategy: Strategy) -> Option<HandlerId> {
        let line = self.callers.line(id)?;
        let among = |passed_over: bool| {
            line.row
                .chunk_by(|one, other| one.0 == other.0)
                .find_map(|alike| {
                    let next = alike.iter().filter_map(|(_, profile)| {
                        let free = self.pool.free(*profile, strategy);
                        let mut free = free.filter(|turn| line.allows(&turn.2));
                        free.find(|turn| line.needs.passed_over.contains(&turn.2) == passed_over)
                    });
                    next.min()
                })
        };
        let tried = !line.needs.passed_over.is_empty();
        let best = among(false).or_else(|| tried.then(|| among(true)).flatten());
        best.map(|(_, _, handler)| handler.clone())
    }

    /// All who are free; those who have passed these callers over only where nobody else is.
    fn all_or_those_who_passed(&self, id: LineId) -> Vec<HandlerId> {
        let all = self.all_for(id, false);
        match all.is_empty() {
            true => self.all_for(id, true),
            false => all,
        }
    }

    /// All who are free and have passed these callers over, or have not.
    fn all_for(&self, id: LineId, passed_over: bool) -> Vec<HandlerId> {
        let Some(line) = self.callers.line(id) else {
            return Vec::new();
        };
        let profiles = line.row.iter();
        let free = profiles.flat_map(|(_, profile)| self.pool.free(*profile, Strategy::RingAll));
        let free = free.filter(|turn| line.allows(&turn.2));
        let all = free.filter(|turn| line.needs.passed_over.contains(&turn.2) == passed_over);
        all.map(|turn| turn.2.clone()).collect()
    }

    fn offer(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        id: &HandlerId,
        actions: &mut Vec<Action>,
    ) {
        let (Some(waiting), Some(handler)) = (self.callers.get(ticket), self.pool.get(id)) else {
            return;
        };
        let Some(idle_since) = handler.free_since() else {
            return;
        };
        let wanted = &waiting.wanted;
        let own = wanted.provider.as_ref();
        let theirs = self.pool.provider(handler.profile);
        let beyond = own.is_some_and(|own| theirs.is_some_and(|theirs| theirs != own));
        let elsewhere = waiting.elsewhere;
        let until = match elsewhere {
            true => later(now, self.settings.grace),
            false => later(now, self.rules(&wanted.region).ring),
        };
        let mut handler = handler.clone();
        handler.state = State::Offered {
            ticket,
            until,
            idle_since,
        };
        if elsewhere {
            handler.held = Held::Left;
            self.set_handler(id, Some(handler));
            return self.callers.set_ringing(ticket, id, true);
        }
        self.offers += 1;
        handler.turn = self.offers;
        self.set_handler(id, Some(handler));
        self.callers.set_ringing(ticket, id, true);
        self.counters.offered += 1;
        self.counters.overflowed += u64::from(beyond);
        let handler = id.clone();
        actions.push(Action::Offer { ticket, handler });
    }

    /// Takes offers back, through no fault of the handlers: they are as idle as they were.
    pub(super) fn withdraw(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        handlers: impl IntoIterator<Item = HandlerId>,
        actions: &mut Vec<Action>,
    ) {
        for id in handlers {
            self.counters.withdrawn += 1;
            let handler = id.clone();
            actions.push(Action::Withdraw { ticket, handler });
            let Some(mut handler) = self.pool.get(&id).cloned() else {
                continue;
            };
            if let State::Offered { idle_since, .. } = handler.state {
                handler.state = State::Available {
                    since: idle_since,
                    from: None,
                };
                let leaving = handler.leaving;
                self.set_handler(&id, (!leaving).then_some(handler));
                self.find_caller(now, &id, actions);
            }
        }
    }
}
