//! Where calls come in: each gets a task of its own, or a refusal with the right status.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::identity::Dialled;
use crate::sip::Incoming;

use super::case::Case;
use super::service::Service;

/// Takes calls for as long as the endpoint lives.
pub(super) async fn receive(service: Arc<Service>, mut incoming: mpsc::Receiver<Incoming>) {
    while let Some(call) = incoming.recv().await {
        tokio::spawn(look_after(Arc::clone(&service), call));
    }
}

async fn look_after(service: Arc<Service>, call: Incoming) {
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
        tracing::info!(
            trunk = call.invitation.trunk,
            "a call to a number that is not ours"
        );
        return refuse(&call, 404);
    }
    let Some(_running) = service.admit(*plan.settings.service.calls.get_ref()) else {
        return refuse(&call, 503);
    };
    if let Some(case) = Case::open(Arc::clone(&service), plan, call, dialled) {
        case.run().await;
    }
}

fn refuse(call: &Incoming, status: u16) {
    metrics::counter!("ivr111_calls_refused_total", "status" => status.to_string()).increment(1);
    call.leg.reject(status);
}
