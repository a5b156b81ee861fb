use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Whether new calls are taken. Cheap to clone; all clones see the same.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicU8>);

impl Readiness {
    /// Calls are taken from now on.
    pub fn ready(&self) {
        self.0.store(1, Ordering::Release);
    }

    /// No new calls are taken; running ones go on.
    pub fn drain(&self) {
        self.0.store(2, Ordering::Release);
    }

    /// Whether new calls are taken.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire) == 1
    }

    /// One word for `/readyz`.
    pub fn word(&self) -> &'static str {
        match self.0.load(Ordering::Acquire) {
            1 => "ready",
            2 => "draining",
            _ => "starting",
        }
    }
}
