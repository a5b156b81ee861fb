use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::routing::london;

/// Quarter-hours of a day on the clock.
const QUARTERS: i64 = 96;

/// A day in London: from the clock's times to instants, over a change of the clocks too. A time that the change leaves
/// out is that which comes an hour later; one that comes twice is the first.
#[derive(Clone, Debug)]
pub(super) struct Day {
    /// When each quarter-hour begins, and the next day.
    quarters: Vec<Timestamp>,
}

impl Day {
    pub(super) fn of(date: Date) -> Self {
        let zone = london();
        let quarters = (0..=QUARTERS).map(|quarter| begins(&zone, date, quarter));
        Day {
            quarters: quarters.collect(),
        }
    }

    /// The midnight at which it begins.
    pub(super) fn begin(&self) -> Timestamp {
        self.quarters.first().copied().unwrap_or_default()
    }

    /// The midnight at which the next one does.
    pub(super) fn end(&self) -> Timestamp {
        self.quarters.last().copied().unwrap_or_default()
    }

    /// So many seconds after midnight, by the clock on the wall.
    pub(super) fn at(&self, seconds: f64) -> Timestamp {
        let quarter = (seconds / 900.0).floor().max(0.0);
        let place = (quarter as usize).min(self.quarters.len() - 1);
        let within = seconds - place as f64 * 900.0;
        let begins = self.quarters.get(place).copied().unwrap_or_default();
        let within = SignedDuration::try_from_secs_f64(within).unwrap_or_default();
        begins.checked_add(within).unwrap_or(begins)
    }
}

fn begins(zone: &TimeZone, date: Date, quarter: i64) -> Timestamp {
    let midnight = date.at(0, 0, 0, 0);
    let civil = midnight.saturating_add(SignedDuration::from_mins(15 * quarter));
    zone.to_timestamp(civil).unwrap_or_default()
}

/// A time after another one.
pub(super) fn later(now: Timestamp, by: std::time::Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_londons_over_both_changes() {
        for (date, begins, noon, hours) in [
            (
                "2026-12-28",
                "2026-12-28T00:00:00Z",
                "2026-12-28T12:00:00Z",
                24,
            ),
            (
                "2026-07-14",
                "2026-07-13T23:00:00Z",
                "2026-07-14T11:00:00Z",
                24,
            ),
            (
                "2026-03-29",
                "2026-03-29T00:00:00Z",
                "2026-03-29T11:00:00Z",
                23,
            ),
            (
                "2026-10-25",
                "2026-10-24T23:00:00Z",
                "2026-10-25T12:00:00Z",
                25,
            ),
        ] {
            let day = Day::of(date.parse().unwrap());
            assert_eq!(day.begin().to_string(), begins);
            assert_eq!(day.at(43_200.0).to_string(), noon);
            let long = day.end().duration_since(day.begin());
            assert_eq!(long, SignedDuration::from_hours(hours), "{date}");
        }
        let day = Day::of("2026-12-28".parse().unwrap());
        assert_eq!(day.at(0.5).to_string(), "2026-12-28T00:00:00.5Z");
        assert_eq!(day.at(86_400.0), day.end());
    }
}
