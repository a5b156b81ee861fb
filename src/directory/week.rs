use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::routing::{Hours, london};

use super::window::LEAST;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
const WEEK: i64 = 7 * DAY;

/// The standard week of some hours: most searches need to look at no day.
#[derive(Clone, Debug)]
pub(super) struct StandardWeek {
    /// Seconds from Monday 00:00 from which and up to which it is open, in order and with a gap after each; the last
    /// one may go on into the next week.
    runs: Vec<(i64, i64)>,
    is_always: bool,
    follows_holidays: bool,
    /// The first and the last day that has hours of its own.
    dates: Option<(Date, Date)>,
}

impl StandardWeek {
    pub(super) fn new(hours: &Hours) -> Self {
        let minutes = hours.standard_week();
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for (minute, _) in (0..).zip(&minutes).filter(|(_, open)| **open) {
            let from = minute * MINUTE;
            match runs.last_mut().filter(|run| run.1 == from) {
                Some(run) => run.1 += MINUTE,
                None => runs.push((from, from + MINUTE)),
            }
        }
        let goes_on = |runs: &[(i64, i64)]| {
            let (first, last) = (runs.first()?, runs.last()?);
            (runs.len() > 1 && first.0 == 0 && last.1 == WEEK).then_some(first.1)
        };
        if let Some(goes_on) = goes_on(&runs) {
            runs.remove(0);
            runs.iter_mut()
                .last()
                .into_iter()
                .for_each(|run| run.1 += goes_on);
        }
        StandardWeek {
            is_always: minutes.iter().all(|open| *open),
            runs,
            follows_holidays: hours.follows_bank_holidays(),
            dates: hours.special_dates(),
        }
    }

    /// Whether it is open in time; none where that depends on the day.
    pub(super) fn is_open(&self, when: &When) -> Option<bool> {
        let is_special = (self.follows_holidays && when.has_holiday)
            || self
                .dates
                .is_some_and(|(first, last)| first <= when.last && last >= when.first);
        if !when.is_plain || is_special {
            return None;
        }
        let is_useful =
            |(from, until): (i64, i64)| from <= when.by && until - from.max(when.now) > when.least;
        let runs = self
            .runs
            .iter()
            .flat_map(|(from, until)| [-WEEK, 0, WEEK].map(|shift| (from + shift, until + shift)));
        Some(self.is_always || runs.into_iter().any(is_useful))
    }
}

/// The time in which a service must be open, within a week.
#[derive(Clone, Debug)]
pub(super) struct When {
    /// Seconds from Monday 00:00.
    now: i64,
    by: i64,
    least: i64,
    /// The days on which it depends.
    first: Date,
    last: Date,
    has_holiday: bool,
    /// The clocks do not change on those days, and there is less than a week to look at.
    is_plain: bool,
}

impl When {
    pub(super) fn new(now: Timestamp, by: Timestamp, holidays: &BTreeSet<Date>) -> Self {
        let zone = london();
        let (here, there) = (zone.to_datetime(now), zone.to_datetime(by));
        let window = by.duration_since(now);
        let day = i64::from(here.date().weekday().to_monday_zero_offset());
        let time = i64::from(here.time().hour()) * 60 * MINUTE
            + i64::from(here.time().minute()) * MINUTE
            + i64::from(here.time().second());
        let first = here.date().checked_sub(1.day()).unwrap_or(Date::MIN);
        let last = there.date().checked_add(1.day()).unwrap_or(Date::MAX);
        let ahead = |instant: Result<Timestamp, _>| instant.map(|at| zone.to_offset(at)).ok();
        let two_days = SignedDuration::from_hours(48);
        let (before, after) = (
            ahead(now.checked_sub(two_days)),
            ahead(by.checked_add(two_days)),
        );
        When {
            now: day * DAY + time,
            by: day * DAY + time + window.as_secs(),
            least: i64::try_from(LEAST.as_secs()).unwrap_or(i64::MAX),
            first,
            last,
            has_holiday: holidays.range(first..=last).next().is_some(),
            is_plain: before == after && window < SignedDuration::from_hours(6 * 24),
        }
    }
}
