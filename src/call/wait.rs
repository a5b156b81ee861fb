use jiff::Timestamp;

use crate::flow::{Run, Utterance};
use crate::queue::announcer::Announcer;
use crate::queue::shared::Contact;

use super::offers::{Offers, Taken};
use super::waiting_room::Stored;

/// What a waiting caller is about.
pub(super) enum Stage {
    /// They listen to announcements and music.
    Listening,
    /// They confirm the number on which they want to be called back.
    Confirming(Box<Run>),
    /// Their place is being written down.
    Writing {
        /// How they are to be reached.
        contact: Box<Contact>,
        /// It has been.
        stored: Box<Stored>,
        /// They are not left in silence for longer.
        until: Timestamp,
    },
    /// They are being told that their place is kept.
    Told(Box<Contact>),
}

/// Somebody's wait in the queue.
pub(super) struct Wait {
    /// The place, and the phones that ring for it.
    pub(super) offers: Offers,
    /// How the caller can be reached, for all that is known without their doing.
    pub(super) contact: Contact,
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
    Kept(Box<Contact>),
    /// As many wait as may.
    Full,
}

impl Stage {
    /// Waits until the place that is being written down has been; for ever, where none is.
    pub(super) async fn written(&mut self) {
        match self {
            Stage::Writing { stored, .. } => stored.done().await,
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
