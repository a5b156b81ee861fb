//! What the store holds of the process before: it is put back as soon as the store can be read.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;
use crate::steady;
use crate::store::StoreError;

use super::handlers;
use super::service::Service;

/// Before a store that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(2);

/// What is still to be put back.
pub(super) struct Left {
    /// When this process began to take calls: whatever runs in the store from before was cut off.
    begun: Timestamp,
    /// The phones that were registered.
    handlers: bool,
    /// The calls that ran when the process ended are to be ended.
    calls: bool,
    /// Which of them go on.
    go_on: BTreeSet<Reference>,
    /// The book does not know of its promises.
    pub(super) book: bool,
}

impl Left {
    /// Everything, with the calls that go on.
    pub(super) fn all(go_on: BTreeSet<Reference>) -> Self {
        Left {
            begun: steady::now(),
            handlers: true,
            calls: true,
            go_on,
            book: true,
        }
    }

    /// Puts back who was signed in, where the store can be read.
    pub(super) async fn handlers(&mut self, service: &Service) {
        match handlers::restore(service).await {
            Ok(()) => self.handlers = false,
            Err(error) => drop(not_read(error)),
        }
    }

    /// Puts back all that is left, however long the store is away. Nobody waits for it.
    pub(super) async fn put_back(mut self, service: Arc<Service>) {
        if std::mem::take(&mut self.book) {
            // It asks again by itself.
            service.book.compare().await;
        }
        loop {
            if self.handlers {
                self.handlers(&service).await;
            }
            if self.calls {
                self.calls(&service).await;
            }
            if !self.handlers && !self.calls {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn calls(&mut self, service: &Service) {
        let ended = service.store.end_interrupted_calls(self.begun, &self.go_on);
        match ended.await {
            Ok(interrupted) => {
                self.calls = false;
                if interrupted > 0 {
                    tracing::warn!(interrupted, "calls were cut off when the server ended");
                }
            }
            Err(error) => drop(not_read(error)),
        }
    }
}

/// Says that the store does not give what it holds yet.
pub(super) fn not_read(error: StoreError) -> StoreError {
    tracing::warn!(%error, "what the store holds from before is put back later");
    error
}
