use std::cmp::Ordering;
use std::collections::BinaryHeap;

use jiff::Timestamp;

/// What is to happen, in the order of time; what is to happen at the same moment, in the order in which it was planned.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    entries: BinaryHeap<Entry<T>>,
    planned: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: Timestamp,
    number: u64,
    what: T,
}

impl<T> Entry<T> {
    fn key(&self) -> (Timestamp, u64) {
        (self.at, self.number)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    /// The earliest is the greatest: a heap gives that first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

impl<T> Agenda<T> {
    pub(super) fn new() -> Self {
        Agenda {
            entries: BinaryHeap::new(),
            planned: 0,
        }
    }

    pub(super) fn plan(&mut self, at: Timestamp, what: T) {
        self.planned += 1;
        let number = self.planned;
        self.entries.push(Entry { at, number, what });
    }

    /// When the next thing is to happen.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.entries.peek().map(|entry| entry.at)
    }

    pub(super) fn take(&mut self) -> Option<(Timestamp, T)> {
        self.entries.pop().map(|entry| (entry.at, entry.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_what_was_planned_first_among_equals() {
        let mut agenda = Agenda::new();
        let at = |second| Timestamp::from_second(second).unwrap();
        for (second, what) in [(5, "b"), (3, "a"), (5, "c"), (9, "d")] {
            agenda.plan(at(second), what);
        }
        assert_eq!(agenda.next_at(), Some(at(3)));
        let order = std::iter::from_fn(|| agenda.take()).map(|(_, what)| what);
        assert_eq!(order.collect::<String>(), "abcd");
    }
}
