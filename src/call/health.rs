//! What the process stands on, looked at while it runs.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::time::MissedTickBehavior;

use crate::alert::Alert;
use crate::health::{EVERY, Look, Note, Watch};

use super::descriptors::Descriptors;
use super::service::Service;

/// Looks once a second how the process is, for as long as it runs.
pub(super) async fn look(service: Arc<Service>) {
    let mut watch = Watch::default();
    let begun = Instant::now();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let notes = watch.on(&seen(&service, begun));
        for (fault, is_so) in watch.faults() {
            let kind = fault.kind();
            metrics::gauge!("ivr111_fault", "kind" => kind).set(f64::from(u8::from(is_so)));
        }
        for note in notes {
            tell(&service, note);
        }
    }
}

fn seen(service: &Service, begun: Instant) -> Look {
    let sound = service.engine.stats();
    let descriptors = Descriptors::of_this_process();
    Look {
        now: begun.elapsed(),
        wall: Timestamp::now(),
        troubles: service.store.troubles(),
        alone: service.keeper.is_alone(),
        timeline_waits: service.timeline.waits(),
        ports: (sound.ports / 2, service.engine.pairs() as u64),
        unopened: sound.unopened,
        few_descriptors: descriptors.are_scarce().then(|| descriptors.left()),
    }
}

fn tell(service: &Service, note: Note) {
    match note {
        Note::Wrong { kind, text } => service.alerts.raise(&Alert {
            kind,
            about: None,
            text,
        }),
        Note::Over { kind, text } => tracing::warn!(kind, "over: {text}"),
    }
}
