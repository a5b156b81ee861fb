use jiff::Timestamp;

use crate::identity::Reference;

use super::super::event::Action;
use super::super::handler::HandlerId;
use super::rows::{
    After, Caller, Desk, OfferOutcome, Offered, PutCaller, PutHandler, Removed, Standing,
};

/// Something that the store is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// To store a caller as they stand now.
    PutCaller(Box<Caller>),
    /// To remove a caller.
    RemoveCaller(Reference),
    /// To store a handler as they stand now.
    PutHandler {
        /// Who.
        handler: HandlerId,
        /// How they stand.
        standing: Standing,
        /// What they can do, and their phones.
        desk: Desk,
    },
    /// To remove a handler, whose phone has gone.
    RemoveHandler(HandlerId),
    /// To hold a handler for a caller.
    Offer {
        /// The caller.
        ticket: Reference,
        /// The handler.
        handler: HandlerId,
        /// Their phone rings until then.
        until: Timestamp,
        /// The caller talks with somebody who wants to hand them over.
        claim: bool,
    },
    /// To say that a handler has answered.
    Answer {
        /// The number of the offer.
        id: i64,
        /// The handler.
        handler: HandlerId,
    },
    /// To say that an offer, or the talk that came of it, is over.
    End {
        /// The number of the offer.
        id: i64,
        /// The handler.
        handler: HandlerId,
        /// How it ended.
        outcome: OfferOutcome,
        /// What the handler does now.
        after: After,
    },
}

/// What the store has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Op::PutCaller`].
    PutCaller(PutCaller),
    /// To [`Op::PutHandler`].
    PutHandler(PutHandler),
    /// To [`Op::RemoveHandler`].
    Removed(Removed),
    /// To [`Op::Offer`].
    Offered(Offered),
    /// To [`Op::RemoveCaller`], [`Op::Answer`] and [`Op::End`]: whether there was anything to do.
    Was(bool),
}

/// What is to be done now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Step {
    /// At the phones, in order.
    pub actions: Vec<Action>,
    /// At the store, in order, one after the other.
    pub ops: Vec<Op>,
    /// The node's epoch is over: it has to enter anew.
    pub superseded: bool,
}
