//! Telling how far the streams have got.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use super::Worker;
use crate::media::{
    engine::{config::Keep, stats::add},
    stream::Position,
};

/// How often it is told.
const INTERVAL: Duration = Duration::from_secs(1);

/// Who is told, and when next.
pub(super) struct Keeping {
    keep: Option<Keep>,
    next: Duration,
}

impl Keeping {
    pub(super) fn new(keep: Option<Keep>) -> Keeping {
        Keeping {
            keep,
            next: Duration::ZERO,
        }
    }
}

impl Worker {
    /// Tells where those legs are that have moved, once a second.
    pub(super) fn keep(&mut self) {
        let now = self.clocks.now;
        if self.keeping.keep.is_none() || now < self.keeping.next {
            return;
        }
        self.keeping.next = now + INTERVAL;
        let mut positions = Vec::with_capacity(self.seats.len());
        for (place, seat) in self.seats.iter_mut().enumerate() {
            let Some(seat) = seat else { continue };
            let port = self.ports.number(place);
            let mut position = seat.stream.position(port, self.epoch, now);
            if let Some(before) = &seat.kept {
                if !position.has_moved(before) {
                    continue;
                }
                position.pace = pace(before, &position);
            }
            seat.kept = Some(position);
            positions.push(position);
        }
        if let Some(keep) = &self.keeping.keep
            && !positions.is_empty()
        {
            // Whatever goes wrong there is not to cost anybody their sound.
            let told = catch_unwind(AssertUnwindSafe(|| keep.keep(positions)));
            add(&self.counters.faults, u64::from(told.is_err()));
        }
    }

    /// Lets all legs go as they are, without a word, and gives where they stood.
    pub(super) fn freeze(&mut self) -> Vec<Position> {
        let now = self.started.elapsed();
        let mut positions = Vec::new();
        for place in 0..self.seats.len() {
            let Some(mut seat) = self.seats.get_mut(place).and_then(Option::take) else {
                continue;
            };
            let port = self.ports.number(place);
            let mut position = seat.stream.position(port, self.epoch, now);
            if let Some(before) = &seat.kept {
                position.pace = pace(before, &position);
            }
            positions.push(position);
            seat.stream.freeze(now);
            self.forget(seat, place);
        }
        self.ended = true;
        positions
    }
}

/// Sequence numbers used in a second between two positions of a stream.
fn pace(before: &Position, now: &Position) -> u16 {
    let span = now.at.saturating_sub(before.at);
    if span < INTERVAL / 2 {
        return before.pace;
    }
    let used = u128::from(now.sequence.wrapping_sub(before.sequence));
    u16::try_from(used * 1_000 / span.as_millis().max(1)).unwrap_or(u16::MAX)
}
