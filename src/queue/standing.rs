//! How far a caller is from their turn, and how full a region is.

use std::time::Duration;

use crate::identity::Reference;

use super::callers::{Line, Turn};
use super::machine::Queue;

/// How things stand with a caller who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The place among those who wait for the same handlers, from 1.
    pub position: usize,
    /// How long it takes by now until their turn; none while nobody who would do is there.
    pub estimate: Option<Duration>,
    /// How many handlers there are who would do, whatever they are doing now.
    pub staffed: usize,
}

impl Queue {
    /// How things stand with a caller; none of whoever does not wait. Costs a step for everybody who is
    /// before them.
    pub fn standing(&self, ticket: Reference) -> Option<Standing> {
        let waiting = self.callers.get(ticket)?;
        let turn = waiting.turn(ticket, self.settings.ageing);
        // Whoever is tried again later stands in no line meanwhile, and asks for nothing.
        let line = self.callers.line(self.callers.line_of(ticket)?)?;
        Some(self.standing_in(line, turn))
    }

    fn standing_in(&self, line: &Line, turn: Turn) -> Standing {
        let rivals = self
            .callers
            .lines()
            .filter(|(_, other)| line.row.iter().any(|(_, profile)| other.suits(*profile)));
        let ahead: usize = rivals.map(|(_, other)| other.ahead_of(turn)).sum();
        let profiles = line.row.iter().map(|(_, profile)| *profile);
        let staffed = profiles.map(|profile| self.pool.staffed(profile)).sum();
        let region = &line.needs.wanted.region;
        let handling = self
            .handling_of(region)
            .saturating_add(self.rules(region).wrap_up);
        let calls = u32::try_from(ahead + 1).unwrap_or(u32::MAX);
        let estimate = u32::try_from(staffed).ok().filter(|staffed| *staffed > 0);
        Standing {
            position: ahead + 1,
            estimate: estimate.map(|staffed| handling.saturating_mul(calls) / staffed),
            staffed,
        }
    }

    fn handling_of(&self, region: &str) -> Duration {
        let known = self.handling.get(region).copied();
        known.unwrap_or(self.settings.handling)
    }

    /// How many steps of overflow a region's length and estimate bring about. A step that has been taken
    /// lasts until half of what has brought it is left, so that it does not flicker.
    pub(super) fn measure(&mut self, region: &str) {
        let rules = self.settings.of(region);
        if rules.overflow.is_empty() {
            return;
        }
        let before = self.steps.get(region).copied().unwrap_or_default();
        let waiting = self.callers.in_region(region);
        let estimate = self.estimate_of(region, waiting);
        let holds = |n: usize| {
            let Some(step) = rules.overflow.get(n) else {
                return false;
            };
            let taken = n < before;
            let ease = if taken { 2 } else { 1 };
            let long = step.longer_than.is_some_and(|most| waiting > most / ease);
            let slow = step.estimate_over.is_some_and(|most| {
                waiting > 0 && estimate.is_none_or(|estimate| estimate > most / ease as u32)
            });
            long || slow
        };
        let steps = (0..rules.overflow.len()).rev().find(|n| holds(*n));
        let steps = steps.map_or(0, |n| n + 1);
        if steps != before {
            self.steps.insert(region.to_owned(), steps);
            self.upset = true;
        }
    }

    /// How long whoever came now would wait for the region's own handlers, or those without a provider.
    fn estimate_of(&self, region: &str, waiting: usize) -> Option<Duration> {
        let lines = self
            .callers
            .lines()
            .filter(|(_, line)| line.needs.wanted.region == region);
        let own: std::collections::BTreeSet<&str> = lines
            .filter_map(|(_, line)| line.needs.wanted.provider.as_deref())
            .collect();
        let here = self.pool.profiles().filter(|(_, profile, _)| {
            let provider = profile.provider.as_deref();
            provider.is_none_or(|provider| own.contains(provider))
        });
        let staffed: usize = here.map(|(_, _, staffed)| staffed).sum();
        let staffed = u32::try_from(staffed).ok().filter(|staffed| *staffed > 0)?;
        let calls = u32::try_from(waiting).unwrap_or(u32::MAX);
        Some(self.handling_of(region).saturating_mul(calls) / staffed)
    }
}
