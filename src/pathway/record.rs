use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clinical::Patient;

use super::by::By;
use super::stamp::Stamp;

/// All that an assessment was: enough to go on with it after a restart, and to tell later what was asked in
/// which words. Nothing in it is ever taken out again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// By which pathway.
    pub pathway: Stamp,
    /// Who is ill.
    pub patient: Patient,
    /// In which language it is asked, as `cy-GB`.
    pub language: String,
    /// When it began.
    pub begun: Timestamp,
    /// Who began it.
    pub begun_by: By,
    /// What was done since, in order.
    pub deeds: Vec<Deed>,
}

/// What somebody did, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// What.
    pub act: Act,
}

/// What can be done in an assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Act {
    /// A question was asked and answered.
    Answered {
        /// Its name in the pathway.
        question: String,
        /// Its words.
        asked: String,
        /// The answer's number, counted from 1.
        answer: usize,
        /// The answer's words.
        said: String,
    },
    /// The last answer that stood was taken back.
    TakenBack {
        /// The question that is open again.
        question: String,
    },
    /// Something has been done with the end: it stands from then on.
    ActedOn,
}
