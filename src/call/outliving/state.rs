use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::flow::{self, Priority};
use crate::identity::{Caller, CarriedLocation, Dialled, Reference};
use crate::media;
use crate::queue::Wanted;
use crate::routing::RegionDecision;
use crate::sip::leg;

use super::super::emergency::{ChaseState, Whereabouts};
use super::super::outreach::CalledBack;

/// A call as another process takes it up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::call) struct CallState {
    pub(in crate::call) reference: Reference,
    pub(in crate::call) who: Caller,
    pub(in crate::call) dialled: Dialled,
    pub(in crate::call) location: Option<CarriedLocation>,
    pub(in crate::call) whereabouts: Whereabouts,
    pub(in crate::call) region: RegionDecision,
    pub(in crate::call) provider: Option<String>,
    pub(in crate::call) language: String,
    pub(in crate::call) chosen: Option<String>,
    /// What handlers' displays say, where that was settled before.
    pub(in crate::call) display: Option<String>,
    /// It is a control room that rings back, and nobody knows for whom.
    pub(in crate::call) rings_back: bool,
    /// Where the call came from, whose line it takes.
    pub(in crate::call) trunk: String,
    /// The caller's number among the parties.
    pub(in crate::call) caller: u64,
    pub(in crate::call) parties: Vec<PartyState>,
    pub(in crate::call) at: At,
}

impl CallState {
    /// Whom the caller waits for, as one of their region who speaks their language.
    pub(in crate::call) fn wanted_here(&self, wanted: Wanted) -> Wanted {
        let region = self.region.region.as_str();
        wanted.for_caller(region, self.provider.as_deref(), &self.language)
    }
}

/// Somebody in the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::call) struct PartyState {
    /// Unlike that of any other party of the process that wrote it.
    pub(in crate::call) number: u64,
    pub(in crate::call) name: String,
    pub(in crate::call) leg: LegState,
    pub(in crate::call) sound: media::Standing,
    pub(in crate::call) dialled: bool,
    pub(in crate::call) holds: bool,
}

/// Somebody's signalling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::call) enum LegState {
    Answered(Box<leg::Standing>),
    /// It has been dialled, and has neither answered nor refused.
    Dialled(leg::Dialled),
}

/// Where in the call the caller is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::call) enum At {
    /// Nothing has been said yet.
    #[default]
    Beginning,
    /// In the menus, or giving a number.
    Menu {
        run: flow::Standing,
        /// How urgent a callback is that comes of it.
        priority: Priority,
    },
    /// In the queue.
    Waiting(Place),
    /// With a handler.
    Talking {
        /// The place from which they have come.
        place: Place,
        /// The handler's account.
        handler: String,
        /// The handler's number among the parties.
        phone: u64,
        since: Timestamp,
        held: bool,
    },
    /// With a crisis line, or on the way there.
    CrisisLine {
        skill: String,
        /// Once it has answered: its number among the parties, and when that was.
        answered: Option<(u64, Timestamp)>,
    },
    /// With a service of the directory, or on the way there.
    Service {
        /// Its id.
        service: String,
        /// For whom they wait where it does not come to a conversation.
        wanted: Wanted,
        /// Once it has answered: its number among the parties, and when that was.
        answered: Option<(u64, Timestamp)>,
    },
    /// 999.
    Emergency(Box<ChaseState>),
    /// They have been promised a callback.
    Promised,
    /// We have called them, or are about to: whoever sees to what was promised to them begins anew.
    Ours,
    /// We have called them, and somebody talks with them.
    CalledBack(Box<CalledBack>),
}

/// A place in the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::call) struct Place {
    pub(in crate::call) wanted: Wanted,
    pub(in crate::call) since: Timestamp,
    /// They have been handed on, or were to be.
    pub(in crate::call) returned: bool,
    /// A handler has answered before.
    pub(in crate::call) was_answered: bool,
}

impl At {
    /// The place in the queue, where the caller has one.
    pub(in crate::call) fn place(&self) -> Option<&Place> {
        match self {
            At::Waiting(place) | At::Talking { place, .. } => Some(place),
            At::CalledBack(talk) => Some(&talk.place),
            _ => None,
        }
    }

    /// The handler with whom the caller talks by that place: their account, and since when.
    pub(in crate::call) fn handler(&self) -> Option<(&str, Timestamp)> {
        match self {
            At::Talking { handler, since, .. } => Some((handler, *since)),
            At::CalledBack(talk) => Some((&talk.handler, talk.since)),
            _ => None,
        }
    }

    /// Whether a handler is with the caller.
    pub(in crate::call) fn has_handler(&self) -> bool {
        match self {
            At::Talking { .. } | At::CalledBack(_) => true,
            At::Emergency(chase) => chase.company.is_some(),
            _ => false,
        }
    }

    /// How urgent it is that they are called back, where they cannot be gone on with; none where nobody is to
    /// call them for this.
    pub(in crate::call) fn urgency(&self) -> Option<Priority> {
        match self {
            At::Beginning | At::CrisisLine { .. } => Some(Priority::Ordinary),
            At::Menu { priority, .. } => Some(*priority),
            At::Service { wanted, .. } => Some(wanted.priority),
            At::Waiting(place) | At::Talking { place, .. } => Some(place.wanted.priority),
            At::Emergency(_) => Some(Priority::Emergency),
            At::Promised | At::Ours | At::CalledBack(_) => None,
        }
    }
}
