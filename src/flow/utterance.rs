use serde::{Deserialize, Serialize};

/// The language that every prompt has.
pub const ENGLISH: &str = "en-GB";

/// What the machine itself says, in every flow: these must have been recorded too.
pub const MACHINE_PROMPTS: [&str; 19] = [
    "region-menu",
    "invalid-key",
    "key-your-number",
    "number-invalid",
    "number-refused",
    "number-own-unknown",
    "number-own-refused",
    "number-read-back-before",
    "number-read-back-after",
    "digit-0",
    "digit-1",
    "digit-2",
    "digit-3",
    "digit-4",
    "digit-5",
    "digit-6",
    "digit-7",
    "digit-8",
    "digit-9",
];

/// Something that is said.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Utterance {
    /// A recording by name.
    Prompt(String),
    /// Digits, one recording each.
    Digits(String),
}

impl Utterance {
    /// A recording.
    pub fn prompt(name: &str) -> Self {
        Utterance::Prompt(name.to_owned())
    }

    /// The recordings that it takes.
    pub fn recordings(&self) -> Vec<String> {
        match self {
            Utterance::Prompt(name) => vec![name.clone()],
            Utterance::Digits(digits) => digits
                .chars()
                .filter(char::is_ascii_digit)
                .map(|d| format!("digit-{d}"))
                .collect(),
        }
    }
}

impl std::fmt::Debug for Utterance {
    /// Digits are a caller's number and stay hidden.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Utterance::Prompt(name) => f.write_str(name),
            Utterance::Digits(digits) => write!(f, "{} digits", digits.len()),
        }
    }
}
