use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::error::StoreError;
use super::open::Store;

/// A call, as lists show it. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallRow {
    /// The call's reference.
    pub reference: String,
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

fn shown(millis: i64) -> Result<String, StoreError> {
    Ok(super::open::time(millis)?.to_string())
}

impl Store {
    /// The newest calls, newest first.
    pub async fn calls(&self, limit: u32) -> Result<Vec<CallRow>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM call ORDER BY arrived_at DESC, reference DESC LIMIT $1")
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(read).collect()
    }

    /// Ends, with the time of the last thing written down of them, the calls that were running when the
    /// process ended. Gives how many there were. Only right before calls are taken.
    pub async fn end_interrupted_calls(&self) -> Result<u64, StoreError> {
        let ended = sqlx::query(
            "UPDATE call SET ended_why = $1, ended_at = (SELECT MAX(at) FROM call_event \
             WHERE call_event.reference = call.reference) WHERE ended_at IS NULL",
        )
        .bind(INTERRUPTED)
        .execute(&self.pool)
        .await?;
        Ok(ended.rows_affected())
    }

    /// All that happened in a call, in order.
    pub async fn events(&self, reference: &str) -> Result<Vec<EventRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT at, kind, detail FROM call_event WHERE reference = $1 ORDER BY sequence",
        )
        .bind(reference)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(EventRow {
                    at: shown(row.try_get("at")?)?,
                    kind: row.try_get("kind")?,
                    detail: row.try_get("detail")?,
                })
            })
            .collect()
    }
}

/// Why a call ended of which nothing was written down.
const INTERRUPTED: &str = "the server was interrupted";

fn read(row: &SqliteRow) -> Result<CallRow, StoreError> {
    let at = |name: &str| -> Result<Option<String>, StoreError> {
        let millis: Option<i64> = row.try_get(name)?;
        millis.map(shown).transpose()
    };
    Ok(CallRow {
        reference: row.try_get("reference")?,
        arrived_at: shown(row.try_get("arrived_at")?)?,
        trunk: row.try_get("trunk")?,
        dialled: row.try_get("dialled")?,
        number: row.try_get("number")?,
        identity: row.try_get("identity")?,
        region: row.try_get("region")?,
        rule: row.try_get("rule")?,
        provider: row.try_get("provider")?,
        destination: row.try_get("destination")?,
        answered_at: at("answered_at")?,
        joined_at: at("joined_at")?,
        ended_at: at("ended_at")?,
        ended_why: row.try_get("ended_why")?,
    })
}
