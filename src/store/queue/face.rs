use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::identity::Reference;
use crate::queue::HandlerId;
use crate::queue::shared::{
    After, Caller, Changes, Desk, Mine, OfferOutcome, Offered, PutCaller, PutHandler, Removed,
    Standing,
};

use super::super::dialect::Dialect;
use super::super::error::StoreError;
use super::super::sql::Sql;
use super::rows::{Entered, Renewed, Taken};

/// The queue that several nodes share. The store knows for which node it was opened; `epoch` is the one
/// that [`enter`](SharedQueue::enter) gave it, and `now` is that node's time.
///
/// A node decides by itself whom to offer whom, from a copy of all rows which it keeps by
/// [`changes`](SharedQueue::changes); [`offer`](SharedQueue::offer) then says whether that still holds.
#[async_trait]
pub trait SharedQueue {
    /// Begins, or begins anew, in an epoch of its own. Callers of the node's earlier epoch who have a
    /// number are kept to be called back, unless they have been promised that already; offers of that
    /// epoch have ended.
    async fn enter(&self, now: Timestamp, lease: Duration) -> Result<Entered, StoreError>;

    /// Says that the node is alive, for so long as `lease` from now by the store's clock. A lease of
    /// nothing lets the others take over at once.
    async fn renew(&self, epoch: i64, lease: Duration) -> Result<Renewed, StoreError>;

    /// Stores a caller of this node as they are now. One who is on this node's line (not `kept`) is
    /// fetched back from a node that keeps them, unless that node's offer for them is live.
    async fn put_caller(&self, epoch: i64, caller: &Caller) -> Result<PutCaller, StoreError>;

    /// Removes a caller of this node. Gives whether there was one. Their offers are not ended by this.
    async fn remove_caller(&self, epoch: i64, reference: Reference) -> Result<bool, StoreError>;

    /// Stores a handler whose phone is registered at this node: signed in, or standing otherwise by
    /// their own doing. A new one has answered no calls.
    async fn put_handler(
        &self,
        epoch: i64,
        handler: &HandlerId,
        standing: &Standing,
        desk: &Desk,
    ) -> Result<PutHandler, StoreError>;

    /// Removes a handler of this node, who has signed out.
    async fn remove_handler(&self, epoch: i64, handler: &HandlerId) -> Result<Removed, StoreError>;

    /// Holds a handler for a caller of this node, until then. Asking again for what has been given, while
    /// it still rings, gives it again. A handler who is free only from a time on is free from then on.
    /// With `claim` the caller may talk with somebody, who wants to hand them over to this handler:
    /// [`answer`](SharedQueue::answer) is true once that talk has ended.
    async fn offer(
        &self,
        epoch: i64,
        reference: Reference,
        handler: &HandlerId,
        now: Timestamp,
        until: Timestamp,
        claim: bool,
    ) -> Result<Offered, StoreError>;

    /// The handler has answered. True when the two belong together now; false when the offer does not
    /// stand any more, the caller has gone, or somebody else has answered them.
    async fn answer(&self, id: i64, now: Timestamp) -> Result<bool, StoreError>;

    /// An offer is over: the phone has stopped ringing, or the talk has ended. False when it was over
    /// already, and then nothing is changed.
    async fn end_offer(
        &self,
        id: i64,
        now: Timestamp,
        outcome: OfferOutcome,
        after: &After,
    ) -> Result<bool, StoreError>;

    /// All that has changed since; 0 gives everything.
    async fn changes(&self, since: i64) -> Result<Changes, StoreError>;

    /// Waits until something may have changed since, but no longer than `limit`. Ask for
    /// [`changes`](SharedQueue::changes) then in any case: what another process has done to a SQLite
    /// file, or while the way to PostgreSQL was broken, is not heard of.
    async fn wait_for_change(&self, since: i64, limit: Duration);

    /// Takes over from nodes whose lease has run out, and ends offers whose time has passed unheeded.
    /// Of several who try at once, one takes. Only a node takes whose own lease has stood unbroken for
    /// as long as the dead one's lasted.
    async fn take_over(&self, epoch: i64, now: Timestamp) -> Result<Taken, StoreError>;

    /// What this node answers for in this epoch: to resume, and to put right what was not heard of.
    async fn mine(&self, epoch: i64) -> Result<Mine, StoreError>;

    /// Forgets what ended, and who went, longer ago than that. Gives how many rows that were.
    async fn tidy(&self, age: Duration) -> Result<u64, StoreError>;
}

#[async_trait]
impl<D: Dialect> SharedQueue for Sql<D> {
    async fn enter(&self, now: Timestamp, lease: Duration) -> Result<Entered, StoreError> {
        self.within(self.node_enters(now, lease)).await
    }

    async fn renew(&self, epoch: i64, lease: Duration) -> Result<Renewed, StoreError> {
        self.within(self.node_renews(epoch, lease)).await
    }

    async fn put_caller(&self, epoch: i64, caller: &Caller) -> Result<PutCaller, StoreError> {
        self.within(self.caller_put(epoch, caller)).await
    }

    async fn remove_caller(&self, epoch: i64, reference: Reference) -> Result<bool, StoreError> {
        self.within(self.caller_removed(epoch, reference)).await
    }

    async fn put_handler(
        &self,
        epoch: i64,
        handler: &HandlerId,
        standing: &Standing,
        desk: &Desk,
    ) -> Result<PutHandler, StoreError> {
        self.within(self.handler_put(epoch, handler, standing, desk))
            .await
    }

    async fn remove_handler(&self, epoch: i64, handler: &HandlerId) -> Result<Removed, StoreError> {
        self.within(self.handler_removed(epoch, handler)).await
    }

    async fn offer(
        &self,
        epoch: i64,
        reference: Reference,
        handler: &HandlerId,
        now: Timestamp,
        until: Timestamp,
        claim: bool,
    ) -> Result<Offered, StoreError> {
        self.within(self.offer_made(epoch, reference, handler, (now, until), claim))
            .await
    }

    async fn answer(&self, id: i64, now: Timestamp) -> Result<bool, StoreError> {
        self.within(self.offer_answered(id, now)).await
    }

    async fn end_offer(
        &self,
        id: i64,
        now: Timestamp,
        outcome: OfferOutcome,
        after: &After,
    ) -> Result<bool, StoreError> {
        self.within(self.offer_ended(id, now, outcome, after)).await
    }

    async fn changes(&self, since: i64) -> Result<Changes, StoreError> {
        self.within(self.changed_since(since)).await
    }

    async fn wait_for_change(&self, since: i64, limit: Duration) {
        let mut known = self.known.subscribe();
        let newer = known.wait_for(|latest| *latest > since);
        let _ = tokio::time::timeout(limit, newer).await;
    }

    async fn take_over(&self, epoch: i64, now: Timestamp) -> Result<Taken, StoreError> {
        self.within(self.node_takes_over(epoch, now)).await
    }

    async fn mine(&self, epoch: i64) -> Result<Mine, StoreError> {
        self.within(self.node_answers_for(epoch)).await
    }

    async fn tidy(&self, age: Duration) -> Result<u64, StoreError> {
        self.within(self.forgotten(age)).await
    }
}
