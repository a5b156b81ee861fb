use std::time::Duration;

use jiff::Timestamp;
use sqlx::{Sqlite, Transaction};
use tokio::sync::{mpsc, oneshot};

use crate::identity::Reference;

use super::error::StoreError;
use super::open::{Store, millis};

/// Entries that wait for the disk; beyond this, entries are counted and dropped, while calls go on.
const SPOOL: usize = 200_000;
/// How long the first entry of a transaction waits for others: a transaction costs as much as a
/// hundred entries.
const GATHER: Duration = Duration::from_millis(50);
/// Entries of one transaction.
const BATCH: usize = 500;
/// Between two tries to write.
const RETRY: Duration = Duration::from_millis(500);

/// Something to be written down about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimelineEntry {
    /// The call itself. Comes first.
    Arrived {
        /// The trunk it came by.
        trunk: String,
        /// The number dialled.
        dialled: String,
        /// The caller's number.
        number: Option<String>,
        /// `known`, `withheld`, `unavailable` or `invalid`.
        identity: &'static str,
    },
    /// We answered.
    Answered,
    /// The region, by a rule, and the provider.
    Region {
        /// The region.
        region: String,
        /// The rule.
        rule: &'static str,
        /// The provider.
        provider: Option<String>,
        /// A sentence.
        why: String,
    },
    /// Where the flow led.
    Destination {
        /// One word.
        word: &'static str,
        /// Why.
        why: String,
    },
    /// The caller speaks with somebody.
    Joined {
        /// With whom.
        with: String,
    },
    /// The call is over.
    Ended {
        /// Why.
        why: String,
    },
    /// Anything else.
    Happened {
        /// What kind of thing.
        kind: &'static str,
        /// The rest; never a key or a number.
        detail: String,
    },
}

impl TimelineEntry {
    fn kind(&self) -> &'static str {
        match self {
            TimelineEntry::Arrived { .. } => "arrived",
            TimelineEntry::Answered => "answered",
            TimelineEntry::Region { .. } => "region",
            TimelineEntry::Destination { .. } => "destination",
            TimelineEntry::Joined { .. } => "joined",
            TimelineEntry::Ended { .. } => "ended",
            TimelineEntry::Happened { kind, .. } => kind,
        }
    }

    fn detail(&self) -> String {
        match self {
            TimelineEntry::Arrived {
                trunk, identity, ..
            } => {
                format!("by {trunk}, number {identity}")
            }
            TimelineEntry::Answered => String::new(),
            TimelineEntry::Region {
                region, rule, why, ..
            } => format!("{region} by {rule}: {why}"),
            TimelineEntry::Destination { word, why } => format!("{word}: {why}"),
            TimelineEntry::Joined { with } => with.clone(),
            TimelineEntry::Ended { why } => why.clone(),
            TimelineEntry::Happened { detail, .. } => detail.clone(),
        }
    }
}

enum Message {
    Entry(Reference, Timestamp, u64, TimelineEntry),
    Flush(oneshot::Sender<()>),
}

/// Where calls tell what happens to them. Never waits; cheap to clone.
#[derive(Clone, Debug)]
pub struct Timeline {
    entries: mpsc::Sender<Message>,
}

impl Timeline {
    /// Starts the writer.
    pub fn start(store: Store) -> Self {
        let (entries, receiver) = mpsc::channel(SPOOL);
        tokio::spawn(write_all(store, receiver));
        Timeline { entries }
    }

    /// Writes an entry down, some time soon. `sequence` counts a call's entries.
    pub fn record(&self, call: Reference, at: Timestamp, sequence: u64, entry: TimelineEntry) {
        let message = Message::Entry(call, at, sequence, entry);
        if self.entries.try_send(message).is_err() {
            metrics::counter!("ivr111_timeline_dropped_total").increment(1);
        }
    }

    /// Waits until all that has been recorded so far is on disk.
    pub async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.entries.send(Message::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

async fn write_all(store: Store, mut entries: mpsc::Receiver<Message>) {
    let mut batch = Vec::with_capacity(BATCH);
    while entries.recv_many(&mut batch, BATCH).await > 0 {
        if batch.len() < BATCH {
            tokio::time::sleep(GATHER).await;
            let more = std::iter::from_fn(|| entries.try_recv().ok());
            batch.extend(more.take(BATCH - batch.len()));
        }
        while let Err(error) = write(&store, &batch).await {
            tracing::error!(%error, "the timeline waits for the store");
            tokio::time::sleep(RETRY).await;
        }
        for message in batch.drain(..) {
            if let Message::Flush(done) = message {
                let _ = done.send(());
            }
        }
    }
}

async fn write(store: &Store, batch: &[Message]) -> Result<(), StoreError> {
    let mut transaction = store.pool.begin().await?;
    for message in batch {
        if let Message::Entry(call, at, sequence, entry) = message {
            put(&mut transaction, &call.to_string(), *at, *sequence, entry).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Writing an entry a second time, after a try that broke off, changes nothing.
async fn put(
    transaction: &mut Transaction<'_, Sqlite>,
    call: &str,
    at: Timestamp,
    sequence: u64,
    entry: &TimelineEntry,
) -> Result<(), StoreError> {
    let at = millis(at);
    sqlx::query(
        "INSERT INTO call_event (reference, at, sequence, kind, detail) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (reference, sequence) DO NOTHING",
    )
    .bind(call)
    .bind(at)
    .bind(i64::try_from(sequence).unwrap_or(i64::MAX))
    .bind(entry.kind())
    .bind(entry.detail())
    .execute(&mut **transaction)
    .await?;
    let query = match entry {
        TimelineEntry::Arrived {
            trunk,
            dialled,
            number,
            identity,
        } => sqlx::query(
            "INSERT INTO call (reference, arrived_at, trunk, dialled, number, identity) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (reference) DO NOTHING",
        )
        .bind(call)
        .bind(at)
        .bind(trunk)
        .bind(dialled)
        .bind(number)
        .bind(*identity),
        TimelineEntry::Answered => {
            sqlx::query("UPDATE call SET answered_at = $2 WHERE reference = $1")
                .bind(call)
                .bind(at)
        }
        TimelineEntry::Region {
            region,
            rule,
            provider,
            ..
        } => sqlx::query(
            "UPDATE call SET region = $2, rule = $3, provider = $4 WHERE reference = $1",
        )
        .bind(call)
        .bind(region)
        .bind(*rule)
        .bind(provider),
        TimelineEntry::Destination { word, .. } => {
            sqlx::query("UPDATE call SET destination = $2 WHERE reference = $1")
                .bind(call)
                .bind(*word)
        }
        TimelineEntry::Joined { .. } => {
            sqlx::query("UPDATE call SET joined_at = COALESCE(joined_at, $2) WHERE reference = $1")
                .bind(call)
                .bind(at)
        }
        TimelineEntry::Ended { why } => {
            sqlx::query("UPDATE call SET ended_at = $2, ended_why = $3 WHERE reference = $1")
                .bind(call)
                .bind(at)
                .bind(why)
        }
        TimelineEntry::Happened { .. } => return Ok(()),
    };
    query.execute(&mut **transaction).await?;
    Ok(())
}
