//! Noticing that nothing comes in although it should.

use std::time::Duration;

/// What the watch has noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Silent { for_ms: u64 },
    Resumed,
}

/// Watches the gap since the last packet.
#[derive(Debug)]
pub(crate) struct Watch {
    limit: Duration,
    /// When the gap began; `None` while nothing is expected (before the answer, on hold).
    since: Option<Duration>,
    silent: bool,
}

impl Watch {
    pub(crate) fn new(limit: Duration) -> Watch {
        Watch {
            limit,
            since: None,
            silent: false,
        }
    }

    /// Sound is expected from now on, or no longer.
    pub(crate) fn expect(&mut self, now: Duration, expected: bool) {
        if !expected {
            self.since = None;
            self.silent = false;
        } else if self.since.is_none() {
            self.since = Some(now);
        }
    }

    /// A packet came.
    pub(crate) fn on_packet(&mut self, now: Duration) -> Option<Notice> {
        if self.since.is_some() {
            self.since = Some(now);
        }
        std::mem::take(&mut self.silent).then_some(Notice::Resumed)
    }

    /// Time has passed.
    pub(crate) fn on_time(&mut self, now: Duration) -> Option<Notice> {
        let gap = now.saturating_sub(self.since?);
        if self.silent || gap < self.limit {
            return None;
        }
        self.silent = true;
        let for_ms = u64::try_from(gap.as_millis()).unwrap_or(u64::MAX);
        Some(Notice::Silent { for_ms })
    }
}
