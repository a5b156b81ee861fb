//! How far callers reach: by how long they have waited themselves, and by how full their region is.

use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;

use super::event::Action;
use super::machine::{Queue, Whom, ago, later};
use super::rules::Overflow;
use super::waiting::Waiting;

impl Queue {
    /// Lets a caller reach as far as their waiting has brought them by now, and sets the time of the next step.
    pub(super) fn pass_steps(&mut self, now: Timestamp, ticket: Reference) {
        self.forget_deadline(ticket);
        let Some(waiting) = self.callers.get(ticket) else {
            return;
        };
        let steps = self.steps_by_now(now, waiting);
        if steps != waiting.steps {
            let fresh = self.callers.change(ticket, |waiting| waiting.steps = steps);
            self.find_rows(fresh);
        }
        if let Some(at) = self.callers.get(ticket).and_then(|w| self.due(w)) {
            self.callers.set_deadline(ticket, at);
            self.deadlines.insert((at, Whom::Caller(ticket)));
        }
    }

    /// How many steps a caller's waiting has brought.
    pub(super) fn steps_by_now(&self, now: Timestamp, waiting: &Waiting) -> usize {
        let overflow = &self.rules(&waiting.wanted.region).overflow;
        let waited = ago(now, waiting.since);
        let reached = |step: &Overflow| step.after.is_some_and(|after| after <= waited);
        overflow.iter().rposition(reached).map_or(0, |n| n + 1)
    }

    /// When something happens to a caller by time alone: they may be tried again, or reach further.
    fn due(&self, waiting: &Waiting) -> Option<Timestamp> {
        let rules = self.rules(&waiting.wanted.region);
        let steps = rules.overflow.iter().skip(waiting.steps);
        let after = steps.filter_map(|step| step.after).min();
        let further = after.map(|after| later(waiting.since, after));
        waiting.not_before.into_iter().chain(further).min()
    }

    pub(super) fn forget_deadline(&mut self, ticket: Reference) {
        if let Some(at) = self.callers.take_deadline(ticket) {
            self.deadlines.remove(&(at, Whom::Caller(ticket)));
        }
    }

    pub(super) fn caller_due(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        let not_before = self.callers.get(ticket).and_then(|w| w.not_before);
        if not_before.is_some_and(|not_before| not_before <= now) {
            let fresh = self.callers.change(ticket, |w| w.not_before = None);
            self.find_rows(fresh);
        }
        self.pass_steps(now, ticket);
        self.find_handler(now, ticket, actions);
    }

    /// How many steps a region's length and estimate bring about, and whether that is news. A step that has
    /// been taken lasts until half of what has brought it is left, so that it does not flicker.
    pub(super) fn measure(&mut self, region: &str) -> bool {
        let before = self.steps.get(region).copied().unwrap_or_default();
        let overflow = &self.rules(region).overflow;
        let crowd = self.callers.crowd(region);
        let waiting = crowd.map_or(0, |crowd| crowd.waiting);
        let holds = |n: usize, step: &Overflow| {
            let ease = if n < before { 2 } else { 1 };
            let long = step.longer_than.is_some_and(|most| waiting > most / ease);
            let slow = |most: Duration| {
                let estimate = self.estimate_of(region);
                waiting > 0 && estimate.is_none_or(|estimate| estimate > most / ease as u32)
            };
            long || step.estimate_over.is_some_and(slow)
        };
        let mut steps = overflow.iter().enumerate();
        let steps = steps.rfind(|(n, step)| holds(*n, step));
        let steps = steps.map_or(0, |(n, _)| n + 1);
        if steps == 0 {
            self.steps.remove(region);
        } else if steps != before {
            self.steps.insert(region.to_owned(), steps);
        }
        steps != before
    }

    /// Measures every region in which somebody waits or for which a step holds.
    pub(super) fn measure_all(&mut self) {
        let regions = self.callers.regions().chain(self.steps.keys());
        let regions: std::collections::BTreeSet<String> = regions.cloned().collect();
        for region in regions {
            self.measure(&region);
        }
    }

    /// How long whoever came now would wait for the handlers of those providers to whom the region's callers
    /// count, and for those without one; none while nobody is there.
    fn estimate_of(&self, region: &str) -> Option<Duration> {
        let crowd = self.callers.crowd(region)?;
        let own = crowd.providers.keys();
        let staffed: usize = own.map(|own| self.pool.staffed_by(Some(own))).sum();
        let staffed = u32::try_from(staffed + self.pool.staffed_by(None)).ok()?;
        let calls = u32::try_from(crowd.waiting).unwrap_or(u32::MAX);
        let together = self.call_in(region).saturating_mul(calls);
        together.checked_div(staffed)
    }
}
