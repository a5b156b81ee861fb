use jiff::Timestamp;
use serde::Serialize;
use serde::ser::SerializeMap as _;

use crate::store::{ClosedHow, PromiseCourse};

/// What has become of a promised callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Any of these.
    Promised,
    /// The conversation by which it was made began no later than the deadline.
    InTime,
    /// It began after the deadline.
    Late,
    /// Closed by a decision, with the caller not reached.
    NotReached,
    /// Closed by a supervisor.
    BySupervisor,
    /// Still to be made, with time left.
    Open,
    /// Still to be made, though the deadline has passed.
    Overdue,
}

impl Kept {
    /// All of them, in their order; the first is the sum of the others.
    pub const ALL: [Kept; 7] = [
        Kept::Promised,
        Kept::InTime,
        Kept::Late,
        Kept::NotReached,
        Kept::BySupervisor,
        Kept::Open,
        Kept::Overdue,
    ];

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Kept::Promised => "promised",
            Kept::InTime => "kept",
            Kept::Late => "late",
            Kept::NotReached => "not-reached",
            Kept::BySupervisor => "closed-by-supervisor",
            Kept::Open => "open",
            Kept::Overdue => "overdue",
        }
    }

    /// What has become of one, as it stands at a moment; none where it was never promised.
    pub fn of(course: &PromiseCourse, now: Timestamp) -> Option<Self> {
        Some(match course.closed {
            None if course.deadline < now => Kept::Overdue,
            None => Kept::Open,
            Some(closed) => match closed.how {
                ClosedHow::NotPromised => return None,
                ClosedHow::NotReached => Kept::NotReached,
                ClosedHow::Ordered => Kept::BySupervisor,
                ClosedHow::Spoken => {
                    let spoken = course.reached_at.filter(|at| *at <= closed.at);
                    match spoken.unwrap_or(closed.at) <= course.deadline {
                        true => Kept::InTime,
                        false => Kept::Late,
                    }
                }
            },
        })
    }
}

/// Callbacks by what has become of the promise. A count that is held back is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promises(pub(super) [Option<u64>; Kept::ALL.len()]);

impl Default for Promises {
    fn default() -> Self {
        Promises([Some(0); Kept::ALL.len()])
    }
}

impl Promises {
    /// Counts one, as it stands at a moment.
    pub fn add(&mut self, course: &PromiseCourse, now: Timestamp) {
        let Some(kept) = Kept::of(course, now) else {
            return;
        };
        for count in [Kept::Promised, kept] {
            if let Some(count) = &mut self.0[count as usize] {
                *count += 1;
            }
        }
    }

    /// How many there are; none where that is held back.
    pub fn get(&self, kept: Kept) -> Option<u64> {
        self.0[kept as usize]
    }
}

impl Serialize for Promises {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for kept in Kept::ALL {
            map.serialize_entry(kept.word(), &self.get(kept))?;
        }
        map.end()
    }
}
