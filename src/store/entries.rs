//! How a timeline's entries are written.

use super::course;
use super::dialect::{Dialect, Value, values};
use super::entry::{Entry, TimelineEntry};
use super::error::StoreError;
use super::sql::{Sql, Work};
use super::transfer::EmergencyTransfer;

/// Events of one statement: a way to the database costs more than a row.
const TOGETHER: usize = 50;
const COLUMNS: usize = 5;

impl<D: Dialect> Sql<D> {
    pub(super) async fn write_entries(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.within(async {
            let mut work = self.begin().await?;
            let mut parts = entries.chunks_exact(TOGETHER);
            for part in &mut parts {
                put_events(&mut work, part).await?;
            }
            // One by one, so that there are two texts of statements and not fifty.
            for entry in parts.remainder() {
                put_events(&mut work, std::slice::from_ref(entry)).await?;
            }
            for entry in entries {
                put_call(&mut work, &self.node, entry).await?;
            }
            work.commit().await
        })
        .await
    }
}

async fn put_events<D: Dialect>(work: &mut Work<D>, entries: &[Entry]) -> Result<(), StoreError> {
    let rows = entries.iter().flat_map(|entry| -> [Value<'_>; COLUMNS] {
        [
            entry.call.into(),
            entry.at.into(),
            i64::try_from(entry.sequence).unwrap_or(i64::MAX).into(),
            entry.what.kind().into(),
            entry.what.detail().into(),
        ]
    });
    let rows: Vec<Value<'_>> = rows.collect();
    let sql = (
        "INSERT INTO call_event (reference, at, sequence, kind, detail)",
        "ON CONFLICT (reference, sequence) DO NOTHING",
    );
    work.insert(sql, COLUMNS, &rows).await?;
    Ok(())
}

async fn put_call<D: Dialect>(
    work: &mut Work<D>,
    node: &str,
    entry: &Entry,
) -> Result<(), StoreError> {
    let (call, at) = (entry.call, entry.at);
    match &entry.what {
        TimelineEntry::Arrived {
            trunk,
            dialled,
            number,
            identity,
        } => {
            let sql = "INSERT INTO call (reference, arrived_at, trunk, dialled, number, identity, \
                       node) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (reference) DO NOTHING";
            let values = values![call, at, trunk, dialled, number, *identity, node];
            work.run(sql, values).await?
        }
        TimelineEntry::Answered => {
            let sql = "UPDATE call SET answered_at = $2 WHERE reference = $1";
            work.run(sql, values![call, at]).await?
        }
        TimelineEntry::Region {
            region,
            rule,
            provider,
            ..
        } => {
            let sql = "UPDATE call SET region = $2, rule = $3, provider = $4 WHERE reference = $1";
            work.run(sql, values![call, region, *rule, provider])
                .await?
        }
        TimelineEntry::Introduced => {
            let sql = "UPDATE call SET introduced_at = COALESCE(introduced_at, $2) \
                       WHERE reference = $1";
            work.run(sql, values![call, at]).await?
        }
        TimelineEntry::Destination { word, .. } => {
            let sql = "UPDATE call SET destination = $2, led_at = COALESCE(led_at, $3) \
                       WHERE reference = $1";
            work.run(sql, values![call, *word, at]).await?
        }
        TimelineEntry::Queued => {
            let sql = "UPDATE call SET queued_at = COALESCE(queued_at, $2) WHERE reference = $1";
            work.run(sql, values![call, at]).await?
        }
        TimelineEntry::Announced {
            wait: Some(wait),
            estimate,
            ..
        } => {
            let sql = "UPDATE call SET told_at = $2, told_wait = $3, estimated_wait = $4 \
                       WHERE reference = $1 AND told_at IS NULL";
            let (wait, estimate) = (course::millis(*wait), estimate.map(course::millis));
            work.run(sql, values![call, at, wait, estimate]).await?
        }
        TimelineEntry::Waited {
            called_back: false, ..
        } => {
            let sql = "UPDATE call SET handled_at = COALESCE(handled_at, $2) WHERE reference = $1";
            work.run(sql, values![call, at]).await?
        }
        TimelineEntry::Abandoned { part, .. } => {
            let sql = "UPDATE call SET abandoned = $2 WHERE reference = $1";
            work.run(sql, values![call, *part]).await?
        }
        TimelineEntry::Joined { .. } => {
            let sql = "UPDATE call SET joined_at = COALESCE(joined_at, $2) WHERE reference = $1";
            work.run(sql, values![call, at]).await?
        }
        TimelineEntry::Transferred(transfer) => {
            let EmergencyTransfer {
                asked_at,
                first_invite_at,
                answered_at,
                proved_at,
                ended_at,
                room,
                outcome,
                tries,
            } = &**transfer;
            let sql = "INSERT INTO emergency_transfer (reference, node, asked_at, first_invite_at, \
                       answered_at, proved_at, ended_at, room, outcome, tries) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                       ON CONFLICT (reference, asked_at) DO NOTHING";
            let values = values![
                call,
                node,
                *asked_at,
                *first_invite_at,
                *answered_at,
                *proved_at,
                *ended_at,
                room,
                *outcome,
                tries
            ];
            work.run(sql, values).await?
        }
        TimelineEntry::Ended { why, cut_off } => {
            let sql = "UPDATE call SET ended_at = $2, ended_why = $3, cut_off = $4 \
                       WHERE reference = $1";
            work.run(sql, values![call, at, why, *cut_off]).await?
        }
        TimelineEntry::Announced { wait: None, .. }
        | TimelineEntry::Waited {
            called_back: true, ..
        }
        | TimelineEntry::Happened { .. } => 0,
    };
    Ok(())
}
