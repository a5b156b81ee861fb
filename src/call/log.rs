use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use crate::identity::Reference;
use crate::store::{Timeline, TimelineEntry};

use super::clock::Clock;

/// A call's own way to the timeline. Clones write into the same call, in one order.
#[derive(Clone, Debug)]
pub(super) struct Log {
    /// None for what is no call of a caller.
    timeline: Option<Timeline>,
    reference: Reference,
    clock: Clock,
    sequence: Arc<AtomicU64>,
}

impl Log {
    /// For a call that begins.
    pub(super) fn new(timeline: Timeline, reference: Reference, clock: Clock) -> Self {
        Log::to(Some(timeline), reference, clock)
    }

    /// For what is no call of a caller, and is not written down.
    pub(super) fn unwritten(clock: Clock) -> Self {
        Log::to(None, Reference::new(0, 0), clock)
    }

    fn to(timeline: Option<Timeline>, reference: Reference, clock: Clock) -> Self {
        Log {
            timeline,
            reference,
            clock,
            sequence: Arc::default(),
        }
    }

    /// For more that happens under the reference of a call that is over. It is counted on from the
    /// microseconds since 1970, which is beyond whatever that call has counted.
    pub(super) fn continued(timeline: Timeline, reference: Reference, clock: Clock) -> Self {
        let log = Log::new(timeline, reference, clock);
        let from = u64::try_from(clock.now().as_microsecond()).unwrap_or_default();
        log.sequence.store(from, Ordering::Relaxed);
        log
    }

    pub(super) fn reference(&self) -> Reference {
        self.reference
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn record(&self, entry: TimelineEntry) {
        let Some(timeline) = &self.timeline else {
            return tracing::debug!(?entry, "not written down");
        };
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        timeline.record(self.reference, self.now(), sequence, entry);
    }

    pub(super) fn happened(&self, kind: &'static str, detail: impl Into<String>) {
        let detail = detail.into();
        self.record(TimelineEntry::Happened { kind, detail });
    }
}
