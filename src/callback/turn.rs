//! Whose turn it is among callbacks.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::flow::Priority;
use crate::identity::Reference;

use super::entry::{Callback, Escalation};

/// The classes of callbacks, each before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Lost on the way to 999.
    Danger,
    /// Children, the old, and those whose deadline is near.
    First,
    /// Everybody else.
    Others,
}

/// Which of two callbacks comes first: the least does. By class, then by deadline, then by priority.
pub type Turn = (Class, Timestamp, Reverse<Priority>, Reference);

impl Callback {
    /// Its class.
    pub fn class(&self) -> Class {
        match self.priority {
            Priority::Emergency => Class::Danger,
            Priority::YoungOrOld => Class::First,
            _ if self.escalation > Escalation::None => Class::First,
            _ => Class::Others,
        }
    }

    /// Its turn.
    pub fn turn(&self) -> Turn {
        (
            self.class(),
            self.deadline,
            Reverse(self.priority),
            self.reference,
        )
    }
}
