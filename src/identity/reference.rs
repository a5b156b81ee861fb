use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Names a call or a callback for ever: 48 bits of milliseconds since 1970, 80 random bits, printed as
/// 26 characters of Crockford's base 32. References sort by time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Reference(u128);

/// A text that is no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a reference has 26 characters of 0-9 and A-Z without I, L, O and U")]
pub struct ReferenceError;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Reference {
    /// A reference of a moment; only the low 80 bits of `random` are used.
    pub fn new(milliseconds: u64, random: u128) -> Self {
        let time = u128::from(milliseconds) & 0xffff_ffff_ffff;
        Reference(time << 80 | random & ((1 << 80) - 1))
    }

    /// All 128 bits, for shares that must fall the same way each time.
    pub fn bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = (0..26)
            .rev()
            .map(|n| char::from(ALPHABET[(self.0 >> (n * 5) & 31) as usize]))
            .collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.len() != 26 || text.as_bytes()[0] > b'7' {
            return Err(ReferenceError);
        }
        text.bytes()
            .try_fold(Reference(0), |Reference(bits), byte| {
                let byte = byte.to_ascii_uppercase();
                let digit = ALPHABET.iter().position(|a| *a == byte);
                digit
                    .map(|digit| Reference(bits << 5 | digit as u128))
                    .ok_or(ReferenceError)
            })
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> String {
        reference.to_string()
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(ms in 0u64..1 << 48, random: u128) {
            let reference = Reference::new(ms, random);
            prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            prop_assert_eq!(reference.to_string().to_lowercase().parse(), Ok(reference));
        }

        #[test]
        fn later_references_sort_later(ms in 0u64..(1 << 48) - 1, a: u128, b: u128) {
            let (early, late) = (Reference::new(ms, a), Reference::new(ms + 1, b));
            prop_assert!(early < late && early.to_string() < late.to_string());
        }

        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _ = text.parse::<Reference>();
        }
    }
}
