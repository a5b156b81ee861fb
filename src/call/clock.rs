use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// The time that machines are given: the wall clock as it was at the start, carried on by the monotonic
/// one. Setting the machine's clock moves no deadline of a call that runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    wall: Timestamp,
    started: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Clock {
            wall: Timestamp::now(),
            started: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.started.elapsed()).unwrap_or_default();
        self.wall.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// Waits until then; for ever where there is no such time.
    pub(super) async fn at(&self, deadline: Option<Timestamp>) {
        match deadline {
            Some(deadline) => {
                let left = deadline.duration_since(self.now());
                let left = Duration::try_from(left).unwrap_or(Duration::ZERO);
                // A timer may fire a moment early by the wall clock's finer count.
                tokio::time::sleep(left + Duration::from_millis(1)).await;
            }
            None => std::future::pending().await,
        }
    }
}
