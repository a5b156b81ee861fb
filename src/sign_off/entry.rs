use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::Hash;

use super::key::{PublicKey, Signature, SigningKey};
use super::set::Set;

/// What stands before everything that is signed or hashed here: nothing else can be taken for it.
const VERSION: &[u8] = b"ivr111 sign-off 1\n";
/// The longest reason, in characters.
pub const WHY: usize = 1_000;

/// Something that somebody has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Entry {
    /// Its place in the history; the first is 1. What was proposed by it is known by this number.
    pub sequence: u64,
    /// The hash of the entry before.
    pub before: Hash,
    /// When, by the clock of whoever has done it.
    pub at: Timestamp,
    /// The name of whoever has done it.
    pub by: String,
    /// What.
    pub act: Act,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Act {
    /// Another set is to be in force.
    Proposed(Proposed),
    /// Somebody else agrees.
    Approved {
        /// What was proposed, by its number.
        proposal: u64,
        /// Its set, by its id.
        set: Hash,
    },
    /// It is not to be, or no longer.
    Withdrawn {
        /// What was proposed, by its number.
        proposal: u64,
        /// Why.
        why: String,
    },
    /// What was in force before is to be so again.
    RolledBack(Rollback),
}

/// A set that is to be in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Proposed {
    /// Its files.
    pub set: Set,
    /// The id of the set that was in force then.
    pub based_on: Option<Hash>,
    /// Why.
    pub why: String,
    /// From when on; as soon as it is approved where that is later, or where it is left out.
    pub effective: Option<Timestamp>,
    /// From then on it is in force no more.
    pub expires: Option<Timestamp>,
}

/// A way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rollback {
    /// To what was proposed under this number.
    pub to: u64,
    /// Its set, by its id.
    pub set: Hash,
    /// Why.
    pub why: String,
    /// From when on.
    pub from: Timestamp,
}

/// An entry with the signature of whoever has made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The entry.
    pub entry: Entry,
    /// Over all of it.
    pub signature: Signature,
}

impl Entry {
    /// What is signed: its canonical text, in which fields have one order and nothing stands between them.
    fn bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = VERSION.to_vec();
        serde_json::to_writer(&mut bytes, self)?;
        Ok(bytes)
    }

    /// The entry, signed.
    pub fn sign(self, key: &SigningKey) -> serde_json::Result<Signed> {
        let signature = key.sign(&self.bytes()?);
        Ok(Signed {
            entry: self,
            signature,
        })
    }
}

impl Signed {
    /// Its line of the history, without the line's end.
    pub fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Whether it was signed with the private key to this one.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        let bytes = self.entry.bytes();
        bytes.is_ok_and(|bytes| key.verifies(&bytes, &self.signature))
    }

    /// The hash that the next entry carries.
    pub(super) fn hash_of(line: &str) -> Hash {
        Hash::of(&[VERSION, line.as_bytes()].concat())
    }
}

/// What the first entry follows.
pub(super) fn genesis() -> Hash {
    Hash::of(VERSION)
}
