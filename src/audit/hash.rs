use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::hex;
use super::record::{Record, field};

/// What stands before every text that is hashed: another version of the bytes gives other hashes.
const VERSION: &[u8] = b"ivr111 log of callbacks 1";

/// The hash of a file, of a list of them, or of an entry and of all entries before it (SHA-256), printed as 64
/// hexadecimal digits.
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
        f.write_str(&hex::encode(&self.0))
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
        hex::decode(text).map(Hash).ok_or(())
    }
}
