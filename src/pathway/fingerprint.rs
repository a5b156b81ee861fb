use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The hash of a pathway's file (SHA-256, 64 hexadecimal digits): another byte is another content.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(Arc<str>);

impl Fingerprint {
    /// That of a file's text.
    pub fn of(text: &str) -> Self {
        let bytes = Sha256::digest(text.as_bytes());
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Fingerprint(digits.into())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which pathway it was, to the last letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The pathway's id: the stem of its file.
    pub pathway: String,
    /// Its version, as its owners call it.
    pub version: String,
    /// Its content.
    pub content: Fingerprint,
    /// Whether it is a sample, which is not for clinical use.
    pub sample: bool,
}
