//! How a store is: what its requests have met lately, and whether it can be used at all.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::health::Trouble;

use super::error::StoreError;
use super::trouble;

/// By so much longer than the patience a trouble is told of: who meets it asks again within that time.
const BETWEEN: Duration = Duration::from_secs(5);
/// Whoever gives a request up after so long has not been answered in time.
const GIVEN_UP: Duration = Duration::from_millis(900);

type Met = [Option<Instant>; Trouble::ALL.len()];

#[derive(Debug)]
pub(super) struct Condition {
    patience: Duration,
    met: Mutex<Met>,
    /// Nobody asks anything while it is not.
    usable: watch::Sender<bool>,
}

impl Condition {
    /// That of a store which can be used.
    pub(super) fn new(patience: Duration) -> Self {
        Condition {
            patience,
            met: Mutex::default(),
            usable: watch::Sender::new(true),
        }
    }

    pub(super) fn is_usable(&self) -> bool {
        *self.usable.borrow()
    }

    /// From now on it can be used, or no longer.
    pub(super) fn set_usable(&self, usable: bool) {
        self.usable.send_if_modified(|before| {
            let changed = *before != usable;
            *before = usable;
            changed
        });
    }

    /// Waits until it cannot be used.
    pub(super) async fn unusable(&self) {
        let mut usable = self.usable.subscribe();
        // The sender is ours, and so is there as long as this.
        let _ = usable.wait_for(|usable| !usable).await;
    }

    /// Somebody has met an error. A store that is damaged is used no longer.
    pub(super) fn met(&self, error: &StoreError) {
        let Some(trouble) = trouble::of(error) else {
            return;
        };
        if let Some(met) = self.lock().get_mut(trouble.index()) {
            *met = Some(Instant::now());
        }
        if trouble == Trouble::Damaged {
            self.set_usable(false);
        }
    }

    pub(super) fn troubles(&self) -> Vec<Trouble> {
        let told = self.patience + BETWEEN;
        let met = *self.lock();
        let lately = |trouble: &Trouble| {
            let at = met.get(trouble.index()).copied().flatten();
            at.is_some_and(|at| at.elapsed() < told)
        };
        Trouble::ALL.into_iter().filter(lately).collect()
    }

    /// A request is made.
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            condition: self,
            since: Instant::now(),
            is_answered: false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Met> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request on its way. Whoever drops it after a while without an answer has given it up.
pub(super) struct Asked<'a> {
    condition: &'a Condition,
    since: Instant,
    is_answered: bool,
}

impl Asked<'_> {
    /// It has come to an end, with this error or none.
    pub(super) fn answered(&mut self, error: Option<&StoreError>) {
        self.is_answered = true;
        if let Some(error) = error {
            self.condition.met(error);
        }
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if !self.is_answered && self.since.elapsed() >= GIVEN_UP {
            let late = StoreError::Late(self.since.elapsed());
            self.condition.met(&late);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_met_is_told_for_a_while() {
        let condition = Condition::new(Duration::from_secs(60));
        assert!(condition.troubles().is_empty());
        let mut asked = condition.asked();
        asked.answered(Some(&StoreError::Late(Duration::ZERO)));
        drop(asked);
        assert_eq!(condition.troubles(), [Trouble::Late]);
        let mut asked = condition.asked();
        asked.answered(Some(&StoreError::Request("nothing")));
        drop(asked);
        assert_eq!(condition.troubles(), [Trouble::Late]);
        // One that is given up at once says nothing.
        let condition = Condition::new(Duration::from_secs(60));
        drop(condition.asked());
        assert!(condition.troubles().is_empty() && condition.is_usable());
    }
}
