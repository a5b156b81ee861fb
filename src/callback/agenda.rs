use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::identity::Reference;

use super::open::Open;

/// What is open, in order of the moments at which time alone does something to it: nobody need look at all of
/// it to find what is due.
///
/// Whatever is changed in it is noted, and stands in its order once it has been [marked](Agenda::mark) anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    items: BTreeMap<Reference, Item>,
    times: BTreeSet<(Timestamp, Reference)>,
    /// What may have changed since it was marked; some of it more than once, or closed by now.
    touched: Vec<Reference>,
    undecided: usize,
    at_risk: usize,
}

#[derive(Clone, Debug)]
struct Item {
    open: Open,
    marks: Marks,
}

/// What is known of a callback without looking at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// When time alone does something to it next; none where it never does.
    pub(super) next: Option<Timestamp>,
    /// It waits for a clinician's decision.
    pub(super) is_undecided: bool,
    /// A supervisor has been told of it.
    pub(super) is_at_risk: bool,
}

impl Agenda {
    pub(super) fn get(&self, reference: Reference) -> Option<&Open> {
        self.items.get(&reference).map(|item| &item.open)
    }

    /// To change it.
    pub(super) fn get_mut(&mut self, reference: Reference) -> Option<&mut Open> {
        let item = self.items.get_mut(&reference)?;
        self.touched.push(reference);
        Some(&mut item.open)
    }

    /// Puts it in, unless its reference is there already; gives what is there by now, to change it.
    pub(super) fn put(&mut self, open: Open) -> &mut Open {
        let reference = open.callback.reference;
        self.touched.push(reference);
        let marks = Marks::default();
        let item = self.items.entry(reference);
        &mut item.or_insert(Item { open, marks }).open
    }

    pub(super) fn remove(&mut self, reference: Reference) -> Option<Open> {
        let item = self.items.remove(&reference)?;
        self.recount(reference, item.marks, Marks::default());
        Some(item.open)
    }

    pub(super) fn contains(&self, reference: Reference) -> bool {
        self.items.contains_key(&reference)
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// All that is open, in order.
    pub(super) fn references(&self) -> impl Iterator<Item = Reference> {
        self.items.keys().copied()
    }

    /// Something that bears on it has changed, if it is open at all.
    pub(super) fn touch(&mut self, reference: Reference) {
        self.touched.push(reference);
    }

    /// Something that bears on all of them has changed.
    pub(super) fn touch_all(&mut self) {
        self.touched.extend(self.items.keys());
    }

    /// One that may have changed and has not been given back yet.
    pub(super) fn next_touched(&mut self) -> Option<Reference> {
        self.touched.pop()
    }

    /// Has it stand where it belongs by now.
    pub(super) fn mark(&mut self, reference: Reference, marks: Marks) {
        if let Some(item) = self.items.get_mut(&reference) {
            let before = std::mem::replace(&mut item.marks, marks);
            self.recount(reference, before, marks);
        }
    }

    fn recount(&mut self, reference: Reference, before: Marks, after: Marks) {
        if before.next != after.next {
            if let Some(at) = before.next {
                self.times.remove(&(at, reference));
            }
            self.times.extend(after.next.map(|at| (at, reference)));
        }
        self.undecided += usize::from(after.is_undecided);
        self.undecided -= usize::from(before.is_undecided);
        self.at_risk += usize::from(after.is_at_risk);
        self.at_risk -= usize::from(before.is_at_risk);
    }

    /// The first moment at which time does something to any of them.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.times.first().map(|(at, _)| *at)
    }

    /// Those to which it does something by now, in order of their references.
    pub(super) fn reached(&self, now: Timestamp) -> Vec<Reference> {
        let reached = self.times.iter().take_while(|(at, _)| *at <= now);
        let mut reached: Vec<Reference> = reached.map(|(_, reference)| *reference).collect();
        reached.sort_unstable();
        reached
    }

    /// How many wait for a decision.
    pub(super) fn undecided(&self) -> usize {
        self.undecided
    }

    /// Of how many a supervisor has been told.
    pub(super) fn at_risk(&self) -> usize {
        self.at_risk
    }

    /// Each of them stands where it belongs, and nothing else stands there.
    #[cfg(test)]
    pub(super) fn check(&self, marks: impl Fn(&Open) -> Marks) {
        assert_eq!(self.touched, []);
        let (mut times, mut undecided, mut at_risk) = (BTreeSet::new(), 0, 0);
        for (reference, item) in &self.items {
            assert_eq!(*reference, item.open.callback.reference);
            let marks = marks(&item.open);
            assert_eq!(item.marks, marks, "{:?}", item.open);
            times.extend(marks.next.map(|at| (at, *reference)));
            undecided += usize::from(marks.is_undecided);
            at_risk += usize::from(marks.is_at_risk);
        }
        assert_eq!(self.times, times);
        assert_eq!((self.undecided, self.at_risk), (undecided, at_risk));
    }
}
