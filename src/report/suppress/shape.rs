use super::ledger::{CellId, Ledger};

/// Figures that belong together, by their places.
pub type Figures = [Option<u64>];

/// What is reckoned from what among figures.
pub struct Shape {
    /// Counts of calls or people, as against times.
    pub counts: &'static [usize],
    /// Counts of some of those that another one counts: whole and part.
    pub parts: &'static [(usize, usize)],
    /// Counts that come to others: the sum and what it is made of.
    pub sums: &'static [(usize, &'static [usize])],
    /// Times, and those of whom they tell.
    pub times: &'static [(usize, usize)],
}

/// Figures as they lie in a ledger, by their places.
#[derive(Clone, Debug)]
pub struct Laid(Vec<Option<CellId>>);

impl Laid {
    /// Lays figures into a ledger, with what is reckoned from what among them. One that is held back already stays so.
    pub fn of(ledger: &mut Ledger, shape: &Shape, figures: &Figures) -> Self {
        let mut laid = Laid(vec![None; figures.len()]);
        for place in shape.counts {
            laid.0[*place] = figures[*place].map(|count| ledger.printed(count));
        }
        for (whole, part) in shape.parts {
            if let (Some(whole), Some(part)) = (laid.at(*whole), laid.at(*part)) {
                ledger.parts(whole, [part]);
            }
        }
        for (whole, parts) in shape.sums {
            let parts: Option<Vec<CellId>> = parts.iter().map(|part| laid.at(*part)).collect();
            if let Some((whole, parts)) = laid.at(*whole).zip(parts) {
                ledger.sum(whole, parts);
            }
        }
        laid
    }

    /// The count at a place; none where there is none.
    pub fn at(&self, place: usize) -> Option<CellId> {
        self.0.get(place).copied().flatten()
    }

    /// Groups come to these, place by place.
    pub fn are_parts(&self, ledger: &mut Ledger, groups: &[Laid]) {
        for place in 0..self.0.len() {
            let parts: Option<Vec<CellId>> = groups.iter().map(|group| group.at(place)).collect();
            if let Some((whole, parts)) = self.at(place).zip(parts) {
                ledger.sum(whole, parts);
            }
        }
    }

    /// The figures as the ledger shows them. A time of those whose number is held back is held back too.
    pub fn take(&self, ledger: &Ledger, shape: &Shape, figures: &mut Figures) {
        for place in shape.counts {
            figures[*place] = self.at(*place).and_then(|cell| ledger.shown(cell));
        }
        for (time, of) in shape.times {
            if figures[*of].is_none() {
                figures[*time] = None;
            }
        }
    }
}
