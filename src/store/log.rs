use jiff::Timestamp;

use crate::audit::{Hash, Head, Record};
use crate::callback::{By, LogEntry};

use super::dialect::{Dialect, Row, Value, clean, values};
use super::error::StoreError;
use super::sql::Work;

/// The longest detail of an entry, in characters.
const DETAIL: usize = 500;
/// The longest name of whoever has changed something, in characters.
const NAME: usize = 100;
/// So many entries are written at once.
const AT_ONCE: usize = 500;
/// How many columns an entry has.
const COLUMNS: usize = 9;

/// An entry of the log of callbacks that has no place in a chain yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) id: u128,
    pub(super) reference: String,
    pub(super) at: Timestamp,
    pub(super) by: By,
    pub(super) what: &'static str,
    pub(super) detail: String,
}

impl From<&LogEntry> for Draft {
    fn from(entry: &LogEntry) -> Self {
        Draft {
            id: entry.id,
            reference: entry.reference.to_string(),
            at: entry.at,
            by: entry.change.by.clone(),
            what: entry.change.what.word(),
            detail: entry.change.detail.clone(),
        }
    }
}

impl Draft {
    /// As it will be read back: what is hashed is what is stored.
    fn record(self, node: &str, sequence: i64) -> Record {
        Record {
            node: clean(node),
            sequence,
            id: id_text(self.id),
            reference: self.reference,
            at: self.at.as_millisecond(),
            by: by_text(&self.by),
            what: self.what.to_owned(),
            detail: short(&self.detail, DETAIL),
        }
    }
}

/// An id, as it is stored.
pub(super) fn id_text(id: u128) -> String {
    format!("{id:032x}")
}

/// Who has changed something, as it is stored and shown.
pub(super) fn by_text(by: &By) -> String {
    match by {
        By::Service => "service".to_owned(),
        By::Caller => "caller".to_owned(),
        By::Clinician(account) => format!("clinician {}", short(account, NAME)),
        By::Supervisor(name) => format!("supervisor {}", short(name, NAME)),
    }
}

fn short(text: &str, most: usize) -> String {
    clean(text).chars().take(most).collect()
}

impl<D: Dialect> Work<D> {
    /// Adds an entry to a node's chain. One that is there already changes nothing.
    pub(super) async fn log(&mut self, node: &str, entry: &LogEntry) -> Result<(), StoreError> {
        let sql = "SELECT id FROM callback_log WHERE id = $1";
        let id = id_text(entry.id);
        // Behind the head, which whoever has just stored the same entry holds.
        let head = self.hold_head(node).await?;
        match self.row(sql, values![&id]).await? {
            Some(_) => Ok(()),
            None => self.add(node, head, vec![Draft::from(entry)]).await,
        }
    }

    /// Adds entries to a node's chain of which none is there already.
    pub(super) async fn log_new(
        &mut self,
        node: &str,
        drafts: Vec<Draft>,
    ) -> Result<(), StoreError> {
        if drafts.is_empty() {
            return Ok(());
        }
        let head = self.hold_head(node).await?;
        self.add(node, head, drafts).await
    }

    /// The end of a node's chain, to which nobody else adds until this is committed.
    async fn hold_head(&mut self, node: &str) -> Result<Head, StoreError> {
        let sql = "INSERT INTO audit_head (node, sequence, hash) VALUES ($1, 0, $2) \
                   ON CONFLICT (node) DO UPDATE SET sequence = audit_head.sequence \
                   RETURNING sequence, hash";
        let genesis = Head::genesis(node);
        let head = self.row(sql, values![node, &genesis.hash]).await?;
        let head = head.map_or(Ok(genesis), |row| read_head(&row))?;
        // A head that somebody has set back must not keep callers from being promised anything.
        let sql = "SELECT sequence, hash FROM callback_log WHERE node = $1 AND sequence > $2 \
                   ORDER BY sequence DESC LIMIT 1";
        let beyond = self.row(sql, values![node, head.sequence]).await?;
        beyond.map_or(Ok(head), |row| read_head(&row))
    }

    async fn add(
        &mut self,
        node: &str,
        mut head: Head,
        drafts: Vec<Draft>,
    ) -> Result<(), StoreError> {
        let mut entries: Vec<Value<'_>> = Vec::with_capacity(drafts.len() * COLUMNS);
        // Where somebody has altered the head's hash the chain goes on, and the break in it shows.
        let mut before = head.hash.parse().unwrap_or(Hash::genesis(node));
        for draft in drafts {
            head.sequence = head.sequence.saturating_add(1);
            let record = draft.record(node, head.sequence);
            before = before.then(&record);
            entries.extend([
                record.node.into(),
                record.sequence.into(),
                record.id.into(),
                record.reference.into(),
                record.at.into(),
                record.by.into(),
                record.what.into(),
                record.detail.into(),
                before.to_string().into(),
            ]);
        }
        let insert = "INSERT INTO callback_log \
                      (node, sequence, id, reference, at, by_whom, what, detail, hash)";
        for entries in entries.chunks(AT_ONCE * COLUMNS) {
            self.insert((insert, ""), COLUMNS, entries).await?;
        }
        let sql = "UPDATE audit_head SET sequence = $2, hash = $3 WHERE node = $1";
        let values = values![node, head.sequence, before.to_string()];
        self.run(sql, values).await?;
        Ok(())
    }
}

pub(super) fn read_head<D: Dialect>(row: &Row<D>) -> Result<Head, StoreError> {
    Ok(Head {
        sequence: row.int("sequence")?,
        hash: row.text("hash")?,
    })
}
