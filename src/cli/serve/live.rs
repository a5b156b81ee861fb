//! What a live summary is made of: the service, and what the store has of the last minutes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::call::Service;
use crate::desk::LiveSource;
use crate::report::{Counted, Missing, Recent, Standing};
use crate::steady;
use crate::store::{SharedStore, StoreError};

use super::super::report::courses_while;

/// So many calls are read at once: few enough that a connection to the store is soon free for others again.
const AT_ONCE: u32 = 2_000;

/// A service that is watched over.
pub(super) struct Watched {
    pub(super) service: Arc<Service>,
    pub(super) store: SharedStore,
}

#[async_trait]
impl LiveSource for Watched {
    fn now(&self) -> Timestamp {
        steady::now()
    }

    fn standing(&self) -> Standing {
        self.service.standing()
    }

    async fn counted(
        &self,
        period: (Timestamp, Timestamp),
        patience: Duration,
    ) -> Result<Counted, Missing> {
        let begun = Instant::now();
        let mut recent = Recent::new(self.service.report_settings());
        let all = courses_while(
            &self.store,
            (period, AT_ONCE),
            || begun.elapsed() < patience,
            |course| recent.add(&course),
        );
        match all.await {
            Ok(true) => Ok(recent.counted(period)),
            Ok(false) => Err(Missing::TooManyCalls),
            Err(StoreError::Late(_)) => Err(Missing::StoreLate),
            Err(error) => {
                // The store's own fault is told of elsewhere, and once.
                tracing::debug!(%error, "the calls of the last minutes cannot be read");
                Err(Missing::StoreAway)
            }
        }
    }
}
