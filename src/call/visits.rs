//! Calls of our own people that belong into a running conversation: a supervisor's, and that of a handler
//! who consults a colleague about the caller they talk with.

use crate::queue::{Code, HandlerId};
use crate::settings::Role;
use crate::sip::Incoming;
use crate::transfer::Supervision;

use super::desks::{Visit, Wish};
use super::plan::Plan;
use super::service::Service;

/// Leads a call to its conversation. It comes back where it belongs to none.
pub(super) fn lead(service: &Service, call: Box<Incoming>) -> Result<(), Box<Incoming>> {
    let plan = service.plan.load_full();
    let from = HandlerId::new(call.invitation.origin.name());
    let Some((whom, wish)) = wish(&plan, &from, &call.invitation.dialled) else {
        return Err(call);
    };
    let visit = Visit {
        from,
        wish,
        incoming: call,
    };
    let led = service.desks.visit(&whom, visit);
    led.map_err(|turned_away| turned_away.incoming)
}

/// Whose conversation somebody wants to be in, and as what.
fn wish(plan: &Plan, from: &HandlerId, dialled: &str) -> Option<(HandlerId, Wish)> {
    let accounts = &plan.settings.account;
    let role = |user: &str| {
        let found = accounts.iter().find(|a| a.user.get_ref() == user);
        found.map(|account| account.role)
    };
    let (whom, how) = match plan.settings.codes.codes().parse(dialled) {
        Some(Code::Listen(whom)) => (whom, Supervision::Listen),
        Some(Code::Whisper(whom)) => (whom, Supervision::Whisper),
        Some(Code::Barge(whom)) => (whom, Supervision::Barge),
        Some(Code::TakeOver(whom)) => (whom, Supervision::TakeOver),
        Some(_) => return None,
        None => {
            role(dialled)?;
            let colleague = HandlerId::new(dialled);
            return Some((from.clone(), Wish::Consult(colleague)));
        }
    };
    let supervises = role(from.as_str()) == Some(Role::Supervisor);
    supervises.then(|| (HandlerId::new(whom), Wish::Supervise(how)))
}
