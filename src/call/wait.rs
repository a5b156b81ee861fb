use jiff::Timestamp;

use crate::flow::{Run, Utterance};
use crate::queue::KeptPlace;
use crate::queue::announcer::Announcer;

use super::offers::{Offers, Taken};
use super::places::Written;

/// What a waiting caller is about.
pub(super) enum Stage {
    /// They listen to announcements and music.
    Listening,
    /// They confirm the number on which they want to be called back.
    Confirming(Box<Run>),
    /// Their place is being written down.
    Writing {
        /// The place.
        place: Box<KeptPlace>,
        /// It has been.
        written: Written,
        /// They are not left in silence for longer.
        until: Timestamp,
    },
    /// They are being told that their place is kept.
    Told(Box<KeptPlace>),
}

/// Somebody's wait in the queue.
pub(super) struct Wait {
    /// The place, and the phones that ring for it.
    pub(super) offers: Offers,
    /// What the caller hears.
    pub(super) announcer: Announcer,
    pub(super) stage: Stage,
    /// To be said before the next announcement.
    pub(super) first: Vec<Utterance>,
    /// A handler has answered before.
    pub(super) was_answered: bool,
    /// They have been handed on, or were to be.
    pub(super) returned: bool,
}

/// How waiting ends.
pub(super) enum Turn {
    /// A handler has taken the call.
    Taken(Taken),
    /// The caller hangs up and keeps the place.
    Kept(Box<KeptPlace>),
    /// As many wait as may.
    Full,
}

impl Stage {
    /// Whether the place that is being written down has been; never, where none is.
    pub(super) async fn written(&mut self) -> bool {
        match self {
            Stage::Writing { written, .. } => written.await.is_ok(),
            _ => std::future::pending().await,
        }
    }
}

impl Wait {
    /// When time alone changes something.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Listening => self.announcer.deadline(),
            Stage::Confirming(run) => run.deadline(),
            Stage::Writing { until, .. } => Some(*until),
            Stage::Told(_) => None,
        }
    }
}
