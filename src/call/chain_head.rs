//! Where the chain of this node's log of callbacks ends: told in the server's own log, which is kept
//! elsewhere, so that an end that was cut off, or a chain that was made anew, shows by comparing.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::store::SharedStore;

/// How often it is told.
const EVERY: Duration = Duration::from_secs(3_600);

/// Tells it now and once an hour.
pub(super) async fn keep_telling(store: SharedStore) {
    let mut hours = tokio::time::interval(EVERY);
    hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        hours.tick().await;
        tell(&store).await;
    }
}

/// Tells it once, as `ivr111 audit verify --head` reads it.
pub(super) async fn tell(store: &SharedStore) {
    let node = store.node();
    match store.head(node).await {
        Ok(Some(head)) => {
            tracing::info!(
                head = format!("{node}:{head}"),
                "the log of callbacks ends here"
            );
        }
        Ok(None) => tracing::info!(node, "the log of callbacks has no entry yet"),
        Err(error) => tracing::warn!(%error, "the end of the log of callbacks is not known"),
    }
}
