use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::record::{Record, field};

/// What stands before every text that is hashed: another version of the bytes gives other hashes.
const VERSION: &[u8] = b"ivr111 log of callbacks 1";

/// The hash of an entry and of all entries before it (SHA-256), printed as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of some bytes, by themselves.
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(Sha256::digest(bytes).into())
    }

    /// What the first entry of a node's chain follows.
    pub fn genesis(node: &str) -> Hash {
        let mut bytes = VERSION.to_vec();
        field(&mut bytes, node.as_bytes());
        Hash(Sha256::digest(bytes).into())
    }

    /// The hash of the entry that follows the one with this hash.
    #[must_use]
    pub fn then(self, record: &Record) -> Hash {
        let hash = Sha256::new().chain_update(self.0);
        let hash = hash.chain_update(VERSION).chain_update(record.bytes());
        Hash(hash.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl TryFrom<String> for Hash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wrong = "a hash has 64 hexadecimal digits, small ones";
        text.parse().map_err(|()| wrong)
    }
}

/// 64 hexadecimal digits, small ones; anything else is no hash.
impl FromStr for Hash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 64 || !text.bytes().all(is_digit) {
            return Err(());
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(drop)?;
            *byte = u8::from_str_radix(digits, 16).map_err(drop)?;
        }
        Ok(Hash(bytes))
    }
}
