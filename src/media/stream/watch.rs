//! Noticing that nothing comes in although it should.

use std::time::Duration;

/// The longest between two notices of one gap.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the watch has noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Silent { for_ms: u64, heard: bool },
    Resumed,
}

/// Watches the gap since the last packet. One that lasts is noticed again: when it is twice as long, and
/// so on, but once a minute at least.
#[derive(Debug)]
pub(crate) struct Watch {
    limit: Duration,
    /// When the gap began; `None` while nothing is expected (before the answer, on hold).
    since: Option<Duration>,
    /// The gap that is noticed next; `None` while none has been noticed.
    again: Option<Duration>,
    /// Whether anything has come while it was expected.
    heard: bool,
}

impl Watch {
    pub(crate) fn new(limit: Duration) -> Watch {
        Watch {
            limit,
            since: None,
            again: None,
            heard: false,
        }
    }

    /// Sound is expected from now on, or no longer.
    pub(crate) fn expect(&mut self, now: Duration, expected: bool) {
        if !expected {
            self.since = None;
            self.again = None;
        } else if self.since.is_none() {
            self.since = Some(now);
        }
    }

    /// Whether sound is expected: the peer has answered, and does not hold the call.
    pub(crate) fn is_expecting(&self) -> bool {
        self.since.is_some()
    }

    /// Something came before this process.
    pub(crate) fn was_heard(&mut self) {
        self.heard = true;
    }

    /// A packet came.
    pub(crate) fn on_packet(&mut self, now: Duration) -> Option<Notice> {
        if self.since.is_some() {
            self.since = Some(now);
            self.heard = true;
        }
        self.again.take().map(|_| Notice::Resumed)
    }

    /// Time has passed.
    pub(crate) fn on_time(&mut self, now: Duration) -> Option<Notice> {
        let gap = now.saturating_sub(self.since?);
        if gap < self.again.unwrap_or(self.limit) {
            return None;
        }
        self.again = Some(gap + gap.clamp(self.limit, PATIENCE.max(self.limit)));
        let for_ms = u64::try_from(gap.as_millis()).unwrap_or(u64::MAX);
        let heard = self.heard;
        Some(Notice::Silent { for_ms, heard })
    }
}
