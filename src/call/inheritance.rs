//! What other nodes have left behind, and what this one had left behind itself: it is seen to here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::callback::Event;
use crate::identity::Reference;
use crate::queue::shared::Caller;

use super::clock::Clock;
use super::keeper::Found;
use super::kept_place::{self, KeptPlace};
use super::log::Log;
use super::offers::Offers;
use super::service::Service;
use super::waiting_room::Ticket;

/// For how long a store that does not answer is asked whether somebody has a promise, and how often.
const ASKING: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_secs(1);

/// Sees to what the keeper finds, for as long as the server runs.
pub(super) async fn see_to(service: Arc<Service>, mut found: mpsc::UnboundedReceiver<Found>) {
    while let Some(found) = found.recv().await {
        match found {
            // On the line, and not in the queue any more: their place is given up.
            Found::Kept { caller, .. } | Found::Lost { caller, .. }
                if service.is_going_on(caller.reference) => {}
            Found::Kept {
                caller,
                ticket,
                from,
            } => {
                let service = Arc::clone(&service);
                tokio::spawn(take_up(service, *caller, *ticket, from));
            }
            Found::Lost { caller, from } => {
                let from = from.unwrap_or_else(|| service.store.node().to_owned());
                let reference = caller.reference;
                tracing::error!(%reference, from, "a caller was cut off and cannot be called back");
                metrics::counter!("ivr111_queue_lost_total").increment(1);
                let detail = format!("cut off at {from}, and cannot be called back: no number");
                continued(&service, reference).happened("queue", detail);
            }
            Found::Promised(callback, from) => {
                let detail = format!("taken over from {from}");
                continued(&service, callback.reference).happened("callback", detail);
                service.book.tell(Event::Restored(*callback)).await;
            }
            Found::Anew => service.book.compare().await,
        }
    }
}

/// Holds a place until its caller has been spoken to, unless a callback is promised to them.
async fn take_up(service: Arc<Service>, caller: Caller, ticket: Ticket, from: Option<String>) {
    let detail = match from {
        Some(from) => {
            metrics::counter!("ivr111_queue_taken_over_total").increment(1);
            format!("taken over from {from}; to be called back")
        }
        None => "taken up again; to be called back".to_owned(),
    };
    let log = continued(&service, caller.reference);
    if is_promised(&service, caller.reference).await {
        // One need has one promise: it was being made when the node ended.
        ticket.leaves();
        return log.happened("kept-place", "the caller is promised a callback");
    }
    log.happened("kept-place", detail);
    let offers = Offers::new(ticket);
    match KeptPlace::of(caller.contact) {
        Some(place) => kept_place::hold(service, log, place, offers).await,
        None => log.happened("kept-place", "there is no number"),
    }
}

/// Whether a callback is promised under this reference. A store that does not answer is asked again for a while:
/// beyond that it is better to ring somebody twice than never.
async fn is_promised(service: &Service, reference: Reference) -> bool {
    let asked = async {
        loop {
            match service.store.promises().await {
                Ok(promises) => break promises.iter().any(|p| p.reference == reference),
                Err(error) => {
                    tracing::warn!(%error, %reference, "it is not known yet whether a callback is promised");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    };
    let asked = tokio::time::timeout(ASKING, asked).await;
    asked.unwrap_or_else(|_| {
        tracing::error!(%reference, "a place is kept without knowing whether a callback is promised");
        false
    })
}

fn continued(service: &Service, reference: Reference) -> Log {
    Log::continued(service.timeline.clone(), reference, Clock::start())
}
