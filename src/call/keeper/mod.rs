//! The keeper of the shared queue: asks the store what the machine wants to know, tells it what other nodes
//! have done, takes over from those that are no more, and is done without while the store is away.

mod asking;
mod found;
mod keeping;
mod lease;
#[cfg(test)]
mod tests;
mod tidying;
mod watch;

pub(super) use found::Found;
pub(super) use keeping::{Keeper, KeeperDesk};
pub(super) use tidying::tidy;
pub(super) use watch::watch;
