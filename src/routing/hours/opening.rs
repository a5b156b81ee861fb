use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Hours;
use super::calendar::{Calendar, Day};
use super::span::{DAY, Span};

/// A time without a gap during which something is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// When it opens; [`Timestamp::MIN`] where that was before anybody looked.
    pub from: Timestamp,
    /// When it closes; [`Timestamp::MAX`] where that is farther off than anybody looks.
    pub until: Timestamp,
}

impl Opening {
    /// Whether it is open at an instant.
    pub fn contains(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

impl Hours {
    /// All openings of a calendar that are not over at its beginning, the first one first. Times that touch are one
    /// opening, over midnight as well.
    pub fn openings<'h>(&'h self, calendar: &'h Calendar) -> Openings<'h> {
        let is_unbroken = self.always && self.dates.is_empty();
        Openings {
            hours: self,
            calendar,
            days: if is_unbroken { &[] } else { &calendar.days },
            yesterday: &[],
            runs: Vec::new(),
            pending: is_unbroken.then_some((i64::MIN, i64::MAX)),
        }
    }

    /// Which minutes of a standard week it is open, from Monday 00:00; dates and bank holidays are left aside.
    pub fn standard_week(&self) -> Vec<bool> {
        const WEEK: usize = 7 * DAY as usize;
        let mut minutes = vec![self.always; WEEK];
        if self.always {
            return minutes;
        }
        for (n, spans) in self.week.days().into_iter().enumerate() {
            for span in spans {
                let from = n * usize::from(DAY) + usize::from(span.from);
                let lasts = usize::from(span.end_today() - span.from + span.end_tomorrow());
                for minute in (from..from + lasts).map(|minute| minute % WEEK) {
                    if let Some(open) = minutes.get_mut(minute) {
                        *open = true;
                    }
                }
            }
        }
        minutes
    }
}

/// Openings one after the other, none of them looked for before it is asked for.
#[derive(Clone, Debug)]
pub struct Openings<'h> {
    hours: &'h Hours,
    calendar: &'h Calendar,
    /// The days that have not been looked at.
    days: &'h [Day],
    yesterday: &'h [Span],
    /// What is left of the day that has, the last run first.
    runs: Vec<(i64, i64)>,
    /// An opening whose end is not yet known.
    pending: Option<(i64, i64)>,
}

impl Openings<'_> {
    fn look_at_next_day(&mut self) -> bool {
        let Some((day, rest)) = self.days.split_first() else {
            return false;
        };
        let today = self.hours.of(day.date, day.weekday, day.is_holiday);
        let over = self.yesterday.iter().map(|span| (0, span.end_tomorrow()));
        let spans = today.iter().map(|span| (span.from, span.end_today()));
        for (from, to) in over.chain(spans) {
            let runs = day.runs(from, to).into_iter();
            self.runs.extend(runs.filter(|(from, to)| from < to));
        }
        self.runs.sort_unstable_by(|a, b| b.cmp(a));
        (self.days, self.yesterday) = (rest, today);
        true
    }

    /// An opening, if it is not over. Whatever reaches an edge of the calendar goes on beyond it.
    fn opening(&self, (from, until): (i64, i64)) -> Option<Opening> {
        let instant = |second| Timestamp::from_second(second).unwrap_or_default();
        (until > self.calendar.from).then(|| Opening {
            from: match from <= self.calendar.begins() {
                true => Timestamp::MIN,
                false => instant(from),
            },
            until: match until >= self.calendar.ends() {
                true => Timestamp::MAX,
                false => instant(until),
            },
        })
    }
}

impl Iterator for Openings<'_> {
    type Item = Opening;

    fn next(&mut self) -> Option<Opening> {
        loop {
            let Some(run) = self.runs.pop() else {
                if self.look_at_next_day() {
                    continue;
                }
                let last = self.pending.take()?;
                return self.opening(last);
            };
            let done = match &mut self.pending {
                Some(pending) if run.0 <= pending.1 => {
                    pending.1 = pending.1.max(run.1);
                    None
                }
                pending => pending.replace(run),
            };
            if let Some(opening) = done.and_then(|run| self.opening(run)) {
                return Some(opening);
            }
        }
    }
}
