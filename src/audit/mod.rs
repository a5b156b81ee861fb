//! The chain that the log of callbacks is: every entry carries a hash over itself and over the hash of the
//! entry before, so that one that was altered, removed, put in or moved shows. Each node has a chain of
//! its own. Who can write the database can also make a whole chain anew: that shows by a head of it that
//! was kept elsewhere. [`Hash`] and [`hex`] are for all who hash or print bytes.

mod flaw;
mod hash;
mod head;
pub mod hex;
mod record;
#[cfg(test)]
mod tests;
mod walk;

pub use flaw::Flaw;
pub use hash::Hash;
pub use head::{Head, HeadError};
pub use record::{Record, Stored};
pub use walk::{Summary, Walk, verify};
