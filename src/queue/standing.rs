//! How far a caller is from their turn.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;

use super::lines::Line;
use super::machine::{Queue, ago};

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
    /// How things stand now with a caller; none of whoever does not wait, or is to be tried again later. Costs a
    /// step for everybody who is before them.
    pub fn standing(&self, now: Timestamp, ticket: Reference) -> Option<Standing> {
        let turn = self.callers.turn_of(ticket)?;
        let id = self.callers.line_of(ticket)?;
        let line = self.callers.line(id)?;
        let profiles = || line.row.iter().map(|(_, profile)| *profile);
        // As long as nobody is known who would do, those who ask for the same are in each other's way.
        let asks_alike = |rival: &Line| {
            let (theirs, ours) = (rival.needs.wanted(), line.needs.wanted());
            let neither = line.row.is_empty() && rival.row.is_empty();
            neither && theirs.region == ours.region && theirs.required == ours.required
        };
        let rivals = self.callers.lines().iter().filter(|(other, rival)| {
            let shares = || profiles().any(|profile| rival.suits(profile));
            *other == id || shares() || asks_alike(rival)
        });
        let ahead: usize = rivals.map(|(_, rival)| rival.ahead_of(turn)).sum();
        let staffed = profiles().map(|profile| self.pool.staffed(profile)).sum();
        Some(Standing {
            position: ahead + 1,
            estimate: self.reckoned(now, self.callers.get(ticket)?, line, turn),
            staffed,
        })
    }

    /// Whether a caller has a place in a line; nobody has one who does not wait, or is to be tried again later.
    pub fn has_place(&self, ticket: Reference) -> bool {
        self.callers.line_of(ticket).is_some()
    }

    /// How long whoever has waited longest on the line has done so, in each region where anybody does. Costs a step
    /// for everybody who waits.
    pub fn longest_waits(&self, now: Timestamp) -> BTreeMap<&str, Duration> {
        let mut longest: BTreeMap<&str, Duration> = BTreeMap::new();
        for (_, waiting) in self.callers.iter() {
            // Who keeps a place, or has been promised a time, is not on the line.
            if waiting.kept.is_none() && waiting.wanted.deadline.is_none() {
                let wait = longest.entry(&waiting.wanted.region).or_default();
                *wait = (*wait).max(ago(now, waiting.since));
            }
        }
        longest
    }

    /// How long a call in a region takes a handler, to the end of the wrap-up.
    pub(super) fn call_in(&self, region: &str) -> Duration {
        let known = self.handling.get(region).copied();
        let talk = known.unwrap_or(self.settings.handling);
        talk.saturating_add(self.rules(region).wrap_up)
    }
}
