//! What the engine counts.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Upper bounds, in microseconds, of the first buckets of [`Stats::lateness`].
pub const LATENESS_US: [u64; 9] = [100, 250, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 40_000];

/// Totals since the engine was started, and what is open now; of all its threads together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Whether every media thread is alive.
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
    /// Commands that found their thread's queue full, and waited.
    pub commands_waited: u64,
    /// Ticks of a leg by how late they came: up to each of [`LATENESS_US`], and later than all.
    pub lateness: [u64; LATENESS_US.len() + 1],
    /// The lateness of all ticks together, in microseconds.
    pub lateness_us: u64,
    /// Ticks of a leg that came 5 ms late or later.
    pub late_ticks: u64,
    /// Ticks left out because the thread was more than 40 ms behind.
    pub skipped_ticks: u64,
    /// Legs given up because of a fault of ours.
    pub faults: u64,
    /// Legs that could not be opened: no port was free, or no descriptor.
    pub unopened: u64,
    /// Time that the threads have worked rather than waited, in microseconds.
    pub busy_us: u64,
}

impl Stats {
    /// Both together.
    pub(super) fn plus(self, other: Stats) -> Stats {
        Stats {
            running: self.running && other.running,
            legs: self.legs + other.legs,
            ports: self.ports + other.ports,
            packets_in: self.packets_in + other.packets_in,
            packets_out: self.packets_out + other.packets_out,
            relayed: self.relayed + other.relayed,
            reports_in: self.reports_in + other.reports_in,
            reports_out: self.reports_out + other.reports_out,
            send_errors: self.send_errors + other.send_errors,
            events_lost: self.events_lost + other.events_lost,
            commands_waited: self.commands_waited + other.commands_waited,
            lateness: std::array::from_fn(|n| self.lateness[n] + other.lateness[n]),
            lateness_us: self.lateness_us + other.lateness_us,
            late_ticks: self.late_ticks + other.late_ticks,
            skipped_ticks: self.skipped_ticks + other.skipped_ticks,
            faults: self.faults + other.faults,
            unopened: self.unopened + other.unopened,
            busy_us: self.busy_us + other.busy_us,
        }
    }
}

/// The counters behind [`Stats`], of one thread.
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
    /// Others than the thread write this one.
    pub commands_waited: AtomicU64,
    pub lateness: [AtomicU64; LATENESS_US.len() + 1],
    pub lateness_us: AtomicU64,
    pub late_ticks: AtomicU64,
    pub skipped_ticks: AtomicU64,
    pub faults: AtomicU64,
    /// Others than the thread write this one, too.
    pub unopened: AtomicU64,
    pub busy_us: AtomicU64,
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
            commands_waited: self.commands_waited.load(Relaxed),
            lateness: std::array::from_fn(|n| self.lateness[n].load(Relaxed)),
            lateness_us: self.lateness_us.load(Relaxed),
            late_ticks: self.late_ticks.load(Relaxed),
            skipped_ticks: self.skipped_ticks.load(Relaxed),
            faults: self.faults.load(Relaxed),
            unopened: self.unopened.load(Relaxed),
            busy_us: self.busy_us.load(Relaxed),
        }
    }
}

/// Adds to a counter that only the media thread writes: no locked instruction is needed.
pub(super) fn add(counter: &AtomicU64, n: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(n), Relaxed);
}
