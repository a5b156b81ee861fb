use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text that is no code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is no {what}: write it as {example}")]
pub struct CodeError {
    text: String,
    what: &'static str,
    example: &'static str,
}

/// A code is its letters and its digits as they are written: `Dx012` is not `Dx12`, and `dx12` is neither.
fn read(
    text: &str,
    letters: &str,
    what: &'static str,
    example: &'static str,
) -> Result<Arc<str>, CodeError> {
    let digits = text.strip_prefix(letters);
    let is_code = digits.is_some_and(|digits| {
        (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    });
    match is_code {
        true => Ok(Arc::from(text)),
        false => Err(CodeError {
            text: text.chars().take(32).collect(),
            what,
            example,
        }),
    }
}

/// The code of a disposition, such as `Dx02`: a text and never a number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct DispositionCode(Arc<str>);

/// The code of a symptom group, such as `SG1011`: what the matter is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct SymptomGroupCode(Arc<str>);

/// The code of a symptom discriminator, such as `SD4003`: what a service must be able to do.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct DiscriminatorCode(Arc<str>);

macro_rules! code {
    ($name:ident, $letters:literal, $what:literal, $example:literal) => {
        impl $name {
            /// Reads a code; anything else is an error that says how one is written.
            pub fn new(text: &str) -> Result<Self, CodeError> {
                read(text, $letters, $what, $example).map($name)
            }

            /// The code as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = CodeError;

            fn try_from(text: String) -> Result<Self, CodeError> {
                $name::new(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = CodeError;

            fn from_str(text: &str) -> Result<Self, CodeError> {
                $name::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code!(DispositionCode, "Dx", "disposition", "Dx02");
code!(SymptomGroupCode, "SG", "symptom group", "SG1011");
code!(DiscriminatorCode, "SD", "symptom discriminator", "SD4003");
