//! The name of a node, which one process at a time has on a store: two that act for the same node would
//! each take what the other answers for.

mod file;
mod session;

use std::time::Duration;

use async_trait::async_trait;

use super::error::StoreError;

pub(super) use file::LockFile;
pub(super) use session::SessionLock;
#[cfg(test)]
pub(super) use session::key;

/// Between two looks whether the name has become free.
const PAUSE: Duration = Duration::from_millis(100);

/// A name that may be claimed.
#[async_trait]
pub(super) trait Name: Send + Sync {
    /// Takes the name, and waits no longer than `wait` for another process to let it go. Gives whether it
    /// is ours now.
    async fn claim(&self, wait: Duration) -> Result<bool, StoreError>;

    /// Lets the name go.
    async fn release(&self);
}
