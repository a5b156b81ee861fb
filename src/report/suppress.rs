use crate::settings::ReportSettings;

use super::adc::Measured;
use super::announced::Announced;
use super::items::Item;
use super::promises::Kept;
use super::target::Target;

/// Figures that belong together, by their places.
pub(super) type Figures = [Option<u64>];

/// What is reckoned from what among figures.
pub(super) struct Shape {
    /// Counts of calls or people, as against times.
    pub(super) counts: &'static [usize],
    /// Counts of some of those that another one counts: whole and part.
    pub(super) parts: &'static [(usize, usize)],
    /// Counts that come to others: the sum and what it is made of.
    pub(super) sums: &'static [(usize, &'static [usize])],
    /// Times, and those of whom they tell.
    pub(super) times: &'static [(usize, usize)],
}

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
    /// A report without small numbers.
    pub fn apply(self, measured: &mut Measured, settings: &ReportSettings) {
        self.alone(&ITEMS, &mut measured.items.0);
        for breakdown in &mut measured.breakdowns {
            let groups = breakdown.groups.iter_mut();
            let mut groups: Vec<&mut Figures> = groups.map(|g| &mut g.items.0[..]).collect();
            self.across(&ITEMS, &mut groups, &measured.items.0);
        }
        self.alone(&PROMISES, &mut measured.promises.0);
        let regions = measured.promises_by_region.values_mut();
        let mut regions: Vec<&mut Figures> = regions.map(|region| &mut region.0[..]).collect();
        self.across(&PROMISES, &mut regions, &measured.promises.0);
        let breakdowns = measured.breakdowns.iter_mut();
        let groups = breakdowns.flat_map(|breakdown| &mut breakdown.groups);
        let groups = groups.map(|group| (&group.items, &mut group.targets));
        for (items, targets) in groups.chain([(&measured.items, &mut measured.targets)]) {
            *targets = Target::all(items, &settings.target, settings.abandoned_of);
        }
        if self.is_small(measured.announced.calls as u64) {
            measured.announced = Announced::default();
        }
    }

    pub(super) fn is_small(self, figure: u64) -> bool {
        figure > 0 && figure < self.0
    }

    /// Holds back what is small among figures, and all that would tell of it.
    pub(super) fn alone(self, shape: &Shape, figures: &mut Figures) {
        while self.within(shape, figures) {}
    }

    /// Holds back what is small among figures, and what would tell of it. Gives whether that was news.
    fn within(self, shape: &Shape, figures: &mut Figures) -> bool {
        let shown = figures.iter().flatten().count();
        for place in shape.counts {
            if figures[*place].is_some_and(|figure| self.is_small(figure)) {
                figures[*place] = None;
            }
        }
        for (whole, part) in shape.parts {
            let rest = figures[*whole].zip(figures[*part]);
            let rest = rest.map(|(whole, part)| whole.saturating_sub(part));
            if rest.is_none_or(|rest| self.is_small(rest)) {
                figures[*part] = None;
            }
        }
        for (whole, parts) in shape.sums {
            if figures[*whole].is_none() {
                parts.iter().for_each(|part| figures[*part] = None);
            }
            if let Some(next) = tells(parts.iter().map(|part| (figures[*part], *part))) {
                figures[next] = None;
            }
        }
        for (time, of) in shape.times {
            if figures[*of].is_none() {
                figures[*time] = None;
            }
        }
        figures.iter().flatten().count() != shown
    }

    /// The same for groups that come to a whole.
    pub(super) fn across(self, shape: &Shape, groups: &mut [&mut Figures], whole: &Figures) {
        let mut is_news = true;
        while is_news {
            is_news = false;
            for group in groups.iter_mut() {
                is_news |= self.within(shape, group);
            }
            for place in shape.counts.iter().filter(|place| whole[**place].is_some()) {
                let figures = groups.iter().enumerate();
                if let Some(next) = tells(figures.map(|(n, group)| (group[*place], n))) {
                    groups[next][*place] = None;
                    is_news = true;
                }
            }
        }
    }
}

/// Where one alone of figures that come to a sum is held back, the others tell it: which of them is to be held back as
/// well. It is the smallest, 0 last of all.
fn tells<T>(figures: impl Iterator<Item = (Option<u64>, T)> + Clone) -> Option<T> {
    let hidden = figures.clone().filter(|(figure, _)| figure.is_none());
    if hidden.count() != 1 {
        return None;
    }
    let shown = figures.filter_map(|(figure, whose)| Some((figure?, whose)));
    let least = shown.min_by_key(|(figure, _)| figure.checked_sub(1).unwrap_or(u64::MAX));
    least.map(|(_, whose)| whose)
}
