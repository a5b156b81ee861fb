use jiff::Timestamp;

use crate::settings::ClockStart;
use crate::store::Course;

/// When the time to answer begins in a call. A moment that it does not have is replaced by the one before it.
pub(super) fn starts(clock: ClockStart, course: &Course) -> Timestamp {
    let introduced = || course.introduced_at.or(course.answered_at);
    let moment = match clock {
        ClockStart::Arrived => None,
        ClockStart::Answered => course.answered_at,
        ClockStart::Introduced => introduced(),
        ClockStart::Queued => course.queued_at.or(course.led_at).or_else(introduced),
    };
    moment.unwrap_or(course.arrived_at)
}
