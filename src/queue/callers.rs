use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;

use super::eligibility::Rank;
use super::handler::{HandlerId, ProfileId};
use super::lines::{Line, LineId, Lines};
use super::waiting::{Turn, Waiting};

/// References are random enough to be folded, where others would be hashed.
#[derive(Clone, Debug, Default)]
struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u128(u128::from(*byte));
        }
    }

    fn write_u128(&mut self, bits: u128) {
        let folded = (bits >> 64) as u64 ^ bits as u64;
        // A multiplication carries what is in the low bits into the high ones, and a turn brings it back.
        let mixed = (self.0 ^ folded).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed.rotate_left(32);
    }
}

/// Those who wait in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Crowd {
    pub(super) waiting: usize,
    /// How many of them count to the share of each provider.
    pub(super) providers: BTreeMap<String, usize>,
}

impl Crowd {
    fn count(&mut self, provider: Option<&String>, one: impl Fn(&mut usize)) {
        one(&mut self.waiting);
        let Some(provider) = provider else {
            return;
        };
        if !self.providers.contains_key(provider) {
            self.providers.insert(provider.clone(), 0);
        }
        if let Some(count) = self.providers.get_mut(provider) {
            one(count);
            if *count == 0 {
                self.providers.remove(provider);
            }
        }
    }
}

/// Everybody who waits.
#[derive(Clone, Debug)]
pub(super) struct Callers {
    /// By how much a priority is ahead of the one below.
    ageing: Duration,
    waiting: HashMap<Reference, Waiting, BuildHasherDefault<Folded>>,
    lines: Lines,
    regions: BTreeMap<String, Crowd>,
}

impl Callers {
    pub(super) fn new(ageing: Duration) -> Self {
        Callers {
            ageing,
            waiting: HashMap::default(),
            lines: Lines::default(),
            regions: BTreeMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn get(&self, ticket: Reference) -> Option<&Waiting> {
        self.waiting.get(&ticket)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Reference, &Waiting)> {
        let waiting = self.waiting.iter();
        waiting.map(|(ticket, waiting)| (*ticket, waiting))
    }

    /// Those who wait in a region; none where nobody does.
    pub(super) fn crowd(&self, region: &str) -> Option<&Crowd> {
        self.regions.get(region)
    }

    /// The regions in which somebody waits.
    pub(super) fn regions(&self) -> impl Iterator<Item = &String> {
        self.regions.keys()
    }

    pub(super) fn lines(&self) -> &Lines {
        &self.lines
    }

    pub(super) fn line(&self, id: LineId) -> Option<&Line> {
        self.lines.get(id)
    }

    /// The line in which somebody stands; none who is to be tried again later stands in any.
    pub(super) fn line_of(&self, ticket: Reference) -> Option<LineId> {
        self.waiting.get(&ticket)?.line
    }

    pub(super) fn turn_of(&self, ticket: Reference) -> Option<Turn> {
        Some(self.waiting.get(&ticket)?.turn(ticket, self.ageing))
    }

    pub(super) fn set_row(&mut self, id: LineId, row: Vec<(Rank, ProfileId)>) {
        self.lines.set_row(id, row);
    }

    /// Forgets the lines in which nobody stands. Numbers of lines from before are worth nothing then.
    pub(super) fn clear_away(&mut self) {
        self.lines.clear_away();
    }

    pub(super) fn set_deadline(&mut self, ticket: Reference, at: Timestamp) {
        if let Some(waiting) = self.waiting.get_mut(&ticket) {
            waiting.due = Some(at);
        }
    }

    pub(super) fn take_deadline(&mut self, ticket: Reference) -> Option<Timestamp> {
        self.waiting.get_mut(&ticket)?.due.take()
    }

    /// Puts a caller in, or in anew. Gives the line where it is a new one, whose row is still to be found.
    pub(super) fn put(&mut self, ticket: Reference, mut waiting: Waiting) -> Option<LineId> {
        self.take(ticket);
        waiting.kind = Some(self.lines.kind(&waiting.wanted));
        let (region, provider) = (&waiting.wanted.region, waiting.wanted.provider.as_ref());
        if !self.regions.contains_key(region) {
            self.regions.insert(region.clone(), Crowd::default());
        }
        if let Some(crowd) = self.regions.get_mut(region) {
            crowd.count(provider, |count| *count += 1);
        }
        self.waiting.insert(ticket, waiting);
        self.list(ticket)
    }

    /// Takes a caller out.
    pub(super) fn take(&mut self, ticket: Reference) -> Option<Waiting> {
        self.unlist(ticket);
        let mut waiting = self.waiting.remove(&ticket)?;
        waiting.kind = None;
        let (region, provider) = (&waiting.wanted.region, waiting.wanted.provider.as_ref());
        if let Some(crowd) = self.regions.get_mut(region) {
            crowd.count(provider, |count| *count -= 1);
            if crowd.waiting == 0 {
                self.regions.remove(region);
            }
        }
        Some(waiting)
    }

    /// Changes a caller, but for the region and the provider. Gives the line where it is a new one.
    pub(super) fn change(
        &mut self,
        ticket: Reference,
        change: impl FnOnce(&mut Waiting),
    ) -> Option<LineId> {
        self.unlist(ticket);
        change(self.waiting.get_mut(&ticket)?);
        self.list(ticket)
    }

    /// A handler's phone rings for a caller, or rings no longer; the line stays the same.
    pub(super) fn set_ringing(&mut self, ticket: Reference, id: &HandlerId, rings: bool) {
        let Some(waiting) = self.waiting.get_mut(&ticket) else {
            return;
        };
        let before = !waiting.offered_to.is_empty();
        match rings {
            true => waiting.offered_to.insert(id.clone()),
            false => waiting.offered_to.remove(id),
        };
        let after = !waiting.offered_to.is_empty();
        if let Some(line) = waiting.line
            && before != after
        {
            let turn = waiting.turn(ticket, self.ageing);
            self.lines.leave(line, turn);
            self.lines.stand(line, turn, after);
        }
    }

    /// Orders everybody anew, because priorities are worth something else now, and changes them. Rows are
    /// to be found anew.
    pub(super) fn reorder(&mut self, ageing: Duration, change: impl Fn(&mut Waiting)) {
        let all: Vec<Reference> = self.waiting.keys().copied().collect();
        for ticket in &all {
            self.unlist(*ticket);
        }
        self.ageing = ageing;
        for ticket in all {
            self.change(ticket, &change);
        }
    }

    fn unlist(&mut self, ticket: Reference) {
        let Some(waiting) = self.waiting.get_mut(&ticket) else {
            return;
        };
        if let Some(line) = waiting.line.take() {
            self.lines.leave(line, waiting.turn(ticket, self.ageing));
        }
    }

    fn list(&mut self, ticket: Reference) -> Option<LineId> {
        let waiting = self.waiting.get_mut(&ticket)?;
        waiting.line = None;
        if waiting.not_before.is_some() {
            return None;
        }
        let (id, fresh) = self.lines.of(waiting.needs()?);
        waiting.line = Some(id);
        let rings = !waiting.offered_to.is_empty();
        let turn = waiting.turn(ticket, self.ageing);
        self.lines.stand(id, turn, rings);
        fresh.then_some(id)
    }
}
