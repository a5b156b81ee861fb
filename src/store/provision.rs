use async_trait::async_trait;
use jiff::Timestamp;

use crate::directory::SearchRecord;
use crate::identity::Reference;

use super::course::place;
use super::dialect::{Dialect, Row, values};
use super::error::StoreError;
use super::sql::Sql;

/// A search of the directory, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchRow {
    /// Unlike that of any other one.
    pub id: Reference,
    /// When.
    pub at: Timestamp,
    /// The assessment or the call for which it was made, where there is one: whoever is searched for twice is one
    /// person.
    pub for_whom: Option<Reference>,
    /// For a patient of which region, where it is known.
    pub region: Option<String>,
    /// How many services were found.
    pub found: u32,
    /// Whether it found nothing, or lost a service by one criterion alone.
    pub is_missed: bool,
    /// What was looked for and what was lost, as JSON.
    pub record: String,
}

impl SearchRow {
    /// A search of which something is to be kept; none where that cannot be written.
    pub fn of(id: Reference, for_whom: Option<Reference>, record: &SearchRecord) -> Option<Self> {
        Some(SearchRow {
            id,
            at: record.at,
            for_whom,
            region: record.region.as_ref().map(ToString::to_string),
            found: record.offered,
            is_missed: true,
            record: serde_json::to_string(record).ok()?,
        })
    }
}

/// Somebody who was sent to a service, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferralRow {
    /// Unlike that of any other one.
    pub id: Reference,
    /// When.
    pub at: Timestamp,
    /// To which service.
    pub service: String,
    /// In which call; none where there is none.
    pub call: Option<Reference>,
    /// After which assessment; none where the menus led there.
    pub assessment: Option<Reference>,
    /// By whom: a name, or `flow`.
    pub by: String,
    /// What came of it, in one word; none where nothing has yet.
    pub outcome: Option<String>,
    /// When that was.
    pub ended_at: Option<Timestamp>,
}

/// The capacity of a service that its provider has set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityRow {
    /// The service.
    pub service: String,
    /// Its colour, in one word.
    pub colour: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when, if it returns by itself.
    pub until: Option<Timestamp>,
    /// Who has set it.
    pub by: String,
}

/// What is known of the services of the directory while they are used.
#[async_trait]
pub trait Provision {
    /// Stores a search; the same once more changes nothing.
    async fn searched(&self, search: &SearchRow) -> Result<(), StoreError>;

    /// Searches of a period that found nothing or lost a service by one criterion, in the order of time: those
    /// after `after`, and at most `limit`. Fewer than that are the last.
    async fn missed_searches(
        &self,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<SearchRow>, StoreError>;

    /// Stores a referral, or what has come of it: that stands as it was stored first.
    async fn referred(&self, referral: &ReferralRow) -> Result<(), StoreError>;

    /// Referrals of a period in the same way.
    async fn referrals(
        &self,
        period: (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<ReferralRow>, StoreError>;

    /// Stores the capacity of a service. One that was set later stands.
    async fn set_capacity(&self, capacity: &CapacityRow) -> Result<(), StoreError>;

    /// All that have been set.
    async fn capacities(&self) -> Result<Vec<CapacityRow>, StoreError>;
}

#[async_trait]
impl<D: Dialect> Provision for Sql<D> {
    async fn searched(&self, search: &SearchRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO directory_search (id, at, for_whom, region, found, missed, record) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
        let values = values![
            search.id,
            search.at,
            search.for_whom,
            &search.region,
            search.found,
            search.is_missed,
            &search.record,
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn missed_searches(
        &self,
        (from, to): (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<SearchRow>, StoreError> {
        let sql = "SELECT * FROM directory_search WHERE missed AND at >= $1 AND at < $2 \
                   AND (at > $3 OR at = $3 AND id > $4) ORDER BY at, id LIMIT $5";
        let (at, id) = place(after);
        let rows = self.rows(sql, values![from, to, at, id, limit]).await?;
        rows.iter().map(search).collect()
    }

    async fn referred(&self, referral: &ReferralRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO referral \
                   (id, at, service, call, assessment, made_by, outcome, ended_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET \
                   outcome = COALESCE(referral.outcome, excluded.outcome), \
                   ended_at = COALESCE(referral.ended_at, excluded.ended_at)";
        let values = values![
            referral.id,
            referral.at,
            &referral.service,
            referral.call,
            referral.assessment,
            &referral.by,
            &referral.outcome,
            referral.ended_at,
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn referrals(
        &self,
        (from, to): (Timestamp, Timestamp),
        after: Option<(Timestamp, Reference)>,
        limit: u32,
    ) -> Result<Vec<ReferralRow>, StoreError> {
        let sql = "SELECT * FROM referral WHERE at >= $1 AND at < $2 \
                   AND (at > $3 OR at = $3 AND id > $4) ORDER BY at, id LIMIT $5";
        let (at, id) = place(after);
        let rows = self.rows(sql, values![from, to, at, id, limit]).await?;
        rows.iter().map(referral).collect()
    }

    async fn set_capacity(&self, capacity: &CapacityRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO service_capacity (service, colour, since, until, set_by) \
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (service) DO UPDATE SET \
                   colour = excluded.colour, since = excluded.since, until = excluded.until, \
                   set_by = excluded.set_by WHERE service_capacity.since <= excluded.since";
        let values = values![
            &capacity.service,
            &capacity.colour,
            capacity.since,
            capacity.until,
            &capacity.by,
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn capacities(&self) -> Result<Vec<CapacityRow>, StoreError> {
        let sql = "SELECT * FROM service_capacity ORDER BY service";
        let rows = self.rows(sql, &[]).await?;
        rows.iter().map(capacity).collect()
    }
}

fn search<D: Dialect>(row: &Row<D>) -> Result<SearchRow, StoreError> {
    Ok(SearchRow {
        id: row.reference("id")?,
        at: row.time("at")?,
        for_whom: maybe_reference(row, "for_whom")?,
        region: row.maybe_text("region")?,
        found: row.count("found")?,
        is_missed: row.flag("missed")?,
        record: row.text("record")?,
    })
}

pub(super) fn maybe_reference<D: Dialect>(
    row: &Row<D>,
    column: &str,
) -> Result<Option<Reference>, StoreError> {
    let text = row.maybe_text(column)?;
    text.map(|_| row.reference(column)).transpose()
}

fn referral<D: Dialect>(row: &Row<D>) -> Result<ReferralRow, StoreError> {
    Ok(ReferralRow {
        id: row.reference("id")?,
        at: row.time("at")?,
        service: row.text("service")?,
        call: maybe_reference(row, "call")?,
        assessment: maybe_reference(row, "assessment")?,
        by: row.text("made_by")?,
        outcome: row.maybe_text("outcome")?,
        ended_at: row.maybe_time("ended_at")?,
    })
}

fn capacity<D: Dialect>(row: &Row<D>) -> Result<CapacityRow, StoreError> {
    Ok(CapacityRow {
        service: row.text("service")?,
        colour: row.text("colour")?,
        since: row.time("since")?,
        until: row.maybe_time("until")?,
        by: row.text("set_by")?,
    })
}
