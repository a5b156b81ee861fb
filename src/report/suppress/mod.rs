//! Small numbers: what is held back of a report, so that nobody can be recognised in it.

mod ledger;
mod shape;
#[cfg(test)]
mod tests;

pub(super) use ledger::{CellId, Ledger};
pub(super) use shape::{Figures, Laid, Shape};

use crate::settings::ReportSettings;

use super::adc::Measured;
use super::announced::Announced;
use super::items::Item;
use super::promises::Kept;
use super::target::Target;

const ITEMS: Shape = Shape {
    counts: &[
        Item::A01 as usize,
        Item::A02 as usize,
        Item::A03 as usize,
        Item::B01 as usize,
        Item::B02 as usize,
        Item::B03 as usize,
        Item::B04 as usize,
        Item::B05 as usize,
        Item::LedElsewhere as usize,
        Item::CutOff as usize,
        Item::UnderWay as usize,
    ],
    parts: &[
        (Item::A01 as usize, Item::A02 as usize),
        (Item::A03 as usize, Item::B01 as usize),
    ],
    sums: &[
        (
            Item::A01 as usize,
            &[
                Item::A03 as usize,
                Item::B02 as usize,
                Item::LedElsewhere as usize,
                Item::CutOff as usize,
                Item::UnderWay as usize,
            ],
        ),
        (
            Item::B02 as usize,
            &[Item::B03 as usize, Item::B04 as usize, Item::B05 as usize],
        ),
    ],
    times: &[
        (Item::B06 as usize, Item::A03 as usize),
        (Item::B07 as usize, Item::A03 as usize),
        (Item::B09 as usize, Item::B02 as usize),
    ],
};

const PROMISES: Shape = Shape {
    counts: &[0, 1, 2, 3, 4, 5, 6],
    parts: &[],
    sums: &[(
        Kept::Promised as usize,
        &[
            Kept::InTime as usize,
            Kept::Late as usize,
            Kept::NotReached as usize,
            Kept::BySupervisor as usize,
            Kept::Open as usize,
            Kept::Overdue as usize,
        ],
    )],
    times: &[],
};

/// Counts below this are held back, but for 0; so is what they could be reckoned from, and every figure made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suppressed(pub u64);

impl Suppressed {
    /// Figures that have to do with no others, without small numbers.
    pub(super) fn alone(self, shape: &Shape, figures: &mut Figures) {
        let mut ledger = Ledger::default();
        let laid = Laid::of(&mut ledger, shape, figures);
        ledger.hold_back(self.0);
        laid.take(&ledger, shape, figures);
    }

    /// A report without small numbers.
    pub fn apply(self, measured: &mut Measured, settings: &ReportSettings) {
        let (mut ledger, mut tables) = (Ledger::default(), Vec::new());
        let whole = Laid::of(&mut ledger, &ITEMS, &measured.items.0);
        for table in &measured.breakdowns {
            let groups = table.groups.iter();
            let groups = groups.map(|group| Laid::of(&mut ledger, &ITEMS, &group.items.0));
            let groups: Vec<Laid> = groups.collect();
            whole.are_parts(&mut ledger, &groups);
            tables.push(groups);
        }
        let promises = Laid::of(&mut ledger, &PROMISES, &measured.promises.0);
        let regions = measured.promises_by_region.values();
        let regions = regions.map(|region| Laid::of(&mut ledger, &PROMISES, &region.0));
        let regions: Vec<Laid> = regions.collect();
        promises.are_parts(&mut ledger, &regions);
        ledger.hold_back(self.0);
        whole.take(&ledger, &ITEMS, &mut measured.items.0);
        for (table, laid) in measured.breakdowns.iter_mut().zip(&tables) {
            for (group, laid) in table.groups.iter_mut().zip(laid) {
                laid.take(&ledger, &ITEMS, &mut group.items.0);
            }
        }
        promises.take(&ledger, &PROMISES, &mut measured.promises.0);
        for (region, laid) in measured.promises_by_region.values_mut().zip(&regions) {
            laid.take(&ledger, &PROMISES, &mut region.0);
        }
        let breakdowns = measured.breakdowns.iter_mut();
        let groups = breakdowns.flat_map(|breakdown| &mut breakdown.groups);
        let groups = groups.map(|group| (&group.items, &mut group.targets));
        for (items, targets) in groups.chain([(&measured.items, &mut measured.targets)]) {
            *targets = Target::all(items, &settings.target, settings.abandoned_of);
        }
        if (1..self.0).contains(&(measured.announced.calls as u64)) {
            measured.announced = Announced::default();
        }
    }
}
