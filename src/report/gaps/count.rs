use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::clinical::{DispositionCode, SymptomGroupCode};
use crate::directory::SearchRecord;
use crate::identity::Reference;

use super::change::Change;
use super::figures::{Closes, Counts, Gap, GapChange, GapFigures};
use super::part_of_week::PartOfWeek;

/// What was missing, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Need {
    region: Option<String>,
    area: String,
    disposition: DispositionCode,
    symptom_group: SymptomGroupCode,
}

/// Somebody with that need.
#[derive(Clone, Debug)]
struct Person {
    /// A search for them has found nothing at all.
    has_nothing: bool,
    /// When they were searched for first.
    when: PartOfWeek,
    /// What would have found them a service, or one more, by number; and whether a search that found nothing would
    /// have found something by it.
    changes: Vec<(u32, bool)>,
}

/// Counts searches that found nothing, or lost a service by one criterion alone.
#[derive(Clone, Debug)]
pub struct Gaps {
    period: (Timestamp, Timestamp),
    needs: BTreeMap<Need, HashMap<Reference, Person>>,
    numbers: HashMap<Change, u32>,
}

impl Gaps {
    /// A report on nothing yet, from a moment on and before another one.
    pub fn new(period: (Timestamp, Timestamp)) -> Self {
        Gaps {
            period,
            needs: BTreeMap::new(),
            numbers: HashMap::new(),
        }
    }

    /// Counts a search that was made for somebody. Whoever was searched for several times is one person, who was
    /// searched for first when the first of these searches comes.
    pub fn add(&mut self, who: Reference, record: &SearchRecord) {
        let need = Need {
            region: record.region.as_ref().map(ToString::to_string),
            area: record.area.clone(),
            disposition: record.disposition.clone(),
            symptom_group: record.symptom_group.clone(),
        };
        let people = self.needs.entry(need).or_default();
        let person = people.entry(who).or_insert_with(|| Person {
            has_nothing: false,
            when: PartOfWeek::of_hour(record.hour_of_week),
            changes: Vec::new(),
        });
        let found_nothing = record.offered == 0;
        person.has_nothing |= found_nothing;
        for missed in &record.near_misses {
            let Some(change) = Change::of(record, missed) else {
                continue;
            };
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            let number = *self.numbers.entry(change).or_insert(next);
            match person
                .changes
                .iter_mut()
                .find(|(known, _)| *known == number)
            {
                Some((_, closes)) => *closes |= found_nothing,
                None => person.changes.push((number, found_nothing)),
            }
        }
    }

    /// The figures of all that has been counted.
    pub fn figures(self) -> GapFigures {
        let mut changes: Vec<(Change, u32)> = self.numbers.into_iter().collect();
        changes.sort_by_key(|(_, number)| *number);
        let changes: Vec<Change> = changes.into_iter().map(|(change, _)| change).collect();
        let mut whole = Counts::default();
        let mut overall: BTreeMap<u32, Closes> = BTreeMap::new();
        let mut gaps = Vec::new();
        for (need, people) in self.needs {
            let mut counts = Counts::default();
            let mut own: BTreeMap<u32, Closes> = BTreeMap::new();
            for person in people.values() {
                for counts in [&mut counts, &mut whole] {
                    counts.add(person.has_nothing, person.when);
                }
                for (number, closes) in &person.changes {
                    // One who was found nothing by another search is none of those who only lost a choice.
                    if *closes || !person.has_nothing {
                        for all in [&mut own, &mut overall] {
                            all.entry(*number).or_default().add(*closes);
                        }
                    }
                }
            }
            gaps.push(Gap {
                region: need.region,
                area: need.area,
                disposition: need.disposition,
                symptom_group: need.symptom_group,
                counts,
                changes: ordered(own, &changes),
            });
        }
        let mut figures = GapFigures {
            from: self.period.0,
            to: self.period.1,
            counts: whole,
            changes: ordered(overall, &changes),
            gaps,
        };
        figures.put_in_order();
        figures
    }
}

/// Changes with what they would close, those that would close most first.
fn ordered(closes: BTreeMap<u32, Closes>, changes: &[Change]) -> Vec<GapChange> {
    let found = closes.into_iter().filter_map(|(number, closes)| {
        let change = changes.get(usize::try_from(number).ok()?)?;
        Some(GapChange {
            change: change.clone(),
            closes,
        })
    });
    let mut found: Vec<GapChange> = found.collect();
    found.sort_by(GapChange::most_first);
    found
}
