use std::time::Duration;

use crate::store::SharedStore;

/// How often the store forgets what is over, and after how long.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Lets the store forget offers that are over, for as long as the server runs.
pub(in crate::call) async fn tidy(store: SharedStore) {
    loop {
        match store.tidy(DAY).await {
            Ok(rows) => tracing::debug!(rows, "the queue in the store is tidied"),
            Err(error) => tracing::warn!(%error, "the queue in the store is not tidied"),
        }
        tokio::time::sleep(DAY).await;
    }
}
