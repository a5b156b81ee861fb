use async_trait::async_trait;
use jiff::Timestamp;

use crate::callback::{Callback, Escalation, LogEntry, Outcome, Stage};
use crate::flow::Priority;
use crate::identity::{Number, Reference};

use super::dialect::{Dialect, Row, Value, time, values};
use super::error::StoreError;
use super::queue::readable;
use super::sql::Sql;

/// Promised callbacks. Each belongs to the node that promised it, or that has taken over from that node;
/// only that node makes it. One that cannot be read is left out, said in the log and counted: it hides none of the
/// others.
#[async_trait]
pub trait Promises {
    /// Stores a promise, with its entry in the log. Both are on disk when this returns; booking the same
    /// reference again changes nothing and logs nothing, but that one which was done is this node's from
    /// now on.
    async fn book(&self, callback: &Callback, entry: &LogEntry) -> Result<(), StoreError>;

    /// Stores how far a callback of this node has come, and what has been promised anew: the number, the
    /// deadline, the priority, and with it the change's entry in the log, once however often it is stored.
    /// One that another node has taken over stays as that node has it, and nothing is logged.
    async fn save(&self, callback: &Callback, entry: &LogEntry) -> Result<(), StoreError>;

    /// Stores how a try ended; storing the same one again changes nothing.
    async fn attempted(
        &self,
        reference: Reference,
        at: Timestamp,
        outcome: Outcome,
    ) -> Result<(), StoreError>;

    /// Callbacks of all nodes, the earliest deadline first; those that are done only when asked for.
    async fn callbacks(&self, done_too: bool) -> Result<Vec<Callback>, StoreError>;

    /// One callback, of whichever node.
    async fn callback(&self, reference: Reference) -> Result<Option<Callback>, StoreError>;

    /// What this node still has to make, the earliest deadline first.
    async fn promises(&self) -> Result<Vec<Callback>, StoreError>;
}

#[async_trait]
impl<D: Dialect> Promises for Sql<D> {
    async fn book(&self, callback: &Callback, entry: &LogEntry) -> Result<(), StoreError> {
        let sql = "INSERT INTO callback (reference, number, text_relay, region, language, booked_at, \
                   deadline, priority, attempts, stage, due_at, node, last_outcome, skill, clinician, \
                   escalation, postcode) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
                   ON CONFLICT (reference) DO UPDATE SET node = excluded.node \
                   WHERE callback.stage = 'done'";
        let values = values![
            callback.reference,
            callback.number.e164(),
            callback.text_relay,
            &callback.region,
            &callback.language,
            callback.booked_at,
            callback.deadline,
            priority_word(callback.priority),
            callback.attempts,
            callback.stage.word(),
            due(callback.stage),
            &self.node,
            callback.last.map(Outcome::word),
            &callback.skill,
            callback.clinician.as_deref(),
            callback.escalation.word(),
            callback.postcode.as_deref(),
        ];
        self.run_logged(sql, values, entry).await
    }

    async fn save(&self, callback: &Callback, entry: &LogEntry) -> Result<(), StoreError> {
        let sql = "UPDATE callback SET priority = $2, attempts = $3, stage = $4, due_at = $5, \
                   number = $6, deadline = $7, last_outcome = $9, skill = $10, clinician = $11, \
                   escalation = $12, text_relay = $13, region = $14, language = $15, \
                   booked_at = $16, postcode = $17 WHERE reference = $1 AND node = $8";
        let values = values![
            callback.reference,
            priority_word(callback.priority),
            callback.attempts,
            callback.stage.word(),
            due(callback.stage),
            callback.number.e164(),
            callback.deadline,
            &self.node,
            callback.last.map(Outcome::word),
            &callback.skill,
            callback.clinician.as_deref(),
            callback.escalation.word(),
            callback.text_relay,
            &callback.region,
            &callback.language,
            callback.booked_at,
            callback.postcode.as_deref(),
        ];
        self.run_logged(sql, values, entry).await
    }

    async fn attempted(
        &self,
        reference: Reference,
        at: Timestamp,
        outcome: Outcome,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO callback_attempt (reference, at, outcome) SELECT $1, $2, $3 \
                   WHERE NOT EXISTS \
                   (SELECT 1 FROM callback_attempt WHERE reference = $1 AND at = $2)";
        self.run(sql, values![reference, at, outcome.word()])
            .await?;
        Ok(())
    }

    async fn callbacks(&self, done_too: bool) -> Result<Vec<Callback>, StoreError> {
        let sql = "SELECT * FROM callback WHERE $1 OR stage <> 'done' ORDER BY deadline, reference";
        let rows = self.rows(sql, values![done_too]).await?;
        Ok(readable(&rows, read))
    }

    async fn callback(&self, reference: Reference) -> Result<Option<Callback>, StoreError> {
        let sql = "SELECT * FROM callback WHERE reference = $1";
        let rows = self.rows(sql, values![reference]).await?;
        rows.first().map(read).transpose()
    }

    async fn promises(&self) -> Result<Vec<Callback>, StoreError> {
        let sql = "SELECT * FROM callback WHERE node = $1 AND stage <> 'done' \
                   ORDER BY deadline, reference";
        let rows = self.rows(sql, values![&self.node]).await?;
        Ok(readable(&rows, read))
    }
}

impl<D: Dialect> Sql<D> {
    /// Runs a statement about one callback, and logs the change where there was one: both or neither.
    async fn run_logged(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        entry: &LogEntry,
    ) -> Result<(), StoreError> {
        self.within(async {
            let mut work = self.begin().await?;
            if work.run(sql, values).await? > 0 {
                work.log(&self.node, entry).await?;
            }
            work.commit().await
        })
        .await
    }
}

fn due(stage: Stage) -> Option<Timestamp> {
    match stage {
        Stage::Due(at) => Some(at),
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

pub(super) fn read<D: Dialect>(row: &Row<D>) -> Result<Callback, StoreError> {
    let reference = row.reference("reference")?;
    let wrong = |what: &str| StoreError::Row(format!("{what} of callback {reference}"));
    let booked_at = row.time("booked_at")?;
    let due_at = row.maybe_int("due_at")?;
    let stage = match row.text("stage")?.as_str() {
        "due" => Stage::Due(due_at.map_or(Ok(booked_at), time)?),
        "seeking-clinician" => Stage::Seeking,
        "ringing-caller" => Stage::Ringing,
        "talking" => Stage::Talking,
        "clinician-decision" => Stage::Decision,
        "done" => Stage::Done,
        _ => return Err(wrong("the stage")),
    };
    Ok(Callback {
        reference,
        number: Number::parse(&row.text("number")?).map_err(|_| wrong("the number"))?,
        text_relay: row.flag("text_relay")?,
        region: row.text("region")?,
        postcode: row.maybe_text("postcode")?,
        language: row.text("language")?,
        booked_at,
        deadline: row.time("deadline")?,
        priority: match row.text("priority")?.as_str() {
            "health-professional" => Priority::HealthProfessional,
            "young-or-old" => Priority::YoungOrOld,
            "emergency" => Priority::Emergency,
            _ => Priority::Ordinary,
        },
        attempts: row.count("attempts")?,
        last: match row.maybe_text("last_outcome")?.as_deref() {
            None => None,
            Some("no-answer") => Some(Outcome::NoAnswer),
            Some("busy") => Some(Outcome::Busy),
            Some("unobtainable") => Some(Outcome::Unobtainable),
            Some("voicemail") => Some(Outcome::Voicemail),
            Some(_) => return Err(wrong("the last outcome")),
        },
        skill: row.text("skill")?,
        clinician: row.maybe_text("clinician")?,
        escalation: match row.text("escalation")?.as_str() {
            "none" => Escalation::None,
            "first" => Escalation::First,
            "any-skill" => Escalation::AnySkill,
            "supervisor" => Escalation::Supervisor,
            _ => return Err(wrong("the escalation")),
        },
        stage,
    })
}
