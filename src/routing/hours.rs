use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

mod calendar;
mod opening;
mod span;
#[cfg(test)]
pub(crate) mod tests;
mod text;

pub use calendar::Calendar;
pub use opening::{Opening, Openings};
use span::Span;

/// Days on which bank-holiday hours hold.
pub(super) type BankHolidays = BTreeSet<Date>;

/// The hours of a standard week; a day left out is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Week {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mon: Vec<Span>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tue: Vec<Span>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wed: Vec<Span>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thu: Vec<Span>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fri: Vec<Span>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sat: Vec<Span>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sun: Vec<Span>,
}

impl Week {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    fn on(&self, day: Weekday) -> &[Span] {
        match day {
            Weekday::Monday => &self.mon,
            Weekday::Tuesday => &self.tue,
            Weekday::Wednesday => &self.wed,
            Weekday::Thursday => &self.thu,
            Weekday::Friday => &self.fri,
            Weekday::Saturday => &self.sat,
            Weekday::Sunday => &self.sun,
        }
    }

    fn days(&self) -> [&[Span]; 7] {
        let Week {
            mon,
            tue,
            wed,
            thu,
            fri,
            sat,
            sun,
        } = self;
        [mon, tue, wed, thu, fri, sat, sun]
    }

    fn days_mut(&mut self) -> [&mut Vec<Span>; 7] {
        let Week {
            mon,
            tue,
            wed,
            thu,
            fri,
            sat,
            sun,
        } = self;
        [mon, tue, wed, thu, fri, sat, sun]
    }

    fn is_empty(&self) -> bool {
        self.days().iter().all(|spans| spans.is_empty())
    }
}

/// When something is open, in London time. Strongest first: a date, always, a bank holiday, the week.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hours {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    always: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bank_holidays: Option<Vec<Span>>,
    #[serde(default, skip_serializing_if = "Week::is_empty")]
    week: Week,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    dates: BTreeMap<Date, Vec<Span>>,
}

impl Hours {
    /// The first and the last day that has hours of its own; none where no day has.
    pub fn special_dates(&self) -> Option<(Date, Date)> {
        let first = self.dates.first_key_value()?;
        let last = self.dates.last_key_value()?;
        Some((*first.0, *last.0))
    }

    /// Whether it is open otherwise on bank holidays than in the week.
    pub fn follows_bank_holidays(&self) -> bool {
        !self.always && self.bank_holidays.is_some()
    }
}

impl Default for Hours {
    /// Open at any time.
    fn default() -> Self {
        Hours {
            always: true,
            ..Hours::never()
        }
    }
}

/// Times are London's, whatever the machine's own zone is.
pub(crate) fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

impl Hours {
    /// Open at no time.
    pub fn never() -> Self {
        Hours {
            dates: BTreeMap::new(),
            always: false,
            bank_holidays: None,
            week: Week::default(),
        }
    }

    /// Whether it is open at a moment. An hour that the autumn clock change brings twice is open twice;
    /// one that the spring change leaves out does not come.
    pub fn is_open(&self, now: Timestamp, holidays: &BTreeSet<Date>) -> bool {
        let local = london().to_datetime(now);
        let minute = minute_of(local.time());
        let on = |day: Date| self.of(day, day.weekday(), holidays.contains(&day));
        let today = local.date();
        let mut spans = on(today).iter();
        spans.any(|span| (span.from..span.end_today()).contains(&minute))
            || today.checked_sub(1.day()).is_ok_and(|yesterday| {
                let mut spans = on(yesterday).iter();
                spans.any(|span| minute < span.end_tomorrow())
            })
    }

    fn of(&self, day: Date, weekday: Weekday, is_holiday: bool) -> &[Span] {
        if let Some(spans) = self.dates.get(&day) {
            return spans;
        }
        if self.always {
            return &[Span::ALL_DAY];
        }
        match &self.bank_holidays {
            Some(spans) if is_holiday => spans,
            _ => self.week.on(weekday),
        }
    }
}

fn minute_of(time: Time) -> u16 {
    let minutes = i32::from(time.hour()) * 60 + i32::from(time.minute());
    u16::try_from(minutes).unwrap_or(0)
}
