use std::cmp::Reverse;
use std::collections::VecDeque;

/// A figure of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellId(usize);

/// So much work is done to show again what need not be held back; a larger report does without.
const MOST_STEPS: usize = 20_000_000;
/// A sum of so many is a long one.
const LONG: usize = 100;
/// No bound above.
const UNBOUNDED: u64 = u64::MAX;

/// A count, and between what whoever reads the report knows it to be.
#[derive(Clone, Debug)]
struct Cell {
    value: u64,
    /// Whether it stands in the report, unless it is held back.
    is_printed: bool,
    is_held_back: bool,
    low: u64,
    high: u64,
    /// The sums in which it is.
    sums: Vec<usize>,
}

impl Cell {
    /// Whether nobody may know it.
    fn is_small(&self, least: u64) -> bool {
        (1..least).contains(&self.value)
    }

    /// Whether it is held back, or stands nowhere and must not be known.
    fn is_secret(&self, least: u64) -> bool {
        match self.is_printed {
            true => self.is_held_back,
            false => self.is_small(least),
        }
    }

    fn is_shown(&self) -> bool {
        self.is_printed && !self.is_held_back
    }
}

/// A count that others come to.
#[derive(Clone, Debug)]
struct Sum {
    whole: usize,
    parts: Vec<usize>,
}

/// The counts of a report and what can be reckoned from what, so that small ones can be held back together with what
/// would tell them. Whoever reads the report is taken to know all its sums, and that a count that is held back is none
/// of zero.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    cells: Vec<Cell>,
    sums: Vec<Sum>,
}

impl Ledger {
    /// A count that stands in the report.
    pub fn printed(&mut self, value: u64) -> CellId {
        self.cell(value, true)
    }

    /// A count that does not, but may be reckoned from others.
    pub fn unprinted(&mut self, value: u64) -> CellId {
        self.cell(value, false)
    }

    fn cell(&mut self, value: u64, is_printed: bool) -> CellId {
        self.cells.push(Cell {
            value,
            is_printed,
            is_held_back: false,
            low: 0,
            high: UNBOUNDED,
            sums: Vec::new(),
        });
        CellId(self.cells.len() - 1)
    }

    /// Some counts come to another one. Where they do not, nothing can be reckoned by that, and it is left out.
    pub fn sum(&mut self, whole: CellId, parts: impl IntoIterator<Item = CellId>) {
        let parts: Vec<usize> = parts.into_iter().map(|part| part.0).collect();
        let come_to: u64 = parts.iter().map(|part| self.cells[*part].value).sum();
        if come_to != self.cells[whole.0].value {
            return;
        }
        for cell in parts.iter().chain([&whole.0]) {
            self.cells[*cell].sums.push(self.sums.len());
        }
        self.sums.push(Sum {
            whole: whole.0,
            parts,
        });
    }

    /// Some counts are parts of another one; the rest stands nowhere.
    pub fn parts(&mut self, whole: CellId, parts: impl IntoIterator<Item = CellId>) {
        let parts: Vec<CellId> = parts.into_iter().collect();
        let come_to: u64 = parts.iter().map(|part| self.cells[part.0].value).sum();
        if let Some(rest) = self.cells[whole.0].value.checked_sub(come_to) {
            let rest = self.unprinted(rest);
            self.sum(whole, parts.into_iter().chain([rest]));
        }
    }

    /// A count as it stands in the report; none where it is held back.
    pub fn shown(&self, cell: CellId) -> Option<u64> {
        let cell = &self.cells[cell.0];
        cell.is_shown().then_some(cell.value)
    }

    /// Holds back every count from 1 to one less than `least`, and others until each of these, whether it would stand
    /// in the report or not, might as well be one of `least` numbers or more.
    pub fn hold_back(&mut self, least: u64) {
        for cell in &mut self.cells {
            cell.is_held_back = cell.is_printed && cell.is_small(least);
        }
        self.cover(least);
        self.show_again(least);
    }

    /// Holds back others until nothing is known too well of what is held back.
    fn cover(&mut self, least: u64) {
        loop {
            self.reckon();
            let exposed = self.exposed(|cell| cell.is_secret(least), least);
            // One at a time in each sum, if it is no long one: what is held back for one may cover the next.
            let mut is_done = vec![false; self.sums.len()];
            let mut is_news = false;
            for cell in exposed {
                let is_waiting = self.cells[cell].sums.iter().any(|sum| is_done[*sum]);
                if is_waiting {
                    continue;
                }
                let Some(next) = self.next_to(cell) else {
                    continue;
                };
                self.cells[next].is_held_back = true;
                is_news = true;
                for sum in self.cells[cell].sums.iter().chain(&self.cells[next].sums) {
                    is_done[*sum] = self.sums[*sum].parts.len() < LONG;
                }
            }
            if !is_news {
                return;
            }
        }
    }

    /// Shows again what was held back for others and need not be, the greatest first.
    fn show_again(&mut self, least: u64) {
        let cells = self.cells.iter().enumerate();
        let spare = cells.filter(|(_, cell)| cell.is_held_back && cell.value >= least);
        let mut spare: Vec<usize> = spare.map(|(at, _)| at).collect();
        if spare.len() * self.cells.len() > MOST_STEPS {
            return;
        }
        spare.sort_by_key(|cell| (Reverse(self.cells[*cell].value), *cell));
        for cell in spare {
            self.cells[cell].is_held_back = false;
            self.reckon();
            let is_told = !self.exposed(|cell| cell.is_small(least), least).is_empty();
            self.cells[cell].is_held_back = is_told;
        }
        self.reckon();
    }

    /// Those of which too much is known, the greatest first: they cover the others.
    fn exposed(&self, is_wanted: impl Fn(&Cell) -> bool, least: u64) -> Vec<usize> {
        let cells = self.cells.iter().enumerate();
        let cells = cells.filter(|(_, cell)| is_wanted(cell) && cell.high - cell.low < least);
        let mut exposed: Vec<usize> = cells.map(|(at, _)| at).collect();
        exposed.sort_by_key(|cell| Reverse(self.cells[*cell].value));
        exposed
    }

    /// The smallest count that is shown and stands in a sum with a cell, or in one with what is not known of such a sum.
    fn next_to(&self, cell: usize) -> Option<usize> {
        let (mut seen, mut at) = (vec![cell], 0);
        while let Some(cell) = seen.get(at).copied() {
            let shown = self.members(cell).filter(|member| {
                let member = &self.cells[*member];
                member.is_shown() && member.value > 0
            });
            if let Some(least) = shown.min_by_key(|member| (self.cells[*member].value, *member)) {
                return Some(least);
            }
            for member in self.members(cell) {
                if !self.cells[member].is_shown() && !seen.contains(&member) {
                    seen.push(member);
                }
            }
            at += 1;
        }
        None
    }

    /// All that stand in sums with a cell, itself too.
    fn members(&self, cell: usize) -> impl Iterator<Item = usize> + '_ {
        let sums = self.cells[cell].sums.iter().map(|sum| &self.sums[*sum]);
        sums.flat_map(|sum| sum.parts.iter().chain([&sum.whole]).copied())
    }

    /// Finds between what each count can be, from all that is shown.
    fn reckon(&mut self) {
        for cell in &mut self.cells {
            (cell.low, cell.high) = match (cell.is_shown(), cell.is_printed) {
                (true, _) => (cell.value, cell.value),
                (false, true) => (1, UNBOUNDED),
                (false, false) => (0, UNBOUNDED),
            };
        }
        let mut waiting: VecDeque<usize> = (0..self.sums.len()).collect();
        let mut is_waiting = vec![true; self.sums.len()];
        while let Some(at) = waiting.pop_front() {
            is_waiting[at] = false;
            for changed in self.tighten(at) {
                for sum in &self.cells[changed].sums {
                    if *sum != at && !is_waiting[*sum] {
                        is_waiting[*sum] = true;
                        waiting.push_back(*sum);
                    }
                }
            }
        }
    }

    /// Draws the bounds of one sum closer until they stay; gives whose have changed.
    fn tighten(&mut self, at: usize) -> Vec<usize> {
        let Sum { whole, parts } = &self.sums[at];
        let mut changed = Vec::new();
        loop {
            let before = changed.len();
            let mut together = Together::of(parts.iter().map(|part| &self.cells[*part]));
            let cell = &mut self.cells[*whole];
            let low = cell.low.max(together.low);
            let high = cell.high.min(together.high());
            if (low, high) != (cell.low, cell.high) {
                (cell.low, cell.high) = (low, high);
                changed.push(*whole);
            }
            for part in parts {
                let cell = &mut self.cells[*part];
                let others = together.without(cell);
                let most = match high {
                    UNBOUNDED => UNBOUNDED,
                    high => high.saturating_sub(others.low),
                };
                let least = match others.high() {
                    UNBOUNDED => 0,
                    others => low.saturating_sub(others),
                };
                let own = (cell.low.max(least), cell.high.min(most));
                if own != (cell.low, cell.high) {
                    (cell.low, cell.high) = own;
                    together = others;
                    together.add(cell);
                    changed.push(*part);
                }
            }
            if changed.len() == before {
                return changed;
            }
        }
    }
}

/// Between what the sum of some counts is.
#[derive(Clone, Copy, Debug, Default)]
struct Together {
    low: u64,
    /// Of those that have a bound above.
    bounded: u64,
    unbounded: usize,
}

impl Together {
    fn of<'c>(cells: impl Iterator<Item = &'c Cell>) -> Self {
        let mut together = Together::default();
        cells.for_each(|cell| together.add(cell));
        together
    }

    fn add(&mut self, cell: &Cell) {
        self.low += cell.low;
        match cell.high {
            UNBOUNDED => self.unbounded += 1,
            high => self.bounded += high,
        }
    }

    /// The sum of the others.
    fn without(mut self, cell: &Cell) -> Self {
        self.low -= cell.low;
        match cell.high {
            UNBOUNDED => self.unbounded -= 1,
            high => self.bounded -= high,
        }
        self
    }

    fn high(&self) -> u64 {
        match self.unbounded {
            0 => self.bounded,
            _ => UNBOUNDED,
        }
    }
}

#[cfg(test)]
impl Ledger {
    /// Between what whoever reads the report knows a count to be.
    pub fn known(&self, cell: CellId) -> (u64, u64) {
        let cell = &self.cells[cell.0];
        (cell.low, cell.high)
    }

    /// All counts, with what is known of them.
    pub fn all(&self) -> impl Iterator<Item = (u64, CellId)> + '_ {
        let cells = self.cells.iter().enumerate();
        cells.map(|(at, cell)| (cell.value, CellId(at)))
    }
}
