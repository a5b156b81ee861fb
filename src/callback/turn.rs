//! Whose turn it is among callbacks.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::flow::Priority;
use crate::identity::Reference;
use crate::queue::{HandlerId, Place, Wanted};

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

    /// For whom it waits in the queue, and where: there callbacks come in their turns, too.
    pub fn wanted(&self) -> (Wanted, Place) {
        let wanted = Wanted::for_callback(&self.skill, self.priority).by(self.deadline);
        let wanted = match &self.clinician {
            Some(account) => wanted.of_nobody_but(HandlerId::new(account.as_str())),
            None => wanted,
        };
        let place = match self.class() {
            Class::First => Place::Top,
            Class::Danger | Class::Others => Place::Anyway,
        };
        (wanted, place)
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
