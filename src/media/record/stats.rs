//! What the recorder counts.

use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// Totals since the recorder was started, and what is open now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordingStats {
    /// Whether the recorder's thread is alive.
    pub running: bool,
    /// Recordings open now, those being finished included: at 0 everything is in its file.
    pub open: u64,
    /// Bytes that all files together have grown by, headers included.
    pub written: u64,
    /// Pieces of up to 20 ms that found the queue full, and are silence in their recording.
    pub lost: u64,
    /// Recordings that ended early because their file could not be written.
    pub failed: u64,
    /// Recordings that were cut off because they had reached the greatest length.
    pub cut: u64,
}

/// The counters behind [`RecordingStats`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub running: AtomicBool,
    pub open: AtomicU64,
    pub written: AtomicU64,
    pub lost: AtomicU64,
    pub failed: AtomicU64,
    pub cut: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> RecordingStats {
        RecordingStats {
            running: self.running.load(Relaxed),
            open: self.open.load(Acquire),
            written: self.written.load(Relaxed),
            lost: self.lost.load(Relaxed),
            failed: self.failed.load(Relaxed),
            cut: self.cut.load(Relaxed),
        }
    }

    /// Counts one recording more as open, unless so many are; whether it was counted.
    pub(super) fn enter(&self, at_once: u64) -> bool {
        self.open
            .fetch_update(Relaxed, Relaxed, |open| {
                (open < at_once).then_some(open + 1)
            })
            .is_ok()
    }

    /// Counts one recording less as open.
    pub(super) fn leave(&self) {
        // Not before everything that was written is: the owner may look at the file then.
        self.open.fetch_sub(1, Release);
    }
}
