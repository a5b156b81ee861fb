//! Where calls come in: each gets a task of its own, or a refusal with the right status.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::identity::Dialled;
use crate::sip::Incoming;

use super::case::Case;
use super::code;
use super::ring_back;
use super::service::{Running, Service};
use super::visits;

/// Takes calls for as long as the endpoint lives.
pub(super) async fn receive(service: Arc<Service>, mut incoming: mpsc::Receiver<Incoming>) {
    while let Some(call) = incoming.recv().await {
        tokio::spawn(look_after(Arc::clone(&service), Box::new(call)));
    }
}

/// Thousands of these wait at any time: nothing but the case is kept for as long as the call lasts.
async fn look_after(service: Arc<Service>, call: Box<Incoming>) {
    if call.invitation.origin.is_account() && !is_to_the_service(&service, &call) {
        return match visits::lead(&service, call) {
            Ok(()) => {}
            Err(call) => Box::pin(code::look_after(&service, *call)).await,
        };
    }
    if ring_back::is_from_control_room(&service, &call) {
        return Box::pin(ring_back::look_after(&service, call)).await;
    }
    if let Some((_running, case)) = answer(&service, call) {
        case.run().await;
    }
}

/// Whether a number that the service answers has been dialled: then one of our own people is a caller like
/// any other, whether or not their phone has given its password unasked.
fn is_to_the_service(service: &Service, call: &Incoming) -> bool {
    let dialled = Dialled::parse(&call.invitation.dialled);
    let plan = service.plan.load();
    let numbers = plan.settings.service.numbers.get_ref();
    numbers.contains(&dialled.service)
}

fn answer(service: &Arc<Service>, call: Box<Incoming>) -> Option<(Running<'_>, Box<Case>)> {
    let origin = &call.invitation.origin;
    metrics::counter!("ivr111_calls_received_total").increment(1);
    let plan = service.plan.load_full();
    let dialled = Dialled::parse(&call.invitation.dialled);
    if !plan
        .settings
        .service
        .numbers
        .get_ref()
        .contains(&dialled.service)
    {
        tracing::info!(trunk = origin.name(), "a call to a number that is not ours");
        refuse(&call, 404);
        return None;
    }
    let Some(running) = service.admit(*plan.settings.service.calls.get_ref()) else {
        refuse(&call, 503);
        return None;
    };
    let case = Case::open(Arc::clone(service), plan, *call, dialled)?;
    Some((running, Box::new(case)))
}

pub(super) fn refuse(call: &Incoming, status: u16) {
    metrics::counter!("ivr111_calls_refused_total", "status" => status.to_string()).increment(1);
    call.leg.reject(status);
}
