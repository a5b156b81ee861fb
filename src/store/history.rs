use async_trait::async_trait;
use serde::Serialize;

use crate::audit::{Head, Record, Stored};
use crate::identity::Reference;

use super::dialect::{Dialect, Row, values};
use super::error::StoreError;
use super::log::{id_text, read_head};
use super::sql::Sql;

/// No more of each kind is shown of one callback.
const SHOWN: u32 = 10_000;

/// One thing in the history of a callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryRow {
    /// When, as RFC 3339.
    pub at: String,
    /// `log`, `attempt` or `order`.
    pub kind: &'static str,
    /// What has changed, how a try ended, or what was ordered.
    pub what: String,
    /// Who has changed or ordered it; nobody has a try.
    pub by: Option<String>,
    /// In a few words.
    pub detail: String,
    /// Of an entry of the log: in which node's chain it is.
    pub node: Option<String>,
    /// Where in that chain.
    pub entry: Option<i64>,
}

/// The log of callbacks: each node's entries are a chain, to which only [`Promises`](super::Promises) and
/// a take-over add.
#[async_trait]
pub trait BookLog {
    /// All that has happened to a callback, in order: entries of all nodes' logs, tries, and orders of
    /// supervisors with what came of them.
    async fn history(&self, reference: Reference) -> Result<Vec<HistoryRow>, StoreError>;

    /// Nodes that have a chain, by name.
    async fn chains(&self) -> Result<Vec<String>, StoreError>;

    /// A node's entries that come after a place in its chain, in order; those before all others after
    /// [`i64::MIN`]. None says that there are no more.
    async fn log_entries(
        &self,
        node: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError>;

    /// Where a node's chain ends; none where it has no chain.
    async fn head(&self, node: &str) -> Result<Option<Head>, StoreError>;

    /// Whether an entry is in any chain.
    async fn is_logged(&self, id: u128) -> Result<bool, StoreError>;
}

#[async_trait]
impl<D: Dialect> BookLog for Sql<D> {
    async fn history(&self, reference: Reference) -> Result<Vec<HistoryRow>, StoreError> {
        let sql = "SELECT * FROM callback_log WHERE reference = $1 \
                   ORDER BY at, node, sequence LIMIT $2";
        let of = values![reference, SHOWN];
        let log = self.rows(sql, of).await?;
        let sql = "SELECT at, outcome FROM callback_attempt WHERE reference = $1 \
                   ORDER BY at LIMIT $2";
        let attempts = self.rows(sql, of).await?;
        let sql = "SELECT * FROM callback_order WHERE reference = $1 ORDER BY at, id LIMIT $2";
        let orders = self.rows(sql, of).await?;
        let log = log.iter().map(logged);
        let rows = log.chain(attempts.iter().map(attempt));
        let rows = rows.chain(orders.iter().map(super::orders::history));
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        rows.sort_by_key(|(at, _)| *at);
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    async fn chains(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT node FROM audit_head UNION SELECT node FROM callback_log ORDER BY node";
        let rows = self.rows(sql, &[]).await?;
        rows.iter().map(|row| row.text("node")).collect()
    }

    async fn log_entries(
        &self,
        node: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        let sql = "SELECT * FROM callback_log WHERE node = $1 AND sequence > $2 \
                   ORDER BY sequence LIMIT $3";
        let rows = self.rows(sql, values![node, after, limit]).await?;
        rows.iter().map(stored).collect()
    }

    async fn head(&self, node: &str) -> Result<Option<Head>, StoreError> {
        let sql = "SELECT sequence, hash FROM audit_head WHERE node = $1";
        let rows = self.rows(sql, values![node]).await?;
        rows.first().map(read_head).transpose()
    }

    async fn is_logged(&self, id: u128) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM callback_log WHERE id = $1";
        let rows = self.rows(sql, values![id_text(id)]).await?;
        Ok(!rows.is_empty())
    }
}

/// What somebody has put in place of a text or a number is something else in any case: the hash shows it.
fn stored<D: Dialect>(row: &Row<D>) -> Result<Stored, StoreError> {
    let text = |column| row.text(column).unwrap_or_default();
    Ok(Stored {
        record: Record {
            node: text("node"),
            sequence: row.int("sequence")?,
            id: text("id"),
            reference: text("reference"),
            at: row.int("at").unwrap_or(i64::MIN),
            by: text("by_whom"),
            what: text("what"),
            detail: row.text("detail").unwrap_or_else(|_| "\0".to_owned()),
        },
        hash: text("hash"),
    })
}

/// With the time by which it is put in order.
pub(super) type Timed = (i64, HistoryRow);

fn logged<D: Dialect>(row: &Row<D>) -> Result<Timed, StoreError> {
    let shown = HistoryRow {
        at: row.time("at")?.to_string(),
        kind: "log",
        what: row.text("what")?,
        by: Some(row.text("by_whom")?),
        detail: row.text("detail")?,
        node: Some(row.text("node")?),
        entry: Some(row.int("sequence")?),
    };
    Ok((row.int("at")?, shown))
}

fn attempt<D: Dialect>(row: &Row<D>) -> Result<Timed, StoreError> {
    let shown = HistoryRow {
        at: row.time("at")?.to_string(),
        kind: "attempt",
        what: row.text("outcome")?,
        by: None,
        detail: String::new(),
        node: None,
        entry: None,
    };
    Ok((row.int("at")?, shown))
}
