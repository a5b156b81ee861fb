//! What handlers do, and what follows from it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;

use super::event::Action;
use super::handler::{Handler, HandlerId, Held, Profile, ProfileId, Reason, State};
use super::machine::{Queue, Talk, Whom, ago, later};

/// For so long it is remembered that a handler whose phone has gone had chosen to be left alone.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// How much the last call counts in the average of how long calls take: one in so many.
const WEIGHT: u32 = 16;

impl Queue {
    /// Puts a handler in, or changes one; `None` takes them out.
    pub(super) fn set_handler(&mut self, id: &HandlerId, mut handler: Option<Handler>) {
        if let Some(idle) = handler.as_mut().filter(|handler| !handler.is_busy()) {
            idle.held = Held::Here;
        }
        let due = |handler: Option<&Handler>| handler.and_then(Handler::deadline);
        if let Some(at) = due(self.pool.get(id)) {
            self.deadlines.remove(&(at, Whom::Handler(id.clone())));
        }
        if let Some(at) = due(handler.as_ref()) {
            self.deadlines.insert((at, Whom::Handler(id.clone())));
        }
        self.touched.push(id.clone());
        self.upset |= self.pool.set(id, handler);
    }

    pub(super) fn signed_in(
        &mut self,
        now: Timestamp,
        id: HandlerId,
        profile: Profile,
        actions: &mut Vec<Action>,
    ) {
        let (number, fresh) = self.pool.profile(profile);
        self.upset |= fresh;
        let chosen = self.away.remove(&id).filter(|(_, until)| now < *until);
        let state = match chosen {
            Some((reason, _)) => State::NotReady {
                reason,
                until: None,
            },
            None => State::Available {
                since: now,
                from: None,
            },
        };
        let known = self.pool.get(&id).cloned();
        let known = known.or_else(|| self.talks_already(&id, number));
        let mut handler = known.unwrap_or_else(|| Handler::new(number, state));
        handler.profile = number;
        handler.leaving = false;
        self.set_handler(&id, Some(handler));
        self.find_caller(now, &id, actions);
    }

    /// Somebody whose conversation has been taken up before their phone was there. Costs a step for everybody
    /// who talks.
    pub(super) fn talks_already(&self, id: &HandlerId, profile: ProfileId) -> Option<Handler> {
        let mut talks = self.talking.iter();
        let (ticket, talk) = talks.find(|(_, talk)| talk.handler == *id)?;
        let (ticket, since) = (*ticket, talk.since);
        let mut handler = Handler::new(profile, State::Talking { ticket, since });
        handler.region = Arc::from(talk.waiting.wanted.region.as_str());
        Some(handler)
    }

    pub(super) fn signed_out(&mut self, now: Timestamp, id: &HandlerId, actions: &mut Vec<Action>) {
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        match handler.state {
            _ if handler.is_with_a_caller() => {
                handler.leaving = true;
                self.set_handler(id, Some(handler));
            }
            State::Offered { ticket, .. } => {
                self.take_out(now, id);
                self.take_back(now, id, ticket, actions);
            }
            _ => self.take_out(now, id),
        }
    }

    /// Takes a handler out whose phone has gone. That may be for a moment only: who is on a break then is
    /// still on it afterwards.
    fn take_out(&mut self, now: Timestamp, id: &HandlerId) {
        self.away.retain(|_, (_, until)| now < *until);
        let chosen = self.pool.get(id).and_then(Handler::chosen).cloned();
        if let Some(reason) = chosen {
            let until = later(now, REMEMBERED);
            self.away.insert(id.clone(), (reason, until));
        }
        self.set_handler(id, None);
    }

    /// The handler of an offer has gone, or does not want it: the caller is offered to others, and nothing
    /// is held against anybody.
    pub(super) fn take_back(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        let waiting = self.callers.get(ticket);
        if waiting.is_none_or(|waiting| !waiting.elsewhere) {
            self.counters.withdrawn += 1;
            let handler = id.clone();
            actions.push(Action::Withdraw { ticket, handler });
        }
        self.callers.set_ringing(ticket, id, false);
        self.find_handler(now, ticket, actions);
    }

    pub(super) fn ready(&mut self, now: Timestamp, id: &HandlerId, actions: &mut Vec<Action>) {
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        handler.then = None;
        if let State::NotReady { .. } | State::WrapUp { .. } = handler.state {
            handler.missed = 0;
            handler.state = State::Available {
                since: now,
                from: None,
            };
        }
        self.set_handler(id, Some(handler));
        self.find_caller(now, id, actions);
    }

    pub(super) fn not_ready(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        reason: Reason,
        actions: &mut Vec<Action>,
    ) {
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        let before = handler.state.clone();
        if handler.is_with_a_caller() {
            handler.then = Some(reason);
            return self.set_handler(id, Some(handler));
        }
        handler.state = State::NotReady {
            reason,
            until: None,
        };
        self.set_handler(id, Some(handler));
        if let State::Offered { ticket, .. } = before {
            self.take_back(now, id, ticket, actions);
        }
    }

    pub(super) fn signs_on(&mut self, now: Timestamp, id: &HandlerId, actions: &mut Vec<Action>) {
        let handler = self.pool.get(id);
        if handler.and_then(Handler::chosen) == Some(&Reason::SignedOut) {
            self.ready(now, id, actions);
        }
    }

    pub(super) fn extended(&mut self, now: Timestamp, id: &HandlerId, by: Duration) {
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        if let State::WrapUp { until, .. } = &mut handler.state {
            *until = later((*until).max(now), by);
            self.set_handler(id, Some(handler));
        }
    }

    fn is_offered(&self, id: &HandlerId, ticket: Reference) -> bool {
        let handler = self.pool.get(id);
        handler.is_some_and(|h| matches!(h.state, State::Offered { ticket: t, .. } if t == ticket))
    }

    pub(super) fn refused(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        if self.is_offered(id, ticket) {
            self.counters.refused += 1;
            self.passed(now, id, ticket, actions);
        }
    }

    /// Ends an offer that the handler did not take: the next one is asked at once.
    fn passed(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        let region = self.region_of(ticket);
        self.blame(now, id, &region, actions);
        self.pass_on(now, id, ticket, actions);
    }

    /// Ends an offer that never reached the handler's phone. They have missed nothing.
    pub(super) fn not_rung(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        if !self.is_offered(id, ticket) {
            return;
        }
        self.counters.not_rung += 1;
        let region = self.region_of(ticket);
        let missed = self.pool.get(id).map_or(0, |handler| handler.missed);
        self.leave_alone(now, id, &region, (missed, false), actions);
        self.pass_on(now, id, ticket, actions);
    }

    fn region_of(&self, ticket: Reference) -> String {
        let waiting = self.callers.get(ticket);
        waiting.map_or(String::new(), |w| w.wanted.region.clone())
    }

    /// The next one is asked.
    fn pass_on(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        let fresh = self.callers.change(ticket, |waiting| {
            waiting.offered_to.remove(id);
            waiting.passed_over.insert(id.clone());
        });
        self.find_rows(fresh);
        self.find_handler(now, ticket, actions);
    }

    /// A handler has not taken somebody: they are left alone for a moment, or for longer.
    fn blame(&mut self, now: Timestamp, id: &HandlerId, region: &str, actions: &mut Vec<Action>) {
        let missed = self.pool.get(id).map_or(0, |handler| handler.missed);
        let missed = (missed.saturating_add(1), true);
        self.leave_alone(now, id, region, missed, actions);
    }

    /// `missed` is how many in a row they have missed by now, and whether the last one was among them.
    fn leave_alone(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        region: &str,
        (missed, is_theirs): (u32, bool),
        actions: &mut Vec<Action>,
    ) {
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        if handler.leaving {
            return self.take_out(now, id);
        }
        let rules = self.rules(region);
        handler.missed = missed;
        let enough = is_theirs
            && rules.missed > 0
            && handler.missed >= rules.missed
            && handler.then.is_none();
        handler.state = match handler.then.take() {
            Some(reason) => State::NotReady {
                reason,
                until: None,
            },
            None if enough => State::NotReady {
                reason: Reason::Missed,
                until: Some(later(now, rules.missed_pause)),
            },
            None => State::Available {
                since: now,
                from: Some(later(now, rules.breath)),
            },
        };
        self.set_handler(id, Some(handler));
        if enough {
            let handler = id.clone();
            actions.push(Action::MadeNotReady { handler });
        }
    }

    pub(super) fn handler_due(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        actions: &mut Vec<Action>,
    ) {
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        let since = match handler.state {
            State::Offered { ticket, .. } if handler.held == Held::Left => {
                return self.lapsed(now, id, ticket, actions);
            }
            State::Offered { ticket, .. } => {
                self.counters.missed += 1;
                let handler = id.clone();
                actions.push(Action::Withdraw { ticket, handler });
                return self.passed(now, id, ticket, actions);
            }
            State::Available { since, .. } => since,
            State::WrapUp { until, .. } => until,
            State::NotReady { .. } => {
                handler.missed = 0;
                now
            }
            State::Talking { .. } => return,
        };
        handler.state = State::Available { since, from: None };
        self.set_handler(id, Some(handler));
        self.find_caller(now, id, actions);
    }

    pub(super) fn answered(
        &mut self,
        now: Timestamp,
        id: HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        if !self.is_offered(&id, ticket) {
            let handler = id;
            return actions.push(Action::Late { ticket, handler });
        }
        let Some(mut waiting) = self.take_waiting(ticket) else {
            let handler = id;
            return actions.push(Action::Late { ticket, handler });
        };
        if waiting.kept.is_none() && waiting.wanted.deadline.is_none() {
            self.has_waited(now, &waiting, false);
        }
        let mut others = std::mem::take(&mut waiting.offered_to);
        others.remove(&id);
        if let Some(mut handler) = self.pool.get(&id).cloned() {
            handler.state = State::Talking { ticket, since: now };
            handler.region = Arc::from(waiting.wanted.region.as_str());
            self.set_handler(&id, Some(handler));
        }
        let talk = Talk {
            handler: id.clone(),
            since: now,
            waiting,
        };
        self.talking.insert(ticket, talk);
        self.counters.connected += 1;
        actions.push(Action::Connect {
            ticket,
            handler: id,
        });
        self.withdraw(now, ticket, others, actions);
    }

    pub(super) fn over(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        lost: bool,
        actions: &mut Vec<Action>,
    ) {
        let Some(handler) = self.pool.get(id) else {
            return self.over_outside(now, id, lost, actions);
        };
        let (State::Talking { ticket, since }, Held::Here) = (&handler.state, handler.held) else {
            return self.over_outside(now, id, lost, actions);
        };
        let (ticket, since) = (*ticket, *since);
        let region = Arc::clone(&handler.region);
        self.counters.over += 1;
        // A caller who has gone themselves is not in here any more, or talks to somebody else by now.
        let theirs = self.talking.get(&ticket);
        let theirs = theirs.is_some_and(|talk| talk.handler == *id);
        let talk = theirs.then(|| self.talking.remove(&ticket)).flatten();
        let Some(mut talk) = talk else {
            return self.release(now, id, since, &region, actions);
        };
        let again = lost || ago(now, since) < self.settings.proof;
        actions.push(Action::Parted { ticket, again });
        if !again {
            return self.release(now, id, since, &region, actions);
        }
        self.blame(now, id, &region, actions);
        talk.waiting.passed_over.insert(id.clone());
        self.counters.returned += 1;
        self.wait(now, ticket, talk.waiting, actions);
    }

    /// After a conversation: time to write it down, or what the handler has asked for. Where there was none,
    /// they are free at once.
    fn release(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        since: Timestamp,
        region: &str,
        actions: &mut Vec<Action>,
    ) {
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        let idle = std::mem::take(&mut handler.idle);
        if !idle {
            self.took(region, ago(now, since));
            handler.calls += 1;
        }
        if handler.leaving {
            return self.take_out(now, id);
        }
        handler.missed = 0;
        let wrap_up = match idle {
            true => Duration::ZERO,
            false => self.rules(region).wrap_up,
        };
        handler.state = match handler.then.take() {
            Some(reason) => State::NotReady {
                reason,
                until: None,
            },
            None if wrap_up.is_zero() => State::Available {
                since: now,
                from: None,
            },
            None => State::WrapUp {
                since,
                until: later(now, wrap_up),
            },
        };
        self.set_handler(id, Some(handler));
        self.find_caller(now, id, actions);
    }

    fn took(&mut self, region: &str, time: Duration) {
        let known = self.handling.get(region).copied();
        let before = known.unwrap_or(self.settings.handling);
        let average = before.saturating_mul(WEIGHT - 1).saturating_add(time) / WEIGHT;
        match self.handling.get_mut(region) {
            Some(known) => *known = average,
            None => _ = self.handling.insert(region.to_owned(), average),
        }
        self.upset |= self.measure(region);
    }
}
