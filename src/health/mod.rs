//! How the process is: what is wrong with what it stands on — the store, the clock, its own time, ports,
//! descriptors — is told once, and told again when it is over. [`Watch`] decides what is worth telling, and reads
//! nothing.

mod fault;
mod standing;
#[cfg(test)]
mod tests;
mod trouble;
mod watch;

pub use fault::Fault;
pub use trouble::Trouble;
pub use watch::{EVERY, Look, Note, Watch};
