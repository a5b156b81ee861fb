//! The hunt for an ambulance control room. It ends when one has answered or the caller has gone, and
//! for no other reason.

mod hunt;
#[cfg(test)]
mod tests;

pub use hunt::{Action, AttemptId, Event, Hunt, Settings};
