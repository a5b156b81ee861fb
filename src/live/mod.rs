//! What runs, kept so that it can be taken up by another process: the newest state of each call, in one file
//! on this machine. It outlives the process, and not the machine: a call does not either.

mod error;
mod found;
mod journal;
mod record;
#[cfg(test)]
mod tests;
mod writer;

pub use error::LiveError;
pub use found::Found;
pub use journal::Journal;
pub use record::Key;
