//! One thing asked of the store.

use std::time::Duration;

use jiff::Timestamp;

use crate::queue::shared::{Answer, Op};
use crate::store::{SharedStore, StoreError};

/// How long an answer is waited for. A store that takes longer is done without.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// Waits for the store, but not for long.
pub(super) async fn patiently<T>(
    request: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answer = tokio::time::timeout(PATIENCE, request).await;
    answer.unwrap_or(Err(StoreError::Late(PATIENCE)))
}

/// Asks the store, as the node of an epoch.
pub(super) async fn ask(
    store: &SharedStore,
    epoch: i64,
    now: Timestamp,
    op: &Op,
) -> Result<Answer, StoreError> {
    Ok(match op {
        Op::PutCaller(caller) => Answer::PutCaller(store.put_caller(epoch, caller).await?),
        Op::RemoveCaller(ticket) => Answer::Was(store.remove_caller(epoch, *ticket).await?),
        Op::PutHandler {
            handler,
            standing,
            desk,
        } => Answer::PutHandler(store.put_handler(epoch, handler, standing, desk).await?),
        Op::RemoveHandler(handler) => Answer::Removed(store.remove_handler(epoch, handler).await?),
        Op::Offer {
            ticket,
            handler,
            until,
            claim,
        } => {
            let offered = store.offer(epoch, *ticket, handler, now, *until, *claim);
            Answer::Offered(offered.await?)
        }
        Op::Answer { id, .. } => Answer::Was(store.answer(*id, now).await?),
        Op::End {
            id, outcome, after, ..
        } => Answer::Was(store.end_offer(*id, now, *outcome, after).await?),
    })
}
