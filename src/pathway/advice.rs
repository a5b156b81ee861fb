use serde::{Deserialize, Serialize};

/// What the patient is told at the end, in the language of the assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Its name in the pathway.
    pub name: String,
    /// The words.
    pub text: String,
}
