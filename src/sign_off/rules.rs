use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::audit::Hash;

use super::entry::Act;
use super::history::History;
use super::judge::{Activation, Approved, Judge, Object};
use super::person::Person;
use super::refusal::Refusal;
use super::set::Set;

/// How a proposal stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Callers are served by it.
    InForce,
    /// It was in force, and another one came after it.
    Superseded,
    /// It is not in force, and why.
    Refused(Refusal),
}

/// A proposal, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its number.
    pub proposal: u64,
    /// How it stands.
    pub state: State,
    /// Who has approved it so that it counts.
    pub approved_by: Option<String>,
    /// From when on, if it is approved.
    pub from: Option<Timestamp>,
}

/// What callers are served by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The number under which it was proposed.
    pub proposal: u64,
    /// Its files.
    pub set: Set,
    /// Since when.
    pub since: Timestamp,
}

/// A proposal by its number, and since when it is in force.
type Since = (u64, Timestamp);

/// What follows from a history.
#[derive(Debug)]
pub struct Rules<'a> {
    history: &'a History,
    proposals: BTreeMap<u64, Result<Approved<'a>, Refusal>>,
    activations: Vec<Activation>,
    /// Entries that count for nothing.
    idle: Vec<Refusal>,
}

impl<'a> Rules<'a> {
    /// Works out what is approved. `objects` tells what is kept of the bytes of a hash.
    pub fn new(
        history: &'a History,
        people: &'a [Person],
        objects: impl Fn(&Hash) -> Object,
    ) -> Self {
        let mut idle = Vec::new();
        let judge = Judge {
            history,
            people,
            objects: &objects,
        };
        let proposals: BTreeMap<u64, _> = history
            .entries()
            .iter()
            .filter_map(|judged| match &judged.entry.act {
                Act::Proposed(proposed) => Some((judged, proposed)),
                _ => None,
            })
            .map(|(judged, proposed)| (judged.entry.sequence, judge.approved(judged, proposed)))
            .collect();
        let approved = proposals.iter().filter_map(|(number, approved)| {
            let approved = approved.as_ref().ok()?;
            Some(Activation {
                at: approved.from,
                sequence: *number,
                to: *number,
                is_back: false,
            })
        });
        let mut activations: Vec<Activation> = approved.collect();
        for judged in history.entries() {
            if let Err(refusal) = judge.counts(judged) {
                idle.push(refusal);
                continue;
            }
            let Act::RolledBack(back) = &judged.entry.act else {
                continue;
            };
            match judge.back(judged, back, &proposals) {
                Ok(activation) => activations.push(activation),
                Err(refusal) => idle.push(refusal),
            }
        }
        activations.sort_unstable();
        Rules {
            history,
            proposals,
            activations,
            idle,
        }
    }

    /// Entries that count for nothing, and why.
    pub fn idle(&self) -> &[Refusal] {
        &self.idle
    }

    /// Those that have come into force by now and were not rolled back, the newest last.
    fn stack(&self, now: Timestamp) -> Vec<Since> {
        let mut stack: Vec<Since> = Vec::new();
        for activation in self.activations.iter().filter(|a| a.at <= now) {
            let place = stack.iter().position(|(to, _)| *to == activation.to);
            match place {
                Some(place) if activation.is_back => {
                    stack.truncate(place);
                    stack.push((activation.to, activation.at));
                }
                _ => stack.push((activation.to, activation.at)),
            }
        }
        stack
    }

    fn is_over(&self, proposal: u64, now: Timestamp) -> bool {
        let approved = self.proposals.get(&proposal);
        let approved = approved.and_then(|approved| approved.as_ref().ok());
        approved.is_none_or(|a| a.proposed.expires.is_some_and(|at| at <= now))
    }

    fn top(&self, now: Timestamp) -> Option<Since> {
        let stack = self.stack(now);
        let mut newest = stack.into_iter().rev();
        newest.find(|(proposal, _)| !self.is_over(*proposal, now))
    }

    /// What is in force at a moment.
    pub fn in_force(&self, now: Timestamp) -> Option<InForce> {
        let (proposal, since) = self.top(now)?;
        let approved = self.proposals.get(&proposal)?.as_ref().ok()?;
        Some(InForce {
            proposal,
            set: approved.proposed.set.clone(),
            since,
        })
    }

    /// When that changes by itself; nothing where it stays as it is.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let approved = self.proposals.values().filter_map(|a| a.as_ref().ok());
        let expiries = approved.filter_map(|approved| approved.proposed.expires);
        let begins = self.activations.iter().map(|activation| activation.at);
        let mut moments: Vec<Timestamp> = expiries.chain(begins).filter(|at| *at > now).collect();
        moments.sort_unstable();
        let current = self.top(now);
        moments.into_iter().find(|at| self.top(*at) != current)
    }

    /// How every proposal stands at a moment, the oldest first.
    pub fn standings(&self, now: Timestamp) -> Vec<Standing> {
        let (stack, top) = (self.stack(now), self.top(now));
        let standing = |(number, approved): (&u64, &Result<Approved<'_>, Refusal>)| {
            let (state, approved) = match approved {
                Err(refusal) => (State::Refused(refusal.clone()), None),
                Ok(approved) => (
                    self.state(*number, approved, (&stack, top), now),
                    Some(approved),
                ),
            };
            Standing {
                proposal: *number,
                state,
                approved_by: approved.map(|approved| approved.by.clone()),
                from: approved.map(|approved| approved.from),
            }
        };
        self.proposals.iter().map(standing).collect()
    }

    fn state(
        &self,
        number: u64,
        approved: &Approved<'_>,
        (stack, top): (&[Since], Option<Since>),
        now: Timestamp,
    ) -> State {
        if let Some(at) = approved.proposed.expires.filter(|at| *at <= now) {
            return State::Refused(Refusal::Expired { at });
        }
        if top.is_some_and(|(top, _)| top == number) {
            return State::InForce;
        }
        if stack.iter().any(|(in_stack, _)| *in_stack == number) {
            return State::Superseded;
        }
        let from = approved.from;
        State::Refused(match from > now {
            true => Refusal::NotYet { from },
            false => Refusal::RolledBack,
        })
    }

    /// Those sets that somebody else has approved, by number, whether they are in force or not.
    pub fn approved_sets(&self) -> impl Iterator<Item = (u64, &Set)> {
        let approved = self.proposals.iter();
        approved.filter_map(|(n, a)| Some((*n, &a.as_ref().ok()?.proposed.set)))
    }

    /// The history that they follow from.
    pub fn history(&self) -> &History {
        self.history
    }
}
