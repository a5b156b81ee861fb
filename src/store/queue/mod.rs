//! The queue as several nodes share it: who waits, who answers, and who rings for whom.
//!
//! **One change at a time.** Whoever changes the queue counts `queue_clock` up first and holds that row
//! until they commit. So changes are numbered in the order in which they become visible, and a follower
//! who has read up to a number has missed nothing below it; sequences and transaction numbers are given
//! out before a commit and cannot promise that. It also makes both databases behave alike: SQLite never
//! has two writers either. What it costs is told by `benches/store.rs`.
//!
//! **Epochs.** A node enters with a new epoch, and everything it does to its own callers names it. Once
//! another node has taken over, or the node has been started again, the old epoch can change nothing.
//!
//! **Clocks.** Times of callers and handlers come from the nodes. Leases are judged by the database's
//! clock alone: two nodes whose clocks differ by more than a lease would otherwise bury each other alive.
//! A node takes over from others only while its own lease has stood unbroken for as long as theirs: after
//! the database has been away for everybody, nobody is declared dead before they could come back.

mod callers;
mod changes;
mod face;
mod handlers;
mod nodes;
mod offers;
pub(super) mod rows;
mod words;
mod work;

pub use face::SharedQueue;
pub(super) use rows::readable;
pub use rows::{Entered, Renewed, Taken};
#[cfg(test)]
pub(super) use words::Word;
