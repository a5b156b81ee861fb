use super::super::dialect::{Dialect, values};
use super::super::error::StoreError;
use super::super::sql::Sql;
use super::rows::json;
use super::words::Word as _;
use crate::identity::Reference;
use crate::queue::shared::{Caller, PutCaller};

/// One statement: the node must be in its epoch, and a row that is there must be its own, or be kept
/// elsewhere while the caller is on this node's line and nobody rings for them.
const PUT: &str = "\
    INSERT INTO queue_caller (reference, node, epoch, wanted, place, since, not_before, number, \
    text_relay, language, display, promised, kept, tries, change, postcode) \
    SELECT $1, n.node, n.epoch, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 \
    FROM node n WHERE n.node = $2 AND n.epoch = $3 \
    ON CONFLICT (reference) DO UPDATE SET node = excluded.node, epoch = excluded.epoch, \
    wanted = excluded.wanted, place = excluded.place, since = excluded.since, \
    not_before = excluded.not_before, number = excluded.number, \
    text_relay = excluded.text_relay, language = excluded.language, \
    display = excluded.display, promised = excluded.promised, kept = excluded.kept, \
    tries = excluded.tries, change = excluded.change, postcode = excluded.postcode \
    WHERE queue_caller.node = excluded.node AND queue_caller.epoch = excluded.epoch \
    OR queue_caller.kept AND NOT excluded.kept AND NOT EXISTS (SELECT 1 FROM queue_offer o \
    WHERE o.reference = queue_caller.reference AND o.ended_at IS NULL)";

impl<D: Dialect> Sql<D> {
    pub(super) async fn caller_put(
        &self,
        epoch: i64,
        caller: &Caller,
    ) -> Result<PutCaller, StoreError> {
        let contact = &caller.contact;
        if caller.kept && contact.number.is_none() {
            return Err(StoreError::Request("to keep a caller without a number"));
        }
        let wanted = json(&caller.wanted)?;
        let mut change = self.change().await?;
        let values = values![
            caller.reference,
            &self.node,
            epoch,
            &wanted,
            caller.place.word(),
            caller.since,
            caller.not_before,
            contact.number.as_ref().map(|number| number.e164()),
            contact.text_relay,
            &contact.language,
            &contact.display,
            contact.promised,
            caller.kept,
            caller.tries,
            change.number,
            contact.postcode.as_deref(),
        ];
        if change.work.run(PUT, values).await? == 1 {
            self.commit(change).await?;
            return Ok(PutCaller::Stored);
        }
        Ok(match change.is_epoch(&self.node, epoch).await? {
            true => PutCaller::Elsewhere,
            false => PutCaller::Superseded,
        })
    }

    pub(super) async fn caller_removed(
        &self,
        epoch: i64,
        reference: Reference,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let sql = "DELETE FROM queue_caller WHERE reference = $1 AND node = $2 AND epoch = $3";
        let values = values![reference, &self.node, epoch];
        if change.work.run(sql, values).await? == 0 {
            return Ok(false);
        }
        change.gone("caller", &reference.to_string()).await?;
        self.commit(change).await?;
        Ok(true)
    }
}
