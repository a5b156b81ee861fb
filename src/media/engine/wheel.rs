//! The grid on which packets leave: a ring of slots of one millisecond each.
//!
//! A leg comes up every packet time of its own; a new one is put where the least is due, so that
//! calls are spread over the 20 ms and no burst forms.

/// Slots of the ring: more than the longest packet time, 60 ms.
const SLOTS: usize = 64;
/// The stretch over which new legs are spread.
const SPREAD: u64 = 20;

/// Which legs are due in which millisecond.
#[derive(Debug)]
pub(super) struct Wheel {
    slots: [Vec<usize>; SLOTS],
    /// The next millisecond to be dealt with.
    cursor: u64,
    legs: usize,
}

impl Wheel {
    pub(super) fn new() -> Wheel {
        Wheel {
            slots: std::array::from_fn(|_| Vec::new()),
            cursor: 0,
            legs: 0,
        }
    }

    pub(super) fn cursor(&self) -> u64 {
        self.cursor
    }

    pub(super) fn is_empty(&self) -> bool {
        self.legs == 0
    }

    /// Puts the cursor on another millisecond; only right while the ring is empty.
    pub(super) fn set_cursor(&mut self, ms: u64) {
        self.cursor = ms;
    }

    /// Adds a leg where the least is due; gives the millisecond.
    pub(super) fn add(&mut self, leg: usize) -> u64 {
        let due = (self.cursor..self.cursor + SPREAD)
            .min_by_key(|&ms| self.slots[slot(ms)].len())
            .unwrap_or(self.cursor);
        self.put(leg, due);
        due
    }

    /// Adds a leg at a millisecond less than a turn of the ring ahead.
    pub(super) fn put(&mut self, leg: usize, due: u64) {
        self.slots[slot(due)].push(leg);
        self.legs += 1;
    }

    /// Takes every leg out.
    pub(super) fn clear(&mut self) {
        self.slots.iter_mut().for_each(Vec::clear);
        self.legs = 0;
    }

    /// Takes a leg out that is due then.
    pub(super) fn remove(&mut self, leg: usize, due: u64) {
        let slot = &mut self.slots[slot(due)];
        if let Some(place) = slot.iter().position(|&l| l == leg) {
            slot.swap_remove(place);
            self.legs -= 1;
        }
    }

    /// Moves the legs due at the cursor into `due`, which is emptied first, and the cursor on. The
    /// two lists change places, so that neither is allocated anew.
    pub(super) fn take(&mut self, due: &mut Vec<usize>) {
        due.clear();
        std::mem::swap(due, &mut self.slots[slot(self.cursor)]);
        self.legs -= due.len();
        self.cursor += 1;
    }

    /// The next millisecond at which anything is due.
    pub(super) fn next_due(&self) -> Option<u64> {
        (self.cursor..self.cursor + SLOTS as u64).find(|&ms| !self.slots[slot(ms)].is_empty())
    }
}

fn slot(ms: u64) -> usize {
    (ms % SLOTS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_are_spread_evenly_and_come_up_every_packet_time() {
        let mut wheel = Wheel::new();
        for leg in 0..200 {
            wheel.add(leg);
        }
        let mut due = Vec::new();
        let mut last = vec![None; 200];
        for ms in 0..200u64 {
            wheel.take(&mut due);
            assert_eq!(due.len(), 10, "at {ms}");
            for &leg in &due {
                let before = last[leg].replace(ms);
                assert!(before.is_none_or(|b| ms - b == 20));
                wheel.put(leg, ms + 20);
            }
        }
        assert!(last.iter().all(Option::is_some));
    }

    #[test]
    fn a_removed_leg_does_not_come_up_again() {
        let mut wheel = Wheel::new();
        let due = wheel.add(7);
        assert_eq!(wheel.next_due(), Some(due));
        wheel.remove(7, due);
        assert_eq!(wheel.next_due(), None);
        assert!(wheel.is_empty());
    }
}
