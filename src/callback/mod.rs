//! The book of promised callbacks. A callback leaves it by a person's act and in no other way: a try
//! that fails is followed by another, and after the last one a clinician decides.

mod book;
mod change;
mod entry;
mod order;
#[cfg(test)]
mod tests;

pub use book::{Action, Book, Event, Settings};
pub use change::{By, Change, LogEntry, What};
pub use entry::{Callback, Escalation, Outcome, Promise, Stage};
pub use order::{Order, Refusal};
