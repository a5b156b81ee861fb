use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::callback::{Callback, Outcome, Stage};
use crate::flow::Priority;
use crate::identity::{Number, Reference};

use super::error::StoreError;
use super::open::{Store, millis, time};

impl Store {
    /// Stores a promise. It is on disk when this returns; booking the same reference again changes
    /// nothing.
    pub async fn book(&self, callback: &Callback) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO callback (reference, number, text_relay, region, language, booked_at, \
             deadline, priority, attempts, stage, due_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             ON CONFLICT (reference) DO NOTHING",
        )
        .bind(callback.reference.to_string())
        .bind(callback.number.e164())
        .bind(callback.text_relay)
        .bind(&callback.region)
        .bind(&callback.language)
        .bind(millis(callback.booked_at))
        .bind(millis(callback.deadline))
        .bind(priority_word(callback.priority))
        .bind(i64::from(callback.attempts))
        .bind(callback.stage.word())
        .bind(due(callback.stage))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Stores how far a callback has come.
    pub async fn save(&self, callback: &Callback) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE callback SET priority = $2, attempts = $3, stage = $4, due_at = $5 \
             WHERE reference = $1",
        )
        .bind(callback.reference.to_string())
        .bind(priority_word(callback.priority))
        .bind(i64::from(callback.attempts))
        .bind(callback.stage.word())
        .bind(due(callback.stage))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Stores how a try ended; storing the same one again changes nothing.
    pub async fn attempted(
        &self,
        reference: Reference,
        at: Timestamp,
        outcome: Outcome,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO callback_attempt (reference, at, outcome) SELECT $1, $2, $3 WHERE NOT EXISTS \
             (SELECT 1 FROM callback_attempt WHERE reference = $1 AND at = $2)",
        )
            .bind(reference.to_string())
            .bind(millis(at))
            .bind(outcome.word())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Callbacks, the earliest deadline first; those that are done only when asked for.
    pub async fn callbacks(&self, done_too: bool) -> Result<Vec<Callback>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM callback WHERE $1 OR stage <> 'done' ORDER BY deadline, reference",
        )
        .bind(done_too)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }
}

fn due(stage: Stage) -> Option<i64> {
    match stage {
        Stage::Due(at) => Some(millis(at)),
        _ => None,
    }
}

fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::Ordinary => "ordinary",
        Priority::HealthProfessional => "health-professional",
        Priority::YoungOrOld => "young-or-old",
        Priority::Emergency => "emergency",
    }
}

fn read(row: &SqliteRow) -> Result<Callback, StoreError> {
    let reference: String = row.try_get("reference")?;
    let wrong = |what: &str| StoreError::Row(format!("{what} of callback {reference}"));
    let number: String = row.try_get("number")?;
    let booked_at = time(row.try_get("booked_at")?)?;
    let stage: String = row.try_get("stage")?;
    let due_at: Option<i64> = row.try_get("due_at")?;
    let stage = match stage.as_str() {
        "due" => Stage::Due(due_at.map_or(Ok(booked_at), time)?),
        "seeking-clinician" => Stage::Seeking,
        "ringing-caller" => Stage::Ringing,
        "talking" => Stage::Talking,
        "clinician-decision" => Stage::Decision,
        "done" => Stage::Done,
        _ => return Err(wrong("the stage")),
    };
    let priority: String = row.try_get("priority")?;
    let attempts: i64 = row.try_get("attempts")?;
    Ok(Callback {
        reference: reference.parse().map_err(|_| wrong("the reference"))?,
        number: Number::parse(&number).map_err(|_| wrong("the number"))?,
        text_relay: row.try_get("text_relay")?,
        region: row.try_get("region")?,
        language: row.try_get("language")?,
        booked_at,
        deadline: time(row.try_get("deadline")?)?,
        priority: match priority.as_str() {
            "health-professional" => Priority::HealthProfessional,
            "young-or-old" => Priority::YoungOrOld,
            "emergency" => Priority::Emergency,
            _ => Priority::Ordinary,
        },
        attempts: u32::try_from(attempts).map_err(|_| wrong("the attempts"))?,
        stage,
    })
}
