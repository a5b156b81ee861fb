//! The queue in figures, for `/metrics` and for whoever watches over the service.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::queue::{Queue, State};
use crate::report::QueueStanding;

/// What stands in place of a region for those who wait in none: promised callbacks.
const NO_REGION: &str = "none";

/// Sets the figures of the queue as it stands. `regions` are those of which there are figures already.
pub(super) fn measure(queue: &Queue, regions: &mut BTreeSet<String>) {
    totals(queue);
    let doing = doing(queue);
    let signed_in = doing.iter().filter(|(word, _)| **word != "signed-out");
    let signed_in: usize = signed_in.map(|(_, count)| count).sum();
    metrics::gauge!("ivr111_handlers").set(signed_in as f64);
    metrics::gauge!("ivr111_queue_waiting").set(queue.waiting() as f64);
    for (state, handlers) in doing {
        metrics::gauge!("ivr111_handlers_by_state", "state" => state).set(handlers as f64);
    }
    let waiting: BTreeMap<&str, usize> = queue.waiting_by_region().collect();
    regions.extend(waiting.keys().map(|region| (*region).to_owned()));
    for region in regions.iter() {
        let callers = waiting.get(region.as_str()).copied().unwrap_or_default();
        let region = match region.as_str() {
            "" => NO_REGION,
            region => region,
        };
        let gauge =
            metrics::gauge!("ivr111_queue_waiting_by_region", "region" => region.to_owned());
        gauge.set(callers as f64);
    }
}

/// How the queue stands now.
pub(super) fn standing(now: Timestamp, queue: &Queue) -> QueueStanding {
    QueueStanding {
        handlers: doing(queue),
        providers_failed: queue.failed().clone(),
        providers_deserted: queue.deserted(),
        ..QueueStanding::new(queue.waiting_by_region(), &queue.longest_waits(now))
    }
}

/// How many handlers there are in each state, by its word.
fn doing(queue: &Queue) -> BTreeMap<&'static str, usize> {
    let mut doing: BTreeMap<&str, usize> = State::WORDS.map(|word| (word, 0)).into();
    for (_, state) in queue.states() {
        *doing.entry(state.word()).or_default() += 1;
    }
    doing
}

fn totals(queue: &Queue) {
    let counters = queue.counters();
    let totals = [
        ("ivr111_queue_joined_total", counters.joined),
        ("ivr111_queue_returned_total", counters.returned),
        ("ivr111_queue_full_total", counters.full),
        ("ivr111_queue_left_total", counters.left),
        ("ivr111_queue_kept_total", counters.kept),
        ("ivr111_queue_connected_total", counters.connected),
        ("ivr111_queue_given_up_total", counters.given_up),
        ("ivr111_queue_offered_total", counters.offered),
        ("ivr111_queue_overflowed_total", counters.overflowed),
        ("ivr111_queue_missed_total", counters.missed),
        ("ivr111_queue_refused_total", counters.refused),
        ("ivr111_queue_not_rung_total", counters.not_rung),
        ("ivr111_queue_withdrawn_total", counters.withdrawn),
        ("ivr111_queue_over_total", counters.over),
    ];
    for (name, value) in totals {
        metrics::counter!(name).absolute(value);
    }
}
