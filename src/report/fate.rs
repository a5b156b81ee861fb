use std::time::Duration;

use jiff::Timestamp;

use crate::settings::ClockStart;
use crate::store::Course;

use super::clock;

/// What has become of a call. Each is exactly one of these, so that nobody is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A handler or a clinician has answered, after so long.
    Answered(Duration),
    /// The caller has hung up with nothing done for them, after so long.
    Abandoned(Duration),
    /// Something else was done for them: a callback is promised, their place is kept, a crisis line or a
    /// control room has them.
    LedElsewhere,
    /// It was we who broke it off.
    CutOff,
    /// It is not over yet.
    UnderWay,
}

impl Fate {
    /// The fate of a call, by the moment at which the clock starts.
    pub fn of(course: &Course, clock: ClockStart) -> Self {
        let starts = clock::starts(clock, course);
        // A clock that was set back makes no time negative.
        let since = |then: Timestamp| Duration::try_from(then.duration_since(starts));
        let since = |then| since(then).unwrap_or_default();
        match (course.handled_at, course.ended_at) {
            (Some(handled), _) => Fate::Answered(since(handled)),
            (None, Some(ended)) if course.is_abandoned => Fate::Abandoned(since(ended)),
            (None, Some(_)) if course.is_cut_off => Fate::CutOff,
            (None, Some(_)) => Fate::LedElsewhere,
            (None, None) => Fate::UnderWay,
        }
    }
}
