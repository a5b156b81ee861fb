use std::time::Duration;

use super::super::dialect::{Dialect, Row, values};
use super::super::error::StoreError;
use super::super::sql::{Sql, Work};
use super::nodes::millis;
use super::rows::{caller, handler, offer, readable};
use crate::queue::HandlerId;
use crate::queue::shared::Changes;

impl<D: Dialect> Sql<D> {
    pub(super) async fn changed_since(&self, since: i64) -> Result<Changes, StoreError> {
        // Most often nothing has changed, and one look is enough.
        let rows = self.rows(D::CLOCK, &[]).await?;
        if since > 0 && change_of(rows.first())? == since {
            return Ok(Changes {
                upto: since,
                ..Changes::default()
            });
        }
        let mut work = self.begin_read().await?;
        let clock = work.row(D::CLOCK, &[]).await?;
        let upto = change_of(clock.as_ref())?;
        let horizon = clock.map_or(Ok(0), |row| row.int("horizon"))?;
        // What was never so, or is so long ago that it has been forgotten who has gone since.
        let anew = since <= 0 || since < horizon || since > upto;
        if since > upto {
            self.known.send_replace(upto);
        }
        let since = if anew { 0 } else { since };
        let mut changes = read_rows(&mut work, since).await?;
        changes.upto = upto;
        changes.anew = anew;
        if !anew {
            read_gone(&mut work, since, &mut changes).await?;
        }
        work.commit().await?;
        Ok(changes)
    }

    pub(super) async fn forgotten(&self, age: Duration) -> Result<u64, StoreError> {
        let mut change = self.change().await?;
        let before = change.clock - millis(age);
        // Whoever has not yet heard of what is forgotten here must read everything anew.
        let sql = "UPDATE queue_clock SET horizon = (SELECT MAX(change) FROM \
                   (SELECT change FROM queue_gone WHERE gone_at < $1 UNION ALL \
                   SELECT change FROM queue_offer WHERE ended_at < $1 UNION ALL \
                   SELECT horizon FROM queue_clock) AS past)";
        change.work.run(sql, values![before]).await?;
        let sql = "DELETE FROM queue_offer WHERE ended_at < $1";
        let mut forgotten = change.work.run(sql, values![before]).await?;
        let sql = "DELETE FROM queue_gone WHERE change <= (SELECT horizon FROM queue_clock)";
        forgotten += change.work.run(sql, &[]).await?;
        if forgotten > 0 {
            self.commit(change).await?;
        }
        Ok(forgotten)
    }
}

fn change_of<D: Dialect>(clock: Option<&Row<D>>) -> Result<i64, StoreError> {
    let clock = clock.ok_or_else(|| StoreError::Row("no clock of the queue".into()))?;
    clock.int("change")
}

async fn read_rows<D: Dialect>(work: &mut Work<D>, since: i64) -> Result<Changes, StoreError> {
    let sql = "SELECT * FROM queue_caller WHERE change > $1 ORDER BY change, reference";
    let callers = work.rows(sql, values![since]).await?;
    let sql = "SELECT * FROM queue_handler WHERE change > $1 ORDER BY change, handler";
    let handlers = work.rows(sql, values![since]).await?;
    let sql = match since {
        0 => "SELECT * FROM queue_offer WHERE ended_at IS NULL AND change > $1 ORDER BY id",
        _ => "SELECT * FROM queue_offer WHERE change > $1 ORDER BY change, id",
    };
    let offers = work.rows(sql, values![since]).await?;
    Ok(Changes {
        callers: readable(&callers, caller),
        handlers: readable(&handlers, handler),
        offers: readable(&offers, offer),
        ..Changes::default()
    })
}

async fn read_gone<D: Dialect>(
    work: &mut Work<D>,
    since: i64,
    changes: &mut Changes,
) -> Result<(), StoreError> {
    let sql = "SELECT kind, name FROM queue_gone WHERE change > $1 ORDER BY change, name";
    let gone = work.rows(sql, values![since]).await?;
    readable(&gone, |row| {
        match row.text("kind")?.as_str() {
            "caller" => changes.gone_callers.push(row.reference("name")?),
            _ => changes
                .gone_handlers
                .push(HandlerId::new(row.text("name")?)),
        }
        Ok(())
    });
    Ok(())
}
