use std::time::Duration;

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
    /// The introductory message has been said, or was cut short.
    Introduced,
    /// Where the flow led.
    Destination {
        /// One word.
        word: &'static str,
        /// Why.
        why: String,
    },
    /// The caller waits for a handler or a clinician.
    Queued,
    /// The caller is told where they stand.
    Announced {
        /// The place, from 1.
        position: usize,
        /// The wait, where one was told; [`Duration::MAX`] is more than can be told.
        wait: Option<Duration>,
        /// What that was made of: the wait by the queue's reckoning.
        estimate: Option<Duration>,
    },
    /// A handler or a clinician has answered somebody who has waited.
    Waited {
        /// For so long.
        time: Duration,
        /// They had kept their place, and were called back: they did not wait on the line.
        called_back: bool,
    },
    /// The caller speaks with somebody.
    Joined {
        /// With whom.
        with: String,
    },
    /// A hunt for a control room is over.
    Transferred(Box<EmergencyTransfer>),
    /// The caller has hung up before anything was done for them.
    Abandoned {
        /// In which part of the call, in one word.
        part: &'static str,
        /// How long they were in the call.
        in_call: Duration,
        /// How long they were in that part.
        in_part: Duration,
    },
    /// The call is over.
    Ended {
        /// Why.
        why: String,
        /// It was we who broke it off, and not by what the caller has come to.
        cut_off: bool,
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
            TimelineEntry::Introduced => "introduced",
            TimelineEntry::Destination { .. } => "destination",
            TimelineEntry::Queued => "queued",
            TimelineEntry::Announced { .. } => "announced",
            TimelineEntry::Waited { .. } => "waited",
            TimelineEntry::Abandoned { .. } => "abandoned",
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
            TimelineEntry::Answered | TimelineEntry::Introduced | TimelineEntry::Queued => {
                String::new()
            }
            TimelineEntry::Region {
                region, rule, why, ..
            } => format!("{region} by {rule}: {why}"),
            TimelineEntry::Destination { word, why } => format!("{word}: {why}"),
            TimelineEntry::Announced { position, wait, .. } => announced(*position, *wait),
            TimelineEntry::Waited { time, .. } => format!("{} ms", time.as_millis()),
            TimelineEntry::Abandoned {
                part,
                in_call,
                in_part,
            } => format!(
                "{part}: after {} ms in the call, {} ms there",
                in_call.as_millis(),
                in_part.as_millis()
            ),
            TimelineEntry::Joined { with } => with.clone(),
            TimelineEntry::Transferred(transfer) => transfer.detail(),
            TimelineEntry::Ended { why, .. } => why.clone(),
            TimelineEntry::Happened { detail, .. } => detail.clone(),
        }
    }
}

fn announced(position: usize, wait: Option<Duration>) -> String {
    match wait {
        Some(Duration::MAX) => format!("position {position}, more than 3600 s"),
        Some(wait) => format!("position {position}, {} s", wait.as_secs()),
        None => format!("position {position}"),
    }
}
