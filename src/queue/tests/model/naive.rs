//! Who would do for whom, worked out by looking at everybody, from what is promised and not from how the
//! queue finds it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::ledger::{Caller, Ledger};
use crate::flow::Priority;
use crate::identity::Reference;
use crate::queue::machine::ago;
use crate::queue::*;

pub(super) struct Eyes<'a> {
    queue: &'a Queue,
    ledger: &'a Ledger,
    now: Timestamp,
    /// Callers for whom nobody rings and who are not to be tried later.
    open: BTreeMap<Reference, &'a Caller>,
}

impl<'a> Eyes<'a> {
    pub(super) fn new(queue: &'a Queue, ledger: &'a Ledger, now: Timestamp) -> Self {
        let rung: BTreeSet<&Reference> = ledger.rings.values().collect();
        let open = ledger.waiting.iter();
        let open = open.filter(|(t, caller)| !rung.contains(t) && caller.parked.is_none());
        Eyes {
            queue,
            ledger,
            now,
            open: open.map(|(ticket, caller)| (*ticket, caller)).collect(),
        }
    }

    fn rules(&self, region: &str) -> &'a Rules {
        let settings = &self.queue.settings;
        settings.regions.get(region).unwrap_or(&settings.rules)
    }

    /// Callers may hope for them.
    fn is_there(&self, handler: &HandlerId) -> bool {
        let state = self.queue.state_of(handler);
        let away = matches!(state, None | Some(State::NotReady { .. }));
        !away && !self.ledger.leaving.contains(handler)
    }

    fn is_free(&self, handler: &HandlerId) -> bool {
        let state = self.queue.state_of(handler);
        matches!(state, Some(State::Available { from: None, .. }))
    }

    /// Steps that a caller has taken by waiting.
    fn own_steps(&self, caller: &Caller) -> usize {
        let waited = ago(self.now, caller.since);
        let overflow = &self.rules(&caller.wanted.region).overflow;
        let passed = (1..=overflow.len()).filter(|n| {
            let after = overflow[n - 1].after;
            after.is_some_and(|after| after <= waited)
        });
        passed.max().unwrap_or(0)
    }

    /// Everybody who would do for a caller now, whatever they are doing.
    pub(super) fn would_do(&self, ticket: Reference, caller: &Caller) -> BTreeSet<&'a HandlerId> {
        let overflow = &self.rules(&caller.wanted.region).overflow;
        let of_region = self.queue.steps.get(&caller.wanted.region);
        let from = self
            .own_steps(caller)
            .max(of_region.copied().unwrap_or_default());
        let emergency = caller.wanted.priority == Priority::Emergency;
        if let Some(own) = caller.wanted.provider.as_ref().filter(|_| !emergency) {
            for steps in from..=overflow.len() {
                let mut providers = vec![own];
                let mut everyone = false;
                for step in &overflow[..steps] {
                    match &step.to {
                        Reach::Providers(more) => providers.extend(more),
                        Reach::Everyone => everyone = true,
                    }
                }
                if everyone {
                    break;
                }
                let found = self.who(ticket, caller, |theirs| {
                    theirs.is_none_or(|p| providers.contains(&p) && !self.ledger.failed.contains(p))
                });
                let of_providers = |id: &&HandlerId| self.ledger.profiles[*id].provider.is_some();
                if found.iter().any(|id| of_providers(id) && self.is_there(id)) {
                    return found;
                }
            }
        }
        self.who(ticket, caller, |_| true)
    }

    /// Everybody who can do what a caller needs, of certain providers.
    fn who(
        &self,
        ticket: Reference,
        caller: &Caller,
        of: impl Fn(Option<&String>) -> bool,
    ) -> BTreeSet<&'a HandlerId> {
        let wanted = &caller.wanted;
        let here = self.ledger.profiles.iter();
        let here = here.filter(|(_, profile)| of(profile.provider.as_ref()));
        let skilled = |profile: &Profile| {
            let mut required = wanted.required.iter();
            required.all(|skill| profile.skills.contains_key(skill))
        };
        let (able, others): (Vec<_>, Vec<_>) = here.partition(|(_, profile)| skilled(profile));
        let passed_over = &self.queue.callers.get(ticket).unwrap().passed_over;
        let hope = able
            .iter()
            .any(|(id, _)| self.is_there(id) && !passed_over.contains(*id));
        let mut found: BTreeSet<&HandlerId> = able.iter().map(|(id, _)| *id).collect();
        if let Some(otherwise) = &wanted.otherwise
            && (!hope || wanted.priority == Priority::Emergency)
        {
            let instead = others
                .iter()
                .filter(|(_, p)| p.skills.contains_key(otherwise));
            found.extend(instead.map(|(id, _)| *id));
        }
        found
    }

    /// No caller for whom nobody rings would be served by a handler who is free; and where all are to ring,
    /// nobody is free who would do and has not passed the caller over.
    pub(super) fn nobody_waits_who_need_not(&self) {
        let free: Vec<&HandlerId> = self.ledger.profiles.keys().collect();
        let free: Vec<&HandlerId> = free.into_iter().filter(|id| self.is_free(id)).collect();
        if free.is_empty() {
            return;
        }
        for (ticket, caller) in &self.ledger.waiting {
            let open = self.open.contains_key(ticket);
            let all = self.rules(&caller.wanted.region).strategy == Strategy::RingAll;
            if caller.parked.is_some() || !open && !all {
                continue;
            }
            let passed_over = &self.queue.callers.get(*ticket).unwrap().passed_over;
            let would_do = self.would_do(*ticket, caller);
            for handler in &free {
                let waits = would_do.contains(handler) && (open || !passed_over.contains(handler));
                assert!(!waits, "{ticket} waits although {handler} is free");
            }
        }
    }

    /// By whom a caller is overtaken.
    fn turn(&self, ticket: Reference, caller: &Caller) -> (u8, Timestamp, Reference) {
        let ageing = SignedDuration::try_from(self.queue.settings.ageing).unwrap();
        let levels = match caller.wanted.priority {
            Priority::Emergency => return (0, caller.since, ticket),
            Priority::YoungOrOld => 2,
            Priority::HealthProfessional => 1,
            Priority::Ordinary => 0,
        };
        let tier = if caller.place == Place::Top { 1 } else { 2 };
        (tier, caller.since - ageing * levels, ticket)
    }

    /// Of those for whom nobody rang before and nobody rings now, none would have been served by an offer
    /// that was made to somebody whose turn comes later.
    pub(super) fn nobody_comes_before_their_turn(
        &self,
        rang: &BTreeSet<Reference>,
        actions: &[Action],
    ) {
        for action in actions {
            let Action::Offer { ticket, handler } = action else {
                continue;
            };
            // It may be gone already.
            if self.ledger.rings.get(handler) != Some(ticket) {
                continue;
            }
            let offered = self.turn(*ticket, &self.ledger.waiting[ticket]);
            for (other, caller) in &self.open {
                if rang.contains(other) || self.turn(*other, caller) > offered {
                    continue;
                }
                let passed_by = self.would_do(*other, caller).contains(handler);
                assert!(!passed_by, "{other} comes before {ticket}");
            }
        }
    }

    /// Steps for whole regions hold while what brings them does, and no longer than half of it does.
    pub(super) fn steps_are_taken(&self) {
        let callers = self.ledger.waiting.values();
        let mut regions: BTreeSet<&String> = callers.map(|c| &c.wanted.region).collect();
        regions.extend(self.queue.steps.keys());
        for region in regions {
            let taken = self.queue.steps.get(region).copied().unwrap_or_default();
            let (least, most) = (self.steps_by(region, 1), self.steps_by(region, 2));
            assert!(
                (least..=most).contains(&taken),
                "{region}: {least}, {taken}, {most}"
            );
        }
    }

    /// How many steps hold where conditions are eased by a divisor.
    fn steps_by(&self, region: &str, ease: u32) -> usize {
        let callers = self.ledger.waiting.values();
        let here: Vec<&Caller> = callers.filter(|c| c.wanted.region == region).collect();
        let rules = self.rules(region);
        let own: BTreeSet<Option<&String>> =
            here.iter().map(|c| c.wanted.provider.as_ref()).collect();
        let handlers = self.ledger.profiles.iter();
        let staffed = handlers.filter(|(id, profile)| {
            let provider = profile.provider.as_ref();
            self.is_there(id) && (provider.is_none() || own.contains(&provider))
        });
        let staffed = u32::try_from(staffed.count()).unwrap();
        let known = self.queue.handling.get(region);
        let call = known.unwrap_or(&self.queue.settings.handling);
        let together = (*call + rules.wrap_up) * u32::try_from(here.len()).unwrap();
        let holds = |step: &Overflow| {
            let most = |most: usize| here.len() > most / ease as usize;
            let slow = |most| staffed == 0 || together / staffed > most / ease;
            step.longer_than.is_some_and(most)
                || !here.is_empty() && step.estimate_over.is_some_and(slow)
        };
        let overflow = &rules.overflow;
        let held = (1..=overflow.len()).filter(|n| holds(&overflow[n - 1]));
        held.max().unwrap_or(0)
    }
}
