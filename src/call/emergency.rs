//! 999: the hunt for an ambulance control room, carried out. The caller stays with us until one has
//! answered; a handler speaks to them meanwhile when all have been tried in vain.

use crate::emergency::{Action, AttemptId, Event, Hunt, Settings};
use crate::flow::Utterance;
use crate::queue::Wanted;
use crate::settings::Peer;
use crate::sip::leg::{Dial, Side, Target};
use crate::sip::{Hop, uri_of};

use super::announce::{
    EMERGENCY_AGAIN, EMERGENCY_CONNECTING, EMERGENCY_HANDLER, EMERGENCY_WAITING,
};
use super::case::{Case, Gone};
use super::identity_out;
use super::offers::{self, Offers, Taken};
use super::outliving::At;
use super::parties::{Happening, ONLY_TARGET, PartyId};
use super::passage::Part;
use super::voice::Voice;

/// What is dialled at a control room's trunk.
const EMERGENCY_NUMBER: &str = "999";
/// On the display of a handler who is given the caller while the hunt goes on.
const WARNING: &str = "999 NOT ANSWERED YET - ";

/// One way to a control room.
struct ControlRoom {
    trunk: String,
    peer: Peer,
}

/// Everything under way for one caller.
struct Chase {
    hunt: Hunt,
    rooms: Vec<ControlRoom>,
    attempts: Vec<(AttemptId, PartyId)>,
    /// The place in the handler queue, once all rooms have been tried.
    offers: Option<Offers>,
    /// The handler who keeps the caller company.
    handler: Option<Taken>,
    /// The control room that has answered.
    room: Option<PartyId>,
    /// It has gone, and the caller has not been told yet.
    lost: bool,
}

impl Case {
    /// Hunts for a control room. A handler who is with the caller already keeps them company.
    pub(super) async fn emergency(&mut self, company: Option<Taken>) -> Result<&'static str, Gone> {
        metrics::counter!("ivr111_emergency_total").increment(1);
        self.passage.enter(self.clock.now(), Part::Emergency);
        self.comes_to(At::Emergency {
            room: None,
            company: None,
        });
        let rooms = self.control_rooms();
        let mut chase = Chase {
            hunt: Hunt::new(rooms.len(), self.hunt_settings()),
            rooms,
            attempts: Vec::new(),
            offers: None,
            handler: company,
            room: None,
            lost: false,
        };
        let clock = self.clock;
        match &chase.handler {
            Some(handler) => self.join(handler.phone),
            None => self.say(&[Utterance::prompt(EMERGENCY_CONNECTING)]),
        }
        let mut event = Some(Event::Start);
        loop {
            while let Some(happened) = event.take() {
                let actions = chase.hunt.on(self.clock.now(), happened);
                event = self.pursue(&mut chase, actions);
            }
            if chase.hunt.is_over() {
                // Who kept the caller company goes on talking with them.
                if let Some(handler) = chase.handler.take() {
                    self.talk(handler.phone).await?;
                }
                return Ok("the control room hung up");
            }
            if std::mem::take(&mut chase.lost) {
                self.with_control_room = false;
                match &chase.handler {
                    Some(handler) => self.join(handler.phone),
                    None => self.say(&[Utterance::prompt(EMERGENCY_AGAIN)]),
                }
            }
            let shown = self.shown_to_handler(WARNING);
            tokio::select! {
                biased;
                action = offers::next(&mut chase.offers) => {
                    let (parties, service) = (&mut self.parties, &*self.service);
                    let taken = chase.offers.as_mut().and_then(|offers| {
                        offers.carry_out(action, parties, service, Some(self.caller), &*shown)
                    });
                    if let Some(taken) = taken {
                        self.keep_company(&mut chase, taken);
                    }
                }
                happening = self.next() => event = self.noticed(&mut chase, &happening?),
                () = clock.at(chase.hunt.deadline()) => event = Some(Event::Tick),
            }
        }
    }

    /// Control rooms of the caller's region and after them the national operator: every peer of every
    /// trunk, those that are known to be down after the others of their trunk.
    fn control_rooms(&self) -> Vec<ControlRoom> {
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

    fn hunt_settings(&self) -> Settings {
        let settings = &self.plan.settings.emergency;
        Settings {
            response: settings.response.get(),
            ringing: settings.ringing.get(),
            pause: settings.pause.get(),
            ..Settings::default()
        }
    }

    /// Does what the hunt says. Gives what has come of it at once: a try that could not even begin.
    fn pursue(&mut self, chase: &mut Chase, actions: Vec<Action>) -> Option<Event> {
        let mut failed = None;
        for action in actions {
            match action {
                Action::Dial { target, attempt } => {
                    if !self.dial_room(chase, target, attempt) {
                        failed = Some(Event::Ended(attempt));
                    }
                }
                Action::Cancel(attempt) => {
                    if let Some(id) = chase.take(attempt) {
                        self.parties.hang_up(id);
                    }
                }
                Action::Connect(attempt) => self.connect_room(chase, attempt),
                Action::FetchHandler if chase.handler.is_some() || chase.offers.is_some() => {}
                Action::FetchHandler => {
                    self.log
                        .happened("control-room", "none has answered; a handler is fetched");
                    let wanted = Wanted::for_emergency(self.plan.flow.fallback_skill());
                    let wanted = self.wanted_here(wanted);
                    let room = &self.service.waiting_room;
                    let ticket = room.join(self.log.reference(), wanted, self.contact());
                    chase.offers = Some(Offers::new(ticket));
                    self.say(&[Utterance::prompt(EMERGENCY_HANDLER)]);
                }
            }
        }
        failed
    }

    fn dial_room(&mut self, chase: &mut Chase, target: usize, attempt: AttemptId) -> bool {
        let Some(room) = chase.rooms.get(target) else {
            return false;
        };
        let hop = Hop::to(room.peer);
        let identity = identity_out::for_emergency(&self.who, self.service.ours(&hop));
        let uri = uri_of(EMERGENCY_NUMBER, room.peer);
        let route = self.service.lines.route(&room.trunk);
        let dial = Dial {
            to: format!("<{uri}>"),
            targets: vec![Target {
                uri,
                hop: Some(hop),
            }],
            from: identity.from,
            headers: identity.headers,
            offer: String::new(),
            credentials: route.and_then(|route| route.credentials),
            response_time: ONLY_TARGET,
            may_refer: false,
        };
        self.log.happened(
            "control-room",
            format!("{} at {} is dialled", room.trunk, room.peer),
        );
        let codec = self.parties.codec(self.caller);
        let name = format!("control room {}", room.peer);
        let voice = Voice::of_trunk(&self.plan.settings, &room.trunk, codec);
        match self.parties.dial(name, dial, &voice) {
            Ok(id) => {
                chase.attempts.push((attempt, id));
                true
            }
            Err(error) => {
                self.log.happened("control-room", error.to_string());
                false
            }
        }
    }

    fn connect_room(&mut self, chase: &mut Chase, attempt: AttemptId) {
        let Some(id) = chase.party(attempt) else {
            return;
        };
        metrics::counter!("ivr111_emergency_answered_total").increment(1);
        if let Some(mut offers) = chase.offers.take() {
            offers.stop(&mut self.parties);
        }
        chase.room = Some(id);
        self.with_control_room = true;
        self.passage.served();
        self.bring_in(chase, id);
    }

    /// Lets the caller talk with a control room, and the handler who is with them as well.
    fn bring_in(&mut self, chase: &Chase, room: PartyId) {
        match &chase.handler {
            Some(handler) => self.confer(&[handler.phone, room]),
            None => self.join(room),
        }
    }

    fn keep_company(&mut self, chase: &mut Chase, taken: Taken) {
        chase.offers = None;
        self.passage.served();
        self.join(taken.phone);
        chase.handler = Some(taken);
    }

    /// What a happening means to the hunt.
    fn noticed(&mut self, chase: &mut Chase, happening: &Happening) -> Option<Event> {
        if self.is_said(happening) {
            self.wait_with_ringing();
            return None;
        }
        if let Some(offers) = &mut chase.offers
            && offers.happened(happening)
        {
            return None;
        }
        match happening {
            Happening::Responded(id) => chase.attempt(*id).map(Event::Responded),
            Happening::Rang(id) => chase.attempt(*id).map(Event::Rang),
            Happening::Answered(id) => chase.attempt(*id).map(Event::Answered),
            Happening::Ended(id, cause) => {
                if chase.handler.take_if(|taken| taken.phone == *id).is_some() {
                    match chase.room {
                        Some(room) => self.join(room),
                        None => {
                            self.passage.unserved();
                            self.wait_with_ringing();
                        }
                    }
                    return Some(Event::HandlerGone);
                }
                let attempt = chase.attempt(*id)?;
                chase.take(attempt);
                let status = cause.status.map_or(String::new(), |s| format!(" with {s}"));
                let detail = format!("ended{status}: {}", cause.text);
                self.log.happened("control-room", detail);
                chase.lost = chase.room.take_if(|room| room == id).is_some();
                Some(match cause.by {
                    Side::Network => Event::Lost(attempt),
                    _ => Event::Ended(attempt),
                })
            }
            happening => {
                // In a conversation of three nobody is left in silence.
                match (chase.room, &chase.handler) {
                    (Some(room), None) => self.on_hold(room, happening),
                    (None, Some(handler)) => self.on_hold(handler.phone, happening),
                    _ => {}
                }
                None
            }
        }
    }

    fn wait_with_ringing(&self) {
        let ringing = self.plan.ringing(&self.language, Some(EMERGENCY_WAITING));
        self.parties.play(self.caller, ringing);
    }
}

impl Chase {
    fn attempt(&self, id: PartyId) -> Option<AttemptId> {
        let found = self.attempts.iter().find(|(_, party)| *party == id);
        found.map(|(attempt, _)| *attempt)
    }

    fn party(&self, attempt: AttemptId) -> Option<PartyId> {
        let found = self.attempts.iter().find(|(a, _)| *a == attempt);
        found.map(|(_, party)| *party)
    }

    fn take(&mut self, attempt: AttemptId) -> Option<PartyId> {
        let place = self.attempts.iter().position(|(a, _)| *a == attempt)?;
        Some(self.attempts.swap_remove(place).1)
    }
}
