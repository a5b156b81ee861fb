use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::clinical::{DispositionCode, SymptomGroupCode};

use super::super::names::Names;
use super::change::Change;
use super::part_of_week::PartOfWeek;

/// How many people a gap concerned: all, those for whom nothing was found, those who lost a service and were found
/// another, and all by the part of the week. A count that is held back is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts(pub(in crate::report) [Option<u64>; 3 + PartOfWeek::ALL.len()]);

/// What is said of a gap that no single change closes.
const NO_SINGLE_CHANGE: &str = "no single change: a service is missing";

/// The places of the counts.
pub(super) const PEOPLE: usize = 0;
pub(super) const NOTHING: usize = 1;
pub(super) const LOST: usize = 2;
pub(super) const PARTS: usize = 3;

impl Default for Counts {
    fn default() -> Self {
        Counts([Some(0); 3 + PartOfWeek::ALL.len()])
    }
}

impl Counts {
    pub(super) fn add(&mut self, has_nothing: bool, when: PartOfWeek) {
        let found = if has_nothing { NOTHING } else { LOST };
        for place in [PEOPLE, found, PARTS + when as usize] {
            if let Some(count) = &mut self.0[place] {
                *count += 1;
            }
        }
    }

    /// How many people.
    pub fn people(&self) -> Option<u64> {
        self.0[PEOPLE]
    }

    /// For how many of them no service was found at all.
    pub fn nothing(&self) -> Option<u64> {
        self.0[NOTHING]
    }

    /// How many lost a service by one criterion alone, and were found another one.
    pub fn lost(&self) -> Option<u64> {
        self.0[LOST]
    }

    /// How many in a part of the week.
    pub fn when(&self, part: PartOfWeek) -> Option<u64> {
        self.0[PARTS + part as usize]
    }

    /// The part of the week with most people in it; none where that cannot be told.
    pub fn mostly(&self) -> Option<PartOfWeek> {
        let parts = PartOfWeek::ALL.into_iter();
        let shown = parts.filter_map(|part| Some((self.when(part)?, part)));
        let (most, part) = shown
            .clone()
            .max_by_key(|(count, part)| (*count, Reverse(*part)))?;
        let known: u64 = shown.map(|(count, _)| count).sum();
        let is_known = PartOfWeek::ALL
            .iter()
            .all(|part| self.when(*part).is_some());
        let others = self.people().map(|people| people.saturating_sub(known));
        let is_most = is_known || others.is_some_and(|others| others < most);
        (most > 0 && is_most).then_some(part)
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = PartOfWeek::ALL.map(|part| (part.word(), self.when(part)));
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("people", &self.people())?;
        map.serialize_entry("found-nothing", &self.nothing())?;
        map.serialize_entry("lost-one", &self.lost())?;
        map.serialize_entry("when", &BTreeMap::from(parts))?;
        map.end()
    }
}

/// How many people a change would have helped. A count that is held back is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closes(pub(in crate::report) [Option<u64>; 2]);

impl Default for Closes {
    fn default() -> Self {
        Closes([Some(0); 2])
    }
}

impl Closes {
    pub(super) fn add(&mut self, has_nothing: bool) {
        if let Some(count) = &mut self.0[usize::from(!has_nothing)] {
            *count += 1;
        }
    }

    /// How many of those for whom nothing was found would have been found this service.
    pub fn closes(&self) -> Option<u64> {
        self.0[0]
    }

    /// How many others would have had it to choose besides.
    pub fn adds_choice(&self) -> Option<u64> {
        self.0[1]
    }
}

impl Serialize for Closes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("closes", &self.closes())?;
        map.serialize_entry("adds-choice", &self.adds_choice())?;
        map.end()
    }
}

/// A change, and whom it would have helped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GapChange {
    /// The change.
    #[serde(flatten)]
    pub change: Change,
    /// Whom.
    #[serde(flatten)]
    pub closes: Closes,
}

impl GapChange {
    /// What would close most first, then what would add most to choose from.
    pub(super) fn most_first(one: &Self, other: &Self) -> Ordering {
        let by = |of: &Self| {
            let Closes([closes, choice]) = of.closes;
            Reverse((rank(closes), rank(choice)))
        };
        let order = by(one).cmp(&by(other));
        order.then_with(|| one.change.cmp(&other.change))
    }
}

/// A need that found no open service, or lost one by exactly one criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gap {
    /// Where: the region; none where the postcode lies in several, or in none that is known.
    pub region: Option<String>,
    /// Where: the area of the postcode, such as `BN`.
    pub area: String,
    /// What was needed, and how soon.
    pub disposition: DispositionCode,
    /// What the matter was.
    pub symptom_group: SymptomGroupCode,
    /// How many people, and when in the week.
    #[serde(flatten)]
    pub counts: Counts,
    /// The single changes that would have helped, the one that would close most first. Where there is none, a service
    /// is missing altogether.
    pub changes: Vec<GapChange>,
}

impl Gap {
    /// The single change that would close most, of those of which it can be told; none where none closes anything.
    pub fn best(&self) -> Option<&GapChange> {
        let best = self.changes.first();
        best.filter(|best| best.closes.closes().is_some_and(|closes| closes > 0))
    }

    /// The change that would close most in words, and how many people it would find a service.
    pub fn best_words(&self, names: &Names) -> (String, Option<u64>) {
        let closes = |change: &GapChange| change.closes.closes();
        let is_closed_by_none = self.changes.iter().all(|change| closes(change) == Some(0));
        match (self.best(), self.counts.nothing()) {
            (Some(best), _) => (best.change.words(names), closes(best)),
            (None, Some(0)) => ("-".to_owned(), Some(0)),
            (None, Some(_)) if is_closed_by_none => (NO_SINGLE_CHANGE.to_owned(), Some(0)),
            (None, None) if self.changes.is_empty() => (NO_SINGLE_CHANGE.to_owned(), None),
            (None, _) => ("-".to_owned(), None),
        }
    }

    /// Where, in words.
    pub fn place(&self, names: &Names) -> String {
        let region = self.region.as_deref().unwrap_or_default();
        format!("{}, {}", self.area, names.group("region", region))
    }

    /// When in the week most of the people were, in words.
    pub fn mostly(&self) -> &'static str {
        self.counts.mostly().map_or("-", PartOfWeek::words)
    }
}

/// The gaps of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GapFigures {
    /// From this moment on.
    pub from: Timestamp,
    /// Before this one.
    pub to: Timestamp,
    /// Everybody, once for each of their needs.
    #[serde(flatten)]
    pub counts: Counts,
    /// The single changes that would close most, over all gaps.
    pub changes: Vec<GapChange>,
    /// The gaps, those with most people for whom nothing was found first.
    pub gaps: Vec<Gap>,
}

impl GapFigures {
    /// Those with most first; where as much is known of several, by where and what.
    pub(super) fn put_in_order(&mut self) {
        let most = |gap: &Gap| Reverse((rank(gap.counts.nothing()), rank(gap.counts.people())));
        let what = |gap: &Gap| {
            (
                gap.region.clone(),
                gap.area.clone(),
                gap.disposition.clone(),
                gap.symptom_group.clone(),
            )
        };
        self.gaps.sort_by_cached_key(|gap| (most(gap), what(gap)));
        let own = self.gaps.iter_mut().map(|gap| &mut gap.changes);
        for changes in own.chain([&mut self.changes]) {
            changes.sort_by(GapChange::most_first);
        }
    }
}

/// A count that is held back is no more than that somebody was there.
fn rank(count: Option<u64>) -> u64 {
    match count {
        Some(0) => 0,
        None => 1,
        Some(count) => count.saturating_add(1),
    }
}
