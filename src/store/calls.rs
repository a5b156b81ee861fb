use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

use crate::identity::Reference;

use super::dialect::{Dialect, Row, values};
use super::entry::Entry;
use super::error::StoreError;
use super::sql::Sql;

/// A call, as lists show it. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallRow {
    /// The call's reference.
    pub reference: String,
    /// The node that answered it.
    pub node: String,
    /// When its INVITE came.
    pub arrived_at: String,
    /// By which trunk.
    pub trunk: String,
    /// The number dialled.
    pub dialled: String,
    /// The caller's number; none when it is not known.
    pub number: Option<String>,
    /// `known`, `withheld`, `unavailable` or `invalid`.
    pub identity: String,
    /// The region, and the rule that found it.
    pub region: Option<String>,
    /// That rule.
    pub rule: Option<String>,
    /// The provider to whose share it counts.
    pub provider: Option<String>,
    /// Where the flow led.
    pub destination: Option<String>,
    /// When we answered.
    pub answered_at: Option<String>,
    /// When the caller first spoke with somebody.
    pub joined_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Why.
    pub ended_why: Option<String>,
}

/// One thing that happened in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventRow {
    /// When, as RFC 3339.
    pub at: String,
    /// What kind of thing.
    pub kind: String,
    /// The rest; keys are masked.
    pub detail: String,
}

/// What is written down of calls.
#[async_trait]
pub trait CallLog {
    /// The newest calls of all nodes, newest first.
    async fn calls(&self, limit: u32) -> Result<Vec<CallRow>, StoreError>;

    /// All that happened in a call, in order.
    async fn events(&self, reference: &str) -> Result<Vec<EventRow>, StoreError>;

    /// Ends, with the time of the last thing written down of them, this node's calls that were running
    /// when the process ended: those that came before `begun`, when this process did, but for those that go
    /// on. Gives how many there were.
    async fn end_interrupted_calls(
        &self,
        begun: Timestamp,
        go_on: &BTreeSet<Reference>,
    ) -> Result<u64, StoreError>;

    /// Writes down what happened, in order and all of it or nothing. Writing an entry a second time
    /// changes nothing.
    async fn write(&self, entries: &[Entry]) -> Result<(), StoreError>;
}

#[async_trait]
impl<D: Dialect> CallLog for Sql<D> {
    async fn calls(&self, limit: u32) -> Result<Vec<CallRow>, StoreError> {
        let sql = "SELECT * FROM call ORDER BY arrived_at DESC, reference DESC LIMIT $1";
        let rows = self.rows(sql, values![limit]).await?;
        rows.iter().map(read).collect()
    }

    async fn events(&self, reference: &str) -> Result<Vec<EventRow>, StoreError> {
        let sql = "SELECT at, kind, detail FROM call_event WHERE reference = $1 ORDER BY sequence";
        let rows = self.rows(sql, values![reference]).await?;
        rows.iter()
            .map(|row| {
                Ok(EventRow {
                    at: row.time("at")?.to_string(),
                    kind: row.text("kind")?,
                    detail: row.text("detail")?,
                })
            })
            .collect()
    }

    async fn end_interrupted_calls(
        &self,
        begun: Timestamp,
        go_on: &BTreeSet<Reference>,
    ) -> Result<u64, StoreError> {
        // As texts: one that cannot be read is a call that was cut off as well.
        let go_on: BTreeSet<String> = go_on.iter().map(Reference::to_string).collect();
        self.within(async {
            let mut work = self.begin().await?;
            let sql = "SELECT reference FROM call \
                       WHERE ended_at IS NULL AND node = $1 AND arrived_at < $2";
            let mut ended = 0;
            for row in work.rows(sql, values![&self.node, begun]).await? {
                let reference = row.text("reference")?;
                if go_on.contains(&reference) {
                    continue;
                }
                let sql = "UPDATE call SET ended_why = $1, cut_off = TRUE, \
                           ended_at = (SELECT MAX(at) FROM call_event \
                           WHERE call_event.reference = call.reference) WHERE reference = $2";
                ended += work.run(sql, values![INTERRUPTED, &reference]).await?;
            }
            work.commit().await?;
            Ok(ended)
        })
        .await
    }

    async fn write(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.write_entries(entries).await
    }
}

/// Why a call ended of which nothing was written down.
const INTERRUPTED: &str = "the server was interrupted";

fn read<D: Dialect>(row: &Row<D>) -> Result<CallRow, StoreError> {
    let at = |name: &str| -> Result<Option<String>, StoreError> {
        Ok(row.maybe_time(name)?.map(|at| at.to_string()))
    };
    Ok(CallRow {
        reference: row.text("reference")?,
        node: row.text("node")?,
        arrived_at: row.time("arrived_at")?.to_string(),
        trunk: row.text("trunk")?,
        dialled: row.text("dialled")?,
        number: row.maybe_text("number")?,
        identity: row.text("identity")?,
        region: row.maybe_text("region")?,
        rule: row.maybe_text("rule")?,
        provider: row.maybe_text("provider")?,
        destination: row.maybe_text("destination")?,
        answered_at: at("answered_at")?,
        joined_at: at("joined_at")?,
        ended_at: at("ended_at")?,
        ended_why: row.maybe_text("ended_why")?,
    })
}
