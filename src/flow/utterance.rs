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

/// What it says besides where a postcode can be keyed, with the letters.
pub const POSTCODE_PROMPTS: [&str; 7] = [
    "key-your-postcode",
    "postcode-hash",
    "postcode-unknown",
    "postcode-borders",
    "postcode-for",
    "postcode-press",
    "postcode-again",
];

/// The recordings of the letters.
pub fn letter_prompts() -> impl Iterator<Item = String> {
    ('A'..='Z').filter_map(spelt)
}

fn spelt(character: char) -> Option<String> {
    match character.to_ascii_lowercase() {
        digit @ '0'..='9' => Some(format!("digit-{digit}")),
        letter @ 'a'..='z' => Some(format!("letter-{letter}")),
        _ => None,
    }
}

/// Something that is said.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Utterance {
    /// A recording by name.
    Prompt(String),
    /// Digits, one recording each.
    Digits(String),
    /// A postcode or its half, one recording for each letter and digit.
    Postcode(String),
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
            Utterance::Postcode(code) => code.chars().filter_map(spelt).collect(),
        }
    }
}

impl std::fmt::Debug for Utterance {
    /// Digits are a caller's number and stay hidden, as a postcode does.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Utterance::Prompt(name) => f.write_str(name),
            Utterance::Digits(digits) => write!(f, "{} digits", digits.len()),
            Utterance::Postcode(_) => f.write_str("a postcode"),
        }
    }
}
