use async_trait::async_trait;
use jiff::Timestamp;

use crate::callback::Callback;
use crate::identity::Number;
use crate::queue::shared::Caller;

use super::callbacks;
use super::dialect::{Dialect, values};
use super::error::StoreError;
use super::queue::rows;
use super::sql::Sql;

/// What is known of somebody by the number from which they call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Calls from that number that were answered and are over; at most 100 are counted. One that is still
    /// running is another line of a switchboard, or the call that asks.
    pub calls: u32,
    /// What they have been promised and is still to be made, the earliest deadline first: to that number, or
    /// in a call from it.
    pub open: Option<Open>,
    /// The place in the queue that this node keeps for that number, the oldest.
    pub kept: Option<Caller>,
}

/// A promise that is still to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The promise.
    pub callback: Callback,
    /// It is this node's to make.
    pub here: bool,
}

/// Who has called before.
#[async_trait]
pub trait Again {
    /// What is known of a number; calls count that arrived since then. Quick however many calls there were.
    async fn known(&self, number: &Number, since: Timestamp) -> Result<Known, StoreError>;
}

/// No more calls are counted than matter to anybody: a switchboard has thousands.
pub(super) const CALLS: &str = "\
    SELECT COUNT(*) AS calls FROM (SELECT 1 FROM call WHERE number = $1 AND arrived_at >= $2 \
    AND answered_at IS NOT NULL AND ended_at IS NOT NULL LIMIT 100) AS earlier";

/// A promise is to the number, or was made in one of the newest calls from it, to another one.
pub(super) const OPEN: &str = "\
    SELECT * FROM callback WHERE stage <> 'done' AND number = $1 \
    UNION SELECT * FROM callback WHERE stage <> 'done' AND reference IN \
    (SELECT reference FROM call WHERE number = $1 ORDER BY arrived_at DESC LIMIT 100) \
    ORDER BY deadline, reference LIMIT 1";

pub(super) const KEPT: &str = "\
    SELECT * FROM queue_caller WHERE kept AND number = $1 AND node = $2 AND NOT promised \
    ORDER BY since, reference LIMIT 1";

#[async_trait]
impl<D: Dialect> Again for Sql<D> {
    async fn known(&self, number: &Number, since: Timestamp) -> Result<Known, StoreError> {
        let number = number.e164();
        self.within(async {
            let mut work = self.begin_read().await?;
            let calls = work.row(CALLS, values![number, since]).await?;
            let open = work.row(OPEN, values![number]).await?;
            let kept = work.row(KEPT, values![number, &self.node]).await?;
            Ok(Known {
                calls: calls.map_or(Ok(0), |row| row.count("calls"))?,
                open: open
                    .map(|row| {
                        Ok::<_, StoreError>(Open {
                            callback: callbacks::read(&row)?,
                            here: row.text("node")? == self.node,
                        })
                    })
                    .transpose()?,
                kept: kept
                    .map(|row| rows::caller(&row))
                    .transpose()?
                    .map(|row| row.caller),
            })
        })
        .await
    }
}
