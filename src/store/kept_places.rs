use async_trait::async_trait;

use crate::identity::{Number, Reference};
use crate::queue::KeptPlace;

use super::dialect::{Dialect, Row, values};
use super::error::StoreError;
use super::sql::Sql;

/// Callers who have hung up and keep their place in the queue.
#[async_trait]
pub trait KeptPlaces {
    /// Stores a kept place as it stands now. It is on disk when this returns.
    async fn keep_place(&self, place: &KeptPlace) -> Result<(), StoreError>;

    /// Forgets a place: its caller has been spoken to, or has another promise, or does not want it.
    async fn forget_place(&self, reference: Reference) -> Result<(), StoreError>;

    /// This node's kept places, who has waited longest first. A row that cannot be read is left where it is and
    /// said in the log: it keeps nobody else from being answered.
    async fn kept_places(&self) -> Result<Vec<KeptPlace>, StoreError>;
}

#[async_trait]
impl<D: Dialect> KeptPlaces for Sql<D> {
    async fn keep_place(&self, place: &KeptPlace) -> Result<(), StoreError> {
        let wanted = serde_json::to_string(&place.wanted)
            .map_err(|error| StoreError::Row(error.to_string()))?;
        let sql = "INSERT INTO kept_place (reference, node, number, text_relay, language, display, \
                   wanted, since, tries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                   ON CONFLICT (reference) DO UPDATE SET number = $3, wanted = $7, tries = $9";
        let values = values![
            place.reference,
            &self.node,
            place.number.e164(),
            place.text_relay,
            &place.language,
            &place.display,
            &wanted,
            place.since,
            place.tries,
        ];
        self.run(sql, values).await.map(drop)
    }

    async fn forget_place(&self, reference: Reference) -> Result<(), StoreError> {
        let sql = "DELETE FROM kept_place WHERE reference = $1";
        self.run(sql, values![reference]).await.map(drop)
    }

    async fn kept_places(&self) -> Result<Vec<KeptPlace>, StoreError> {
        let sql = "SELECT * FROM kept_place WHERE node = $1 ORDER BY since, reference";
        let rows = self.rows(sql, values![&self.node]).await?;
        let places = rows.iter().filter_map(|row| {
            let unread = |error: &StoreError| {
                tracing::error!(%error, "a caller who keeps their place is not called back");
                metrics::counter!("ivr111_kept_place_unread_total").increment(1);
            };
            read(row).inspect_err(unread).ok()
        });
        Ok(places.collect())
    }
}

fn read<D: Dialect>(row: &Row<D>) -> Result<KeptPlace, StoreError> {
    let reference = row.reference("reference")?;
    let wrong = |what: &str| StoreError::Row(format!("{what} of kept place {reference}"));
    let (number, wanted) = (row.text("number")?, row.text("wanted")?);
    Ok(KeptPlace {
        reference,
        number: Number::parse(&number).map_err(|_| wrong("the number"))?,
        text_relay: row.flag("text_relay")?,
        language: row.text("language")?,
        display: row.text("display")?,
        wanted: serde_json::from_str(&wanted).map_err(|_| wrong("whom to wait for"))?,
        since: row.time("since")?,
        tries: row.count("tries")?,
    })
}
