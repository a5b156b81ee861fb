//! Conversations of calls that we make, as another process takes them up.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::case::Case;
use super::super::offers::{Offers, Taken};
use super::super::outliving::{At, Place};
use super::super::service::Service;
use super::super::waiting_room::Ticket;
use super::{Outreach, Reached, Whom};

/// Somebody talks with a caller whom we have called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::call) struct CalledBack {
    pub(in crate::call) whom: Whom,
    /// The place from which the handler has come.
    pub(in crate::call) place: Place,
    /// The handler's account.
    pub(in crate::call) handler: String,
    /// The handler's number among the parties.
    pub(in crate::call) phone: u64,
    pub(in crate::call) since: Timestamp,
    pub(in crate::call) held: bool,
    /// Somebody has talked with the caller long enough for a conversation before.
    spoken: bool,
    /// The caller has been handed on, or was to be.
    returned: bool,
}

/// A conversation that goes on.
pub(in crate::call) struct Ongoing {
    pub(in crate::call) case: Box<Case>,
    pub(in crate::call) talk: CalledBack,
    pub(in crate::call) ticket: Ticket,
    pub(in crate::call) with: Taken,
}

impl<'a> Outreach<'a> {
    /// Goes on with a conversation: to be led by [`talk`](Outreach::talk) with what is given beside.
    pub(in crate::call) fn going_on(
        service: &'a Arc<Service>,
        ongoing: Ongoing,
    ) -> (Self, Offers, Taken) {
        let Ongoing {
            case,
            talk,
            ticket,
            with,
        } = ongoing;
        let caller = Reached {
            phone: case.caller,
            spoken: talk.spoken,
            returned: talk.returned,
            _line: service.lines.line(&case.plan.settings.callback.trunk),
        };
        let outreach = Outreach {
            service,
            case,
            whom: talk.whom,
            caller: Some(caller),
            begun: Some((talk.since, talk.held)),
        };
        (outreach, Offers::new(ticket), with)
    }

    /// Has it kept with whom the caller talks from now on.
    pub(super) fn keeps_talk(
        &mut self,
        offers: &mut Offers,
        with: &Taken,
        since: Timestamp,
        held: bool,
    ) {
        let Some(caller) = &self.caller else { return };
        let (spoken, returned) = (caller.spoken, caller.returned);
        self.case.comes_to(At::CalledBack(Box::new(CalledBack {
            whom: self.whom.clone(),
            place: Place::of(offers.ticket(), returned, true),
            handler: with.handler().to_string(),
            phone: with.phone.number(),
            since,
            held,
            spoken,
            returned,
        })));
    }
}
