use std::sync::Arc;

use jiff::Timestamp;

use crate::callback::Change;
use crate::identity::Reference;

use super::course::Words;
use super::dialect::{Dialect, Row, values};
use super::error::StoreError;
use super::log::by_text;
use super::sql::Sql;

/// The course of a promised callback, as its moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseCourse {
    /// The callback.
    pub reference: Reference,
    /// The caller's region.
    pub region: Arc<str>,
    /// The skill of whoever is to make it.
    pub skill: Arc<str>,
    /// When it was promised.
    pub booked_at: Timestamp,
    /// By when, as it stands now: a supervisor may have given it another time.
    pub deadline: Timestamp,
    /// When the caller answered last.
    pub reached_at: Option<Timestamp>,
    /// How it was closed.
    pub closed: Option<Closed>,
}

/// How a callback was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// How.
    pub how: How,
}

/// By what a callback was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By a conversation with the caller.
    Spoken,
    /// By a decision: the caller could not be reached.
    NotReached,
    /// By a supervisor's order.
    Ordered,
    /// By the service: the promise had not been made after all.
    NotPromised,
}

impl How {
    /// What a change that closes a callback says of how that was done.
    pub fn of_change(change: &Change) -> Self {
        How::of(&by_text(&change.by), &change.detail)
    }

    fn of(by: &str, detail: &str) -> Self {
        match by.split(' ').next() {
            Some("clinician") if detail.starts_with("not reached") => How::NotReached,
            Some("clinician" | "caller") => How::Spoken,
            Some("supervisor") => How::Ordered,
            _ => How::NotPromised,
        }
    }
}

pub(super) const COURSES: &str = "\
    SELECT reference, region, skill, booked_at, deadline, \
    (SELECT MAX(at) FROM callback_log l WHERE l.reference = c.reference AND what = 'answered') \
    AS reached_at, \
    (SELECT at FROM callback_log l WHERE l.reference = c.reference AND what = 'closed' \
    ORDER BY at DESC, sequence DESC LIMIT 1) AS closed_at, \
    (SELECT by_whom FROM callback_log l WHERE l.reference = c.reference AND what = 'closed' \
    ORDER BY at DESC, sequence DESC LIMIT 1) AS closed_by, \
    (SELECT detail FROM callback_log l WHERE l.reference = c.reference AND what = 'closed' \
    ORDER BY at DESC, sequence DESC LIMIT 1) AS closed_detail, stage \
    FROM callback c WHERE booked_at >= $1 AND booked_at < $2 \
    AND (booked_at > $3 OR booked_at = $3 AND reference > $4) \
    ORDER BY booked_at, reference LIMIT $5";

impl<D: Dialect> Sql<D> {
    pub(super) async fn read_promise_courses(
        &self,
        (from, to): (Timestamp, Timestamp),
        (at, reference): (Timestamp, String),
        limit: u32,
    ) -> Result<Vec<PromiseCourse>, StoreError> {
        let rows = self
            .rows(COURSES, values![from, to, at, reference, limit])
            .await?;
        let mut words = Words::default();
        rows.iter().map(|row| read(row, &mut words)).collect()
    }
}

fn read<D: Dialect>(row: &Row<D>, words: &mut Words) -> Result<PromiseCourse, StoreError> {
    // One that has been taken up again is open, whatever closed it before.
    let is_done = row.text("stage")? == "done";
    let closed_at = row.maybe_time("closed_at")?.filter(|_| is_done);
    let by = row.maybe_text("closed_by")?.unwrap_or_default();
    let detail = row.maybe_text("closed_detail")?.unwrap_or_default();
    Ok(PromiseCourse {
        reference: row.reference("reference")?,
        region: words.share(&row.text("region")?),
        skill: words.share(&row.text("skill")?),
        booked_at: row.time("booked_at")?,
        deadline: row.time("deadline")?,
        reached_at: row.maybe_time("reached_at")?,
        closed: closed_at.map(|at| Closed {
            at,
            how: How::of(&by, &detail),
        }),
    })
}
