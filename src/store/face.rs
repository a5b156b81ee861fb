use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Bindings, CallLog, KeptPlaces, Promises, SharedQueue};

/// What must survive, in whichever database. Every request has an end: after the patience of the place
/// it was opened with comes [`StoreError::Late`](super::StoreError::Late). Every request may be made
/// again after an error: a second time changes nothing more.
#[async_trait]
pub trait Store:
    CallLog + Promises + KeptPlaces + Bindings + SharedQueue + fmt::Debug + Send + Sync
{
    /// The node that this store is opened for.
    fn node(&self) -> &str;

    /// Closes the database in an orderly way.
    async fn close(&self);
}

/// A store as everybody holds it. All clones are one.
pub type SharedStore = Arc<dyn Store>;
