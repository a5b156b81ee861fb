//! Whether the thread keeps up with the grid, and how that is told.

use std::time::Duration;

use super::stats::{Counters, LATENESS_US, add};

/// A tick this late is counted.
const LATE: Duration = Duration::from_millis(5);
/// Further behind than this, ticks are left out: two frames in a row are caught up with, more
/// would be a burst.
const BEHIND: Duration = Duration::from_millis(40);
/// The least time between two lines in the log.
const QUIET: Duration = Duration::from_secs(1);

/// What there is to say about falling behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Complaint {
    /// Ticks left out since the last complaint.
    pub skipped: u64,
    /// Ticks that came late since then.
    pub late: u64,
    /// The latest of them.
    pub worst: Duration,
}

/// Counts lateness, and says now and then what it has come to.
#[derive(Debug, Default)]
pub(super) struct Pace {
    owed: Complaint,
    said: Option<Duration>,
}

impl Pace {
    /// Whether the thread is so far behind that ticks must be left out.
    pub(super) fn is_behind(due: u64, now: Duration) -> bool {
        now > Duration::from_millis(due) + BEHIND
    }

    /// So many ticks were due at a millisecond and are done now.
    pub(super) fn done(&mut self, ticks: u64, due: u64, now: Duration, counters: &Counters) {
        let late = now.saturating_sub(Duration::from_millis(due));
        let us = late.as_micros() as u64;
        let bucket = LATENESS_US.partition_point(|&limit| limit < us);
        add(&counters.lateness[bucket], ticks);
        add(&counters.lateness_us, us.saturating_mul(ticks));
        if late >= LATE {
            add(&counters.late_ticks, ticks);
            self.owed.late += ticks;
            self.owed.worst = self.owed.worst.max(late);
        }
    }

    /// So many ticks were left out.
    pub(super) fn left_out(&mut self, ticks: u64, behind: Duration, counters: &Counters) {
        add(&counters.skipped_ticks, ticks);
        self.owed.skipped += ticks;
        self.owed.worst = self.owed.worst.max(behind);
    }

    /// What is to be said now: at once the first time, then at most once a second.
    pub(super) fn complaint(&mut self, now: Duration) -> Option<Complaint> {
        let is_quiet = self.said.is_some_and(|said| now < said + QUIET);
        if self.owed == Complaint::default() || is_quiet {
            return None;
        }
        self.said = Some(now);
        Some(std::mem::take(&mut self.owed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn lateness_is_counted_where_it_belongs() {
        let (counters, mut pace) = (Counters::default(), Pace::default());
        pace.done(3, 100, ms(100), &counters);
        pace.done(2, 100, ms(104), &counters);
        pace.done(1, 100, ms(5_000), &counters);
        let stats = counters.read(0);
        assert_eq!(stats.lateness.iter().sum::<u64>(), 6);
        assert_eq!((stats.lateness[0], stats.late_ticks), (3, 1));
        assert_eq!(stats.lateness.last(), Some(&1));
    }

    #[test]
    fn a_thread_that_stays_behind_complains_once_a_second_and_forgets_nothing() {
        let (counters, mut pace) = (Counters::default(), Pace::default());
        assert_eq!(pace.complaint(ms(0)), None);
        let mut said = Complaint::default();
        let mut times = 0;
        for n in 0..200 {
            pace.done(1, n * 20, ms(n * 20 + 6), &counters);
            pace.left_out(2, ms(50), &counters);
            if let Some(complaint) = pace.complaint(ms(n * 20 + 6)) {
                times += 1;
                said.late += complaint.late;
                said.skipped += complaint.skipped;
            }
        }
        assert_eq!(times, 4);
        assert!(said.late >= 150 && said.skipped == 2 * said.late);
        let stats = counters.read(0);
        assert_eq!((stats.late_ticks, stats.skipped_ticks), (200, 400));
    }

    #[test]
    fn two_frames_are_caught_up_with_and_no_more() {
        assert!(!Pace::is_behind(100, ms(140)));
        assert!(Pace::is_behind(100, ms(141)));
    }
}
