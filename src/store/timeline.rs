use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::identity::Reference;

use super::entry::{Entry, TimelineEntry};
use super::error::StoreError;
use super::face::SharedStore;

/// Entries that wait for the store; beyond this, entries are counted and dropped, while calls go on.
const SPOOL: usize = 200_000;
/// How long the first entry of a transaction waits for others: a transaction costs as much as a
/// hundred entries.
const GATHER: Duration = Duration::from_millis(50);
/// Entries of one transaction.
const BATCH: usize = 500;
/// Between two tries to write.
const RETRY: Duration = Duration::from_millis(500);

enum Message {
    Entry(Entry),
    Flush(oneshot::Sender<()>),
}

/// Where calls tell what happens to them. Never waits; cheap to clone.
#[derive(Clone, Debug)]
pub struct Timeline {
    entries: mpsc::Sender<Message>,
    /// Since when the store has not taken what it is given.
    refused: Refused,
}

type Refused = Arc<Mutex<Option<Instant>>>;

impl Timeline {
    /// Starts the writer.
    pub fn start(store: SharedStore) -> Self {
        let (entries, receiver) = mpsc::channel(SPOOL);
        let refused = Refused::default();
        tokio::spawn(write_all(store, receiver, Arc::clone(&refused)));
        Timeline { entries, refused }
    }

    /// For how long the store has not taken what it is given; nothing where it takes it.
    pub fn waits(&self) -> Duration {
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Writes an entry down, some time soon. `sequence` counts a call's entries.
    pub fn record(&self, call: Reference, at: Timestamp, sequence: u64, what: TimelineEntry) {
        let entry = Entry {
            call,
            at,
            sequence,
            what,
        };
        if self.entries.try_send(Message::Entry(entry)).is_err() {
            metrics::counter!("ivr111_timeline_dropped_total").increment(1);
        }
    }

    /// Waits until all that has been recorded so far is on disk.
    pub async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.entries.send(Message::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

async fn write_all(store: SharedStore, mut messages: mpsc::Receiver<Message>, refused: Refused) {
    let mut batch = Vec::with_capacity(BATCH);
    while messages.recv_many(&mut batch, BATCH).await > 0 {
        if batch.len() < BATCH {
            tokio::time::sleep(GATHER).await;
            let more = std::iter::from_fn(|| messages.try_recv().ok());
            batch.extend(more.take(BATCH - batch.len()));
        }
        let (mut entries, mut waiting) = (Vec::with_capacity(batch.len()), Vec::new());
        for message in batch.drain(..) {
            match message {
                Message::Entry(entry) => entries.push(entry),
                Message::Flush(done) => waiting.push(done),
            }
        }
        write(&store, &entries, &refused).await;
        *refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
        for done in waiting {
            let _ = done.send(());
        }
    }
}

/// Writes entries, however long the store is away.
async fn write(store: &SharedStore, entries: &[Entry], refused: &Refused) {
    if entries.is_empty() {
        return;
    }
    // A store that is slow takes fewer at a time, where it does not take all of them within its patience.
    let (mut left, mut most) = (entries, entries.len());
    while !left.is_empty() {
        let (now, later) = left.split_at(most.min(left.len()));
        match store.write(now).await {
            Ok(()) => left = later,
            Err(error) if !error.retryable() => {
                tracing::error!(%error, "the store refuses part of the timeline");
                write_one_by_one(store, now).await;
                left = later;
            }
            Err(error) => {
                tracing::error!(%error, "the timeline waits for the store");
                refused
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert_with(Instant::now);
                most = (most / 2).max(1);
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// One entry that the store will never take must not hold up the others.
async fn write_one_by_one(store: &SharedStore, entries: &[Entry]) {
    for entry in entries {
        while let Err(error) = store.write(std::slice::from_ref(entry)).await {
            if !passes(&error) {
                break;
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}

fn passes(error: &StoreError) -> bool {
    let passes = error.retryable();
    if !passes {
        metrics::counter!("ivr111_timeline_dropped_total").increment(1);
    }
    passes
}
