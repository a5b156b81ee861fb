//! Calls out by a trunk.

use crate::media::Codec;
use crate::sip::leg::{Dial, Extras};

use super::offers::Shown;
use super::parties::{Parties, PartyId};
use super::service::Service;
use super::voice::Voice;

/// Whom to dial, and how.
pub(super) struct Outward<'a> {
    /// The trunk's name; its peers are tried in order.
    pub(super) trunk: &'a str,
    /// The number, as it is dialled.
    pub(super) number: &'a str,
    /// Whom that is, for the timeline.
    pub(super) name: &'a str,
    /// Who calls.
    pub(super) shown: &'a Shown,
    /// What we would rather speak.
    pub(super) codec: Option<Codec>,
}

impl Outward<'_> {
    /// Dials. None where the trunk has no peers, or no port is free.
    pub(super) fn dial(self, service: &Service, parties: &mut Parties) -> Option<PartyId> {
        let route = service.lines.route(self.trunk)?;
        let targets = route.targets(self.number);
        let first = targets.first()?;
        let identity = (self.shown)(service.ours(first.hop.as_ref()?));
        let dial = Dial {
            to: format!("<{}>", first.uri),
            targets,
            from: identity.from,
            headers: identity.headers,
            extras: Extras::default(),
            offer: String::new(),
            credentials: route.credentials,
            response_time: route.response_time,
            may_refer: false,
        };
        let plan = service.plan.load();
        let voice = Voice::of_trunk(&plan.settings, self.trunk, self.codec);
        parties.dial(self.name.to_owned(), dial, &voice).ok()
    }
}
