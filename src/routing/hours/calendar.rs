use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::span::DAY;

/// Seconds in a minute, and in a day whose clocks do not change.
const MINUTE: i64 = 60;
const DAY_SECONDS: i64 = DAY as i64 * MINUTE;

/// A run of London days, each with what its opening depends on. Made once, and asked for many hours.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub(super) from: i64,
    pub(super) days: Vec<Day>,
}

/// One day.
#[derive(Clone, Debug)]
pub(super) struct Day {
    pub(super) date: Date,
    pub(super) weekday: Weekday,
    pub(super) is_holiday: bool,
    /// The instant that midnight would be without any offset, in seconds.
    midnight: i64,
    /// How far London is ahead at the beginning of the day, in seconds.
    ahead: i64,
    /// The instant at which the clocks change on that day, and how far London is ahead from then on.
    change: Option<(i64, i64)>,
}

impl Calendar {
    /// The longest calendar, in days.
    pub const LONGEST: u16 = 40;

    /// The days from the one before an instant to so many after it (no more than [`Calendar::LONGEST`]).
    pub fn new(from: Timestamp, days: u16, holidays: &BTreeSet<Date>) -> Self {
        let zone = super::london();
        let today = zone.to_datetime(from).date();
        let days = i64::from(days.min(Calendar::LONGEST));
        let dates = (-1..=days).filter_map(|n| today.checked_add(n.days()).ok());
        Calendar {
            from: from.as_second(),
            days: dates.map(|date| Day::new(date, &zone, holidays)).collect(),
        }
    }

    /// The second at which the first day begins.
    pub(super) fn begins(&self) -> i64 {
        let first = self.days.first();
        first.map_or(self.from, |day| day.midnight - day.ahead)
    }

    /// The second at which the last day ends.
    pub(super) fn ends(&self) -> i64 {
        let last = self.days.last().map(|day| day.runs(0, DAY));
        last.map_or(self.from, |runs| runs[0].1.max(runs[1].1))
    }
}

impl Day {
    fn new(date: Date, zone: &TimeZone, holidays: &BTreeSet<Date>) -> Self {
        let midnight = TimeZone::UTC
            .to_timestamp(date.at(0, 0, 0, 0))
            .map_or(0, Timestamp::as_second);
        let ahead_at = |second| {
            let instant = Timestamp::from_second(second).unwrap_or_default();
            i64::from(zone.to_offset(instant).seconds())
        };
        let begins = midnight - ahead_at(midnight);
        let ahead = ahead_at(begins);
        let later = ahead_at(begins + DAY_SECONDS);
        let change = (later != ahead).then(|| {
            let begins = Timestamp::from_second(begins).unwrap_or_default();
            let next = zone.following(begins).next();
            next.map(|change| (change.timestamp().as_second(), later))
        });
        Day {
            date,
            weekday: date.weekday(),
            is_holiday: holidays.contains(&date),
            midnight,
            ahead,
            change: change.flatten(),
        }
    }

    /// The instants at which the clock shows a minute from one up to another of this day, as one run or, where
    /// the clocks change within it, as two. A run is empty where its end is not after its beginning.
    pub(super) fn runs(&self, from: u16, to: u16) -> [(i64, i64); 2] {
        let shows = |minute: u16, ahead| self.midnight + i64::from(minute) * MINUTE - ahead;
        let (begins, ends) = (shows(from, self.ahead), shows(to, self.ahead));
        match self.change {
            None => [(begins, ends), (0, 0)],
            Some((change, ahead)) => [
                (begins, ends.min(change)),
                (shows(from, ahead).max(change), shows(to, ahead)),
            ],
        }
    }
}
