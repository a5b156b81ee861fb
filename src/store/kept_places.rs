use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::identity::{Number, Reference};
use crate::queue::KeptPlace;

use super::error::StoreError;
use super::open::{Store, millis, time};

impl Store {
    /// Stores a kept place as it stands now. It is on disk when this returns.
    pub async fn keep_place(&self, place: &KeptPlace) -> Result<(), StoreError> {
        let wanted = serde_json::to_string(&place.wanted)
            .map_err(|error| StoreError::Row(error.to_string()))?;
        sqlx::query(
            "INSERT INTO kept_place (reference, number, text_relay, language, display, wanted, \
             since, tries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (reference) DO UPDATE SET number = $2, wanted = $6, tries = $8",
        )
        .bind(place.reference.to_string())
        .bind(place.number.e164())
        .bind(place.text_relay)
        .bind(&place.language)
        .bind(&place.display)
        .bind(wanted)
        .bind(millis(place.since))
        .bind(i64::from(place.tries))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets a place: its caller has been spoken to, or has another promise, or does not want it.
    pub async fn forget_place(&self, reference: Reference) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM kept_place WHERE reference = $1")
            .bind(reference.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// All kept places, who has waited longest first. A row that cannot be read is an error: nobody who
    /// was promised a call is passed over in silence.
    pub async fn kept_places(&self) -> Result<Vec<KeptPlace>, StoreError> {
        let rows = sqlx::query("SELECT * FROM kept_place ORDER BY since, reference")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &SqliteRow) -> Result<KeptPlace, StoreError> {
    let reference: String = row.try_get("reference")?;
    let wrong = |what: &str| StoreError::Row(format!("{what} of kept place {reference}"));
    let number: String = row.try_get("number")?;
    let wanted: String = row.try_get("wanted")?;
    let tries: i64 = row.try_get("tries")?;
    Ok(KeptPlace {
        reference: reference.parse().map_err(|_| wrong("the reference"))?,
        number: Number::parse(&number).map_err(|_| wrong("the number"))?,
        text_relay: row.try_get("text_relay")?,
        language: row.try_get("language")?,
        display: row.try_get("display")?,
        wanted: serde_json::from_str(&wanted).map_err(|_| wrong("whom to wait for"))?,
        since: time(row.try_get("since")?)?,
        tries: u32::try_from(tries).map_err(|_| wrong("the tries"))?,
    })
}
