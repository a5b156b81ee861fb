//! 999: the hunt for an ambulance control room, carried out. The caller stays with us until one has
//! answered and been heard; a handler speaks to them meanwhile when all have been tried in vain.

use std::collections::VecDeque;

use crate::emergency::{Action, AttemptId, Event, Hunt, Why};
use crate::flow::Utterance;
use crate::queue::Wanted;
use crate::sip::leg::{Cause, Side};

use super::announce::{
    EMERGENCY_AGAIN, EMERGENCY_CONNECTING, EMERGENCY_HANDLER, EMERGENCY_WAITING,
};
use super::case::{Case, Gone};
use super::offers::{self, Offers, Taken};
use super::outliving::At;
use super::parties::{Happening, PartyId};
use super::passage::Part;
use super::ring_backs;

mod back;
mod chase;
mod company;
mod record;
mod rooms;
mod travel;
mod warned;

use chase::Chase;
pub(super) use chase::ChaseState;
use record::Record;
pub(super) use travel::Whereabouts;

/// On the display of a handler who is given the caller while the hunt goes on.
const WARNING: &str = "999 NOT ANSWERED YET - ";

impl Case {
    /// Hunts for a control room. A handler who is with the caller already keeps them company.
    pub(super) async fn emergency(&mut self, company: Option<Taken>) -> Result<&'static str, Gone> {
        metrics::counter!("ivr111_emergency_total").increment(1);
        self.passage.enter(self.clock.now(), Part::Emergency);
        let rooms = self.control_rooms();
        let hunt = Hunt::new(rooms.len(), self.plan.settings.emergency.hunt());
        let record = Record {
            log: self.log.clone(),
            clock: self.clock,
            asked_at: self.clock.now(),
        };
        let ring_backs = &self.service.ring_backs;
        let desk = ring_backs.open(self.log.reference(), self.whom_to_ring());
        let chase = Chase::new(hunt, rooms, company, record, desk);
        if chase.handler.is_none() {
            self.say(&[Utterance::prompt(EMERGENCY_CONNECTING)]);
        }
        self.chase(chase, VecDeque::from([Event::Start])).await
    }

    /// Goes on with a hunt that another process has begun. `legs` are the parties of its tries, as far as they
    /// can be gone on with.
    pub(super) async fn emergency_again(
        &mut self,
        state: ChaseState,
        legs: Vec<(AttemptId, PartyId)>,
        company: Option<Taken>,
    ) -> Result<&'static str, Gone> {
        self.passage.enter(self.clock.now(), Part::Emergency);
        let record = Record {
            log: self.log.clone(),
            clock: self.clock,
            asked_at: state.asked_at,
        };
        let ring_backs = &self.service.ring_backs;
        let desk = ring_backs.open(self.log.reference(), self.whom_to_ring());
        let rooms = state.rooms();
        let mut events = VecDeque::new();
        // It may never have gone out, and nobody sends it again: it is dialled anew.
        let unheard_of: Vec<AttemptId> = state.hunt.unheard_of().collect();
        let (unheard_of, legs): (Vec<_>, Vec<_>) = legs
            .into_iter()
            .partition(|(id, _)| unheard_of.contains(id));
        for (_, party) in unheard_of {
            self.parties.hang_up(party);
        }
        let lost = state.hunt.under_way();
        let lost = lost.filter(|id| !legs.iter().any(|(known, _)| known == id));
        let why = Why::words("it could not be gone on with");
        events.extend(lost.map(|id| Event::Lost(id, why)));
        // One who was with them is gone, and one who was sought is sought no more.
        if company.is_none() {
            events.push_back(Event::HandlerGone);
        }
        let mut chase = Chase::new(state.hunt, rooms, company, record, desk);
        for (attempt, party) in legs {
            self.parties.prove(party);
            chase.dialled(attempt, party);
        }
        if chase.hunt.is_connected() {
            self.passage.served();
        } else if chase.handler.is_none() {
            self.wait_with_ringing();
        }
        self.chase(chase, events).await
    }

    async fn chase(
        &mut self,
        mut chase: Chase,
        mut events: VecDeque<Event>,
    ) -> Result<&'static str, Gone> {
        let _urgent = self.service.urgent(&self.urgent);
        self.parties.in_emergency();
        let clock = self.clock;
        loop {
            while let Some(event) = events.pop_front() {
                let actions = chase.hunt.on(self.clock.now(), event);
                events.extend(self.pursue(&mut chase, actions));
            }
            if chase.hunt.is_over() {
                if let Some(state) = chase.state() {
                    self.comes_to(At::Emergency(Box::new(state)));
                }
                chase.write_down();
                chase.desk = None;
                // Who kept the caller company goes on talking with them.
                if let Some(handler) = chase.handler.take() {
                    self.talk(handler.phone).await?;
                }
                return Ok("the control room hung up");
            }
            self.bring_together(&mut chase);
            if let Some(state) = chase.state() {
                self.comes_to(At::Emergency(Box::new(state)));
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
                        chase.offers = None;
                        chase.handler = Some(taken);
                        self.passage.served();
                    }
                }
                call = ring_backs::next(&mut chase.desk) => {
                    events.extend(self.rung_back(&mut chase, *call));
                }
                happening = self.next() => events.extend(self.noticed(&mut chase, &happening?)),
                () = clock.at(chase.hunt.deadline()) => events.push_back(Event::Tick),
            }
        }
    }

    /// Does what the hunt says. Gives what has come of it at once: tries that could not even begin.
    fn pursue(&mut self, chase: &mut Chase, actions: Vec<Action>) -> Vec<Event> {
        let mut events = Vec::new();
        for action in actions {
            match action {
                Action::Dial { target, attempt } => {
                    if !self.dial_room(chase, target, attempt) {
                        let why = Why::words("it could not be dialled");
                        events.push(Event::Ended(attempt, why));
                    }
                }
                Action::Cancel(attempt) => {
                    if let Some(id) = chase.take(attempt) {
                        self.parties.hang_up(id);
                    }
                }
                Action::Connect(attempt) => {
                    let room = chase.name_of(attempt);
                    self.log
                        .happened("control-room", format!("{room} has answered"));
                }
                Action::Proved(attempt) => {
                    let room = chase.name_of(attempt);
                    self.log
                        .happened("control-room", format!("{room} is heard"));
                    self.has_control_room(chase);
                    chase.tell_desk();
                }
                Action::FetchHandler => self.fetch_handler(chase),
                Action::Warn(warning) => self.warn(chase, warning),
            }
        }
        events
    }

    /// A control room has the caller: nobody else is needed.
    fn has_control_room(&mut self, chase: &mut Chase) {
        metrics::counter!("ivr111_emergency_answered_total").increment(1);
        if let Some(mut offers) = chase.offers.take() {
            offers.stop(&mut self.parties);
        }
        self.passage.served();
    }

    fn fetch_handler(&mut self, chase: &mut Chase) {
        if chase.handler.is_some() || chase.offers.is_some() {
            return;
        }
        self.log
            .happened("control-room", "none has answered; a handler is fetched");
        let wanted = Wanted::for_emergency(self.plan.flow.fallback_skill());
        let wanted = self.wanted_here(wanted);
        let room = &self.service.waiting_room;
        let ticket = room.join(self.log.reference(), wanted, self.contact());
        chase.offers = Some(Offers::new(ticket));
        self.say(&[Utterance::prompt(EMERGENCY_HANDLER)]);
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
            Happening::Heard(id, true) => chase.attempt(*id).map(Event::Sounded),
            Happening::Heard(id, false) => chase.attempt(*id).map(Event::Heard),
            Happening::Ended(id, cause) => self.somebody_gone(chase, *id, cause),
            happening => {
                // In a conversation of three nobody is left in silence.
                match (chase.lead(), &chase.handler) {
                    (Some(room), None) => self.on_hold(room, happening),
                    (None, Some(handler)) => self.on_hold(handler.phone, happening),
                    _ => {}
                }
                None
            }
        }
    }

    fn somebody_gone(&mut self, chase: &mut Chase, id: PartyId, cause: &Cause) -> Option<Event> {
        if chase.handler.take_if(|taken| taken.phone == id).is_some() {
            if !chase.hunt.is_connected() {
                self.passage.unserved();
            }
            return Some(Event::HandlerGone);
        }
        let attempt = chase.attempt(id)?;
        chase.take(attempt);
        let status = cause.status.map_or(String::new(), |s| format!(" with {s}"));
        let room = chase.name_of(attempt);
        let detail = format!("{room} ended{status}: {}", cause.text);
        self.log.happened("control-room", detail);
        let why = Why {
            status: cause.status,
            text: cause.text,
        };
        Some(match cause.by {
            Side::Network => Event::Lost(attempt, why),
            _ => Event::Ended(attempt, why),
        })
    }

    fn wait_with_ringing(&mut self) {
        let ringing = self.plan.ringing(&self.language, Some(EMERGENCY_WAITING));
        self.parties.play(self.caller, ringing);
    }

    fn put_through_again(&mut self) {
        self.say(&[Utterance::prompt(EMERGENCY_AGAIN)]);
    }
}
