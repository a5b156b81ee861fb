//! One queue on several nodes.
//!
//! Each node has the machine with everybody in it, those of the other nodes as well, and decides for its own
//! callers; a store that all of them share says of each offer whether it holds. So a handler who comes free
//! is rung by the node whose caller has the first turn, and the others leave them to it.
//!
//! [`Shared`] is pure: it is told what happens at the node and what the store answers, and says what to do at
//! the phones and what to ask of the store. What it asks is to be asked in order, and nothing is to be read
//! while something is being asked.

mod follow;
mod machine;
mod op;
mod own;
mod rows;
mod staff;
mod standing;
#[cfg(test)]
mod tests;

pub use machine::Shared;
pub use op::{Answer, Op, Step};
pub use rows::{
    After, Caller, CallerRow, Changes, Contact, Desk, HandlerRow, HandlerState, Mine, OfferOutcome,
    OfferRow, Offered, Phone, PutCaller, PutHandler, Removed, Standing,
};
