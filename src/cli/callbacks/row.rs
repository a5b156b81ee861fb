use jiff::Timestamp;
use serde::Serialize;

use crate::callback::{Callback, Outcome, Stage};

/// A callback, as lists show it. Times are RFC 3339.
#[derive(Serialize)]
pub(super) struct Row {
    reference: String,
    number: String,
    text_relay: bool,
    region: String,
    language: String,
    booked_at: String,
    deadline: String,
    attempts: u32,
    stage: &'static str,
    due_at: Option<String>,
    skill: String,
    /// The one who is to make it, by account.
    clinician: Option<String>,
    /// How far it has been raised because its deadline is near.
    escalation: &'static str,
    /// How the last try ended, where the caller was not reached.
    last_outcome: Option<&'static str>,
    /// Its deadline has passed.
    late: bool,
}

impl Row {
    pub(super) const HEADING: [&'static str; 11] = [
        "reference",
        "number",
        "region",
        "booked",
        "deadline",
        "tries",
        "stage",
        "skill",
        "clinician",
        "raised",
        "last",
    ];

    pub(super) fn new(callback: &Callback, now: Timestamp) -> Self {
        Row {
            reference: callback.reference.to_string(),
            number: callback.number.e164().to_owned(),
            text_relay: callback.text_relay,
            region: callback.region.clone(),
            language: callback.language.clone(),
            booked_at: callback.booked_at.to_string(),
            deadline: callback.deadline.to_string(),
            attempts: callback.attempts,
            stage: callback.stage.word(),
            due_at: match callback.stage {
                Stage::Due(at) => Some(at.to_string()),
                _ => None,
            },
            skill: callback.skill.clone(),
            clinician: callback.clinician.clone(),
            escalation: callback.escalation.word(),
            last_outcome: callback.last.map(Outcome::word),
            late: super::is_late(callback, now),
        }
    }

    /// What stands under [`HEADING`](Row::HEADING).
    pub(super) fn cells(self) -> Vec<String> {
        let late = if self.late { " (late)" } else { "" };
        vec![
            self.reference,
            self.number,
            self.region,
            self.booked_at,
            self.deadline + late,
            self.attempts.to_string(),
            self.stage.to_owned(),
            self.skill,
            self.clinician.unwrap_or_else(|| "-".into()),
            self.escalation.to_owned(),
            self.last_outcome.unwrap_or("-").to_owned(),
        ]
    }
}
