use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::identity::Reference;

use super::assessment_course::AssessmentCourse;
use super::dialect::{Dialect, Row, values};
use super::error::StoreError;
use super::past_call::PastCall;
use super::promise_course::PromiseCourse;
use super::sql::Sql;

/// The course of a call, as its moments. Each is the first of its kind; `docs/measures.md` says what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// The call.
    pub reference: Reference,
    /// The caller's region, where it is known.
    pub region: Option<Arc<str>>,
    /// The provider to whose share the call counts.
    pub provider: Option<Arc<str>>,
    /// Where the menus led, in one word.
    pub destination: Option<Arc<str>>,
    /// The INVITE has come.
    pub arrived_at: Timestamp,
    /// We have answered.
    pub answered_at: Option<Timestamp>,
    /// The introductory message is over.
    pub introduced_at: Option<Timestamp>,
    /// The menus are over.
    pub led_at: Option<Timestamp>,
    /// The caller waits for a handler.
    pub queued_at: Option<Timestamp>,
    /// The caller was told a wait.
    pub told: Option<ToldWait>,
    /// A handler has answered the caller, who was on the line.
    pub handled_at: Option<Timestamp>,
    /// The call is over.
    pub ended_at: Option<Timestamp>,
    /// The caller has hung up with nothing done for them.
    pub is_abandoned: bool,
    /// It was we who broke the call off.
    pub is_cut_off: bool,
}

impl Course {
    /// A call that has come, and no more.
    pub fn begun(reference: Reference, arrived_at: Timestamp) -> Self {
        Course {
            reference,
            region: None,
            provider: None,
            destination: None,
            arrived_at,
            answered_at: None,
            introduced_at: None,
            led_at: None,
            queued_at: None,
            told: None,
            handled_at: None,
            ended_at: None,
            is_abandoned: false,
            is_cut_off: false,
        }
    }

    /// Whether it is no patient's call: somebody has rung to set the capacity of a service, and was not led on to a
    /// handler.
    pub fn is_of_provider(&self) -> bool {
        let is_led_on = self.queued_at.is_some() || self.handled_at.is_some();
        self.destination.as_deref() == Some("capacity") && !is_led_on
    }
}

/// A wait that a caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldWait {
    /// When.
    pub at: Timestamp,
    /// As it was said, in full minutes; [`Duration::MAX`] is more than can be told.
    pub wait: Duration,
    /// As it was reckoned.
    pub estimate: Option<Duration>,
}

/// Reading how calls went.
#[async_trait]
pub trait Courses {
    /// Calls of all nodes that arrived from a moment on and before another one, in the order of arrival: those
    /// after `after`, and at most `limit`. Fewer than that are the last.
    async fn courses(
        &self,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<Course>, StoreError>;

    /// The same of callbacks that were promised then, in the order in which they were.
    async fn promise_courses(
        &self,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<PromiseCourse>, StoreError>;

    /// The same of assessments that were begun then, in the order in which they were.
    async fn assessment_courses(
        &self,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<AssessmentCourse>, StoreError>;

    /// Calls that are over, in the same way, with all that decides where they would go by other tables.
    async fn past_calls(
        &self,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<PastCall>, StoreError>;
}

#[async_trait]
impl<D: Dialect> Courses for Sql<D> {
    async fn courses(
        &self,
        (from, to): (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<Course>, StoreError> {
        let sql = "SELECT reference, region, provider, destination, arrived_at, answered_at, \
                   introduced_at, led_at, queued_at, told_at, told_wait, estimated_wait, handled_at, \
                   ended_at, abandoned, cut_off FROM call \
                   WHERE arrived_at >= $1 AND arrived_at < $2 \
                   AND (arrived_at > $3 OR arrived_at = $3 AND reference > $4) \
                   ORDER BY arrived_at, reference LIMIT $5";
        let (at, reference) = place(after);
        let rows = self
            .rows(sql, values![from, to, at, reference, limit])
            .await?;
        let mut words = Words::default();
        rows.iter().map(|row| read(row, &mut words)).collect()
    }

    async fn promise_courses(
        &self,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<PromiseCourse>, StoreError> {
        self.read_promise_courses(period, place(after), limit).await
    }

    async fn assessment_courses(
        &self,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<AssessmentCourse>, StoreError> {
        self.read_assessment_courses(period, place(after), limit)
            .await
    }

    async fn past_calls(
        &self,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<PastCall>, StoreError> {
        self.read_past_calls(period, place(after), limit).await
    }
}

/// After what is to be read, as the database compares it; before all where there is nothing.
pub(super) fn place(after: Option<(Timestamp, Reference)>) -> (Timestamp, String) {
    let before = (Timestamp::MIN, String::new());
    after.map_or(before, |(at, reference)| (at, reference.to_string()))
}

/// Each word once, however many calls have it.
#[derive(Default)]
pub(super) struct Words(BTreeSet<Arc<str>>);

impl Words {
    pub(super) fn share(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.0.get(word) {
            return Arc::clone(known);
        }
        let word: Arc<str> = Arc::from(word);
        self.0.insert(Arc::clone(&word));
        word
    }
}

fn read<D: Dialect>(row: &Row<D>, words: &mut Words) -> Result<Course, StoreError> {
    let told = match (row.maybe_time("told_at")?, row.maybe_int("told_wait")?) {
        (Some(at), Some(wait)) => Some(ToldWait {
            at,
            wait: duration(wait),
            estimate: row.maybe_int("estimated_wait")?.map(duration),
        }),
        _ => None,
    };
    Ok(Course {
        reference: row.reference("reference")?,
        region: row.maybe_text("region")?.map(|word| words.share(&word)),
        provider: row.maybe_text("provider")?.map(|word| words.share(&word)),
        destination: row
            .maybe_text("destination")?
            .map(|word| words.share(&word)),
        arrived_at: row.time("arrived_at")?,
        answered_at: row.maybe_time("answered_at")?,
        introduced_at: row.maybe_time("introduced_at")?,
        led_at: row.maybe_time("led_at")?,
        queued_at: row.maybe_time("queued_at")?,
        told,
        handled_at: row.maybe_time("handled_at")?,
        ended_at: row.maybe_time("ended_at")?,
        is_abandoned: row.maybe_text("abandoned")?.is_some(),
        is_cut_off: row.flag("cut_off")?,
    })
}

/// A wait as it is stored: more than can be told is the largest number there is.
pub(super) fn millis(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
}

fn duration(millis: i64) -> Duration {
    match u64::try_from(millis) {
        Ok(millis) if millis < i64::MAX as u64 => Duration::from_millis(millis),
        Ok(_) => Duration::MAX,
        Err(_) => Duration::ZERO,
    }
}
