//! What one waiting caller hears: where they stand, how long it may take, a word of comfort, and music
//! whenever nothing is said.
//!
//! A caller is never told that things have got worse unless they have, and never told the same again
//! and again.

mod heard;
mod machine;
#[cfg(test)]
mod tests;
mod wait;
mod wording;

pub use heard::Told;
pub use machine::{Action, Announcer, Event, Facts, Settings};
pub use wording::prompts;
