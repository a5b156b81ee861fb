use std::sync::Arc;

use jiff::Timestamp;

use crate::identity::Reference;

use super::course::Words;
use super::dialect::{Dialect, Row, values};
use super::error::StoreError;
use super::provision::maybe_reference;
use super::sql::Sql;

/// The course of an assessment, as its moments: nothing of what was asked and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessmentCourse {
    /// The assessment.
    pub id: Reference,
    /// The call in which it was made; none for one without a call.
    pub call: Option<Reference>,
    /// When that call came.
    pub called_at: Option<Timestamp>,
    /// The provider to whose share that call counts.
    pub provider: Option<Arc<str>>,
    /// The patient's region, where it is known.
    pub region: Option<Arc<str>>,
    /// When it began.
    pub opened_at: Timestamp,
    /// Of what kind the disposition is to which it has come, in the end.
    pub kind: Option<Arc<str>>,
    /// How it was closed, in one word.
    pub outcome: Option<Arc<str>>,
    /// What whoever closed it is: `handler`, `clinician`.
    pub closed_by: Option<Arc<str>>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

const COURSES: &str = "\
    SELECT a.id AS id, a.call AS call, c.arrived_at AS called_at, c.provider AS provider, \
    COALESCE(a.region, c.region) AS region, a.opened_at AS opened_at, a.kind AS kind, \
    a.outcome AS outcome, a.closed_by AS closed_by, a.closed_at AS closed_at \
    FROM assessment a LEFT JOIN call c ON c.reference = a.call \
    WHERE a.opened_at >= $1 AND a.opened_at < $2 \
    AND (a.opened_at > $3 OR a.opened_at = $3 AND a.id > $4) \
    ORDER BY a.opened_at, a.id LIMIT $5";

impl<D: Dialect> Sql<D> {
    pub(super) async fn read_assessment_courses(
        &self,
        (from, to): (Timestamp, Timestamp),
        (at, id): (Timestamp, String),
        limit: u32,
    ) -> Result<Vec<AssessmentCourse>, StoreError> {
        let rows = self.rows(COURSES, values![from, to, at, id, limit]).await?;
        let mut words = Words::default();
        rows.iter().map(|row| read(row, &mut words)).collect()
    }
}

fn read<D: Dialect>(row: &Row<D>, words: &mut Words) -> Result<AssessmentCourse, StoreError> {
    let mut word = |column: &str| {
        let text = row.maybe_text(column)?;
        Ok::<_, StoreError>(text.map(|text| words.share(&text)))
    };
    Ok(AssessmentCourse {
        provider: word("provider")?,
        region: word("region")?,
        kind: word("kind")?,
        outcome: word("outcome")?,
        closed_by: word("closed_by")?,
        id: row.reference("id")?,
        call: maybe_reference(row, "call")?,
        called_at: row.maybe_time("called_at")?,
        opened_at: row.time("opened_at")?,
        closed_at: row.maybe_time("closed_at")?,
    })
}
