//! Places among the calls that somebody may have at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A place among a trunk's or an account's calls, given back when dropped.
#[derive(Debug)]
pub struct Line(Arc<AtomicU32>);

impl Line {
    /// Takes a place among `calls`, of which there may be so many; none where all are taken. Takers of
    /// the same calls must not run side by side.
    pub(super) fn take(calls: &Arc<AtomicU32>, most: u32) -> Option<Self> {
        if calls.load(Ordering::Relaxed) >= most {
            return None;
        }
        calls.fetch_add(1, Ordering::Relaxed);
        Some(Line(Arc::clone(calls)))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
