//! What whoever tells the queue what happens, and carries out its actions, knows: who waits, who rings,
//! who talks, and how often what has happened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::identity::Reference;
use crate::queue::machine::later;
use crate::queue::*;

/// Somebody who waits or talks.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) wanted: Wanted,
    pub(super) place: Place,
    pub(super) since: Timestamp,
    /// To be tried again then.
    pub(super) parked: Option<Timestamp>,
    pub(super) tries: Option<u32>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) waiting: BTreeMap<Reference, Caller>,
    /// Who belongs to whom.
    pub(super) talking: BTreeMap<Reference, (HandlerId, Caller)>,
    /// Whose phone rings for whom.
    pub(super) rings: BTreeMap<HandlerId, Reference>,
    /// Who has somebody on their phone, though the caller may be gone.
    pub(super) engaged: BTreeMap<HandlerId, Reference>,
    /// Who is signed in.
    pub(super) profiles: BTreeMap<HandlerId, Profile>,
    /// Whose phone has gone while they talk.
    pub(super) leaving: BTreeSet<HandlerId>,
    pub(super) failed: BTreeSet<String>,
    pub(super) counters: Counters,
    /// Phones that have stopped ringing without having refused.
    withdrawn: u64,
    pub(super) made_not_ready: u64,
    pub(super) late: u64,
}

impl Ledger {
    /// Takes down what is told, before the queue has said what follows.
    pub(super) fn happens(&mut self, now: Timestamp, event: &Event, settings: &Settings) {
        match event {
            Event::Joined {
                ticket,
                wanted,
                place,
            } => self.joins(now, *ticket, wanted, *place),
            Event::Left { ticket } => {
                self.talking.remove(ticket);
                let waited = self.waiting.remove(ticket).is_some();
                self.counters.left += u64::from(waited);
            }
            Event::Keeps { ticket } => {
                if let Some(caller) = self.waiting.get_mut(ticket)
                    && caller.tries.is_none()
                {
                    caller.tries = Some(0);
                    self.counters.kept += 1;
                }
            }
            Event::Restored { ticket, caller } => {
                let tries = caller.kept.unwrap_or_default();
                self.is_restored(now, *ticket, &caller.wanted, caller.since, tries);
            }
            Event::Unreached { ticket } => self.is_unreached(now, *ticket, settings),
            Event::SignedIn { handler, profile } => {
                self.leaving.remove(handler);
                self.profiles.insert(handler.clone(), profile.clone());
            }
            Event::SignedOut { handler } if self.engaged.contains_key(handler) => {
                self.leaving.insert(handler.clone());
            }
            Event::SignedOut { handler } => {
                self.profiles.remove(handler);
            }
            Event::Refused { handler, ticket } if self.rings.get(handler) == Some(ticket) => {
                self.rings.remove(handler);
                self.counters.refused += 1;
            }
            Event::NotRung { handler, ticket } if self.rings.get(handler) == Some(ticket) => {
                self.rings.remove(handler);
                self.counters.not_rung += 1;
            }
            Event::Over { handler, .. } => {
                let talked = self.engaged.remove(handler).is_some();
                self.counters.over += u64::from(talked);
                if self.leaving.remove(handler) {
                    self.profiles.remove(handler);
                }
            }
            Event::Provider { provider, failed } => {
                match failed {
                    true => self.failed.insert(provider.clone()),
                    false => self.failed.remove(provider),
                };
            }
            _ => {}
        }
    }

    fn joins(&mut self, now: Timestamp, ticket: Reference, wanted: &Wanted, place: Place) {
        if let Some((_, caller)) = self.talking.remove(&ticket) {
            self.counters.returned += 1;
            self.waiting.insert(ticket, caller);
        } else if !self.waiting.contains_key(&ticket) {
            self.counters.joined += 1;
        }
        let caller = self.waiting.entry(ticket).or_insert(Caller {
            wanted: wanted.clone(),
            place,
            since: now,
            parked: None,
            tries: None,
        });
        caller.wanted = wanted.clone();
        caller.place = place;
    }

    fn is_restored(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        wanted: &Wanted,
        since: Timestamp,
        tries: u32,
    ) {
        if self.waiting.contains_key(&ticket) || self.talking.contains_key(&ticket) {
            return;
        }
        self.joins(since.min(now), ticket, wanted, Place::InTurn);
        self.counters.kept += 1;
        if let Some(caller) = self.waiting.get_mut(&ticket) {
            caller.tries = Some(tries);
        }
    }

    fn is_unreached(&mut self, now: Timestamp, ticket: Reference, settings: &Settings) {
        let Some((_, mut caller)) = self.talking.remove(&ticket) else {
            return;
        };
        let tries = caller.tries.unwrap_or(0) + 1;
        caller.tries = Some(tries);
        if tries < settings.tries {
            caller.parked = Some(later(now, settings.retry));
            self.counters.returned += 1;
            self.waiting.insert(ticket, caller);
        }
    }

    /// Carries out what the queue wants.
    pub(super) fn carry_out(&mut self, event: &Event, action: &Action) {
        match action {
            Action::Busy { handler, .. } => panic!("{handler} is claimed by nobody"),
            Action::Offer { ticket, handler } => {
                let rings = self.rings.insert(handler.clone(), *ticket);
                assert_eq!(rings, None, "{handler} is offered two callers");
                let there = self.profiles.contains_key(handler);
                assert!(there, "{handler} is not there");
                assert!(!self.engaged.contains_key(handler), "{handler} talks");
                let caller = &self.waiting[ticket];
                let own = caller.wanted.provider.as_ref();
                let theirs = self.profiles[handler].provider.as_ref();
                self.counters.offered += 1;
                let beyond = own.is_some() && theirs.is_some() && own != theirs;
                self.counters.overflowed += u64::from(beyond);
            }
            Action::Withdraw { ticket, handler } => {
                let rang = self.rings.remove(handler);
                assert_eq!(rang, Some(*ticket), "{handler} does not ring for them");
                self.withdrawn += 1;
            }
            Action::Connect { ticket, handler } => {
                let answers = Event::Answered {
                    handler: handler.clone(),
                    ticket: *ticket,
                };
                assert_eq!(*event, answers);
                assert_eq!(self.rings.remove(handler), Some(*ticket));
                self.engaged.insert(handler.clone(), *ticket);
                let caller = self.waiting.remove(ticket).unwrap();
                self.talking.insert(*ticket, (handler.clone(), caller));
                self.counters.connected += 1;
            }
            Action::Parted { ticket, again } => {
                let (handler, caller) = self.talking.remove(ticket).unwrap();
                let ends = matches!(event, Event::Over { handler: h, .. } if *h == handler);
                assert!(ends, "{event:?} parts {ticket} from {handler}");
                if *again {
                    self.counters.returned += 1;
                    self.waiting.insert(*ticket, caller);
                }
            }
            Action::Late { ticket, handler } => {
                assert_ne!(self.rings.get(handler), Some(ticket));
                self.late += 1;
            }
            Action::Full { ticket } => {
                self.waiting.remove(ticket).unwrap();
                self.counters.joined -= 1;
                self.counters.full += 1;
            }
            Action::TakenOver { .. } => panic!("there is no other node"),
            Action::GivenUp { ticket } => {
                assert!(!self.waiting.contains_key(ticket) && !self.talking.contains_key(ticket));
                self.counters.given_up += 1;
            }
            Action::MadeNotReady { handler } => {
                assert!(!self.rings.contains_key(handler));
                self.made_not_ready += 1;
            }
        }
    }

    /// The queue has counted what has happened, and nothing is lost between its counters.
    pub(super) fn has_counted(&self, counters: Counters) {
        // Which of the phones that have stopped nobody had answered in time, the queue alone knows.
        assert_eq!(counters.missed + counters.withdrawn, self.withdrawn);
        let counted = Counters {
            missed: self.counters.missed,
            withdrawn: self.counters.withdrawn,
            ..counters
        };
        assert_eq!(counted, self.counters);
        let offers = counters.connected + counters.missed + counters.withdrawn;
        let offers = offers + counters.refused + counters.not_rung;
        assert_eq!(counters.offered, offers + self.rings.len() as u64);
        let callers = counters.left + counters.connected + self.waiting.len() as u64;
        assert_eq!(counters.joined + counters.returned, callers);
        let conversations = counters.over + self.engaged.len() as u64;
        assert_eq!(counters.connected, conversations);
    }
}
