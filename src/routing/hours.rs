use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

/// Days on which bank-holiday hours hold.
pub(super) type BankHolidays = BTreeSet<Date>;

/// Minutes of a day from which, and up to which, something is open. An end before the beginning is on
/// the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Span {
    from: u16,
    to: u16,
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` are no hours; write them as 08:00-18:30 or 22:00-06:00");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let from = minutes(from).filter(|m| *m < 24 * 60).ok_or_else(wrong)?;
        let to = minutes(to).ok_or_else(wrong)?;
        if from == to {
            return Err(wrong());
        }
        Ok(Span { from, to })
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let sound = minutes < 60 && hours * 60 + minutes <= 24 * 60;
    sound.then_some(hours * 60 + minutes)
}

/// The hours of a standard week; a day left out is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Week {
    mon: Vec<Span>,
    tue: Vec<Span>,
    wed: Vec<Span>,
    thu: Vec<Span>,
    fri: Vec<Span>,
    sat: Vec<Span>,
    sun: Vec<Span>,
}

impl Week {
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
}

/// When something is open, in London time. Strongest first: a date, always, a bank holiday, the week.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hours {
    #[serde(default)]
    dates: BTreeMap<Date, Vec<Span>>,
    #[serde(default)]
    always: bool,
    #[serde(default)]
    bank_holidays: Option<Vec<Span>>,
    #[serde(default)]
    week: Week,
}

impl Default for Hours {
    /// Open at any time.
    fn default() -> Self {
        Hours {
            dates: BTreeMap::new(),
            always: true,
            bank_holidays: None,
            week: Week::default(),
        }
    }
}

/// Times are London's, whatever the machine's own zone is.
pub(crate) fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

impl Hours {
    /// Whether it is open at a moment. An hour that the autumn clock change brings twice is open twice;
    /// one that the spring change leaves out does not come.
    pub fn is_open(&self, now: Timestamp, holidays: &BTreeSet<Date>) -> bool {
        let local = london().to_datetime(now);
        let minute = minute_of(local.time());
        let today = local.date();
        let since_today = self.of(today, holidays).iter().any(|span| {
            let end = if span.to < span.from {
                24 * 60
            } else {
                span.to
            };
            (span.from..end).contains(&minute)
        });
        since_today
            || today.checked_sub(1.day()).is_ok_and(|yesterday| {
                let spans = self.of(yesterday, holidays);
                let past_midnight = spans.iter().filter(|span| span.to < span.from);
                past_midnight.clone().any(|span| minute < span.to)
            })
    }

    fn of(&self, day: Date, holidays: &BTreeSet<Date>) -> &[Span] {
        const ALL_DAY: &[Span] = &[Span {
            from: 0,
            to: 24 * 60,
        }];
        if let Some(spans) = self.dates.get(&day) {
            return spans;
        }
        if self.always {
            return ALL_DAY;
        }
        match &self.bank_holidays {
            Some(spans) if holidays.contains(&day) => spans,
            _ => self.week.on(day.weekday()),
        }
    }
}

fn minute_of(time: Time) -> u16 {
    let minutes = i32::from(time.hour()) * 60 + i32::from(time.minute());
    u16::try_from(minutes).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(hours: &str, at: &str) -> bool {
        let hours: Hours = toml::from_str(hours).unwrap();
        let holidays = BTreeSet::from(["2026-12-25".parse().unwrap()]);
        hours.is_open(at.parse().unwrap(), &holidays)
    }

    #[test]
    fn the_end_is_no_longer_open() {
        let week = "[week]\nmon = [\"08:00-18:30\"]";
        assert!(!open(week, "2026-11-02T07:59:59Z"));
        assert!(open(week, "2026-11-02T08:00:00Z"));
        assert!(open(week, "2026-11-02T18:29:59Z"));
        assert!(!open(week, "2026-11-02T18:30:00Z"));
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let week = "[week]\nfri = [\"22:00-06:00\"]";
        assert!(open(week, "2026-11-06T23:00:00Z"));
        assert!(open(week, "2026-11-07T05:59:00Z"));
        assert!(!open(week, "2026-11-07T06:00:00Z"));
        assert!(!open(week, "2026-11-06T05:00:00Z"));
    }

    #[test]
    fn the_hour_that_comes_twice_is_open_twice() {
        let week = "[week]\nsun = [\"01:00-02:00\"]";
        assert!(open(week, "2026-10-25T00:30:00Z"));
        assert!(open(week, "2026-10-25T01:30:00Z"));
        assert!(!open(week, "2026-10-25T02:00:00Z"));
    }

    #[test]
    fn the_hour_that_is_left_out_does_not_come() {
        let week = "[week]\nsun = [\"01:00-02:00\"]";
        assert!(!open(week, "2026-03-29T00:59:59Z"));
        assert!(!open(week, "2026-03-29T01:00:00Z"));
        let night = "[week]\nsat = [\"22:00-03:00\"]";
        assert!(open(night, "2026-03-29T01:30:00Z"));
        assert!(!open(night, "2026-03-29T02:00:00Z"));
    }

    #[test]
    fn the_stronger_rule_wins() {
        let all = "always = true\nbank-holidays = []\n[dates]\n2026-12-26 = []";
        let text = all.replace("2026-12-26", "\"2026-12-26\"");
        assert!(
            open(&text, "2026-12-25T12:00:00Z"),
            "24/7 before a bank holiday"
        );
        assert!(!open(&text, "2026-12-26T12:00:00Z"), "a date before 24/7");
        let holiday = "bank-holidays = [\"10:00-12:00\"]\n[week]\nfri = [\"00:00-24:00\"]";
        assert!(open(holiday, "2026-12-25T11:00:00Z"));
        assert!(
            !open(holiday, "2026-12-25T13:00:00Z"),
            "a bank holiday before the week"
        );
    }

    #[test]
    fn bad_times_are_refused() {
        for text in [
            "8:00-18:00",
            "08:00-25:00",
            "24:00-01:00",
            "08:00",
            "08:60-09:00",
            "09:00-09:00",
        ] {
            assert!(Span::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
