use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::flow::Priority;
use crate::identity::Reference;

use super::handler::{Handler, HandlerId, State};
use super::waiting::{Waiting, Wanted};

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// A handler's phone rings for so long.
    pub ring: Duration,
    /// After a call, before the next one.
    pub wrap_up: Duration,
    /// Before somebody who refused or missed a caller is offered the next.
    pub breath: Duration,
    /// So many offers missed in a row make a handler not ready; 0 is never.
    pub missed: u32,
    /// A conversation that the handler's side ends sooner than this has not taken place.
    pub proof: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            ring: Duration::from_secs(15),
            wrap_up: Duration::ZERO,
            breath: Duration::from_secs(3),
            missed: 0,
            proof: Duration::from_secs(3),
        }
    }
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A caller begins to wait. One who waits already, or has just talked, keeps their time and may
    /// want something else.
    Joined {
        /// The caller.
        ticket: Reference,
        /// Whom they wait for.
        wanted: Wanted,
    },
    /// A caller is gone from here: hung up, or went elsewhere.
    Left {
        /// The caller.
        ticket: Reference,
    },
    /// A handler's phone is there, or is still there.
    SignedIn {
        /// The handler.
        handler: HandlerId,
        /// What they can do.
        skills: Vec<String>,
    },
    /// A handler's phone has gone.
    SignedOut {
        /// The handler.
        handler: HandlerId,
    },
    /// The handler's phone refused, or could not be reached.
    Refused {
        /// The handler.
        handler: HandlerId,
        /// The caller.
        ticket: Reference,
    },
    /// The handler's phone answered.
    Answered {
        /// The handler.
        handler: HandlerId,
        /// The caller.
        ticket: Reference,
    },
    /// The conversation is over.
    Over {
        /// The handler.
        handler: HandlerId,
        /// The handler's side has not hung up, but was lost.
        lost: bool,
    },
    /// From now on things may take so long; what has begun keeps its time.
    Changed(Settings),
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ring the handler's phone for the caller.
    Offer {
        /// The caller.
        ticket: Reference,
        /// The handler.
        handler: HandlerId,
    },
    /// Stop ringing it.
    Withdraw {
        /// The caller.
        ticket: Reference,
        /// The handler.
        handler: HandlerId,
    },
    /// The two belong together now; the caller no longer waits, but keeps their place until it has
    /// shown that the two really talk.
    Connect {
        /// The caller.
        ticket: Reference,
        /// The handler.
        handler: HandlerId,
    },
    /// The conversation is over, and the caller is still there.
    Parted {
        /// The caller.
        ticket: Reference,
        /// It was over in a moment and was none, or the handler was lost: the caller waits again, at
        /// their old place.
        again: bool,
    },
    /// The handler answered an offer that no longer stands: let the phone go.
    Late {
        /// The caller.
        ticket: Reference,
        /// The handler.
        handler: HandlerId,
    },
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    settings: Settings,
    pub(super) waiting: BTreeMap<Reference, Waiting>,
    /// Callers who talk to a handler, since when, and how they waited.
    talking: BTreeMap<Reference, (Timestamp, Waiting)>,
    pub(super) handlers: BTreeMap<HandlerId, Handler>,
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
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
        self.waiting.len()
    }

    /// How many handlers are signed in.
    pub fn handlers(&self) -> usize {
        self.handlers.len()
    }

    /// A waiting caller's place, from 1.
    pub fn position(&self, ticket: Reference) -> Option<usize> {
        let order = self.order();
        order.iter().position(|t| *t == ticket).map(|n| n + 1)
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.handlers.values().filter_map(Handler::deadline).min()
    }

    /// Takes what has happened and gives what to do, in order.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Joined { ticket, wanted } => self.joined(now, ticket, wanted, &mut actions),
            Event::Left { ticket } => self.left(ticket, &mut actions),
            Event::SignedIn { handler, skills } => self.signed_in(now, handler, skills),
            Event::SignedOut { handler } => self.signed_out(&handler, &mut actions),
            Event::Refused { handler, ticket } => self.refused(now, &handler, ticket),
            Event::Answered { handler, ticket } => {
                self.answered(now, handler, ticket, &mut actions);
            }
            Event::Over { handler, lost } => self.over(now, &handler, lost, &mut actions),
            Event::Changed(settings) => self.settings = settings,
            Event::Tick => {}
        }
        self.time(now, &mut actions);
        self.match_up(now, &mut actions);
        actions
    }

    fn joined(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        wanted: Wanted,
        actions: &mut Vec<Action>,
    ) {
        if let Some(waiting) = self.waiting.get_mut(&ticket) {
            let other = waiting.wanted.skill != wanted.skill;
            waiting.wanted = wanted;
            // Who rings for the caller already may go on, unless somebody else is needed now.
            let withdraw = waiting.offered_to.clone().filter(|_| other);
            if let Some(handler) = withdraw {
                waiting.offered_to = None;
                self.free(&handler);
                actions.push(Action::Withdraw { ticket, handler });
            }
            return;
        }
        // Who was talking keeps the place from before.
        let before = self.talking.remove(&ticket).map(|(_, waiting)| waiting);
        let fresh = Waiting {
            wanted: wanted.clone(),
            since: now,
            offered_to: None,
            passed_over: Default::default(),
        };
        let mut waiting = before.unwrap_or(fresh);
        waiting.wanted = wanted;
        self.waiting.insert(ticket, waiting);
    }

    fn left(&mut self, ticket: Reference, actions: &mut Vec<Action>) {
        self.talking.remove(&ticket);
        let waiting = self.waiting.remove(&ticket);
        if let Some(handler) = waiting.and_then(|w| w.offered_to) {
            self.free(&handler);
            actions.push(Action::Withdraw { ticket, handler });
        }
    }

    /// Ends an offer through no fault of the handler: they are as idle as they were.
    fn free(&mut self, handler: &HandlerId) {
        if let Some(handler) = self.handlers.get_mut(handler)
            && let State::Offered { idle_since, .. } = handler.state
        {
            handler.state = State::Available {
                since: idle_since,
                from: None,
            };
        }
    }

    fn signed_in(&mut self, now: Timestamp, id: HandlerId, skills: Vec<String>) {
        let fresh = State::Available {
            since: now,
            from: None,
        };
        let handler = self.handlers.entry(id).or_insert(Handler {
            skills: Vec::new(),
            state: fresh.clone(),
            missed: 0,
            leaving: false,
        });
        handler.skills = skills;
        handler.leaving = false;
        if handler.state == State::NotReady {
            handler.state = fresh;
            handler.missed = 0;
        }
    }

    fn signed_out(&mut self, id: &HandlerId, actions: &mut Vec<Action>) {
        let Some(handler) = self.handlers.get_mut(id) else {
            return;
        };
        match handler.state {
            State::Talking { .. } => handler.leaving = true,
            State::Offered { ticket, .. } => {
                self.handlers.remove(id);
                if let Some(waiting) = self.waiting.get_mut(&ticket) {
                    waiting.offered_to = None;
                }
                let handler = id.clone();
                actions.push(Action::Withdraw { ticket, handler });
            }
            _ => {
                self.handlers.remove(id);
            }
        }
    }

    /// Ends an offer that the handler did not take.
    fn passed(&mut self, now: Timestamp, id: &HandlerId, ticket: Reference) {
        if let Some(waiting) = self.waiting.get_mut(&ticket) {
            waiting.offered_to = None;
            waiting.passed_over.insert(id.clone());
        }
        let Some(handler) = self.handlers.get_mut(id) else {
            return;
        };
        handler.missed += 1;
        handler.state = if self.settings.missed > 0 && handler.missed >= self.settings.missed {
            State::NotReady
        } else {
            State::Available {
                since: now,
                from: Some(later(now, self.settings.breath)),
            }
        };
    }

    fn is_offered(&self, id: &HandlerId, ticket: Reference) -> bool {
        let handler = self.handlers.get(id);
        handler.is_some_and(|h| matches!(h.state, State::Offered { ticket: t, .. } if t == ticket))
    }

    fn refused(&mut self, now: Timestamp, id: &HandlerId, ticket: Reference) {
        if self.is_offered(id, ticket) {
            self.passed(now, id, ticket);
        }
    }

    fn answered(
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
        if let Some(mut waiting) = self.waiting.remove(&ticket) {
            waiting.offered_to = None;
            self.talking.insert(ticket, (now, waiting));
        }
        if let Some(handler) = self.handlers.get_mut(&id) {
            handler.state = State::Talking { ticket };
        }
        actions.push(Action::Connect {
            ticket,
            handler: id,
        });
    }

    fn over(&mut self, now: Timestamp, id: &HandlerId, lost: bool, actions: &mut Vec<Action>) {
        let Some(handler) = self.handlers.get_mut(id) else {
            return;
        };
        let State::Talking { ticket } = handler.state else {
            return;
        };
        let leaving = handler.leaving;
        handler.state = State::WrapUp {
            until: later(now, self.settings.wrap_up),
        };
        let mut again = false;
        // A caller who has gone themselves is not in here any more.
        if let Some((since, waiting)) = self.talking.remove(&ticket) {
            again = lost || now < later(since, self.settings.proof);
            actions.push(Action::Parted { ticket, again });
            if again {
                self.waiting.insert(ticket, waiting);
                self.passed(now, id, ticket);
            }
        }
        if leaving {
            self.handlers.remove(id);
        } else if !again && let Some(handler) = self.handlers.get_mut(id) {
            handler.missed = 0;
        }
    }

    /// Ends offers and wrap-ups whose time is over.
    fn time(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        let mut missed = Vec::new();
        for (id, handler) in &mut self.handlers {
            match handler.state {
                State::Offered { ticket, until, .. } if until <= now => {
                    missed.push((id.clone(), ticket));
                }
                State::WrapUp { until } if until <= now => {
                    handler.state = State::Available {
                        since: until,
                        from: None,
                    };
                }
                State::Available {
                    since,
                    from: Some(from),
                } if from <= now => handler.state = State::Available { since, from: None },
                _ => {}
            }
        }
        for (handler, ticket) in missed {
            self.passed(now, &handler, ticket);
            actions.push(Action::Withdraw { ticket, handler });
        }
    }

    /// Waiting callers, the next one first.
    fn order(&self) -> Vec<Reference> {
        let mut order: Vec<_> = self.waiting.iter().collect();
        order.sort_by_key(|(ticket, w)| (Reverse(w.wanted.priority), w.since, **ticket));
        order.into_iter().map(|(ticket, _)| *ticket).collect()
    }

    fn match_up(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        for ticket in self.order() {
            let Some(handler) = self.best_for(ticket, now) else {
                continue;
            };
            if let Some(waiting) = self.waiting.get_mut(&ticket) {
                waiting.offered_to = Some(handler.clone());
            }
            if let Some(chosen) = self.handlers.get_mut(&handler)
                && let State::Available { since, .. } = chosen.state
            {
                chosen.state = State::Offered {
                    ticket,
                    until: later(now, self.settings.ring),
                    idle_since: since,
                };
            }
            actions.push(Action::Offer { ticket, handler });
        }
    }

    /// The longest-idle free handler with the skill; those who have passed this caller over come last.
    fn best_for(&self, ticket: Reference, now: Timestamp) -> Option<HandlerId> {
        let waiting = self.waiting.get(&ticket)?;
        if waiting.offered_to.is_some() {
            return None;
        }
        let otherwise = self.otherwise(waiting);
        self.handlers
            .iter()
            .filter(|(_, handler)| handler.is_free() && waiting.suits(handler, otherwise))
            .min_by_key(|(id, handler)| {
                let since = match handler.state {
                    State::Available { since, .. } => since,
                    _ => now,
                };
                let passed_over = waiting.passed_over.contains(*id);
                let lacks_skill = !handler.has(&waiting.wanted.skill);
                (passed_over, lacks_skill, since, (*id).clone())
            })
            .map(|(id, _)| id.clone())
    }

    /// The skill that will do as well: while nobody who has the wanted one may come free and has not
    /// let this caller ring already, and at once where a life is in danger.
    pub(super) fn otherwise<'a>(&self, waiting: &'a Waiting) -> Option<&'a str> {
        let wanted = &waiting.wanted;
        let otherwise = wanted.otherwise.as_deref()?;
        let mut staff = self.handlers.iter();
        let hope = staff.any(|(id, handler)| {
            let may_come = handler.state != State::NotReady && !waiting.passed_over.contains(id);
            handler.has(&wanted.skill) && may_come
        });
        (!hope || wanted.priority == Priority::Emergency).then_some(otherwise)
    }
}
