//! One queue on several nodes. Each node has the machine with everybody in it, those of the other nodes as
//! well, and decides for its own callers; a store that all of them share says of each offer whether it holds.

mod machine;
mod op;
mod rows;

pub use machine::Shared;
pub use op::{Answer, Op, Step};
pub use rows::{
    After, Caller, CallerRow, Changes, Contact, Desk, HandlerRow, HandlerState, Mine, OfferOutcome,
    OfferRow, Offered, Phone, PutCaller, PutHandler, Removed, Standing,
};
