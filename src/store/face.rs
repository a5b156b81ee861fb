use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::health::Trouble;

use super::{
    Again, Assessments, Bindings, BookLog, CallLog, Courses, Orders, Promises, Provision,
    SharedQueue, StoreError,
};

/// What must survive, in whichever database. Every request has an end: after the patience of the place
/// it was opened with comes [`StoreError::Late`]. Every request may be made
/// again after an error: a second time changes nothing more.
#[async_trait]
pub trait Store:
    Again
    + Assessments
    + CallLog
    + Courses
    + Promises
    + Provision
    + BookLog
    + Orders
    + Bindings
    + SharedQueue
    + fmt::Debug
    + Send
    + Sync
{
    /// The node that this store is opened for.
    fn node(&self) -> &str;

    /// Takes the node's name for this process, for as long as the store is open: whoever acts for a node
    /// has to, before anything else; whoever only looks must not. Waits no longer than `wait` for another
    /// process that has it, then comes [`StoreError::NameTaken`]. Where the database is away, the name is
    /// taken when it is back, and who has it then is told of in the log.
    async fn claim_name(&self, wait: Duration) -> Result<(), StoreError>;

    /// What requests have met lately: within the patience of the place and a few seconds more, so that nothing
    /// that lasts is over in between.
    fn troubles(&self) -> Vec<Trouble>;

    /// Closes the database in an orderly way.
    async fn close(&self);
}

/// A store as everybody holds it. All clones are one.
pub type SharedStore = Arc<dyn Store>;
