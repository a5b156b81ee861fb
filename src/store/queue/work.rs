use super::super::dialect::{Dialect, values};
use super::super::error::StoreError;
use super::super::postgres::heard;
use super::super::sql::{Sql, Work};

/// A change of the queue in the making. From its beginning to its commit nobody else makes one, so what
/// it reads stays true. Dropping it undoes it.
pub(super) struct Change<D: Dialect> {
    pub(super) work: Work<D>,
    /// The change's number.
    pub(super) number: i64,
    /// The database's clock, in milliseconds.
    pub(super) clock: i64,
}

impl<D: Dialect> Sql<D> {
    pub(super) async fn change(&self) -> Result<Change<D>, StoreError> {
        let mut work = self.begin().await?;
        let row = work.row(D::TICK, &[]).await?;
        let row = row.ok_or_else(|| StoreError::Row("no clock of the queue".into()))?;
        Ok(Change {
            number: row.int("change")?,
            clock: row.int("now")?,
            work,
        })
    }

    pub(super) async fn commit(&self, change: Change<D>) -> Result<(), StoreError> {
        change.work.commit().await?;
        heard(&self.known, change.number);
        Ok(())
    }
}

impl<D: Dialect> Change<D> {
    /// Whether this is still the node's epoch.
    pub(super) async fn is_epoch(&mut self, node: &str, epoch: i64) -> Result<bool, StoreError> {
        let sql = "SELECT epoch FROM node WHERE node = $1 AND epoch = $2";
        Ok(self.work.row(sql, values![node, epoch]).await?.is_some())
    }

    /// Leaves word of one who has gone.
    pub(super) async fn gone(&mut self, kind: &str, name: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO queue_gone (kind, name, gone_at, change) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (kind, name) DO UPDATE \
                   SET gone_at = excluded.gone_at, change = excluded.change";
        let values = values![kind, name, self.clock, self.number];
        self.work.run(sql, values).await?;
        Ok(())
    }
}
