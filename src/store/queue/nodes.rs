use std::time::Duration;

use jiff::Timestamp;

use super::super::callbacks;
use super::super::dialect::{Dialect, Row, values};
use super::super::error::StoreError;
use super::super::log::Draft;
use super::super::sql::Sql;
use super::rows::{Entered, Renewed, Taken, caller, offer, readable};
use super::words::Word as _;
use super::work::Change;
use crate::callback::{By, What};
use crate::queue::shared::{Mine, OfferOutcome};

/// A time of milliseconds as the database counts them.
pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Nodes whose lease has run out, for a node whose own has stood for as long as theirs lasted.
const DEAD: &str = "\
    SELECT d.node, d.epoch FROM node d, node t WHERE t.node = $1 AND t.epoch = $2 \
    AND t.alive_until > $3 AND d.node <> t.node AND d.alive_until > 0 AND d.alive_until <= $3 \
    AND t.steady_since + d.lease <= $3 ORDER BY d.node";
const OVERDUE: &str = "\
    SELECT * FROM queue_offer WHERE ended_at IS NULL AND answered_at IS NULL AND expires_at <= $1 \
    ORDER BY id";

impl<D: Dialect> Sql<D> {
    pub(super) async fn node_enters(
        &self,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Entered, StoreError> {
        let mut change = self.change().await?;
        let sql = "INSERT INTO node (node, epoch, lease, alive_until, steady_since) \
                   VALUES ($1, 1, $2, $3, $4) ON CONFLICT (node) DO UPDATE \
                   SET epoch = node.epoch + 1, lease = excluded.lease, \
                   alive_until = excluded.alive_until, steady_since = excluded.steady_since \
                   RETURNING epoch";
        let (lease, clock) = (millis(lease), change.clock);
        let values = values![&self.node, lease, clock.saturating_add(lease), clock];
        let row = change.work.row(sql, values).await?;
        let epoch = row.map_or(Ok(1), |row| row.int("epoch"))?;
        let mut left = Taken::default();
        let node = &self.node;
        change.settle(node, (node, epoch), now, &mut left).await?;
        self.commit(change).await?;
        Ok(Entered { epoch, left })
    }

    pub(super) async fn node_renews(
        &self,
        epoch: i64,
        lease: Duration,
    ) -> Result<Renewed, StoreError> {
        let clock = self.clock().await?;
        // A lease that had run out is not unbroken any more.
        let sql = "UPDATE node SET lease = $3, alive_until = $4, \
                   steady_since = CASE WHEN alive_until < $5 THEN $5 ELSE steady_since END \
                   WHERE node = $1 AND epoch = $2";
        let lease = millis(lease);
        let values = values![&self.node, epoch, lease, clock.saturating_add(lease), clock];
        Ok(match self.run(sql, values).await? {
            0 => Renewed::Superseded,
            _ => Renewed::Renewed,
        })
    }

    pub(super) async fn node_takes_over(
        &self,
        epoch: i64,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let mut taken = Taken::default();
        // Nearly always there is nothing to do, and nobody is held up to find that out.
        let clock = self.clock().await?;
        let dead = self.rows(DEAD, values![&self.node, epoch, clock]).await?;
        let overdue = self.rows(OVERDUE, values![clock]).await?;
        if dead.is_empty() && overdue.is_empty() {
            return Ok(taken);
        }
        let mut change = self.change().await?;
        if !change.is_epoch(&self.node, epoch).await? {
            return Ok(taken);
        }
        let values = values![&self.node, epoch, change.clock];
        for row in change.work.rows(DEAD, values).await? {
            let node = row.text("node")?;
            if change.bury(&node, row.int("epoch")?).await? {
                let to = (self.node.as_str(), epoch);
                change.settle(&node, to, now, &mut taken).await?;
                taken.nodes.push(node);
            }
        }
        change.end_overdue(now, &mut taken).await?;
        self.commit(change).await?;
        Ok(taken)
    }

    pub(super) async fn node_answers_for(&self, epoch: i64) -> Result<Mine, StoreError> {
        let mut work = self.begin_read().await?;
        let values = values![&self.node, epoch];
        let sql = "SELECT * FROM queue_caller WHERE node = $1 AND epoch = $2 ORDER BY reference";
        let callers = readable(&work.rows(sql, values).await?, caller);
        let sql = "SELECT * FROM queue_offer WHERE node = $1 AND epoch = $2 \
                   AND ended_at IS NULL ORDER BY id";
        let offers = readable(&work.rows(sql, values).await?, offer);
        work.commit().await?;
        Ok(Mine { callers, offers })
    }

    async fn clock(&self) -> Result<i64, StoreError> {
        let rows = self.rows(D::CLOCK, &[]).await?;
        let row = rows.first();
        row.ok_or_else(|| StoreError::Row("no clock of the queue".into()))?
            .int("now")
    }
}

impl<D: Dialect> Change<D> {
    /// Ends a node's epoch, unless it has renewed its lease in the meantime.
    async fn bury(&mut self, node: &str, epoch: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE node SET epoch = epoch + 1, alive_until = 0 \
                   WHERE node = $1 AND epoch = $2 AND alive_until <= $3";
        let values = values![node, epoch, self.clock];
        Ok(self.work.run(sql, values).await? == 1)
    }

    /// Gives all that a node answered for to another, or to itself in a later epoch.
    async fn settle(
        &mut self,
        from: &str,
        to: (&str, i64),
        now: Timestamp,
        taken: &mut Taken,
    ) -> Result<(), StoreError> {
        let sql = "SELECT * FROM queue_offer WHERE node = $1 AND ended_at IS NULL ORDER BY id";
        let live = self.work.rows(sql, values![from]).await?;
        let lost = OfferOutcome::NodeLost;
        self.end_offers(&live, now, lost, taken).await?;
        self.lose(from, taken).await?;
        self.keep(from, to, taken).await?;
        if from != to.0 {
            // Somebody has to see to their times, and to remove them when they are heard of no more.
            let sql = "UPDATE queue_handler SET node = $2, change = $3 WHERE node = $1";
            self.work.run(sql, values![from, to.0, self.number]).await?;
            let sql = "UPDATE callback SET node = $2 WHERE node = $1 AND stage <> 'done' \
                       RETURNING *";
            let promised = self.work.rows(sql, values![from, to.0]).await?;
            let references = readable(&promised, |row| row.text("reference"));
            let entries = references.into_iter().map(|reference| Draft {
                id: rand::random(),
                reference,
                at: now,
                by: By::Service,
                what: What::TakenOver.word(),
                detail: format!("from node {from}"),
            });
            self.work.log_new(to.0, entries.collect()).await?;
            taken.promised.extend(readable(&promised, callbacks::read));
        }
        Ok(())
    }

    /// Callers with a number are to be called back. Since when they wait and how urgent they are stays.
    async fn keep(
        &mut self,
        from: &str,
        to: (&str, i64),
        taken: &mut Taken,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE queue_caller SET node = $2, epoch = $3, kept = TRUE, change = $4 \
                   WHERE node = $1 RETURNING *";
        let values = values![from, to.0, to.1, self.number];
        let kept = self.work.rows(sql, values).await?;
        taken.kept.extend(readable(&kept, caller));
        Ok(())
    }

    /// Callers without a number are lost. Whoever has been promised a callback gets that, and no second.
    async fn lose(&mut self, from: &str, taken: &mut Taken) -> Result<(), StoreError> {
        let sql = "DELETE FROM queue_caller WHERE node = $1 AND (number IS NULL OR promised) \
                   RETURNING *";
        let lost = self.work.rows(sql, values![from]).await?;
        for reference in readable(&lost, |row| row.text("reference")) {
            self.gone("caller", &reference).await?;
        }
        let lost = readable(&lost, caller).into_iter();
        taken
            .lost
            .extend(lost.filter(|row| !row.caller.contact.promised));
        Ok(())
    }

    async fn end_overdue(&mut self, now: Timestamp, taken: &mut Taken) -> Result<(), StoreError> {
        let overdue = self.work.rows(OVERDUE, values![self.clock]).await?;
        let expired = OfferOutcome::Expired;
        self.end_offers(&overdue, now, expired, taken).await
    }

    /// Ends live offers, all for one reason; their handlers are free since now.
    async fn end_offers(
        &mut self,
        offers: &[Row<D>],
        now: Timestamp,
        outcome: OfferOutcome,
        taken: &mut Taken,
    ) -> Result<(), StoreError> {
        // No more is read than has to be: one of which the rest cannot be read is ended as well.
        let whose = |row: &Row<D>| Ok((row.int("id")?, row.text("handler")?));
        for (id, handler) in readable(offers, whose) {
            let sql = "UPDATE queue_handler SET state = 'available', since = $2, until = NULL, \
                       reason = NULL, change = $3 WHERE handler = $1";
            let values = values![&handler, now, self.number];
            self.work.run(sql, values).await?;
            let sql = "UPDATE queue_offer SET ended_at = $2, outcome = $3, change = $4 \
                       WHERE id = $1 RETURNING *";
            let values = values![id, now, outcome.word(), self.number];
            let ended = self.work.rows(sql, values).await?;
            taken.ended.extend(readable(&ended, offer));
        }
        Ok(())
    }
}
