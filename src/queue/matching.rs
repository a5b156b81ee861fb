//! Bringing callers and handlers together.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::identity::Reference;

use super::callers::{Line, LineId, Turn};
use super::event::Action;
use super::handler::{HandlerId, State};
use super::machine::{Queue, later};
use super::rules::Strategy;

impl Queue {
    /// Where it has changed who will do for whom, everybody is looked at anew, in the order of their turns.
    pub(super) fn weigh(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        while std::mem::take(&mut self.upset) {
            self.find_rows(self.callers.known());
            let mut heads: BTreeSet<(Turn, LineId)> = self.callers.heads().collect();
            while let Some(((_, _, ticket), id)) = heads.pop_first() {
                if self.offer_to_best(now, ticket, id, actions)
                    && let Some(next) = self.callers.line(id).and_then(Line::next)
                {
                    heads.insert((next, id));
                }
            }
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
        let rings = |queue: &Queue| {
            let waiting = queue.callers.get(ticket);
            waiting.is_none_or(|waiting| !waiting.offered_to.is_empty())
        };
        if !rings(self)
            && let Some(id) = self.callers.line_of(ticket)
        {
            self.offer_to_best(now, ticket, id, actions);
        }
    }

    /// Somebody has come free.
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
            self.callers
                .line(id)
                .is_some_and(|line| line.suits(profile))
        };
        let mut heads = self.callers.heads();
        if let Some(((_, _, ticket), id)) = heads.find(|(_, id)| suits(*id)) {
            drop(heads);
            if self.strategy_of(id) == Strategy::RingAll {
                self.offer_to_best(now, ticket, id, actions);
            } else {
                self.offer(now, ticket, handler, actions);
            }
            return;
        }
        drop(heads);
        if !self.settings.rings_all() {
            return;
        }
        // Whoever comes free rings along with the others.
        let ringing = self
            .callers
            .lines()
            .filter(|(id, line)| line.suits(profile) && self.strategy_of(*id) == Strategy::RingAll);
        let first = ringing
            .filter_map(|(_, line)| line.first_ringing())
            .filter(|(_, _, ticket)| {
                let waiting = self.callers.get(*ticket);
                waiting.is_some_and(|waiting| !waiting.passed_over.contains(handler))
            })
            .min();
        if let Some((_, _, ticket)) = first {
            self.offer(now, ticket, handler, actions);
        }
    }

    fn strategy_of(&self, id: LineId) -> Strategy {
        let line = self.callers.line(id);
        line.map_or(Strategy::default(), |line| {
            self.rules(&line.needs.wanted.region).strategy
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
        let chosen = match self.strategy_of(id) {
            Strategy::RingAll => self.all_for(id),
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
                        let mut free = self.pool.free(*profile, strategy);
                        free.find(|turn| line.needs.passed_over.contains(&turn.2) == passed_over)
                    });
                    next.min()
                })
        };
        let tried = !line.needs.passed_over.is_empty();
        let best = among(false).or_else(|| tried.then(|| among(true)).flatten());
        best.map(|(_, _, handler)| handler.clone())
    }

    fn all_for(&self, id: LineId) -> Vec<HandlerId> {
        let Some(line) = self.callers.line(id) else {
            return Vec::new();
        };
        let free = || {
            let profiles = line.row.iter();
            profiles.flat_map(|(_, profile)| self.pool.free(*profile, Strategy::RingAll))
        };
        let all: Vec<HandlerId> = free()
            .filter(|turn| !line.needs.passed_over.contains(&turn.2))
            .map(|turn| turn.2.clone())
            .collect();
        match all.is_empty() {
            true => free().map(|turn| turn.2.clone()).collect(),
            false => all,
        }
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
        let until = later(now, self.rules(&wanted.region).ring);
        let mut handler = handler.clone();
        self.offers += 1;
        handler.turn = self.offers;
        handler.state = State::Offered {
            ticket,
            until,
            idle_since,
        };
        self.set_handler(id, Some(handler));
        let ageing = self.settings.ageing;
        let fresh = self.callers.change(ticket, ageing, |waiting| {
            waiting.offered_to.insert(id.clone());
        });
        self.find_rows(fresh);
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
                self.set_handler(&id, Some(handler));
                self.find_caller(now, &id, actions);
            }
        }
    }
}
