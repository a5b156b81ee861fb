//! A control room that rings back: it is put through to the caller whom it has had. It meets no menu, no
//! limit and no refusal.

use std::sync::Arc;

use crate::alert::Alert;
use crate::identity::{Dialled, Reference};
use crate::sip::Incoming;

use super::case::Case;
use super::log::Log;
use super::outreach::{Outreach, Rung, Whom};
use super::parties::Happening;
use super::ring_backs::Meant;
use super::service::Service;

/// On the display of a handler who is given a control room.
const DISPLAY: &str = "999 CONTROL ROOM RINGS BACK";

/// Whether a call comes from a control room: by a trunk by which nobody else calls in.
pub(super) fn is_from_control_room(service: &Service, call: &Incoming) -> bool {
    let origin = &call.invitation.origin;
    let plan = service.plan.load();
    let trunk = plan.settings.trunk_named(origin.name());
    !origin.is_account() && trunk.is_some_and(|trunk| trunk.control_room)
}

/// Puts a control room through to its caller.
pub(super) async fn look_after(service: &Arc<Service>, call: Box<Incoming>) {
    metrics::counter!("ivr111_ring_backs_total").increment(1);
    let _running = service.count();
    let plan = service.plan.load_full();
    let trunk = call.invitation.origin.name().to_owned();
    let keep = plan.settings.emergency.ring_back.get();
    match service.ring_backs.lead(&trunk, call, keep) {
        Meant::Led => {}
        Meant::Gone(call, reference, whom) => {
            Box::pin(ring_out(service, *call, reference, *whom)).await;
        }
        Meant::Nobody(call) => {
            let dialled = Dialled::parse(&call.invitation.dialled);
            let case = Case::open(Arc::clone(service), plan, *call, dialled);
            if let Some(case) = case {
                Box::new(case.of_control_room(DISPLAY)).run().await;
            }
        }
    }
}

/// The caller has hung up: their phone is rung, and they talk.
async fn ring_out(service: &Arc<Service>, call: Incoming, reference: Reference, whom: Whom) {
    let clock = super::clock::Clock::start();
    let log = Log::continued(service.timeline.clone(), reference, clock);
    log.happened("ring-back", "a control room rings; the caller is rung");
    let mut outreach = Outreach::new(service, log.clone(), whom);
    outreach.case.parties.in_emergency();
    let name = "control room that rings back".to_owned();
    let Ok(room) = outreach.case.parties.adopt(call, name) else {
        return log.happened("ring-back", "its session could not be agreed on");
    };
    match outreach.ring(Some(room)).await {
        Rung::Answered => {
            let caller = outreach.case.caller;
            outreach.case.parties.join(room, caller);
            loop {
                if let Happening::Ended(id, _) = outreach.case.parties.next().await
                    && (id == room || id == caller)
                {
                    break;
                }
            }
            log.happened("ring-back", "over");
        }
        Rung::ListenerGone => log.happened("ring-back", "the control room has hung up"),
        Rung::Missed(_) | Rung::Unreached => {
            log.happened("ring-back", "the caller was not reached");
            service.alerts.raise(&Alert {
                kind: "ring-back-failed",
                about: Some(reference),
                text: "a control room rang back, and the caller was not reached".to_owned(),
            });
            outreach.tell_no_answer(room).await;
        }
    }
    outreach.case.parties.finish().await;
}
