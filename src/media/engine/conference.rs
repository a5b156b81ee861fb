//! Conferences: three legs and more that hear each other, mixed.

use super::leg_id::LegId;
use crate::media::mix::{self, MEMBERS, Room};

/// Milliseconds between two turns of a conference.
pub(super) const TURN: u64 = 20;

/// Names a place where legs of one [`Lane`](super::Lane) hear each other: see
/// [`Leg::enter`](super::Leg::enter). It holds eight legs at most, and takes up nothing while nobody is
/// in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conference {
    pub(super) thread: u16,
    pub(super) serial: u32,
}

/// Who hears a leg in a conference. What it hears itself is all that is said to everyone, or to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// All the others.
    #[default]
    Everyone,
    /// One other: whispering. Nobody, while that one is not in the conference.
    Only(LegId),
    /// Nobody: listening.
    Nobody,
}

impl From<Audience> for mix::Audience {
    fn from(audience: Audience) -> mix::Audience {
        match audience {
            Audience::Everyone => mix::Audience::Everyone,
            Audience::Only(leg) => mix::Audience::Only(member(leg.serial)),
            Audience::Nobody => mix::Audience::Nobody,
        }
    }
}

/// A leg's name in the room: places are used again, serial numbers are not.
pub(super) fn member(serial: u32) -> usize {
    serial as usize
}

/// A conference under way.
pub(super) struct Held {
    pub conference: Conference,
    pub room: Room,
    /// Places of the legs in it.
    pub places: Vec<usize>,
    /// The millisecond of its next turn.
    pub due: u64,
    /// A fault of ours is to happen in the next turn.
    #[cfg(test)]
    pub faulty: bool,
}

/// The conferences of a thread.
#[derive(Default)]
pub(super) struct Conferences(Vec<Option<Held>>);

impl Conferences {
    /// Where a conference is kept, if anybody is in it.
    pub(super) fn find(&self, conference: Conference) -> Option<usize> {
        let is_it = |held: &Option<Held>| held.as_ref().is_some_and(|h| h.conference == conference);
        self.0.iter().position(is_it)
    }

    pub(super) fn get(&mut self, slot: usize) -> Option<&mut Held> {
        self.0.get_mut(slot)?.as_mut()
    }

    /// The slot that the next conference will be kept in.
    pub(super) fn free(&mut self) -> usize {
        self.0.iter().position(Option::is_none).unwrap_or_else(|| {
            self.0.push(None);
            self.0.len() - 1
        })
    }

    /// Begins a conference in a free slot.
    pub(super) fn begin(&mut self, slot: usize, conference: Conference, due: u64) {
        if let Some(free) = self.0.get_mut(slot) {
            *free = Some(Held {
                conference,
                room: Room::new(),
                places: Vec::with_capacity(MEMBERS),
                due,
                #[cfg(test)]
                faulty: false,
            });
        }
    }

    pub(super) fn end(&mut self, slot: usize) -> Option<Held> {
        self.0.get_mut(slot)?.take()
    }

    /// When each is due, with its slot.
    pub(super) fn dues(&mut self) -> impl Iterator<Item = (usize, &mut u64)> {
        let kept = self.0.iter_mut().enumerate();
        kept.filter_map(|(slot, held)| Some((slot, &mut held.as_mut()?.due)))
    }
}
