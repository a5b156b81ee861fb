//! Letting go of all calls, for another process to go on with.

use std::time::Duration;

use crate::sip::Listening;

use super::outliving::keep_position;
use super::service::Service;

/// How long the store may take for what is still to be written down, while the calls go on.
const WRITING: Duration = Duration::from_secs(5);
/// How long the file may take in which calls are kept, and the store to be closed, while nobody is heard.
const CLOSING: Duration = Duration::from_millis(250);

impl Service {
    /// Lets go: nothing is sent or received any more, and what another process needs is in the journal. This one
    /// is to end without taking anything apart.
    pub async fn let_go(&self) {
        let written = async {
            self.book.flush().await;
            self.timeline.flush().await;
        };
        if tokio::time::timeout(WRITING, written).await.is_err() {
            tracing::error!("the store does not take what was still to be written down");
        }
        self.freeze();
        if tokio::time::timeout(CLOSING, self.store.close())
            .await
            .is_err()
        {
            tracing::warn!("the store is not closed in an orderly way");
        }
    }

    fn freeze(&self) {
        self.endpoint().freeze();
        let positions = self.engine.freeze();
        let Some(journal) = self.journal() else {
            return;
        };
        for position in &positions {
            keep_position(journal, position);
        }
        if !journal.hand_over(CLOSING) {
            tracing::error!("calls are not kept as they stand now");
        }
    }

    /// The sockets that are listened on, for another process to go on with.
    pub fn sockets(&self) -> &[Listening] {
        self.endpoint().sockets()
    }
}
