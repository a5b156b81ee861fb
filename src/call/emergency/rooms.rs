//! The control rooms of a caller, and how they are dialled.

use crate::emergency::AttemptId;
use crate::sip::leg::{Dial, Extras};
use crate::sip::{Hop, uri_of};

use super::super::case::Case;
use super::super::identity_out;
use super::super::voice::Voice;
use super::chase::{Chase, ControlRoom};

/// What is dialled at a control room's trunk.
const EMERGENCY_NUMBER: &str = "999";

impl Case {
    /// Control rooms of the caller's region and after them the national operator: every peer of every
    /// trunk, those that are known to be down after the others of their trunk.
    pub(super) fn control_rooms(&self) -> Vec<ControlRoom> {
        let trunks = self.plan.tables.control_rooms(&self.region.region);
        let rooms = trunks.into_iter().flat_map(|trunk| {
            let route = self.service.lines.route(&trunk);
            let peers = route.map(|route| route.peers).unwrap_or_default();
            let room = move |peer| ControlRoom {
                trunk: trunk.clone(),
                peer,
            };
            peers.into_iter().map(room)
        });
        rooms.collect()
    }

    /// Dials a control room; whether that could be begun.
    pub(super) fn dial_room(
        &mut self,
        chase: &mut Chase,
        target: usize,
        attempt: AttemptId,
    ) -> bool {
        let Some(room) = chase.rooms.get(target) else {
            return false;
        };
        let hop = Hop::to(room.peer);
        let identity = identity_out::for_emergency(&self.who, self.service.ours(&hop));
        let uri = uri_of(EMERGENCY_NUMBER, room.peer);
        // A datagram that is too large for the way is lost without a word.
        let extras = match chase.hunt.tries().has_left_unanswered(target) {
            true => Extras::default(),
            false => self.luggage(self.plan.settings.trunk_named(&room.trunk)),
        };
        let route = self.service.lines.route(&room.trunk);
        let dial = Dial {
            extras,
            credentials: route.and_then(|route| route.credentials),
            ..Dial::only(uri, hop, identity.from, identity.headers)
        };
        self.log
            .happened("control-room", format!("{} is dialled", room.name()));
        let codec = self.parties.codec(self.caller);
        let name = format!("control room {}", room.peer);
        let voice = Voice::of_trunk(&self.plan.settings, &room.trunk, codec);
        match self.parties.dial(name, dial, &voice) {
            Ok(id) => {
                self.parties.prove(id);
                chase.dialled(attempt, id);
                true
            }
            Err(error) => {
                self.log.happened("control-room", error.to_string());
                false
            }
        }
    }
}
