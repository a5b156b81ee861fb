use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::LiveError;
use super::found::Found;
use super::record::Key;
use super::writer::{self, Writer};

/// What is to be written: the newest state of each, or that there is none any more.
pub(super) type Pending = HashMap<Key, Option<Vec<u8>>>;

#[derive(Default)]
pub(super) struct State {
    pub(super) pending: Pending,
    /// How often something was to be written, and up to where it has been.
    pub(super) asked: u64,
    pub(super) written: u64,
    /// The file cannot be written.
    pub(super) failing: bool,
    /// Nothing more is written: another process has it from now on.
    pub(super) over: bool,
}

pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the newest state of all that runs is kept. Nothing here waits for the disk but
/// [`flush`](Journal::flush); of a state that changes again before it is written only the newest is. Clones
/// are the same.
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

impl Journal {
    /// Opens the file of a node in a folder, which is made where it is not there, and gives what the process
    /// before has left. That stays in the file until it is [ended](Journal::end) or put anew.
    pub fn open(folder: &Path, node: &str) -> Result<(Journal, Found), LiveError> {
        let (writer, found) = Writer::open(folder, node)?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        writer::start(writer, Arc::clone(&shared))?;
        Ok((Journal(shared), found))
    }

    /// This is the newest state.
    pub fn put(&self, key: Key, state: Vec<u8>) {
        self.change(key, Some(state));
    }

    /// There is none any more.
    pub fn end(&self, key: Key) {
        self.change(key, None);
    }

    fn change(&self, key: Key, state: Option<Vec<u8>>) {
        let mut shared = self.0.lock();
        shared.pending.insert(key, state);
        shared.asked += 1;
        drop(shared);
        self.0.changed.notify_all();
    }

    /// Waits until all that was told before is in the file, but no longer than `limit`; gives whether it is.
    pub fn flush(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut shared = self.0.lock();
        let asked = shared.asked;
        while shared.written < asked && !shared.over {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.0.changed.wait_timeout(shared, left);
            shared = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        shared.written >= asked
    }

    /// Whether the file cannot be written at present. It is tried again and again.
    pub fn is_failing(&self) -> bool {
        self.0.lock().failing
    }

    /// Writes what there is to write, and then nothing more: another process takes the file from now on.
    pub fn hand_over(&self, limit: Duration) -> bool {
        let flushed = self.flush(limit);
        self.0.lock().over = true;
        self.0.changed.notify_all();
        flushed
    }
}
