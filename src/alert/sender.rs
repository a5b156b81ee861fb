//! The webhook's own thread: nobody waits for it.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::settings::Webhook;

use super::alerts::Told;
use super::post::Poster;

/// Alerts that wait for the webhook; what does not fit is counted, and stands in the log.
const QUEUE: usize = 256;
/// Pauses before an alert is sent again; after the last one it is given up.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// The way to the webhook.
#[derive(Debug)]
pub(super) struct Sender(SyncSender<String>);

impl Sender {
    pub(super) fn start(to: Webhook) -> io::Result<Self> {
        let poster = Poster::new(to)?;
        let (sender, alerts) = sync_channel(QUEUE);
        std::thread::Builder::new()
            .name("alerts".to_owned())
            .spawn(move || run(&poster, &alerts))?;
        Ok(Sender(sender))
    }

    /// Sends an alert, some time soon.
    pub(super) fn send(&self, told: &Told<'_>) {
        let sent = serde_json::to_string(told).ok();
        let sent = sent.and_then(|json| self.0.try_send(json).ok());
        if sent.is_none() {
            unsent();
        }
    }
}

fn unsent() {
    metrics::counter!("ivr111_alerts_unsent_total").increment(1);
}

fn run(poster: &Poster, alerts: &Receiver<String>) {
    while let Ok(json) = alerts.recv() {
        let mut pauses = PAUSES.iter();
        while let Err(error) = poster.post(&json) {
            tracing::warn!(%error, "the webhook does not take an alert");
            match pauses.next() {
                Some(pause) => std::thread::sleep(*pause),
                None => {
                    unsent();
                    break;
                }
            }
        }
    }
}
