//! The book of promised callbacks. A callback leaves it by a person's act and in no other way: a try
//! that fails is followed by another, and after the last one a clinician decides.
//!
//! Who comes first: whoever was lost on the way to 999; then children, the old and those whose deadline is
//! near; then everybody else. Within each the earliest deadline comes first, and priority decides where two
//! have the same.

mod again;
mod agenda;
mod book;
mod change;
mod deadline;
mod disposition;
mod entry;
mod event;
mod going_on;
mod open;
mod order;
mod ordered;
mod risk;
mod settings;
#[cfg(test)]
mod tests;
mod tries;
mod turn;

pub use book::Book;
pub use change::{By, Change, LogEntry, What};
pub use deadline::Deadline;
pub use disposition::{Disposition, Dispositions, UnknownDisposition};
pub use entry::{Callback, Escalation, Outcome, Promise, Stage};
pub use event::{Action, Decision, Event};
pub use order::{Order, Refusal};
pub use risk::{Margin, Risk};
pub use settings::{Pauses, Settings};
pub use turn::{Class, Turn};
