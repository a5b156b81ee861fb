//! The node's lease, renewed by a task of its own: a long row of things to ask of the store must not let it
//! run out.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::store::{Renewed, SharedStore, StoreError};

use super::asking::{PATIENCE, patiently};

/// News that nobody has looked at yet; the next ones say the same.
const NEWS: usize = 4;

/// How it went with a lease.
pub(super) enum News {
    Renewed,
    Superseded,
    Failed(StoreError),
}

/// The lease. It is renewed for as long as this is there.
pub(super) struct Lease {
    /// In which epoch it is to be renewed; none while the node is alone.
    held: watch::Sender<Option<i64>>,
    news: mpsc::Receiver<(i64, News)>,
    task: JoinHandle<()>,
}

impl Lease {
    /// A lease of so long, which is not held yet.
    pub(super) fn new(store: SharedStore, lease: Duration) -> Self {
        let (held, epoch) = watch::channel(None);
        let (sender, news) = mpsc::channel(NEWS);
        let task = tokio::spawn(renew(store, lease, epoch, sender));
        Lease { held, news, task }
    }

    /// From now on it is renewed in that epoch, or not at all. What was heard of it before is forgotten.
    pub(super) fn hold(&mut self, epoch: Option<i64>) {
        while self.news.try_recv().is_ok() {}
        self.held.send_replace(epoch);
    }

    /// How the last renewal in an epoch went. Losing this future loses nothing.
    pub(super) async fn news(&mut self, epoch: i64) -> News {
        loop {
            match self.news.recv().await {
                Some((of, news)) if of == epoch => return news,
                Some(_) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// The same, where there has been one.
    pub(super) fn latest(&mut self, epoch: i64) -> Option<News> {
        let mut news = std::iter::from_fn(|| self.news.try_recv().ok());
        let found = news.find(|(of, _)| *of == epoch);
        found.map(|(_, news)| news)
    }

    /// Renews it no longer. No renewal is on its way when this returns, as far as that can be known.
    pub(super) async fn end(self) {
        drop(self.held);
        let _ = tokio::time::timeout(PATIENCE, self.task).await;
    }
}

async fn renew(
    store: SharedStore,
    lease: Duration,
    mut held: watch::Receiver<Option<i64>>,
    news: mpsc::Sender<(i64, News)>,
) {
    loop {
        let epoch = *held.borrow_and_update();
        tokio::select! {
            changed = held.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
            () = tokio::time::sleep(lease / 3), if epoch.is_some() => {}
        }
        let Some(epoch) = epoch else { continue };
        let renewed = match patiently(store.renew(epoch, lease)).await {
            Ok(Renewed::Renewed) => News::Renewed,
            Ok(Renewed::Superseded) => News::Superseded,
            Err(error) => News::Failed(error),
        };
        let _ = news.try_send((epoch, renewed));
    }
}
