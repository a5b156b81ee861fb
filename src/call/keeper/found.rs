use crate::callback::Callback;
use crate::queue::shared::Caller;

use super::super::waiting_room::Ticket;

/// What the keeper has found in the store, for somebody to see to.
pub(in crate::call) enum Found {
    /// A caller who is to be called back from here.
    Kept {
        /// The caller.
        caller: Box<Caller>,
        /// Their place.
        ticket: Box<Ticket>,
        /// The nodes that are no more, one of which they were with; none where they were with this one.
        from: Option<String>,
    },
    /// A caller who was on the line when it broke off, and cannot be called back.
    Lost {
        /// The caller.
        caller: Box<Caller>,
        /// The nodes that are no more, one of which they were with; none where they were with this one.
        from: Option<String>,
    },
    /// A callback that is this node's to make, since the one that promised it is no more, and which nodes
    /// those are.
    Promised(Box<Callback>, String),
    /// The node has entered anew: promises that were its own may be another's by now.
    Anew,
}
