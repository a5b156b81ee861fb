//! How far a caller is from their turn.

use std::time::Duration;

use crate::identity::Reference;

use super::lines::Line;
use super::loss::Loss;
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
    /// How things stand with a caller; none of whoever does not wait, or is to be tried again later. Costs a
    /// step for everybody who is before them.
    pub fn standing(&self, ticket: Reference) -> Option<Standing> {
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
        let (mut ahead, mut in_the_way) = (0, 0.0);
        for (_, rival) in rivals {
            let before = rival.ahead_of(turn);
            ahead += before;
            in_the_way += before as f64 * self.rivalry(rival, line);
        }
        let staffed = profiles().map(|profile| self.pool.staffed(profile)).sum();
        Some(Standing {
            position: ahead + 1,
            estimate: self.estimate(line, in_the_way + 1.0, staffed),
            staffed,
        })
    }

    /// The part of a rival's callers who take up handlers of a line: they may have others as well.
    fn rivalry(&self, rival: &Line, line: &Line) -> f64 {
        let (mut all, mut ours) = (0, 0);
        for (_, profile) in &rival.row {
            let staffed = self.pool.staffed(*profile);
            all += staffed;
            ours += if line.suits(*profile) { staffed } else { 0 };
        }
        match all {
            0 => 1.0,
            all => ours as f64 / all as f64,
        }
    }

    /// How long it takes until so many callers of a line have been answered or have hung up. Of those ahead, each
    /// one waits with a chance to hang up that is that of late: without it the waits of a long queue would be
    /// reckoned far too long (Whitt, Improving service by informing customers about anticipated delays, 1999).
    fn estimate(&self, line: &Line, calls: f64, staffed: usize) -> Option<Duration> {
        if staffed == 0 {
            return None;
        }
        let region = &line.needs.wanted().region;
        let call = self.call_in(region).as_secs_f64();
        let together = calls * call / staffed as f64;
        let loss = self.loss.get(region).map_or(0.0, Loss::per_second);
        let seconds = match loss > 0.0 {
            true => (together * loss).ln_1p() / loss,
            false => together,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// How long a call in a region takes a handler, to the end of the wrap-up.
    pub(super) fn call_in(&self, region: &str) -> Duration {
        let known = self.handling.get(region).copied();
        let talk = known.unwrap_or(self.settings.handling);
        talk.saturating_add(self.rules(region).wrap_up)
    }
}
