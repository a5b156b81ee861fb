//! The hunt for an ambulance control room. It ends when one has answered and been heard, or the caller has
//! gone, and for no other reason.

mod attempt;
mod event;
mod hunt;
mod tries;

#[cfg(test)]
mod tests;

pub use event::{Action, AttemptId, Event, Settings, Warning, Why};
pub use hunt::Hunt;
pub use tries::{Tries, Try};
