use jiff::Timestamp;

use crate::identity::Reference;

use super::transfer::EmergencyTransfer;

/// Something that happened in a call, to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The call.
    pub call: Reference,
    /// When.
    pub at: Timestamp,
    /// Counts a call's entries.
    pub sequence: u64,
    /// What.
    pub what: TimelineEntry,
}

/// Something to be written down about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimelineEntry {
    /// The call itself. Comes first.
    Arrived {
        /// The trunk it came by.
        trunk: String,
        /// The number dialled.
        dialled: String,
        /// The caller's number.
        number: Option<String>,
        /// `known`, `withheld`, `unavailable` or `invalid`.
        identity: &'static str,
    },
    /// We answered.
    Answered,
    /// The region, by a rule, and the provider.
    Region {
        /// The region.
        region: String,
        /// The rule.
        rule: &'static str,
        /// The provider.
        provider: Option<String>,
        /// A sentence.
        why: String,
    },
    /// Where the flow led.
    Destination {
        /// One word.
        word: &'static str,
        /// Why.
        why: String,
    },
    /// The caller speaks with somebody.
    Joined {
        /// With whom.
        with: String,
    },
    /// A hunt for a control room is over.
    Transferred(Box<EmergencyTransfer>),
    /// The call is over.
    Ended {
        /// Why.
        why: String,
    },
    /// Anything else.
    Happened {
        /// What kind of thing.
        kind: &'static str,
        /// The rest; never a key or a number.
        detail: String,
    },
}

impl TimelineEntry {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            TimelineEntry::Arrived { .. } => "arrived",
            TimelineEntry::Answered => "answered",
            TimelineEntry::Region { .. } => "region",
            TimelineEntry::Destination { .. } => "destination",
            TimelineEntry::Joined { .. } => "joined",
            TimelineEntry::Transferred(_) => "999-transfer",
            TimelineEntry::Ended { .. } => "ended",
            TimelineEntry::Happened { kind, .. } => kind,
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            TimelineEntry::Arrived {
                trunk, identity, ..
            } => {
                format!("by {trunk}, number {identity}")
            }
            TimelineEntry::Answered => String::new(),
            TimelineEntry::Region {
                region, rule, why, ..
            } => format!("{region} by {rule}: {why}"),
            TimelineEntry::Destination { word, why } => format!("{word}: {why}"),
            TimelineEntry::Joined { with } => with.clone(),
            TimelineEntry::Transferred(transfer) => transfer.detail(),
            TimelineEntry::Ended { why } => why.clone(),
            TimelineEntry::Happened { detail, .. } => detail.clone(),
        }
    }
}
