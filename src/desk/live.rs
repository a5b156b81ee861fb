//! `GET /api/v1/live`: the last quarter of an hour and how things stand, for whoever watches over the service.
//!
//! However many ask, and however slow the store is, one summary is made at a time and one reading of the store is
//! under way. Nobody waits much longer than [`PATIENCE`].

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::report::{Counted, Live, Missing, Standing};

/// So long the store is waited for. Then the summary goes out without what it has not given.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// So long a summary is as good as a new one.
const FRESH: Duration = Duration::from_secs(1);

/// Where a summary comes from.
#[async_trait]
pub trait LiveSource: Send + Sync {
    /// The time by which calls are written down.
    fn now(&self) -> Timestamp;

    /// How things stand. Waits for nobody.
    fn standing(&self) -> Standing;

    /// Counts the calls that arrived in a period. Is to give up by itself, in the middle of them, where that takes
    /// longer than `patience`; but a request that the store has been asked is waited for to its end, so
    /// that no two are under way.
    async fn counted(
        &self,
        period: (Timestamp, Timestamp),
        patience: Duration,
    ) -> Result<Counted, Missing>;
}

/// A summary as it is sent, and when it was made.
type Made = Option<(Instant, Bytes)>;

/// Makes summaries, one at a time.
pub(super) struct Summaries {
    source: Arc<dyn LiveSource>,
    patience: Duration,
    fresh: Duration,
    /// The newest one, which may still be in the making.
    newest: Mutex<watch::Receiver<Made>>,
    reading: Arc<Semaphore>,
}

impl Summaries {
    fn new(source: Arc<dyn LiveSource>, patience: Duration, fresh: Duration) -> Self {
        // Whoever was to make the first one is gone already.
        let (_, nothing) = watch::channel(None);
        Summaries {
            source,
            patience,
            fresh,
            newest: Mutex::new(nothing),
            reading: Arc::new(Semaphore::new(1)),
        }
    }

    /// The newest one, where it is fresh or in the making, or else a new one. It is made to its end, whether
    /// whoever has asked is still there or not.
    fn newest(self: &Arc<Self>) -> watch::Receiver<Made> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let made = newest.borrow().as_ref().map(|(made, _)| made.elapsed());
        let is_good = match made {
            Some(age) => age < self.fresh,
            None => newest.has_changed().is_ok(),
        };
        if !is_good {
            let (sender, receiver) = watch::channel(None);
            let summaries = Arc::clone(self);
            tokio::spawn(async move {
                let summary = summaries.make().await;
                sender.send_replace(summary.map(|text| (Instant::now(), text)));
            });
            *newest = receiver;
        }
        newest.clone()
    }

    async fn make(&self) -> Option<Bytes> {
        let period = Live::period(self.source.now());
        let counted = self.counted(period).await;
        let live = Live::new(period, counted, self.source.standing());
        let text = serde_json::to_vec(&live);
        let text = text.inspect_err(|error| tracing::error!(%error, "no live summary"));
        text.ok().map(Bytes::from)
    }

    /// Counts by a task of its own, which is waited for within reason and goes on to its end.
    async fn counted(&self, period: (Timestamp, Timestamp)) -> Result<Counted, Missing> {
        let Ok(alone) = Arc::clone(&self.reading).try_acquire_owned() else {
            // The one before is not over.
            return Err(Missing::StoreLate);
        };
        let source = Arc::clone(&self.source);
        // It says itself that there are too many before it is not waited for any longer.
        let patience = self.patience * 4 / 5;
        let reading = tokio::spawn(async move {
            let _alone = alone;
            source.counted(period, patience).await
        });
        match tokio::time::timeout(self.patience, reading).await {
            Ok(Ok(counted)) => counted,
            Ok(Err(_)) => Err(Missing::StoreAway),
            Err(_) => Err(Missing::StoreLate),
        }
    }
}

/// The routes of the live summary.
pub(super) fn routes(source: Arc<dyn LiveSource>) -> Router {
    routes_with(Summaries::new(source, PATIENCE, FRESH))
}

fn routes_with(summaries: Summaries) -> Router {
    Router::new()
        .route("/api/v1/live", get(live))
        .with_state(Arc::new(summaries))
}

/// The last quarter of an hour and how things stand. For everybody: there is nothing about anybody in it.
#[utoipa::path(get, path = "/api/v1/live", tag = "live", security(()), responses(
    (status = 200, description = "A summary, as `ivr111 live --json` prints it.", body = serde_json::Value),
))]
pub(super) async fn live(State(summaries): State<Arc<Summaries>>) -> Response {
    let mut newest = summaries.newest();
    let made = newest.wait_for(Option::is_some).await;
    let made = made.ok().and_then(|made| made.clone());
    match made {
        Some((_, text)) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, text).into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
