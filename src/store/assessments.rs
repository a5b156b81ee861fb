use async_trait::async_trait;
use jiff::Timestamp;

use crate::identity::Reference;

use super::dialect::{Dialect, Row, Value, values};
use super::error::StoreError;
use super::provision::maybe_reference;
use super::sql::Sql;

/// An assessment as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessmentRow {
    /// Its own reference.
    pub id: Reference,
    /// The call in which it is made; none for one without a call.
    pub call: Option<Reference>,
    /// The patient's region, where it is known.
    pub region: Option<String>,
    /// Whoever began it, by their name.
    pub owner: String,
    /// The pathway.
    pub pathway: String,
    /// When it began.
    pub opened_at: Timestamp,
    /// Whom it waits for: `handler`, `clinician`; none where it is closed.
    pub waits_for: Option<String>,
    /// The disposition it has come to, in the end.
    pub disposition: Option<String>,
    /// Of what kind that is.
    pub kind: Option<String>,
    /// When it came to it.
    pub decided_at: Option<Timestamp>,
    /// How it was closed, in one word.
    pub outcome: Option<String>,
    /// What whoever closed it is: `handler`, `clinician`.
    pub closed_by: Option<String>,
    /// The service of the directory that took the patient.
    pub service: Option<String>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// All of it, as JSON.
    pub record: String,
}

/// What became of storing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is stored.
    Stored,
    /// Somebody else has stored another one meanwhile; nothing has changed.
    Overtaken,
}

/// Assessments. Any node goes on with one, whichever it was begun at.
#[async_trait]
pub trait Assessments {
    /// Stores one as its `revision`, counted from 1, where the one before is what is stored. Storing the same
    /// again changes nothing.
    async fn save_assessment(
        &self,
        row: &AssessmentRow,
        revision: u32,
    ) -> Result<Saved, StoreError>;

    /// One of them with its revision; none where there is none.
    async fn assessment(&self, id: Reference) -> Result<Option<(AssessmentRow, u32)>, StoreError>;

    /// Those that wait for somebody, the oldest first.
    async fn open_assessments(
        &self,
        waits_for: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AssessmentRow>, StoreError>;
}

#[async_trait]
impl<D: Dialect> Assessments for Sql<D> {
    async fn save_assessment(
        &self,
        row: &AssessmentRow,
        revision: u32,
    ) -> Result<Saved, StoreError> {
        let values: &[Value<'_>] = values![
            row.id,
            revision,
            row.call,
            &row.region,
            &row.owner,
            &row.pathway,
            row.opened_at,
            &row.waits_for,
            &row.disposition,
            &row.kind,
            row.decided_at,
            &row.outcome,
            &row.closed_by,
            &row.service,
            row.closed_at,
            &row.record,
        ];
        // The same once more, whose answer got lost, is as good as the first time.
        let update = "UPDATE assessment SET revision = $2, call = $3, region = $4, owner = $5, \
                      pathway = $6, opened_at = $7, waits_for = $8, disposition = $9, kind = $10, \
                      decided_at = $11, outcome = $12, closed_by = $13, service = $14, \
                      closed_at = $15, record = $16 WHERE id = $1 \
                      AND (revision = $2 - 1 OR revision = $2 AND record = $16)";
        let insert = "INSERT INTO assessment (id, revision, call, region, owner, pathway, opened_at, \
                      waits_for, disposition, kind, decided_at, outcome, closed_by, service, \
                      closed_at, record) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
                      $13, $14, $15, $16) ON CONFLICT (id) DO NOTHING";
        let changed = match revision {
            1 => self.run(insert, values).await?,
            _ => self.run(update, values).await?,
        };
        let is_first_again = revision == 1 && changed == 0;
        if is_first_again && self.assessment(row.id).await? == Some((row.clone(), 1)) {
            return Ok(Saved::Stored);
        }
        Ok(match changed {
            0 => Saved::Overtaken,
            _ => Saved::Stored,
        })
    }

    async fn assessment(&self, id: Reference) -> Result<Option<(AssessmentRow, u32)>, StoreError> {
        let sql = "SELECT * FROM assessment WHERE id = $1";
        let rows = self.rows(sql, values![id]).await?;
        let one = rows
            .first()
            .map(|row| Ok((read(row)?, row.count("revision")?)));
        one.transpose()
    }

    async fn open_assessments(
        &self,
        waits_for: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AssessmentRow>, StoreError> {
        let sql = "SELECT * FROM assessment WHERE waits_for IS NOT NULL \
                   AND ($1 = '' OR waits_for = $1) ORDER BY opened_at, id LIMIT $2";
        let whom = waits_for.unwrap_or("");
        let rows = self.rows(sql, values![whom, limit]).await?;
        rows.iter().map(read).collect()
    }
}

fn read<D: Dialect>(row: &Row<D>) -> Result<AssessmentRow, StoreError> {
    Ok(AssessmentRow {
        id: row.reference("id")?,
        call: maybe_reference(row, "call")?,
        region: row.maybe_text("region")?,
        owner: row.text("owner")?,
        pathway: row.text("pathway")?,
        opened_at: row.time("opened_at")?,
        waits_for: row.maybe_text("waits_for")?,
        disposition: row.maybe_text("disposition")?,
        kind: row.maybe_text("kind")?,
        decided_at: row.maybe_time("decided_at")?,
        outcome: row.maybe_text("outcome")?,
        closed_by: row.maybe_text("closed_by")?,
        service: row.maybe_text("service")?,
        closed_at: row.maybe_time("closed_at")?,
        record: row.text("record")?,
    })
}
