use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::hash::Hash;

/// Where a chain ends: how many entries it has, and the hash of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The place of the last entry; 0 where there is none.
    pub sequence: i64,
    /// Its hash, as the store has it.
    pub hash: String,
}

/// A text that is no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a head is the number of an entry, a colon, and a hash of 64 hexadecimal digits")]
pub struct HeadError;

impl Head {
    /// The head of a node's chain that has no entry yet.
    pub fn genesis(node: &str) -> Head {
        Head {
            sequence: 0,
            hash: Hash::genesis(node).to_string(),
        }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.hash)
    }
}

impl FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let (sequence, hash) = text.split_once(':').ok_or(HeadError)?;
        let sequence = sequence.parse().map_err(|_| HeadError)?;
        let hash: Hash = hash.to_ascii_lowercase().parse().map_err(|()| HeadError)?;
        match sequence {
            0.. => Ok(Head {
                sequence,
                hash: hash.to_string(),
            }),
            _ => Err(HeadError),
        }
    }
}
