use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::{AttemptId, Why};

/// Tries that are kept. Of a hunt that has more, those in the middle are left out.
const MOST: usize = 128;
/// The first ones, which are always among them.
const FIRST: usize = 64;

/// What came of one try, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// The try.
    pub attempt: AttemptId,
    /// The target, by its place in the list.
    pub target: usize,
    /// When it was dialled.
    pub dialled: Timestamp,
    /// When the first response came.
    pub responded: Option<Timestamp>,
    /// When it began to ring.
    pub rang: Option<Timestamp>,
    /// When it answered.
    pub answered: Option<Timestamp>,
    /// When it was first heard.
    pub proved: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why.
    pub why: Option<Why>,
}

/// What came of every try of a hunt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    kept: Vec<Try>,
    left_out: u32,
}

impl Tries {
    /// The tries in the order in which they were dialled.
    pub fn all(&self) -> &[Try] {
        &self.kept
    }

    /// How many more there were.
    pub fn left_out(&self) -> u32 {
        self.left_out
    }

    /// Whether a target has not sent any response to an earlier try, until that was given up (408).
    pub fn has_left_unanswered(&self, target: usize) -> bool {
        self.kept.iter().any(|entry| {
            let status = entry.why.and_then(|why| why.status);
            entry.target == target && entry.responded.is_none() && status == Some(408)
        })
    }

    pub(super) fn dialled(&mut self, now: Timestamp, attempt: AttemptId, target: usize) {
        if self.kept.len() >= MOST {
            let ended = |entry: &&Try| entry.ended.is_some();
            let place = self.kept.iter().skip(FIRST).find(ended).map(|e| e.attempt);
            if let Some(place) = place {
                self.kept.retain(|entry| entry.attempt != place);
                self.left_out = self.left_out.saturating_add(1);
            }
        }
        self.kept.push(Try {
            attempt,
            target,
            dialled: now,
            responded: None,
            rang: None,
            answered: None,
            proved: None,
            ended: None,
            why: None,
        });
    }

    /// Changes what is kept of a try.
    pub(super) fn of(&mut self, attempt: AttemptId, change: impl FnOnce(&mut Try)) {
        let mut newest_first = self.kept.iter_mut().rev();
        if let Some(entry) = newest_first.find(|entry| entry.attempt == attempt) {
            change(entry);
        }
    }

    pub(super) fn ended(&mut self, now: Timestamp, attempt: AttemptId, why: Why) {
        self.of(attempt, |entry| {
            entry.ended.get_or_insert(now);
            entry.why.get_or_insert(why);
        });
    }
}
