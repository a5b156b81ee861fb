//! How long somebody has still to wait, as far as can be told.

use std::time::Duration;

use jiff::Timestamp;

use super::eligibility::{self, Circumstances, Needs, Rank};
use super::handler::ProfileId;
use super::lines::Line;
use super::loss::Loss;
use super::machine::{Queue, ago};
use super::waiting::{Turn, Waiting};

/// Who will do for somebody.
type Row = [(Rank, ProfileId)];

impl Queue {
    /// How long it takes by now until a caller's turn; none while nobody who would do is there.
    ///
    /// As long as it takes those who are there to see to all who come first, by how long calls have taken of late. Of
    /// those ahead each has a chance to hang up, which is that of late: without it the waits of long queues would
    /// be reckoned far too long (Whitt, Improving service by informing customers about anticipated delays,
    /// 1999). Whoever will reach further before that waits until then, and from then on as all do who reach as far.
    pub(super) fn reckoned(
        &self,
        now: Timestamp,
        waiting: &Waiting,
        line: &Line,
        turn: Turn,
    ) -> Option<Duration> {
        // A phone rings for them.
        if !waiting.offered_to.is_empty() {
            return Some(Duration::ZERO);
        }
        let mut estimate = self.reckoned_with(line, &line.row, turn);
        let rules = self.rules(&waiting.wanted.region);
        let waited = ago(now, waiting.since);
        let steps = rules.overflow.iter().enumerate().skip(waiting.steps);
        for (step, overflow) in steps {
            let Some(after) = overflow.after else {
                continue;
            };
            let until = after.saturating_sub(waited);
            if estimate.is_some_and(|estimate| estimate <= until) {
                break;
            }
            let row = self.row_after(line, step + 1);
            let reaching = self.reckoned_with(line, &row, turn);
            let reaching = reaching.map(|reaching| reaching.max(until));
            estimate = match (estimate, reaching) {
                (Some(before), Some(reaching)) => Some(before.min(reaching)),
                (before, reaching) => before.or(reaching),
            };
        }
        estimate
    }

    /// Who will do for those of a line once their waiting has brought so many steps.
    fn row_after(&self, line: &Line, steps: usize) -> Vec<(Rank, ProfileId)> {
        let region = &line.needs.wanted().region;
        let circumstances = Circumstances {
            rules: self.rules(region),
            failed: &self.failed,
            steps: self.steps.get(region).copied().unwrap_or_default(),
        };
        let needs = Needs {
            steps,
            ..line.needs.clone()
        };
        eligibility::row(&needs, &self.pool, &circumstances)
    }

    /// The same with those who will do.
    fn reckoned_with(&self, line: &Line, row: &Row, turn: Turn) -> Option<Duration> {
        let staffed: usize = row.iter().map(|(_, p)| self.pool.staffed(*p)).sum();
        if staffed == 0 {
            return None;
        }
        let rivals = self.callers.lines().iter();
        let ahead = rivals.map(|(_, rival)| {
            let rivalry = self.rivalry(rival, row);
            match rivalry > 0.0 {
                true => rival.open_before(turn) as f64 * rivalry,
                false => 0.0,
            }
        });
        let ahead = ahead.sum::<f64>();
        let free: usize = row.iter().map(|(_, p)| self.pool.free_of(*p)).sum();
        if ahead < free as f64 {
            return Some(Duration::ZERO);
        }
        let calls = ahead + 1.0;
        let region = &line.needs.wanted().region;
        let together = calls * self.call_in(region).as_secs_f64() / staffed as f64;
        let loss = self.loss.get(region).map_or(0.0, Loss::per_second);
        let seconds = match loss > 0.0 {
            true => (together * loss).ln_1p() / loss,
            false => together,
        };
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// The part of a rival's callers who take up those of a row: they may have others as well.
    fn rivalry(&self, rival: &Line, row: &Row) -> f64 {
        let (mut all, mut ours) = (0, 0);
        for (_, profile) in &rival.row {
            let staffed = self.pool.staffed(*profile);
            all += staffed;
            if row.iter().any(|(_, own)| own == profile) {
                ours += staffed;
            }
        }
        match all {
            0 => 0.0,
            all => ours as f64 / all as f64,
        }
    }
}
