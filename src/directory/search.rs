use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::asked::Asked;
use super::bits::Bits;
use super::book::Directory;
use super::capacity::{Capacities, Colour};
use super::criterion::{Criteria, Criterion};
use super::found::{Found, NearMiss, Offer};
use super::position::farthest;
use super::query::{Query, SearchError};
use super::window::window;

/// So many of each type are shown, and so many of the types that are named to everybody.
const SHOWN: usize = 2;

/// Who comes first: by ranking, then by distance in metres, then by the order of names.
type Rank = (u8, u32, usize);

impl Directory {
    /// Looks for services. Each one that is left out has its reasons; see [`Found`].
    pub fn search<'d>(
        &'d self,
        query: &'d Query,
        now: Timestamp,
        capacities: &'d Capacities,
    ) -> Result<Found<'d>, SearchError> {
        let within = query.check(&self.ground.codes)?;
        let place = self
            .place(&query.postcode)
            .ok_or(SearchError::UnknownPostcode)?;
        let within = SignedDuration::try_from(window(within)).unwrap_or(SignedDuration::ZERO);
        let until = now.checked_add(within).unwrap_or(Timestamp::MAX);
        let asked = Asked::new(self, (query, place), (now, until), capacities);
        let passed = asked.first_kind();
        let second = asked.second_kind(&passed);
        let asked = Arc::new(asked);
        let (offered, more) = ordered(&asked, &second);
        Ok(Found {
            offered,
            more,
            catch_all: catch_all(&asked),
            near_misses: near_misses(&asked, &second),
            asked,
            passed,
            second,
        })
    }
}

impl Asked<'_> {
    /// Who passes each of the first kind of criteria, in the order of [`Criterion::FIRST`].
    fn first_kind(&self) -> [Bits; Criterion::FIRST.len()] {
        let (columns, query) = (&self.directory.columns, self.query);
        let surgery = query
            .surgery
            .as_ref()
            .map(|surgery| surgery.trim().to_ascii_uppercase());
        [
            columns.active.clone(),
            columns.near(&self.chords, farthest(query.km.into())),
            columns.catchment(&self.place, &self.chords),
            columns.symptom_groups.of([&query.symptom_group]),
            columns.genders(query.patient.gender),
            columns.ages(query.patient.age_group()),
            columns.surgeries(surgery.as_deref()),
        ]
    }

    /// What those fail of the second kind who pass all of the first, in the order of their names.
    fn second_kind(&self, passed: &[Bits]) -> Vec<(usize, Criteria)> {
        let columns = &self.directory.columns;
        let mut fit = columns.active.clone();
        passed.iter().for_each(|bits| fit.keep(bits));
        let takes = columns.dispositions.of([&self.query.disposition]);
        let able: Vec<Bits> = self
            .query
            .discriminators
            .iter()
            .map(|code| columns.discriminators.of([code]))
            .collect();
        let mut open = OpenHours::new(columns.hours.len());
        let failed = |i: usize| {
            let mut criteria = Criteria::default();
            let service = self.service(i)?;
            if self.capacity(service) == Colour::Red {
                criteria.insert(Criterion::Capacity);
            }
            if !able.iter().all(|bits| bits.contains(i)) {
                criteria.insert(Criterion::Discriminators);
            }
            if !takes.contains(i) {
                criteria.insert(Criterion::Disposition);
            }
            if !open.is_open(self, i) {
                criteria.insert(Criterion::Opening);
            }
            Some((i, criteria))
        };
        fit.iter().filter_map(failed).collect()
    }
}

/// Which of the different hours are open in time, each looked at once.
struct OpenHours(Vec<Option<bool>>);

impl OpenHours {
    fn new(len: usize) -> Self {
        OpenHours(vec![None; len])
    }

    fn is_open(&mut self, asked: &Asked<'_>, i: usize) -> bool {
        let columns = &asked.directory.columns;
        let class = columns
            .hours_of
            .get(i)
            .map_or(usize::MAX, |class| *class as usize);
        let hours = columns.hours.get(class).zip(columns.weeks.get(class));
        let (Some((hours, week)), Some(known)) = (hours, self.0.get_mut(class)) else {
            return false;
        };
        *known.get_or_insert_with(|| {
            let by_week = week.is_open(&asked.when);
            by_week.unwrap_or_else(|| asked.useful(hours, asked.until).is_some())
        })
    }
}

fn rank(asked: &Asked<'_>, i: usize) -> Rank {
    let ranking = asked.service(i).map_or(u8::MAX, |service| service.ranking);
    (ranking, asked.metres(i), i)
}

/// Those that would do: the best two of each type, the types by their best; and the others.
fn ordered<'d>(
    asked: &Arc<Asked<'d>>,
    second: &[(usize, Criteria)],
) -> (Vec<Offer<'d>>, Vec<Offer<'d>>) {
    let good = second.iter().filter(|(_, criteria)| criteria.is_empty());
    let mut ranked: Vec<Rank> = good.map(|(i, _)| rank(asked, *i)).collect();
    ranked.sort_unstable();
    let mut types: Vec<(u16, Vec<usize>)> = Vec::new();
    let mut more = Vec::new();
    for (_, _, i) in ranked {
        let kind = asked
            .directory
            .columns
            .kinds
            .get(i)
            .copied()
            .unwrap_or(u16::MAX);
        match types.iter_mut().find(|(known, _)| *known == kind) {
            None => types.push((kind, vec![i])),
            Some((_, shown)) if shown.len() < SHOWN => shown.push(i),
            Some(_) => more.push(i),
        }
    }
    let shown = types.into_iter().flat_map(|(_, shown)| shown);
    let offer = |i| Offer::new(asked, i, false);
    (
        shown.filter_map(offer).collect(),
        more.into_iter().filter_map(offer).collect(),
    )
}

/// The nearest two active services of types that are named to everybody, whoever the patient is and however far that
/// is; but neither red nor closed, nor about to close.
fn catch_all<'d>(asked: &Arc<Asked<'d>>) -> Vec<Offer<'d>> {
    let columns = &asked.directory.columns;
    let all = columns.catch_all.iter().map(|i| *i as usize);
    let mut near: Vec<(u32, usize)> = all.map(|i| (asked.metres(i), i)).collect();
    near.sort_unstable();
    let is_open = |i: &usize| {
        asked.service(*i).is_some_and(|service| {
            asked.capacity(service) != Colour::Red
                && asked.useful(&service.hours, asked.now).is_some()
        })
    };
    let open = near.into_iter().map(|(_, i)| i).filter(is_open);
    open.take(SHOWN)
        .filter_map(|i| Offer::new(asked, i, true))
        .collect()
}

/// Those that fail exactly one of the second kind of criteria.
fn near_misses<'d>(asked: &Arc<Asked<'d>>, second: &[(usize, Criteria)]) -> Vec<NearMiss<'d>> {
    let missed = second.iter();
    let missed = missed.filter_map(|(i, criteria)| Some((*i, criteria.only_second()?)));
    let mut missed: Vec<(Rank, Criterion)> = missed
        .map(|(i, criterion)| (rank(asked, i), criterion))
        .collect();
    missed.sort_unstable_by_key(|(rank, _)| *rank);
    missed
        .into_iter()
        .filter_map(|((_, _, i), criterion)| NearMiss::new(asked, i, criterion))
        .collect()
}
