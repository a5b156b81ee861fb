use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

use super::history::Unsigned;
use super::words::moment;

/// Why something that was proposed is not in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Error)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    tag = "reason"
)]
#[allow(missing_docs, reason = "each message says it")]
pub enum Refusal {
    #[error("entry {entry} by {by} counts for nothing: {why}")]
    Unsigned {
        entry: u64,
        by: String,
        why: Unsigned,
    },
    #[error("what is kept of {file} was altered: it does not have the hash that was signed")]
    Altered { file: String },
    #[error("what is kept of {file} is missing")]
    Missing { file: String },
    #[error("nobody has approved it")]
    NotApproved,
    #[error("{by} has proposed it: somebody else approves it")]
    SamePerson { by: String },
    #[error("{by} and {proposer} sign with the same key: whoever approves has another one")]
    SameKey { by: String, proposer: String },
    #[error("{by} has approved it, and is no commissioner")]
    NotCommissioner { by: String },
    #[error("{by} has approved another set than this one")]
    OtherSet { by: String },
    #[error("{by} has withdrawn it: {why}")]
    Withdrawn { by: String, why: String },
    #[error("it is not yet in effect: it takes effect on {}", moment(*.from))]
    NotYet { from: Timestamp },
    #[error("it has expired on {}", moment(*.at))]
    Expired { at: Timestamp },
    #[error("it was rolled back")]
    RolledBack,
    #[error("entry {entry} by {by} counts for nothing: there is no proposal {proposal} before it")]
    NoProposal {
        entry: u64,
        by: String,
        proposal: u64,
    },
    #[error(
        "entry {entry} counts for nothing: {by} may not withdraw it; whoever proposed it may before it is approved, and commissioners at any time"
    )]
    MayNotWithdraw { entry: u64, by: String },
    #[error("entry {entry} counts for nothing: only commissioners roll back, and {by} is none")]
    MayNotRollBack { entry: u64, by: String },
    #[error("entry {entry} counts for nothing: proposal {to} cannot be gone back to: {why}")]
    NotGood {
        entry: u64,
        to: u64,
        why: Box<Refusal>,
    },
}

impl Refusal {
    /// The entry that counts for nothing, where it is about one.
    pub fn entry(&self) -> Option<u64> {
        match self {
            Refusal::Unsigned { entry, .. }
            | Refusal::NoProposal { entry, .. }
            | Refusal::MayNotWithdraw { entry, .. }
            | Refusal::MayNotRollBack { entry, .. }
            | Refusal::NotGood { entry, .. } => Some(*entry),
            _ => None,
        }
    }

    /// Whether somebody or something has meddled with what was signed, rather than that people have not come so
    /// far, or have thought better of it.
    pub fn is_flaw(&self) -> bool {
        !matches!(
            self,
            Refusal::NotApproved
                | Refusal::Withdrawn { .. }
                | Refusal::NotYet { .. }
                | Refusal::Expired { .. }
                | Refusal::RolledBack
        )
    }
}
