use serde::{Deserialize, Serialize};

use crate::clinical::{DiscriminatorCode, DispositionCode, SymptomGroupCode};

use super::advice::Advice;
use super::stamp::Stamp;

/// A question and the answer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The question's name in the pathway.
    pub question: String,
    /// The answer's number, counted from 1.
    pub answer: usize,
}

/// What an assessment has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// By which pathway.
    pub pathway: Stamp,
    /// What is needed, and how soon.
    pub disposition: DispositionCode,
    /// What the matter is.
    pub symptom_group: SymptomGroupCode,
    /// What a service must be able to do, in the order in which it came up.
    pub discriminators: Vec<DiscriminatorCode>,
    /// What the patient is told, in the order in which it came up.
    pub advice: Vec<Advice>,
    /// The questions and answers that led here.
    pub path: Vec<Step>,
}
