use std::time::Duration;

use crate::identity::Reference;

use super::handler::{HandlerId, Profile, Reason};
use super::rules::Settings;
use super::wanted::Wanted;

/// Where a caller begins to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// By priority and time of arrival. Whoever waits already, or has just talked, keeps their time.
    #[default]
    InTurn,
    /// Before all others but emergencies: whoever has been with a handler already.
    Top,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A caller begins to wait, again where they have just talked, or wants somebody else from now on.
    Joined {
        /// The caller.
        ticket: Reference,
        /// Whom they wait for.
        wanted: Wanted,
        /// Where.
        place: Place,
    },
    /// A caller is gone from here: hung up, or went elsewhere.
    Left {
        /// The caller.
        ticket: Reference,
    },
    /// A caller hangs up and keeps the very place, to be called back when the turn comes.
    Keeps {
        /// The caller.
        ticket: Reference,
    },
    /// A caller who keeps a place that they had before this process: since then, tried so often.
    Restored {
        /// The caller.
        ticket: Reference,
        /// Whom they wait for.
        wanted: Wanted,
        /// Since when.
        since: jiff::Timestamp,
        /// Tried so often.
        tries: u32,
    },
    /// A caller who keeps their place could not be reached. The handler held for them is free again at once
    /// with [`Event::Over`], which is to come after this.
    Unreached {
        /// The caller.
        ticket: Reference,
    },
    /// A handler's phone is there, or is still there.
    SignedIn {
        /// The handler.
        handler: HandlerId,
        /// What they can do.
        profile: Profile,
    },
    /// A handler's phone has gone.
    SignedOut {
        /// The handler.
        handler: HandlerId,
    },
    /// A handler is ready: back at the desk, or done with the last call.
    Ready {
        /// The handler.
        handler: HandlerId,
    },
    /// A handler is not to be offered anybody, from now on or once the call is over.
    NotReady {
        /// The handler.
        handler: HandlerId,
        /// Why.
        reason: Reason,
    },
    /// A handler needs more time after a call.
    Extended {
        /// The handler.
        handler: HandlerId,
        /// So much more.
        by: Duration,
    },
    /// The handler's phone refused, or could not be reached.
    Refused {
        /// The handler.
        handler: HandlerId,
        /// The caller.
        ticket: Reference,
    },
    /// The handler's phone answered.
    Answered {
        /// The handler.
        handler: HandlerId,
        /// The caller.
        ticket: Reference,
    },
    /// The conversation is over. Where it never began, because the handler has gone before a caller who keeps
    /// their place has answered, [`Event::Joined`] comes before this and keeps that place.
    Over {
        /// The handler.
        handler: HandlerId,
        /// The handler's side has not hung up, but was lost.
        lost: bool,
    },
    /// A provider has failed, or is back: its callers go to others meanwhile.
    Provider {
        /// The provider.
        provider: String,
        /// It has failed.
        failed: bool,
    },
    /// From now on other rules hold; what has begun keeps its time.
    Changed(Settings),
    /// Time has passed.
    Tick,
}

impl Action {
    /// The caller whom it concerns.
    pub fn ticket(&self) -> Option<Reference> {
        match self {
            Action::Offer { ticket, .. }
            | Action::Withdraw { ticket, .. }
            | Action::Connect { ticket, .. }
            | Action::Parted { ticket, .. }
            | Action::Late { ticket, .. }
            | Action::Full { ticket }
            | Action::GivenUp { ticket } => Some(*ticket),
            Action::MadeNotReady { .. } => None,
        }
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ring the handler's phone for the caller.
    Offer {
        /// The caller.
        ticket: Reference,
        /// The handler.
        handler: HandlerId,
    },
    /// Stop ringing it.
    Withdraw {
        /// The caller.
        ticket: Reference,
        /// The handler.
        handler: HandlerId,
    },
    /// The two belong together now; the caller no longer waits, but keeps their place until it has
    /// shown that the two really talk. Who keeps the place without being on the line is to be called.
    Connect {
        /// The caller.
        ticket: Reference,
        /// The handler.
        handler: HandlerId,
    },
    /// The conversation is over, and the caller is still there.
    Parted {
        /// The caller.
        ticket: Reference,
        /// It was over in a moment and was none, or the handler was lost: the caller waits again, at
        /// their old place.
        again: bool,
    },
    /// The handler answered an offer that no longer stands: let the phone go.
    Late {
        /// The caller.
        ticket: Reference,
        /// The handler.
        handler: HandlerId,
    },
    /// As many callers wait as may; this one does not, and needs another way.
    Full {
        /// The caller.
        ticket: Reference,
    },
    /// A caller who kept their place has been tried as often as may be: somebody has to decide. They
    /// wait no longer.
    GivenUp {
        /// The caller.
        ticket: Reference,
    },
    /// A handler has missed so many offers that they are taken as not ready, and should know.
    MadeNotReady {
        /// The handler.
        handler: HandlerId,
    },
}
