use super::super::dialect::{Dialect, values};
use super::super::error::StoreError;
use super::super::sql::Sql;
use super::rows::json;
use super::words::Word as _;
use super::work::Change;
use crate::queue::HandlerId;
use crate::queue::shared::{Desk, HandlerState, PutHandler, Removed, Standing};

const PUT: &str = "\
    INSERT INTO queue_handler (handler, node, state, since, until, reason, missed, calls, profile, \
    change) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9) \
    ON CONFLICT (handler) DO UPDATE SET node = excluded.node, state = excluded.state, \
    since = excluded.since, until = excluded.until, reason = excluded.reason, \
    missed = excluded.missed, profile = excluded.profile, change = excluded.change";

impl<D: Dialect> Sql<D> {
    pub(super) async fn handler_put(
        &self,
        epoch: i64,
        handler: &HandlerId,
        standing: &Standing,
        desk: &Desk,
    ) -> Result<PutHandler, StoreError> {
        if matches!(
            standing.state,
            HandlerState::Offered | HandlerState::Talking
        ) {
            return Err(StoreError::Request(
                "a handler who is busy without an offer",
            ));
        }
        let (handler, profile, reason) = (handler.as_str(), json(desk)?, reason(standing)?);
        let mut change = self.change().await?;
        if !change.is_epoch(&self.node, epoch).await? {
            return Ok(PutHandler::Superseded);
        }
        let busy = change.is_busy(handler).await?;
        if busy {
            let sql = "UPDATE queue_handler SET node = $2, profile = $3, change = $4 \
                       WHERE handler = $1";
            let values = values![handler, &self.node, &profile, change.number];
            change.work.run(sql, values).await?;
        } else {
            let values = values![
                handler,
                &self.node,
                standing.state.word(),
                standing.since,
                standing.until,
                &reason,
                standing.missed,
                &profile,
                change.number,
            ];
            change.work.run(PUT, values).await?;
        }
        self.commit(change).await?;
        Ok(match busy {
            true => PutHandler::Busy,
            false => PutHandler::Stored,
        })
    }

    pub(super) async fn handler_removed(
        &self,
        epoch: i64,
        handler: &HandlerId,
    ) -> Result<Removed, StoreError> {
        let handler = handler.as_str();
        let mut change = self.change().await?;
        if !change.is_epoch(&self.node, epoch).await? {
            return Ok(Removed::Superseded);
        }
        let sql = "SELECT node FROM queue_handler WHERE handler = $1";
        match change.work.row(sql, values![handler]).await? {
            None => return Ok(Removed::Gone),
            Some(row) if row.text("node")? != self.node => return Ok(Removed::Elsewhere),
            Some(_) => {}
        }
        if change.is_busy(handler).await? {
            return Ok(Removed::Busy);
        }
        change.remove_handler(handler).await?;
        self.commit(change).await?;
        Ok(Removed::Gone)
    }
}

fn reason(standing: &Standing) -> Result<Option<String>, StoreError> {
    standing.reason.as_ref().map(json).transpose()
}

impl<D: Dialect> Change<D> {
    async fn is_busy(&mut self, handler: &str) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM queue_offer WHERE handler = $1 AND ended_at IS NULL";
        Ok(self.work.row(sql, values![handler]).await?.is_some())
    }

    pub(super) async fn remove_handler(&mut self, handler: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM queue_handler WHERE handler = $1";
        if self.work.run(sql, values![handler]).await? > 0 {
            self.gone("handler", handler).await?;
        }
        Ok(())
    }

    pub(super) async fn set_standing(
        &mut self,
        handler: &str,
        standing: &Standing,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE queue_handler SET state = $2, since = $3, until = $4, reason = $5, \
                   missed = $6, change = $7 WHERE handler = $1";
        let reason = reason(standing)?;
        let values = values![
            handler,
            standing.state.word(),
            standing.since,
            standing.until,
            &reason,
            standing.missed,
            self.number,
        ];
        self.work.run(sql, values).await?;
        Ok(())
    }
}
