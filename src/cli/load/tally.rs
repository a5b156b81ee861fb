use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;

use crate::media::{Histogram, Meter, Stats, Summary};

use super::super::output;

/// Packets that a second of sound has, at 20 ms each.
const PACKETS: f64 = 50.0;

/// What all calls add to.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) meter: Arc<Meter>,
    dialled: AtomicU64,
    running: AtomicU64,
    most: AtomicU64,
    failures: Mutex<BTreeMap<String, u64>>,
    answer: Histogram,
    keys_pressed: AtomicU64,
    keys_heard: AtomicU64,
    /// Microseconds of talk, as the callers' clocks have it.
    talk: AtomicU64,
    received: AtomicU64,
    lost: AtomicU64,
    sent: AtomicU64,
    heard_there: AtomicU64,
    /// Calls taken by the answering side, and those of them that are not over.
    taken: AtomicU64,
    there: watch::Sender<u64>,
    /// Whether somebody answers here.
    answers: AtomicBool,
    /// Ticks of the generator's own sound that came late, and those that were left out.
    late: AtomicU64,
    skipped: AtomicU64,
}

impl Tally {
    pub(super) fn dialled(&self) {
        self.dialled.fetch_add(1, Relaxed);
        let running = self.running.fetch_add(1, Relaxed) + 1;
        self.most.fetch_max(running, Relaxed);
    }

    pub(super) fn over(&self) {
        self.running.fetch_sub(1, Relaxed);
    }

    pub(super) fn answered(&self, after: Duration) {
        self.answer.record(after);
    }

    pub(super) fn failed(&self, why: String) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        *failures.entry(why).or_default() += 1;
    }

    pub(super) fn key_pressed(&self) {
        self.keys_pressed.fetch_add(1, Relaxed);
    }

    pub(super) fn key_heard(&self) {
        self.keys_heard.fetch_add(1, Relaxed);
    }

    /// A caller has talked for so long, and ought to have heard as much.
    pub(super) fn expected(&self, talk: Duration) {
        self.talk.fetch_add(talk.as_micros() as u64, Relaxed);
    }

    pub(super) fn heard(&self, summary: &Summary) {
        self.received.fetch_add(summary.received, Relaxed);
        self.lost.fetch_add(summary.lost.into(), Relaxed);
        self.sent.fetch_add(summary.sent, Relaxed);
    }

    pub(super) fn taken(&self) {
        self.taken.fetch_add(1, Relaxed);
        self.there.send_modify(|there| *there += 1);
    }

    pub(super) fn put_down(&self) {
        self.there.send_modify(|there| *there -= 1);
    }

    pub(super) fn heard_there(&self, summary: &Summary) {
        self.heard_there.fetch_add(summary.received, Relaxed);
        self.lost.fetch_add(summary.lost.into(), Relaxed);
    }

    /// Waits until the answering side is done, for so long at most.
    pub(super) async fn all_put_down(&self, patience: Duration) {
        let mut there = self.there.subscribe();
        let _ = tokio::time::timeout(patience, there.wait_for(|there| *there == 0)).await;
    }

    /// Holds what was called here against what was dialled, when all is over.
    pub(super) fn compare(&self) {
        self.answers.store(true, Relaxed);
        let through = self.taken.load(Relaxed);
        for _ in through..self.answer.count() {
            self.failed("answered, and not put through to the side that answers here".to_owned());
        }
        for _ in 0..*self.there.borrow() {
            self.failed("the side that was called: not hung up".to_owned());
        }
    }

    /// How the generator's own sound has kept up.
    pub(super) fn thread(&self, stats: &Stats) {
        self.late.store(stats.late_ticks, Relaxed);
        self.skipped.store(stats.skipped_ticks, Relaxed);
    }

    pub(super) fn figures(&self) -> Figures {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let quantiles = |histogram: &Histogram| {
            let at = |share| {
                let span = histogram.quantile(share)?;
                Some(span.as_secs_f64() * 1_000.0)
            };
            Quantiles {
                count: histogram.count(),
                p50: at(0.5),
                p99: at(0.99),
                p999: at(0.999),
            }
        };
        Figures {
            calls: self.dialled.load(Relaxed),
            most_at_once: self.most.load(Relaxed),
            failed: failures.values().sum(),
            failures: failures.clone(),
            taken: self.taken.load(Relaxed),
            answer_ms: quantiles(&self.answer),
            packets: Packets {
                expected: (self.talk.load(Relaxed) as f64 / 1e6 * PACKETS) as u64,
                received: self.received.load(Relaxed),
                sent: self.sent.load(Relaxed),
                received_there: self.heard_there.load(Relaxed),
                lost: self.lost.load(Relaxed),
            },
            spacing_ms: quantiles(&self.meter.spacing),
            delay_ms: quantiles(&self.meter.delay),
            keys: Keys {
                pressed: self.keys_pressed.load(Relaxed),
                heard: self.keys_heard.load(Relaxed),
            },
            generator: Generator {
                late_ticks: self.late.load(Relaxed),
                skipped_ticks: self.skipped.load(Relaxed),
            },
            answers: self.answers.load(Relaxed),
        }
    }
}

/// The outcome, as it is printed.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    calls: u64,
    most_at_once: u64,
    pub(super) failed: u64,
    failures: BTreeMap<String, u64>,
    /// Calls that came to the answering side.
    taken: u64,
    /// From the INVITE to the 200.
    answer_ms: Quantiles,
    packets: Packets,
    /// How far the time between two packets was from 20 ms.
    spacing_ms: Quantiles,
    /// From one side of a joined call to the other.
    delay_ms: Quantiles,
    keys: Keys,
    generator: Generator,
    #[serde(skip)]
    answers: bool,
}

#[derive(Debug, Serialize)]
struct Quantiles {
    count: u64,
    p50: Option<f64>,
    p99: Option<f64>,
    p999: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Packets {
    /// By the time that the callers have talked.
    expected: u64,
    received: u64,
    sent: u64,
    received_there: u64,
    /// By the sequence numbers, on both sides.
    lost: u64,
}

/// Whether the figures are the endpoint's or the generator's own: a generator that is behind sends late.
#[derive(Debug, Serialize)]
struct Generator {
    /// Of its own sound, 5 ms or more.
    late_ticks: u64,
    skipped_ticks: u64,
}

#[derive(Debug, Serialize)]
struct Keys {
    pressed: u64,
    /// Keys heard on either side.
    heard: u64,
}

impl Figures {
    pub(super) fn print(&self) {
        let mut rows = vec![
            vec!["calls".into(), self.calls.to_string()],
            vec!["at once".into(), self.most_at_once.to_string()],
            vec!["failed".into(), self.failed.to_string()],
        ];
        for (why, count) in &self.failures {
            rows.push(vec![format!("  {why}"), count.to_string()]);
        }
        let packets = &self.packets;
        rows.extend([
            vec!["answer time".into(), self.answer_ms.text()],
            vec![
                "packets heard".into(),
                format!(
                    "{} of {}, {} lost on the way",
                    packets.received, packets.expected, packets.lost
                ),
            ],
            vec!["spacing, off by".into(), self.spacing_ms.text()],
        ]);
        if self.answers {
            rows.push(vec!["calls taken here".into(), self.taken.to_string()]);
            rows.push(vec!["delay".into(), self.delay_ms.text()]);
        }
        if self.keys.pressed > 0 {
            let Keys { pressed, heard } = self.keys;
            rows.push(vec![
                "keys".into(),
                format!("{pressed} pressed, {heard} heard"),
            ]);
        }
        let Generator {
            late_ticks,
            skipped_ticks,
        } = self.generator;
        if late_ticks + skipped_ticks > 0 {
            rows.push(vec![
                "the generator's own ticks".into(),
                format!("{late_ticks} late, {skipped_ticks} left out"),
            ]);
        }
        output::table(&["", ""], &rows);
    }
}

impl Quantiles {
    fn text(&self) -> String {
        let part = |share: &str, ms: Option<f64>| ms.map(|ms| format!("{share} {ms:.2} ms"));
        let parts = [
            part("p50", self.p50),
            part("p99", self.p99),
            part("p99.9", self.p999),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.is_empty() {
            true => "nothing measured".to_owned(),
            false => parts.join(", "),
        }
    }
}
