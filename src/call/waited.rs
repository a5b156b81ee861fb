//! How long callers have waited for a handler, for the timeline and for metrics.

use std::time::Duration;

use jiff::SignedDuration;

use crate::store::TimelineEntry;

use super::log::Log;

/// How a caller came to talk to a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// They stayed on the line.
    OnTheLine,
    /// They kept their place and were called back.
    CalledBack,
}

/// Records that a handler has answered somebody who has waited for so long.
pub(super) fn record(log: &Log, waited: SignedDuration, how: How) {
    let waited = Duration::try_from(waited).unwrap_or_default();
    log.record(TimelineEntry::Waited {
        time: waited,
        called_back: how == How::CalledBack,
    });
    let how = match how {
        How::OnTheLine => "on-the-line",
        How::CalledBack => "called-back",
    };
    metrics::histogram!("ivr111_answered_after_seconds", "how" => how).record(waited);
}
