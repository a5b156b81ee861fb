use jiff::Timestamp;

use crate::store::Course;

/// Callers who are on the line and wait for somebody, the first time, by when.
pub(super) struct OnTheLine {
    /// When each began to wait, the first first.
    begun: Vec<Timestamp>,
    /// When each was answered, or went, the first first.
    over: Vec<Timestamp>,
}

impl OnTheLine {
    pub(super) fn of(courses: &[Course]) -> Self {
        let waits = courses.iter().filter_map(|course| {
            let over = course.handled_at.or(course.ended_at);
            Some((course.queued_at?, over.unwrap_or(Timestamp::MAX)))
        });
        let (mut begun, mut over): (Vec<_>, Vec<_>) = waits.unzip();
        begun.sort_unstable();
        over.sort_unstable();
        OnTheLine { begun, over }
    }

    /// How many wait at a moment.
    pub(super) fn at(&self, moment: Timestamp) -> usize {
        let until = |times: &[Timestamp]| times.partition_point(|time| *time <= moment);
        until(&self.begun).saturating_sub(until(&self.over))
    }
}
