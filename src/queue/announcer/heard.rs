use std::time::Duration;

use jiff::Timestamp;

use crate::queue::Standing;

use super::wait::Wait;
use super::wording::LAST_POSITION;

/// Where a caller stands, as it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    /// The place, from 1; all beyond the last one that is told are alike.
    pub(super) position: usize,
    /// The wait, where one can be told.
    pub(super) wait: Option<Wait>,
}

/// Figures that a caller has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The place, from 1; all beyond the last one that is told are alike.
    pub position: usize,
    /// The wait, where one was told; as long as can be where it was "more than an hour".
    pub wait: Option<Duration>,
    /// What it was made of: how long it takes by the queue's reckoning, where that is known.
    pub estimate: Option<Duration>,
}

/// A wait that a caller has been told, and how things stood then.
#[derive(Clone, Copy, Debug)]
struct Promise {
    wait: Wait,
    /// When the caller expects to be answered; none after "more than an hour".
    by: Option<Timestamp>,
    position: usize,
    staffed: usize,
}

impl Promise {
    /// A longer wait may be told: somebody has gone ahead, or a handler has gone.
    fn is_overtaken(&self, standing: &Standing) -> bool {
        standing.position > self.position || standing.staffed < self.staffed
    }

    /// What is left of it.
    fn left(&self, now: Timestamp) -> Duration {
        let left = self.by.map(|by| by.duration_since(now));
        let left = left.map(|left| Duration::try_from(left).unwrap_or_default());
        // A clock that has been set back makes no wait longer.
        left.unwrap_or(Duration::MAX).min(self.wait.most)
    }

    /// A wait that is no longer than what is left; none where the estimate is half as long again.
    fn kept(&self, now: Timestamp, estimate: Duration) -> Option<Wait> {
        let left = self.left(now);
        let (real, most) = (Wait::of(estimate), Wait::of(left));
        let near = !left.is_zero() && estimate <= most.most.saturating_mul(3) / 2;
        (real <= most || near).then(|| real.min(most))
    }
}

/// What a caller has been told in this wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    /// When figures were last said, and the place.
    last: Option<(Timestamp, usize)>,
    promise: Option<Promise>,
    /// Figures that nobody has asked about yet.
    fresh: Option<Told>,
}

impl Heard {
    /// What may be said of where the caller stands. A wait is left out where it would be longer than
    /// the caller expects, though nobody has gone ahead of them and no handler has gone.
    pub(super) fn figures(&self, now: Timestamp, standing: &Standing) -> Figures {
        let promise = self.promise.filter(|p| !p.is_overtaken(standing));
        let wait = standing.estimate.and_then(|estimate| match promise {
            Some(promise) => promise.kept(now, estimate),
            None => Some(Wait::of(estimate)),
        });
        Figures {
            position: standing.position.clamp(1, LAST_POSITION + 1),
            wait,
        }
    }

    /// Whether figures are worth saying: better than what was said last, or that was so long ago.
    pub(super) fn is_news(
        &self,
        now: Timestamp,
        standing: &Standing,
        figures: Figures,
        again: Duration,
    ) -> bool {
        let Some((at, last)) = self.last else {
            return true;
        };
        // By the estimate itself: a wait is not news because what was promised runs out.
        let real = standing
            .estimate
            .map(Wait::of)
            .filter(|_| figures.wait.is_some());
        let promised = self.promise.map(|promise| promise.wait);
        let shorter = real.is_some_and(|real| promised.is_none_or(|promised| real < promised));
        let since = Duration::try_from(now.duration_since(at)).unwrap_or_default();
        figures.position < last || shorter || since >= again
    }

    /// Figures that have been said since this was last asked.
    pub(super) fn take_told(&mut self) -> Option<Told> {
        self.fresh.take()
    }

    /// Figures are being said.
    pub(super) fn told(&mut self, now: Timestamp, standing: &Standing, figures: Figures) {
        self.last = Some((now, figures.position));
        self.fresh = Some(Told {
            position: figures.position,
            wait: figures.wait.map(|wait| wait.most),
            estimate: standing.estimate,
        });
        let Some(wait) = figures.wait else {
            return;
        };
        let before = self.promise.filter(|p| !p.is_overtaken(standing));
        let before = before.and_then(|promise| promise.by);
        self.promise = Some(Promise {
            wait,
            // Telling the same wait once more does not put the hour off.
            by: wait.over(now).into_iter().chain(before).min(),
            position: standing.position,
            staffed: standing.staffed,
        });
    }
}
