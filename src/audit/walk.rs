use super::flaw::Flaw;
use super::hash::Hash;
use super::head::Head;
use super::record::Stored;

/// No more flaws than these are named; the others are counted.
const NAMED: usize = 1_000;
/// No more hashes than these are held to be that of the entry before.
const CANDIDATES: usize = 4;

/// A chain in which nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many entries there are.
    pub entries: u64,
    /// Where it ends.
    pub head: Head,
}

/// A walk along a node's chain, from its first entry to its last.
#[derive(Debug)]
pub struct Walk {
    entries: u64,
    /// The last entry that stood in its place.
    last: i64,
    /// The hash of that, as the store has it.
    last_hash: String,
    /// What the hash of the entry before may be: more than one where it is not what it should be, and none
    /// where that entry is missing.
    before: Vec<Hash>,
    kept: Vec<Head>,
    flaws: Vec<Flaw>,
    more: u64,
}

impl Walk {
    /// Begins before the first entry. `kept` are heads of this chain that were kept elsewhere.
    pub fn new(node: &str, kept: Vec<Head>) -> Walk {
        let genesis = Head::genesis(node);
        let mut walk = Walk {
            entries: 0,
            last: 0,
            last_hash: genesis.hash,
            before: vec![Hash::genesis(node)],
            kept,
            flaws: Vec::new(),
            more: 0,
        };
        walk.compare_kept();
        walk
    }

    /// The next entry, in the order of the store.
    pub fn on(&mut self, stored: &Stored) {
        let (entry, expected) = (stored.record.sequence, self.last.saturating_add(1));
        self.entries += 1;
        if entry < expected {
            return self.flaw(Flaw::OutOfPlace { entry, expected });
        }
        if entry > expected {
            self.flaw(Flaw::Missing {
                from: expected,
                to: entry - 1,
            });
            self.before.clear();
        }
        let hash: Option<Hash> = stored.hash.parse().ok();
        let could_be: Vec<Hash> = self.before.iter().map(|h| h.then(&stored.record)).collect();
        let is_sound = match hash {
            Some(hash) => could_be.is_empty() || could_be.contains(&hash),
            None => false,
        };
        self.before = hash.into_iter().collect();
        if !is_sound {
            self.flaw(Flaw::Altered { entry });
            // If it is the hash that was altered, the next entry follows the one that this should have.
            self.before.extend(could_be);
            self.before.truncate(CANDIDATES);
        }
        self.last = entry;
        self.last_hash.clone_from(&stored.hash);
        self.compare_kept();
    }

    /// There are no more entries. `head` is the store's, read after the last of them or with it.
    pub fn end(mut self, head: Option<&Head>) -> Result<Summary, Vec<Flaw>> {
        match head {
            None if self.entries > 0 => self.flaw(Flaw::NoHead),
            None => {}
            Some(head) if head.sequence > self.last => self.flaw(Flaw::CutOff {
                from: self.last.saturating_add(1),
                to: head.sequence,
            }),
            Some(head) if head.sequence < self.last => self.flaw(Flaw::Beyond {
                from: head.sequence.saturating_add(1),
                to: self.last,
            }),
            Some(head) if head.hash != self.last_hash => {
                self.flaw(Flaw::HeadDiffers { entry: self.last });
            }
            Some(_) => {}
        }
        let furthest = self.kept.iter().map(|kept| kept.sequence).max();
        let known = head.map_or(0, |head| head.sequence).max(self.last);
        if let Some(to) = furthest.filter(|furthest| *furthest > known) {
            let from = known.saturating_add(1);
            self.flaw(Flaw::CutOff { from, to });
        }
        if self.more > 0 {
            self.flaws.push(Flaw::More { flaws: self.more });
        }
        if !self.flaws.is_empty() {
            return Err(self.flaws);
        }
        Ok(Summary {
            entries: self.entries,
            head: Head {
                sequence: self.last,
                hash: self.last_hash,
            },
        })
    }

    /// The last entry is to have the hash that was kept of it.
    fn compare_kept(&mut self) {
        let differs = |kept: &Head| kept.sequence == self.last && kept.hash != self.last_hash;
        if self.kept.iter().any(differs) {
            self.flaw(Flaw::KeptDiffers { entry: self.last });
        }
    }

    fn flaw(&mut self, flaw: Flaw) {
        match self.flaws.len() {
            ..NAMED => self.flaws.push(flaw),
            _ => self.more += 1,
        }
    }
}

/// Walks along a node's whole chain.
pub fn verify<'a>(
    node: &str,
    entries: impl IntoIterator<Item = &'a Stored>,
    head: Option<&Head>,
) -> Result<Summary, Vec<Flaw>> {
    let mut walk = Walk::new(node, Vec::new());
    for entry in entries {
        walk.on(entry);
    }
    walk.end(head)
}
