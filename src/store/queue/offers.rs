use std::time::Duration;

use jiff::Timestamp;

use super::super::dialect::{Dialect, values};
use super::super::error::StoreError;
use super::super::sql::Sql;
use super::nodes::millis;
use super::words::Word as _;
use super::work::Change;
use crate::identity::Reference;
use crate::queue::HandlerId;
use crate::queue::shared::{After, HandlerState, OfferOutcome, Offered};

/// How much later than it should have ended anybody may end an offer that nobody has answered.
const GRACE: Duration = Duration::from_secs(5);

/// One statement over caller, handler and node: all three must be as the offer needs them.
const OFFER: &str = "\
    INSERT INTO queue_offer (id, reference, handler, node, epoch, offered_at, until, expires_at, \
    idle_since, change) \
    SELECT $1, c.reference, h.handler, c.node, c.epoch, $6, $7, $8, \
    CASE WHEN h.state = 'wrap-up' THEN h.until ELSE h.since END, $1 \
    FROM queue_caller c, queue_handler h, node n \
    WHERE c.reference = $2 AND c.node = $3 AND c.epoch = $4 \
    AND n.node = c.node AND n.epoch = c.epoch AND h.handler = $5 \
    AND (h.state = 'available' AND (h.until IS NULL OR h.until <= $6) \
    OR h.state = 'wrap-up' AND h.until <= $6) \
    AND NOT EXISTS (SELECT 1 FROM queue_offer o WHERE o.handler = h.handler \
    AND o.ended_at IS NULL) \
    AND ($9 OR NOT EXISTS (SELECT 1 FROM queue_offer o WHERE o.reference = c.reference \
    AND o.answered_at IS NOT NULL AND o.ended_at IS NULL))";

const ANSWER: &str = "\
    UPDATE queue_offer SET answered_at = $2, change = $3 \
    WHERE id = $1 AND ended_at IS NULL AND answered_at IS NULL \
    AND EXISTS (SELECT 1 FROM queue_caller c WHERE c.reference = queue_offer.reference \
    AND c.node = queue_offer.node AND c.epoch = queue_offer.epoch) \
    AND NOT EXISTS (SELECT 1 FROM queue_offer o WHERE o.reference = queue_offer.reference \
    AND o.answered_at IS NOT NULL AND o.ended_at IS NULL)";

impl<D: Dialect> Sql<D> {
    pub(super) async fn offer_made(
        &self,
        epoch: i64,
        reference: Reference,
        handler: &HandlerId,
        (now, until): (Timestamp, Timestamp),
        claim: bool,
    ) -> Result<Offered, StoreError> {
        let handler = handler.as_str();
        let mut change = self.change().await?;
        let rings = until.as_millisecond() - now.as_millisecond();
        let expires_at = change.clock + rings.max(0) + millis(GRACE);
        let id = change.number;
        let values = values![
            id, reference, &self.node, epoch, handler, now, until, expires_at, claim,
        ];
        if change.work.run(OFFER, values).await? == 0 {
            return self.why_not(change, epoch, reference, handler, claim).await;
        }
        let sql = "UPDATE queue_handler SET state = 'offered', since = $2, until = $3, \
                   reason = NULL, change = $4 WHERE handler = $1";
        let values = values![handler, now, until, id];
        change.work.run(sql, values).await?;
        self.commit(change).await?;
        Ok(Offered::Offered(id))
    }

    async fn why_not(
        &self,
        mut change: Change<D>,
        epoch: i64,
        reference: Reference,
        handler: &str,
        claim: bool,
    ) -> Result<Offered, StoreError> {
        let sql = "SELECT id FROM queue_offer WHERE handler = $1 AND reference = $2 AND node = $3 \
                   AND epoch = $4 AND ended_at IS NULL AND answered_at IS NULL";
        let values = values![handler, reference, &self.node, epoch];
        if let Some(row) = change.work.row(sql, values).await? {
            return Ok(Offered::Offered(row.int("id")?));
        }
        if !change.is_epoch(&self.node, epoch).await? {
            return Ok(Offered::NotOwner);
        }
        let sql = "SELECT reference FROM queue_caller c WHERE reference = $1 AND node = $2 \
                   AND epoch = $3 AND ($4 OR NOT EXISTS (SELECT 1 FROM queue_offer o \
                   WHERE o.reference = c.reference AND o.ended_at IS NULL \
                   AND o.answered_at IS NOT NULL))";
        let values = values![reference, &self.node, epoch, claim];
        Ok(match change.work.row(sql, values).await? {
            Some(_) => Offered::HandlerTaken,
            None => Offered::CallerGone,
        })
    }

    pub(super) async fn offer_answered(&self, id: i64, now: Timestamp) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let values = values![id, now, change.number];
        if change.work.run(ANSWER, values).await? == 0 {
            let sql = "SELECT id FROM queue_offer WHERE id = $1 AND ended_at IS NULL \
                       AND answered_at IS NOT NULL";
            return Ok(change.work.row(sql, values![id]).await?.is_some());
        }
        let sql = "UPDATE queue_handler SET state = 'talking', since = $2, until = NULL, \
                   calls = calls + 1, change = $3 \
                   WHERE handler = (SELECT handler FROM queue_offer WHERE id = $1)";
        change.work.run(sql, values).await?;
        self.commit(change).await?;
        Ok(true)
    }

    pub(super) async fn offer_ended(
        &self,
        id: i64,
        now: Timestamp,
        outcome: OfferOutcome,
        after: &After,
    ) -> Result<bool, StoreError> {
        if let After::Standing(standing) = after
            && matches!(
                standing.state,
                HandlerState::Offered | HandlerState::Talking
            )
        {
            return Err(StoreError::Request("a handler who is busy after an offer"));
        }
        let mut change = self.change().await?;
        let sql = "UPDATE queue_offer SET ended_at = $2, outcome = $3, change = $4 \
                   WHERE id = $1 AND ended_at IS NULL RETURNING handler";
        let values = values![id, now, outcome.word(), change.number];
        let Some(row) = change.work.row(sql, values).await? else {
            return Ok(false);
        };
        let handler = row.text("handler")?;
        match after {
            After::AsBefore => {
                let sql = "UPDATE queue_handler SET state = 'available', until = NULL, \
                           since = (SELECT idle_since FROM queue_offer WHERE id = $2), \
                           change = $3 WHERE handler = $1";
                let values = values![&handler, id, change.number];
                change.work.run(sql, values).await?;
            }
            After::Standing(standing) => change.set_standing(&handler, standing).await?,
            After::Gone => change.remove_handler(&handler).await?,
        }
        self.commit(change).await?;
        Ok(true)
    }
}
