use serde::{Deserialize, Serialize};

use super::key::PublicKey;

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Proposes, and withdraws what they have proposed before it is approved.
    Provider,
    /// The same; and approves or refuses what others have proposed, and rolls back.
    Commissioner,
}

impl Role {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Role::Provider => "provider",
            Role::Commissioner => "commissioner",
        }
    }
}

/// Somebody who may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// By which the history knows them.
    pub name: String,
    /// For whom they act.
    pub organisation: String,
    /// What they may do.
    pub role: Role,
    /// By which their signatures are known.
    pub key: PublicKey,
}
