//! What the engine counts.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Totals since the engine was started, and what is open now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Whether the media thread is alive.
    pub running: bool,
    /// Legs open now.
    pub legs: u64,
    /// Ports taken now, two for each leg, those of legs being closed included.
    pub ports: u64,
    /// RTP datagrams received, bad ones included.
    pub packets_in: u64,
    /// RTP packets sent.
    pub packets_out: u64,
    /// RTP packets among them that were passed on from a joined leg.
    pub relayed: u64,
    /// RTCP datagrams received.
    pub reports_in: u64,
    /// RTCP packets sent.
    pub reports_out: u64,
    /// Packets that the system would not send.
    pub send_errors: u64,
    /// Events that found their leg's channel full, and were lost.
    pub events_lost: u64,
    /// Ticks of a leg that came 5 ms late or later.
    pub late_ticks: u64,
    /// Ticks left out because the thread was more than 40 ms behind.
    pub skipped_ticks: u64,
}

/// The counters behind [`Stats`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub running: AtomicBool,
    pub legs: AtomicU64,
    pub packets_in: AtomicU64,
    pub packets_out: AtomicU64,
    pub relayed: AtomicU64,
    pub reports_in: AtomicU64,
    pub reports_out: AtomicU64,
    pub send_errors: AtomicU64,
    pub events_lost: AtomicU64,
    pub late_ticks: AtomicU64,
    pub skipped_ticks: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self, ports: u64) -> Stats {
        Stats {
            running: self.running.load(Relaxed),
            legs: self.legs.load(Relaxed),
            ports,
            packets_in: self.packets_in.load(Relaxed),
            packets_out: self.packets_out.load(Relaxed),
            relayed: self.relayed.load(Relaxed),
            reports_in: self.reports_in.load(Relaxed),
            reports_out: self.reports_out.load(Relaxed),
            send_errors: self.send_errors.load(Relaxed),
            events_lost: self.events_lost.load(Relaxed),
            late_ticks: self.late_ticks.load(Relaxed),
            skipped_ticks: self.skipped_ticks.load(Relaxed),
        }
    }
}

/// Adds to a counter that only the media thread writes: no locked instruction is needed.
pub(super) fn add(counter: &AtomicU64, n: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(n), Relaxed);
}
