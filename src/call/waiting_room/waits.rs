//! Since when somebody has waited on the line, at whichever node: the queue gives places, and not times.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;
use crate::queue::shared::{Caller, Changes};
use crate::queue::{Event, Queue, Wanted};

/// A place in the queue, as far as somebody waits for it on the line.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    region: String,
    since: Timestamp,
    is_on_the_line: bool,
    /// Somebody has promised to call them, and has not reached them yet.
    is_promised: bool,
}

impl Wait {
    /// Of a caller of this node.
    pub(super) fn new(wanted: &Wanted, since: Timestamp, is_promised: bool) -> Self {
        let mut wait = Wait {
            region: String::new(),
            since,
            is_on_the_line: false,
            is_promised,
        };
        wait.joins(wanted);
        wait
    }

    /// Of a caller as the store has them.
    pub(super) fn stored(caller: &Caller) -> Self {
        let mut wait = Wait::new(&caller.wanted, caller.since, false);
        wait.is_on_the_line &= !caller.kept;
        wait
    }

    fn joins(&mut self, wanted: &Wanted) {
        self.region.clone_from(&wanted.region);
        // Only who is not on the line is promised a time.
        self.is_on_the_line = !self.is_promised && wanted.deadline.is_none();
    }

    /// The caller has been reached.
    pub(super) fn on_the_line(&mut self) {
        (self.is_on_the_line, self.is_promised) = (true, false);
    }

    /// They are not on the line: they keep their place.
    pub(super) fn keeps(&mut self) {
        self.is_on_the_line = false;
    }

    /// Something has happened to them.
    pub(super) fn hears(&mut self, event: &Event) {
        match event {
            Event::Joined { wanted, .. } => self.joins(wanted),
            Event::Keeps { .. } | Event::Unreached { .. } => self.keeps(),
            // Should they wait again, they do so on the line.
            Event::Answered { .. } => self.is_on_the_line = !self.is_promised,
            _ => {}
        }
    }
}

/// Of which caller of this node something is told that changes how they wait.
pub(super) fn whose(event: &Event) -> Option<Reference> {
    match event {
        Event::Joined { ticket, .. }
        | Event::Keeps { ticket }
        | Event::Unreached { ticket }
        | Event::Answered { ticket, .. } => Some(*ticket),
        _ => None,
    }
}

/// The waits that the store tells of: a row for each caller, and those of this node are there as well.
#[derive(Debug, Default)]
pub(super) struct StoredWaits(HashMap<Reference, Wait>);

impl StoredWaits {
    /// Somebody has changed something.
    pub(super) fn changed(&mut self, changes: &Changes) {
        if changes.anew {
            self.0.clear();
        }
        for gone in &changes.gone_callers {
            self.0.remove(gone);
        }
        let rows = changes.callers.iter().map(|row| &row.caller);
        self.0
            .extend(rows.map(|caller| (caller.reference, Wait::stored(caller))));
    }

    /// The store is not heard any longer.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// The longest wait on the line in each region, of these and of this node's own, who are known better. Costs a
    /// look at each of them, and a place in the queue for each region.
    pub(super) fn longest<'a>(
        &'a self,
        own: impl Fn(Reference) -> Option<&'a Wait>,
        all_own: impl Iterator<Item = (Reference, &'a Wait)>,
        queue: &Queue,
        now: Timestamp,
    ) -> BTreeMap<&'a str, Duration> {
        let theirs = self.0.iter().map(|(ticket, wait)| (*ticket, wait));
        let theirs = theirs.filter(|(ticket, _)| own(*ticket).is_none());
        let on_the_line = all_own
            .chain(theirs)
            .filter(|(_, wait)| wait.is_on_the_line);
        let waits = on_the_line.map(|(ticket, wait)| (wait.since, ticket, wait.region.as_str()));
        let mut waits: Vec<(Timestamp, Reference, &str)> = waits.collect();
        waits.sort_unstable();
        let mut longest = BTreeMap::new();
        for (since, ticket, region) in waits {
            // Whoever talks by now has no place to wait at.
            if !longest.contains_key(region) && queue.standing(now, ticket).is_some() {
                let wait = Duration::try_from(now.duration_since(since));
                longest.insert(region, wait.unwrap_or_default());
            }
        }
        longest
    }
}
