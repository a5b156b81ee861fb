use crate::report::adc_page::Held;
use crate::report::{Tally, Target};
use crate::routing::london;
use crate::settings::ReportSettings;
use crate::store::Course;

/// Quarter-hours of a day on the clock.
const QUARTERS: usize = 96;

/// Calls by the quarter-hour of London time in which they arrived, each by the report's own reckoning. The hour that the
/// autumn change brings twice is one hour here too.
pub(super) fn quarters(courses: &[Course], settings: &ReportSettings) -> Vec<Held> {
    let zone = london();
    let mut tallies = vec![Tally::new(settings.clock_starts, settings.ivr); QUARTERS];
    for course in courses {
        let time = zone.to_datetime(course.arrived_at).time();
        let minutes = i32::from(time.hour()) * 60 + i32::from(time.minute());
        let place = usize::try_from(minutes / 15).unwrap_or_default();
        if let Some(tally) = tallies.get_mut(place) {
            tally.add(course);
        }
    }
    let held = tallies.into_iter().zip(0..).map(|(tally, n)| {
        let items = tally.items();
        Held {
            x: f64::from(n * 15),
            targets: Target::all(&items, &settings.target, settings.abandoned_of),
            items,
        }
    });
    held.collect()
}
