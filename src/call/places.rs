//! Kept places at work: what is written down of them, one thing after the other.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::identity::Reference;
use crate::queue::KeptPlace;
use crate::store::SharedStore;

/// Before a write that failed is tried again, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// Writes that the store has not taken yet.
const WRITES: usize = 4_096;

/// Something to be written down. Writing it twice is the same as once.
enum Write {
    Keep(Box<KeptPlace>, oneshot::Sender<()>),
    Forget(Reference, oneshot::Sender<()>),
}

/// The way to where kept places are written down.
pub(super) struct Places {
    writes: mpsc::Sender<Write>,
}

/// Tells that something has been written down.
pub(super) type Written = oneshot::Receiver<()>;

impl Places {
    /// Starts the writer.
    pub(super) fn start(store: SharedStore) -> Self {
        let (writes, to_write) = mpsc::channel(WRITES);
        tokio::spawn(write_down(store, to_write));
        Places { writes }
    }

    /// Writes a place down as it stands now. What comes back tells when that has been done; where it is
    /// dropped, it is done all the same.
    pub(super) fn keep(&self, place: KeptPlace) -> Written {
        self.write(|done| Write::Keep(Box::new(place), done))
    }

    /// Forgets a place, after whatever was written of it before.
    pub(super) fn forget(&self, reference: Reference) -> Written {
        self.write(|done| Write::Forget(reference, done))
    }

    /// Waits until everything has been written down so far.
    pub(super) async fn flush(&self) {
        let nobody = Reference::new(0, 0);
        let _ = self.forget(nobody).await;
    }

    fn write(&self, write: impl FnOnce(oneshot::Sender<()>) -> Write) -> Written {
        let (done, written) = oneshot::channel();
        // One that finds no room fails at once: whoever waits for it hears of that.
        if self.writes.try_send(write(done)).is_err() {
            tracing::error!("a kept place cannot be written down: the store takes nothing");
            metrics::counter!("ivr111_kept_place_writes_lost_total").increment(1);
        }
        written
    }
}

async fn write_down(store: SharedStore, mut writes: mpsc::Receiver<Write>) {
    while let Some(write) = writes.recv().await {
        let mut pause = PAUSE.0;
        loop {
            let result = match &write {
                Write::Keep(place, _) => store.keep_place(place).await,
                Write::Forget(reference, _) => store.forget_place(*reference).await,
            };
            let Err(error) = result else { break };
            tracing::error!(%error, "a kept place cannot be written down");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
        let (Write::Keep(_, done) | Write::Forget(_, done)) = write;
        let _ = done.send(());
    }
}
