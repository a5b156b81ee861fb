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
    Flush(oneshot::Sender<()>),
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
        let (done, written) = oneshot::channel();
        if self.writes.send(Write::Flush(done)).await.is_ok() {
            let _ = written.await;
        }
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
                Write::Flush(_) => Ok(()),
            };
            let Err(error) = result else { break };
            tracing::error!(%error, "a kept place cannot be written down");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
        let (Write::Keep(_, done) | Write::Forget(_, done) | Write::Flush(done)) = write;
        let _ = done.send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Priority;
    use crate::identity::Number;
    use crate::queue::Wanted;

    fn place(n: u64) -> KeptPlace {
        KeptPlace {
            reference: Reference::new(n, 7),
            number: Number::parse("07700900001").unwrap(),
            text_relay: false,
            language: "en-GB".into(),
            display: "London: symptoms".into(),
            wanted: Wanted::by_skill("general", "general", Priority::Ordinary),
            since: jiff::Timestamp::from_millisecond(1_800_000_000_000).unwrap(),
            tries: 0,
        }
    }

    #[tokio::test]
    async fn what_is_told_one_after_the_other_is_written_in_that_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ivr111.db");
        let url = format!("sqlite:{}", path.display());
        let at = crate::store::Place::new(url);
        let store = crate::store::open(&at).await.unwrap();
        let places = Places::start(store.clone());
        let tried = KeptPlace {
            tries: 1,
            ..place(1)
        };
        drop(places.keep(place(1)));
        drop(places.keep(place(2)));
        drop(places.forget(place(2).reference));
        assert!(places.keep(tried.clone()).await.is_ok());
        let stored = store.kept_places().await.unwrap();
        assert_eq!(stored, std::slice::from_ref(&tried));
        drop(places.forget(tried.reference));
        places.flush().await;
        assert_eq!(store.kept_places().await.unwrap(), []);
        // A store that does not answer promises nothing.
        store.close().await;
        let written = places.keep(place(3));
        let late = tokio::time::timeout(Duration::from_millis(50), written);
        assert!(late.await.is_err());
    }
}
