use std::time::Duration;

use crate::store::AssessmentCourse;

use super::super::items::centile;
use super::figure::{Figure, Figures};
use super::led::Led;

/// Counts people one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    counts: [u64; Figure::ALL.len()],
    /// How many of those in [`Led::BY_BOTH`] were assessed.
    assessed: [u64; Led::BY_BOTH.len()],
    /// Times to the outcome, in milliseconds.
    times: Vec<u32>,
}

impl Tally {
    fn count(&mut self, figure: Figure) {
        self.counts[figure.place()] += 1;
    }

    /// Counts somebody by what they were led to.
    pub(super) fn led(&mut self, led: Led) {
        self.count(Figure::People);
        self.count(Figure::Led(led));
        if Led::LINKED.contains(&led) {
            self.count(Figure::Linked);
        }
    }

    /// Counts an assessment, and whoever it was about.
    pub(super) fn assessed(&mut self, course: &AssessmentCourse) {
        let led = Led::of_assessment(course);
        self.led(led);
        let of_both = Led::BY_BOTH.iter().position(|both| *both == led);
        if let Some(count) = of_both.and_then(|at| self.assessed.get_mut(at)) {
            *count += 1;
        }
        let Some(closed) = course.closed_at else {
            return;
        };
        self.count(Figure::Closed);
        self.count(match (course.closed_by.as_deref(), led) {
            (Some("clinician"), _) => Figure::ByClinician,
            (_, Led::Advice) => Figure::ByAdvice,
            _ => Figure::Otherwise,
        });
        // A clock that was set back makes no time negative.
        let since = course.called_at.unwrap_or(course.opened_at);
        let time = Duration::try_from(closed.duration_since(since)).unwrap_or_default();
        self.times
            .push(u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
    }

    pub(super) fn figures(mut self) -> Figures {
        let mut figures = self.counts.map(Some);
        for (figure, hundredths) in [(Figure::MedianTime, 50), (Figure::LongTime, 95)] {
            let time = centile(&mut self.times, hundredths);
            figures[figure.place()] = time.map(u64::from);
        }
        Figures {
            values: figures,
            assessed: self.assessed,
        }
    }
}
