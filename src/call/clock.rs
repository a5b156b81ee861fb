use std::time::Duration;

use jiff::Timestamp;

use crate::steady;

/// The time that machines are given, the same for all of them: what a call promises, the book of callbacks
/// keeps to the minute, whatever becomes of the machine's clock in between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock(());

impl Clock {
    pub(super) fn start() -> Self {
        Clock(())
    }

    pub(super) fn now(&self) -> Timestamp {
        steady::now()
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
