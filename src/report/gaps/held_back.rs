use std::collections::{BTreeMap, HashMap};

use super::super::suppress::{CellId, Laid, Ledger, Shape, Suppressed};
use super::change::{Change, What};
use super::figures::{Counts, GapChange, GapFigures, LOST, NOTHING, PARTS, PEOPLE};

const GAP: Shape = Shape {
    counts: &[
        PEOPLE,
        NOTHING,
        LOST,
        PARTS,
        PARTS + 1,
        PARTS + 2,
        PARTS + 3,
        PARTS + 4,
        PARTS + 5,
        PARTS + 6,
        PARTS + 7,
        PARTS + 8,
    ],
    parts: &[],
    sums: &[
        (PEOPLE, &[NOTHING, LOST]),
        (
            PEOPLE,
            &[
                PARTS,
                PARTS + 1,
                PARTS + 2,
                PARTS + 3,
                PARTS + 4,
                PARTS + 5,
                PARTS + 6,
                PARTS + 7,
                PARTS + 8,
            ],
        ),
    ],
    times: &[],
};

const CHANGE: Shape = Shape {
    counts: &[0, 1],
    parts: &[],
    sums: &[],
    times: &[],
};

impl GapFigures {
    /// The report without small numbers, and without what would tell them. The order tells nothing of what is held
    /// back either.
    pub fn hold_back(&mut self, least: Suppressed) {
        let mut ledger = Ledger::default();
        let whole = Counted::of(&mut ledger, &self.counts, &self.changes);
        let gaps = self.gaps.iter();
        let gaps = gaps.map(|gap| Counted::of(&mut ledger, &gap.counts, &gap.changes));
        let gaps: Vec<Counted> = gaps.collect();
        let counts: Vec<Laid> = gaps.iter().map(|gap| gap.counts.clone()).collect();
        whole.counts.are_parts(&mut ledger, &counts);
        let mut same: HashMap<&Change, Vec<Laid>> = HashMap::new();
        for (gap, laid) in self.gaps.iter().zip(&gaps) {
            for (one, laid) in gap.changes.iter().zip(&laid.changes) {
                same.entry(&one.change).or_default().push(laid.clone());
            }
        }
        for (one, laid) in self.changes.iter().zip(&whole.changes) {
            let parts = same.remove(&one.change).unwrap_or_default();
            laid.are_parts(&mut ledger, &parts);
        }
        ledger.hold_back(least.0);
        whole.take(&ledger, &mut self.counts, &mut self.changes);
        for (gap, laid) in self.gaps.iter_mut().zip(&gaps) {
            laid.take(&ledger, &mut gap.counts, &mut gap.changes);
        }
        self.put_in_order();
    }
}

/// People of a gap and what would have helped them, in a ledger.
struct Counted {
    counts: Laid,
    changes: Vec<Laid>,
}

impl Counted {
    fn of(ledger: &mut Ledger, counts: &Counts, changes: &[GapChange]) -> Self {
        let counts = Laid::of(ledger, &GAP, &counts.0);
        let changes = changes
            .iter()
            .map(|one| (one, Laid::of(ledger, &CHANGE, &one.closes.0)));
        let changes: Vec<(&GapChange, Laid)> = changes.collect();
        // By one service, each person is helped by one change, as far as anybody can tell.
        let mut services: BTreeMap<&str, [Vec<CellId>; 2]> = BTreeMap::new();
        for (one, laid) in &changes {
            let of = services.entry(one.change.service.as_str()).or_default();
            for (place, (all, cells)) in [NOTHING, LOST].into_iter().zip(of).enumerate() {
                cells.extend(laid.at(place));
                if let Some((all, helped)) = counts.at(all).zip(laid.at(place)) {
                    ledger.parts(all, [helped]);
                }
            }
            if let What::Open { when } = one.change.what
                && let Some(all) = counts.at(PARTS + when as usize)
            {
                ledger.parts(all, [0, 1].into_iter().filter_map(|place| laid.at(place)));
            }
        }
        for cells in services.into_values() {
            for (all, cells) in [NOTHING, LOST].into_iter().zip(cells) {
                if let Some(all) = counts.at(all) {
                    ledger.parts(all, cells);
                }
            }
        }
        let changes = changes.into_iter().map(|(_, laid)| laid);
        Counted {
            changes: changes.collect(),
            counts,
        }
    }

    fn take(&self, ledger: &Ledger, counts: &mut Counts, changes: &mut [GapChange]) {
        self.counts.take(ledger, &GAP, &mut counts.0);
        for (one, laid) in changes.iter_mut().zip(&self.changes) {
            laid.take(ledger, &CHANGE, &mut one.closes.0);
        }
    }
}
