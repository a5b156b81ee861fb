//! What a handler can do with a caller they talk with: hold them, and hand them to a clinician, to a
//! callback, to 999, to somebody by name or to a service of the directory. Whatever fails, the caller is still with the handler, or waits
//! again before all others.

mod keys;
mod machine;
mod supervision;
mod target;
#[cfg(test)]
mod tests;

pub use keys::{Command, Keys};
pub use machine::{Action, Conversation, Event, Notice, ReferralId, Settings};
pub use supervision::Supervision;
pub use target::{ServiceLine, Target};
