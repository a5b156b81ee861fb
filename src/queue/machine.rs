use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::identity::Reference;

use super::callers::{Callers, LineId, Waiting};
use super::counters::Counters;
use super::eligibility::{self, Circumstances};
use super::event::{Action, Event, Place};
use super::handler::{HandlerId, Reason, State};
use super::pool::Pool;
use super::rules::{Rules, Settings};
use super::wanted::Wanted;

/// Whom a deadline concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whom {
    Handler(HandlerId),
    Caller(Reference),
}

/// A conversation: with whom, and how the caller waited for it.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) handler: HandlerId,
    pub(super) waiting: Waiting,
}

/// The queue: one machine for all who wait and all who answer.
///
/// Whoever comes free is offered the first caller for whom they will do, and whoever comes is offered to the
/// best free handler: so nobody waits while a handler who would do is free. Both are found in ordered sets,
/// at a cost that grows with the logarithm of how many there are, and with the number of kinds of callers
/// and handlers, which the tables decide.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    pub(super) settings: Settings,
    pub(super) callers: Callers,
    /// Callers who talk to a handler.
    pub(super) talking: BTreeMap<Reference, Talk>,
    pub(super) pool: Pool,
    /// Why handlers whose phones have gone were not to be rung, and until when that is remembered.
    pub(super) away: BTreeMap<HandlerId, (Reason, Timestamp)>,
    pub(super) failed: BTreeSet<String>,
    /// Steps of overflow that hold for a whole region.
    pub(super) steps: BTreeMap<String, usize>,
    pub(super) deadlines: BTreeSet<(Timestamp, Whom)>,
    /// How long a call takes, by region: an average in which the last calls count most.
    pub(super) handling: BTreeMap<String, Duration>,
    pub(super) offers: u64,
    pub(super) counters: Counters,
    /// Who will do for whom has changed.
    pub(super) upset: bool,
}

pub(super) fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// How long ago something was; nothing where it is yet to come.
pub(super) fn ago(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

impl Queue {
    /// A queue without callers or handlers.
    pub fn new(settings: Settings) -> Self {
        Queue {
            settings,
            ..Queue::default()
        }
    }

    /// How many callers wait.
    pub fn waiting(&self) -> usize {
        self.callers.len()
    }

    /// The regions in which somebody waits, and how many.
    pub fn waiting_by_region(&self) -> impl Iterator<Item = (&str, usize)> {
        self.callers.regions()
    }

    /// How many handlers are signed in.
    pub fn handlers(&self) -> usize {
        self.pool.len()
    }

    /// What a handler is doing; none who is not signed in does anything.
    pub fn state_of(&self, handler: &HandlerId) -> Option<&State> {
        self.pool.get(handler).map(|handler| &handler.state)
    }

    /// Everybody who is signed in, and what they are doing.
    pub fn states(&self) -> impl Iterator<Item = (&HandlerId, &State)> {
        self.pool.iter().map(|(id, handler)| (id, &handler.state))
    }

    /// The providers that have failed.
    pub fn failed(&self) -> &BTreeSet<String> {
        &self.failed
    }

    /// What has happened so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Takes what has happened and gives what to do, in order.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        self.happened(now, event, &mut actions);
        self.time(now, &mut actions);
        self.weigh(now, &mut actions);
        actions
    }

    fn happened(&mut self, now: Timestamp, event: Event, actions: &mut Vec<Action>) {
        match event {
            Event::Joined {
                ticket,
                wanted,
                place,
            } => self.joined(now, ticket, wanted, place, actions),
            Event::Left { ticket } => self.left(now, ticket, actions),
            Event::Keeps { ticket } => self.keeps(now, ticket, actions),
            Event::Restored {
                ticket,
                wanted,
                since,
                tries,
            } => self.restored(now, ticket, wanted, since, tries, actions),
            Event::Unreached { ticket } => self.unreached(now, ticket, actions),
            Event::SignedIn { handler, profile } => self.signed_in(now, handler, profile, actions),
            Event::SignedOut { handler } => self.signed_out(now, &handler, actions),
            Event::Ready { handler } => self.ready(now, &handler, actions),
            Event::NotReady { handler, reason } => self.not_ready(now, &handler, reason, actions),
            Event::SignsOn { handler } => self.signs_on(now, &handler, actions),
            Event::Extended { handler, by } => self.extended(now, &handler, by),
            Event::Refused { handler, ticket } => self.refused(now, &handler, ticket, actions),
            Event::Answered { handler, ticket } => self.answered(now, handler, ticket, actions),
            Event::Over { handler, lost } => self.over(now, &handler, lost, actions),
            Event::Claimed { handler, ticket } => self.claimed(now, &handler, ticket, actions),
            Event::Handed { handler, ticket } => self.handed(now, &handler, ticket),
            Event::Resumed { handler, ticket } => self.resumed(now, &handler, ticket, actions),
            Event::Provider { provider, failed } => {
                self.upset |= match failed {
                    true => self.failed.insert(provider),
                    false => self.failed.remove(&provider),
                };
            }
            Event::Changed(settings) => self.changed(now, settings),
            Event::Tick => {}
        }
    }

    /// Callers and handlers whose time has come.
    fn time(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        while let Some((at, _)) = self.deadlines.first()
            && *at <= now
        {
            match self.deadlines.pop_first() {
                Some((_, Whom::Handler(id))) => self.handler_due(now, &id, actions),
                Some((_, Whom::Caller(ticket))) => self.caller_due(now, ticket, actions),
                None => return,
            }
        }
    }

    fn joined(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        wanted: Wanted,
        place: Place,
        actions: &mut Vec<Action>,
    ) {
        let before = self.callers.get(ticket).cloned();
        if let Some(mut waiting) = before {
            let same = waiting.wanted.required == wanted.required;
            waiting.wanted = wanted;
            waiting.place = place;
            // Who rings for the caller already may go on, unless somebody else is needed now.
            let rings = std::mem::take(&mut waiting.offered_to);
            if same {
                waiting.offered_to = rings;
                self.wait(now, ticket, waiting, actions);
            } else {
                self.wait(now, ticket, waiting, actions);
                self.withdraw(now, ticket, rings, actions);
            }
            return;
        }
        // Who was talking keeps the place from before.
        if let Some(Talk { mut waiting, .. }) = self.talking.remove(&ticket) {
            waiting.wanted = wanted;
            waiting.place = place;
            self.counters.returned += 1;
            return self.wait(now, ticket, waiting, actions);
        }
        let rules = self.settings.of(&wanted.region);
        let waiting = Waiting::new(wanted, place, now);
        let full = rules.capacity.is_some_and(|capacity| {
            self.callers.in_region(&waiting.wanted.region) >= capacity && place == Place::InTurn
        });
        if full && !waiting.is_emergency() {
            self.counters.full += 1;
            return actions.push(Action::Full { ticket });
        }
        self.counters.joined += 1;
        self.wait(now, ticket, waiting, actions);
    }

    fn restored(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        wanted: Wanted,
        since: Timestamp,
        tries: u32,
        actions: &mut Vec<Action>,
    ) {
        if self.callers.get(ticket).is_some() || self.talking.contains_key(&ticket) {
            return;
        }
        let mut waiting = Waiting::new(wanted, Place::InTurn, since.min(now));
        waiting.kept = Some(tries);
        self.counters.joined += 1;
        self.counters.kept += 1;
        self.wait(now, ticket, waiting, actions);
    }

    fn keeps(&mut self, now: Timestamp, ticket: Reference, actions: &mut Vec<Action>) {
        let Some(mut waiting) = self.callers.get(ticket).cloned() else {
            return;
        };
        if waiting.kept.is_some() {
            return;
        }
        waiting.kept = Some(0);
        self.counters.kept += 1;
        // A handler whose phone rings already is rung for somebody who is on the line.
        let rings = std::mem::take(&mut waiting.offered_to);
        self.wait(now, ticket, waiting, actions);
        self.withdraw(now, ticket, rings, actions);
    }

    fn unreached(&mut self, now: Timestamp, ticket: Reference, actions: &mut Vec<Action>) {
        let Some(Talk {
            handler,
            mut waiting,
        }) = self.talking.remove(&ticket)
        else {
            return;
        };
        if let Some(mut held) = self.pool.get(&handler).cloned() {
            held.idle = true;
            self.set_handler(&handler, Some(held));
        }
        let tries = waiting.kept.unwrap_or_default() + 1;
        if tries >= self.settings.tries {
            self.counters.given_up += 1;
            return actions.push(Action::GivenUp { ticket });
        }
        waiting.kept = Some(tries);
        waiting.not_before = Some(later(now, self.settings.retry));
        self.counters.returned += 1;
        self.wait(now, ticket, waiting, actions);
    }

    fn left(&mut self, now: Timestamp, ticket: Reference, actions: &mut Vec<Action>) {
        self.talking.remove(&ticket);
        let Some(waiting) = self.take_waiting(ticket) else {
            return;
        };
        self.counters.left += 1;
        self.withdraw(now, ticket, waiting.offered_to, actions);
    }

    /// Puts a caller into their line, and looks for a handler.
    pub(super) fn wait(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        waiting: Waiting,
        actions: &mut Vec<Action>,
    ) {
        self.forget_deadline(ticket);
        let region = waiting.wanted.region.clone();
        let fresh = self.callers.put(ticket, waiting, self.settings.ageing);
        self.find_rows(fresh);
        self.pass_steps(now, ticket);
        self.measure(&region);
        self.find_handler(now, ticket, actions);
    }

    pub(super) fn take_waiting(&mut self, ticket: Reference) -> Option<Waiting> {
        self.forget_deadline(ticket);
        let waiting = self.callers.take(ticket, self.settings.ageing)?;
        self.measure(&waiting.wanted.region);
        Some(waiting)
    }

    fn forget_deadline(&mut self, ticket: Reference) {
        if let Some(at) = self.callers.take_deadline(ticket) {
            self.deadlines.remove(&(at, Whom::Caller(ticket)));
        }
    }

    /// When something happens to a caller by time alone: they may be tried again, or reach further.
    fn due(&self, waiting: &Waiting) -> Option<Timestamp> {
        let rules = self.settings.of(&waiting.wanted.region);
        let steps = rules.overflow.iter().skip(waiting.steps);
        let after = steps.filter_map(|step| step.after).min();
        let further = after.map(|after| later(waiting.since, after));
        waiting.not_before.into_iter().chain(further).min()
    }

    /// Steps of overflow whose time has come, and the time of the next one.
    fn pass_steps(&mut self, now: Timestamp, ticket: Reference) {
        let Some(waiting) = self.callers.get(ticket) else {
            return;
        };
        let rules = self.settings.of(&waiting.wanted.region);
        let waited = ago(now, waiting.since);
        let reached = |step: &super::rules::Overflow| step.after.is_some_and(|a| a <= waited);
        let steps = rules
            .overflow
            .iter()
            .rposition(reached)
            .map_or(0, |n| n + 1);
        if steps > waiting.steps {
            let fresh = self
                .callers
                .change(ticket, self.settings.ageing, |w| w.steps = steps);
            self.find_rows(fresh);
        }
        self.forget_deadline(ticket);
        let due = self
            .callers
            .get(ticket)
            .and_then(|waiting| self.due(waiting));
        if let Some(at) = due {
            self.callers.set_deadline(ticket, at);
            self.deadlines.insert((at, Whom::Caller(ticket)));
        }
    }

    fn caller_due(&mut self, now: Timestamp, ticket: Reference, actions: &mut Vec<Action>) {
        let Some(waiting) = self.callers.get(ticket) else {
            return;
        };
        if waiting
            .not_before
            .is_some_and(|not_before| not_before <= now)
        {
            let fresh = self
                .callers
                .change(ticket, self.settings.ageing, |w| w.not_before = None);
            self.find_rows(fresh);
        }
        self.pass_steps(now, ticket);
        self.find_handler(now, ticket, actions);
    }

    fn changed(&mut self, now: Timestamp, settings: Settings) {
        let ageing = self.settings.ageing;
        let all: Vec<Reference> = self.callers.iter().map(|(ticket, _)| ticket).collect();
        for ticket in &all {
            self.forget_deadline(*ticket);
        }
        self.settings = settings;
        self.callers.reorder(ageing, self.settings.ageing);
        for ticket in all {
            let fewer = self.settings.clone();
            let fits = |w: &mut Waiting| {
                w.steps = w.steps.min(fewer.of(&w.wanted.region).overflow.len());
            };
            self.callers.change(ticket, self.settings.ageing, fits);
            self.pass_steps(now, ticket);
        }
        let regions: Vec<String> = self.callers.regions().map(|(r, _)| r.to_owned()).collect();
        for region in regions {
            self.measure(&region);
        }
        self.upset = true;
    }

    pub(super) fn rules(&self, region: &str) -> &Rules {
        self.settings.of(region)
    }

    pub(super) fn find_rows(&mut self, lines: impl IntoIterator<Item = LineId>) {
        for id in lines {
            let Some(line) = self.callers.line(id) else {
                continue;
            };
            let region = &line.needs.wanted.region;
            let circumstances = Circumstances {
                rules: self.settings.of(region),
                failed: &self.failed,
                steps: self.steps.get(region).copied().unwrap_or_default(),
            };
            let row = eligibility::row(&line.needs, &self.pool, &circumstances);
            self.callers.set_row(id, row);
        }
    }
}
