use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::identity::Reference;

use super::dialect::{Dialect, Row, values};
use super::error::StoreError;
use super::sql::Sql;

/// A call that is over, as far as it decides where the same caller would go by other tables.
#[derive(Clone, PartialEq, Eq)]
pub struct PastCall {
    /// The call.
    pub reference: Reference,
    /// When its INVITE came.
    pub arrived_at: Timestamp,
    /// The number dialled.
    pub dialled: String,
    /// The caller's number, where it was known.
    pub number: Option<String>,
    /// `known`, `withheld`, `unavailable` or `invalid`.
    pub identity: String,
    /// The region, and the rule that found it.
    pub region: Option<String>,
    /// That rule, in one word.
    pub rule: Option<String>,
    /// The provider to whose share it counted.
    pub provider: Option<String>,
    /// Where the flow led, in one word; none where the caller hung up before that.
    pub destination: Option<String>,
    /// The steps of the flow that they came to, in order.
    pub steps: Vec<String>,
}

impl std::fmt::Debug for PastCall {
    /// A caller's number stays hidden.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the call {}", self.reference)
    }
}

const CALLS: &str = "\
    SELECT reference, arrived_at, dialled, number, identity, region, rule, provider, destination \
    FROM call WHERE arrived_at >= $1 AND arrived_at < $2 AND ended_at IS NOT NULL \
    AND (arrived_at > $3 OR arrived_at = $3 AND reference > $4) \
    ORDER BY arrived_at, reference LIMIT $5";

/// Of the calls from one on and up to another.
const STEPS: &str = "\
    SELECT e.reference AS reference, e.detail AS detail FROM call_event e \
    JOIN call c ON c.reference = e.reference WHERE e.kind = 'step' \
    AND c.arrived_at >= $1 AND c.arrived_at <= $2 ORDER BY e.reference, e.sequence";

impl<D: Dialect> Sql<D> {
    pub(super) async fn read_past_calls(
        &self,
        (from, to): (Timestamp, Timestamp),
        (at, reference): (Timestamp, String),
        limit: u32,
    ) -> Result<Vec<PastCall>, StoreError> {
        let rows = self
            .rows(CALLS, values![from, to, at, reference, limit])
            .await?;
        let mut calls = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let (Some(first), Some(last)) = (calls.first(), calls.last()) else {
            return Ok(calls);
        };
        let among = values![first.arrived_at, last.arrived_at];
        let mut steps: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.rows(STEPS, among).await? {
            let of = steps.entry(row.text("reference")?).or_default();
            of.push(row.text("detail")?);
        }
        for call in &mut calls {
            let own = steps.remove(&call.reference.to_string());
            call.steps = own.unwrap_or_default();
        }
        Ok(calls)
    }
}

fn read<D: Dialect>(row: &Row<D>) -> Result<PastCall, StoreError> {
    Ok(PastCall {
        reference: row.reference("reference")?,
        arrived_at: row.time("arrived_at")?,
        dialled: row.text("dialled")?,
        number: row.maybe_text("number")?,
        identity: row.text("identity")?,
        region: row.maybe_text("region")?,
        rule: row.maybe_text("rule")?,
        provider: row.maybe_text("provider")?,
        destination: row.maybe_text("destination")?,
        steps: Vec::new(),
    })
}
