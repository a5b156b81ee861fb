use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::identity::Reference;

use super::callers::Callers;
use super::counters::Counters;
use super::event::{Action, Event};
use super::handler::{HandlerId, Reason, State};
use super::loss::Loss;
use super::pool::Pool;
use super::rules::{Rules, Settings};
use super::waiting::Waiting;

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
    pub(super) since: Timestamp,
    pub(super) waiting: Waiting,
}

/// The queue: one machine for all who wait and all who answer.
///
/// Whoever comes free is offered the first caller for whom they will do, and whoever comes is offered to the
/// best free handler: so nobody waits while a handler who would do is free. Both are found in ordered sets,
/// at a cost that grows with the logarithm of how many there are, and with the number of kinds of callers
/// and handlers, which the tables decide.
#[derive(Clone, Debug)]
pub struct Queue {
    pub(super) settings: Settings,
    pub(super) callers: Callers,
    /// Callers who talk to a handler.
    pub(super) talking: BTreeMap<Reference, Talk>,
    pub(super) pool: Pool,
    /// Why handlers whose phones have gone were not to be rung, and until when that is remembered.
    pub(super) away: BTreeMap<HandlerId, (Reason, Timestamp)>,
    pub(super) failed: BTreeSet<String>,
    /// Steps of overflow that hold for a whole region, where there are any.
    pub(super) steps: BTreeMap<String, usize>,
    pub(super) deadlines: BTreeSet<(Timestamp, Whom)>,
    /// How long a call takes, by region: an average in which the last calls count most.
    pub(super) handling: BTreeMap<String, Duration>,
    /// How many of those who wait hang up, by region.
    pub(super) loss: BTreeMap<String, Loss>,
    pub(super) offers: u64,
    pub(super) counters: Counters,
    /// Who will do for whom has changed.
    pub(super) upset: bool,
    /// Handlers who have been put in, changed or taken out since something happened last.
    pub(super) touched: Vec<HandlerId>,
}

pub(super) fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// How long ago something was; nothing where it is yet to come.
pub(super) fn ago(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

impl Default for Queue {
    fn default() -> Self {
        Queue::new(Settings::default())
    }
}

impl Queue {
    /// A queue without callers or handlers.
    pub fn new(settings: Settings) -> Self {
        Queue {
            callers: Callers::new(settings.ageing),
            settings,
            talking: BTreeMap::new(),
            pool: Pool::default(),
            away: BTreeMap::new(),
            failed: BTreeSet::new(),
            steps: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            handling: BTreeMap::new(),
            loss: BTreeMap::new(),
            offers: 0,
            counters: Counters::default(),
            upset: false,
            touched: Vec::new(),
        }
    }

    /// How many callers wait.
    pub fn waiting(&self) -> usize {
        self.callers.len()
    }

    /// The regions in which somebody waits, and how many.
    pub fn waiting_by_region(&self) -> impl Iterator<Item = (&str, usize)> {
        let regions = self.callers.regions();
        regions.map(|region| {
            let waiting = self.callers.crowd(region).map_or(0, |crowd| crowd.waiting);
            (region.as_str(), waiting)
        })
    }

    /// How many handlers are signed in.
    pub fn handlers(&self) -> usize {
        self.pool.len()
    }

    /// What a handler is doing; none who is not signed in does anything.
    pub fn state_of(&self, handler: &HandlerId) -> Option<&State> {
        self.pool.get(handler).map(|handler| &handler.state)
    }

    /// Everybody who is signed in, and what they are doing, by name.
    pub fn states(&self) -> impl Iterator<Item = (&HandlerId, &State)> {
        let states = self.pool.iter().map(|(id, handler)| (id, &handler.state));
        states.collect::<BTreeMap<_, _>>().into_iter()
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
        self.touched.clear();
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
            Event::Restored { ticket, caller } => self.restored(now, ticket, caller, actions),
            Event::Continued {
                ticket,
                caller,
                handler,
                since,
            } => self.continued(now, (ticket, caller), (&handler, since), actions),
            Event::Elsewhere { ticket, caller } => {
                self.waits_elsewhere(now, ticket, caller, actions);
            }
            Event::Seen { handler, seen } => self.is_seen(now, &handler, seen, actions),
            Event::Contended { handler, ticket } => {
                self.contended(now, &handler, ticket, actions);
            }
            Event::Unreached { ticket } => self.unreached(now, ticket, actions),
            Event::SignedIn { handler, profile } => self.signed_in(now, handler, profile, actions),
            Event::SignedOut { handler } => self.signed_out(now, &handler, actions),
            Event::Ready { handler } => self.ready(now, &handler, actions),
            Event::NotReady { handler, reason } => self.not_ready(now, &handler, reason, actions),
            Event::SignsOn { handler } => self.signs_on(now, &handler, actions),
            Event::Extended { handler, by } => self.extended(now, &handler, by),
            Event::Refused { handler, ticket } => self.refused(now, &handler, ticket, actions),
            Event::NotRung { handler, ticket } => self.not_rung(now, &handler, ticket, actions),
            Event::Answered { handler, ticket } => self.answered(now, handler, ticket, actions),
            Event::Over { handler, lost } => self.over(now, &handler, lost, actions),
            Event::Claimed { handler, ticket } => self.claimed(now, &handler, ticket, actions),
            Event::Handed { handler, ticket } => self.handed(now, &handler, ticket, actions),
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

    fn changed(&mut self, now: Timestamp, settings: Settings) {
        let all: Vec<Reference> = self.callers.iter().map(|(ticket, _)| ticket).collect();
        for ticket in &all {
            self.forget_deadline(*ticket);
        }
        self.callers
            .reorder(settings.ageing, |waiting| waiting.steps = 0);
        let steps = self.steps.iter_mut();
        for (region, steps) in steps {
            *steps = (*steps).min(settings.of(region).overflow.len());
        }
        self.handling
            .retain(|region, _| settings.regions.contains_key(region));
        self.loss
            .retain(|region, _| settings.regions.contains_key(region));
        self.settings = settings;
        for ticket in all {
            self.pass_steps(now, ticket);
        }
        self.upset = true;
    }

    pub(super) fn rules(&self, region: &str) -> &Rules {
        self.settings.of(region)
    }
}
