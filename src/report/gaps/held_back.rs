use std::collections::HashMap;

use super::super::suppress::{Shape, Suppressed};
use super::change::Change;
use super::figures::{GapFigures, LOST, NOTHING, PARTS, PEOPLE};

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
        least.alone(&GAP, &mut self.counts.0);
        let mut groups: Vec<_> = self
            .gaps
            .iter_mut()
            .map(|gap| &mut gap.counts.0[..])
            .collect();
        least.across(&GAP, &mut groups, &self.counts.0);
        for change in &mut self.changes {
            least.alone(&CHANGE, &mut change.closes.0);
            change.closes.0 = rests(
                least,
                [self.counts.0[NOTHING], self.counts.0[LOST]],
                change.closes.0,
            );
        }
        let wholes: HashMap<&Change, [Option<u64>; 2]> = self
            .changes
            .iter()
            .map(|change| (&change.change, change.closes.0))
            .collect();
        let mut same: HashMap<Change, Vec<&mut [Option<u64>]>> = HashMap::new();
        for gap in &mut self.gaps {
            let of = [gap.counts.0[NOTHING], gap.counts.0[LOST]];
            for change in &mut gap.changes {
                least.alone(&CHANGE, &mut change.closes.0);
                change.closes.0 = rests(least, of, change.closes.0);
                let same = same.entry(change.change.clone()).or_default();
                same.push(&mut change.closes.0[..]);
            }
        }
        for (change, mut figures) in same {
            let whole = wholes.get(&change).copied().unwrap_or_default();
            least.across(&CHANGE, &mut figures, &whole);
        }
        self.put_in_order();
    }
}

/// What a change leaves open must not be small either; nor may anything be told of people whose number is not.
fn rests(least: Suppressed, of: [Option<u64>; 2], closes: [Option<u64>; 2]) -> [Option<u64>; 2] {
    let mut kept = closes;
    for (closes, of) in kept.iter_mut().zip(of) {
        let rest = closes.zip(of).map(|(closes, of)| of.saturating_sub(closes));
        if *closes != Some(0) && rest.is_none_or(|rest| least.is_small(rest)) {
            *closes = None;
        }
    }
    kept
}
