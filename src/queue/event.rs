use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;

use super::elsewhere::{Elsewhere, Seen};
use super::handler::{HandlerId, Profile, Reason};
use super::rules::Settings;
use super::wanted::Wanted;

/// Where a caller begins to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// By priority and time of arrival. Whoever waits already, or has just talked, keeps their time.
    #[default]
    InTurn,
    /// The same, however many wait: for whoever has found the queue full and has no other way.
    Anyway,
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
    /// A caller who has a place that they had before this process, or at a node that is no more. Who is not
    /// on the line keeps it, to be called back.
    Restored {
        /// The caller.
        ticket: Reference,
        /// How they stood.
        caller: Elsewhere,
    },
    /// A caller and a handler have talked since before this process, and talk on.
    Continued {
        /// The caller.
        ticket: Reference,
        /// How they would stand if they waited.
        caller: Elsewhere,
        /// The handler. One who has not signed in yet is put in when they do.
        handler: HandlerId,
        /// Since when.
        since: Timestamp,
    },
    /// A caller waits at another node, or stands there otherwise than before.
    Elsewhere {
        /// The caller.
        ticket: Reference,
        /// How they stand.
        caller: Elsewhere,
    },
    /// A handler is seen by another node; none of whom nothing is known any longer.
    Seen {
        /// The handler.
        handler: HandlerId,
        /// How they stand.
        seen: Option<Seen>,
    },
    /// A handler cannot be had for a caller: another node was quicker.
    Contended {
        /// The handler.
        handler: HandlerId,
        /// The caller.
        ticket: Reference,
    },
    /// A caller who keeps their place could not be reached. The handler held for them is free again at once
    /// with [`Event::Over`], which is to come after this.
    Unreached {
        /// The caller.
        ticket: Reference,
    },
    /// A handler's phone is there, or is still there: that changes nothing about what they have chosen. Who
    /// had chosen to be left alone still is when the phone comes back within an hour.
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
    /// A handler is back at work who had signed out by a code. Whoever is not ready for another reason
    /// stays so.
    SignsOn {
        /// The handler.
        handler: HandlerId,
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
    /// The handler's phone could not be rung for a reason of ours: no port is free. That is no fault of theirs, and
    /// they are offered the next caller as soon as after a refusal.
    NotRung {
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
    /// Somebody is to be given a caller who talks with somebody else, and is held for them meanwhile.
    Claimed {
        /// Whom.
        handler: HandlerId,
        /// The caller.
        ticket: Reference,
    },
    /// They have the caller now.
    Handed {
        /// Who.
        handler: HandlerId,
        /// The caller.
        ticket: Reference,
    },
    /// A caller waits no longer: the handler who is still with them keeps them.
    Resumed {
        /// That handler.
        handler: HandlerId,
        /// The caller.
        ticket: Reference,
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
            | Action::Busy { ticket, .. }
            | Action::TakenOver { ticket }
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
    /// Whoever was to be given a caller is not free.
    Busy {
        /// The caller.
        ticket: Reference,
        /// Whom.
        handler: HandlerId,
    },
    /// Another node has taken this caller over, and calls them back: here they are let go.
    TakenOver {
        /// The caller.
        ticket: Reference,
    },
    /// A handler has missed so many offers that they are taken as not ready, and should know.
    MadeNotReady {
        /// The handler.
        handler: HandlerId,
    },
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::flow::Priority;
    use crate::queue::{Queue, Rules};

    #[test]
    fn who_has_no_other_way_waits_at_the_end_of_a_full_queue() {
        let rules = Rules {
            capacity: Some(1),
            ..Rules::default()
        };
        let mut queue = Queue::new(Settings {
            rules,
            ..Settings::default()
        });
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let wanted = Wanted::by_skill("general", "general", Priority::Ordinary);
        let mut joins = |n: u64, place| {
            let ticket = Reference::new(n, 0);
            let wanted = wanted.clone();
            let event = Event::Joined {
                ticket,
                wanted,
                place,
            };
            (ticket, queue.on(now, event))
        };
        joins(1, Place::InTurn);
        let (ticket, actions) = joins(2, Place::InTurn);
        assert_eq!(actions, [Action::Full { ticket }]);
        let (ticket, actions) = joins(2, Place::Anyway);
        assert_eq!(actions, []);
        assert_eq!(queue.standing(now, ticket).unwrap().position, 2);
        assert_eq!(queue.waiting_by_region().collect::<Vec<_>>(), [("", 2)]);
    }
}
