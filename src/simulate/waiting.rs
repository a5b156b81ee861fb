//! Waiting for a handler.

use crate::flow::{Destination, Key, Utterance};
use crate::identity::Reference;
use crate::queue::announcer::{self, Announcer};
use crate::queue::{Event, Place, Wanted};
use crate::store::ToldWait;

use super::draws::For;
use super::moment::later;
use super::world::{CallId, Next, Stage, Wait, World, call_of};

/// The recording by which keeping the place is offered.
const KEEP_OFFER: &str = "queue-keep-offer";

impl World<'_> {
    /// A caller begins to wait for somebody, as one of their region who speaks their language.
    pub(super) fn waits_for(
        &mut self,
        call: CallId,
        wanted: Wanted,
        first: &[&'static str],
        place: Place,
    ) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let region = caller.region.region.as_str();
        let wanted = wanted.for_caller(region, caller.provider.as_deref(), &caller.language);
        self.waits_as(call, wanted, first, place);
    }

    /// The same for whom they have waited before.
    pub(super) fn waits_as(
        &mut self,
        call: CallId,
        wanted: Wanted,
        first: &[&'static str],
        place: Place,
    ) {
        let now = self.now;
        let wait = self.wait(call, first);
        self.comes_to(call, Stage::Waiting(wait));
        let people = self.people;
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        caller.course.queued_at.get_or_insert(now);
        caller.wanted = wanted.clone();
        // Whoever waits once more has not become more patient.
        let until = caller.patient_until;
        let until = until.unwrap_or_else(|| later(now, people.patience(&caller.person)));
        caller.patient_until = Some(until);
        let (ticket, serial) = (caller.reference, caller.serial);
        self.agenda
            .plan(until.max(now), Next::GivesUp(call, serial));
        self.tell(Event::Joined {
            ticket,
            wanted,
            place,
        });
        self.listens(call);
    }

    fn wait(&self, call: CallId, first: &[&'static str]) -> Box<Wait> {
        let settings = &self.service.settings.queue.announce;
        let caller = self.calls.get(call);
        let facts = announcer::Facts {
            can_keep: settings.offer_keep,
            text_relay: caller.is_some_and(|caller| caller.person.text_relay),
        };
        Box::new(Wait {
            announcer: Announcer::new(settings.times(), facts),
            first: first.to_vec(),
        })
    }

    /// They listen from now on, to where they stand first of all.
    fn listens(&mut self, call: CallId) {
        let ticket = self.calls.get(call).map(|caller| caller.reference);
        if let Some(standing) = ticket.and_then(|ticket| self.queue.standing(self.now, ticket)) {
            self.announce(call, announcer::Event::Started(standing));
        }
    }

    /// Tells the announcer what has happened, and does what it says.
    fn announce(&mut self, call: CallId, event: announcer::Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let now = self.now;
            let Some(caller) = self.calls.get_mut(call) else {
                return;
            };
            let ticket = caller.reference;
            let Stage::Waiting(wait) = &mut caller.stage else {
                return;
            };
            for action in wait.announcer.on(now, event) {
                match action {
                    announcer::Action::Say(words) => self.announces(call, words),
                    announcer::Action::AskStanding => {
                        let standing = self.queue.standing(self.now, ticket);
                        events.extend(standing.map(announcer::Event::Standing));
                    }
                    announcer::Action::Keep => return self.keeps(call),
                    announcer::Action::Music | announcer::Action::Hush => self.silence(call),
                }
            }
        }
        self.is_told(call);
        let deadline = self.calls.get(call).and_then(|caller| match &caller.stage {
            Stage::Waiting(wait) => wait.announcer.deadline(),
            _ => None,
        });
        if let Some(at) = deadline {
            self.agenda.plan(at.max(self.now), Next::Due(call));
        }
    }

    fn announces(&mut self, call: CallId, words: Vec<Utterance>) {
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let Stage::Waiting(wait) = &mut caller.stage else {
            return;
        };
        let first = wait.first.drain(..).map(Utterance::prompt);
        let said: Vec<Utterance> = first.chain(words).collect();
        let language = caller.language.clone();
        let ends = self.say(call, &language, &said);
        let is_offered = said.contains(&Utterance::prompt(KEEP_OFFER));
        let chance = self.people.scenario.caller.keeps_place;
        if let Some(caller) = self.calls.get_mut(call)
            && is_offered
            && caller.person.draws.happens(For::Keep, chance)
            && let Some(key) = Key::new('1')
        {
            self.agenda
                .plan(ends, Next::Presses(call, caller.said, key));
        }
    }

    fn is_told(&mut self, call: CallId) {
        let now = self.now;
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let Stage::Waiting(wait) = &mut caller.stage else {
            return;
        };
        let told = wait.announcer.take_told();
        if let Some((told, wait)) = told.and_then(|told| Some((told, told.wait?))) {
            caller.course.told.get_or_insert(ToldWait {
                at: now,
                wait,
                estimate: told.estimate,
            });
        }
    }

    pub(super) fn announced(&mut self, call: CallId) {
        self.announce(call, announcer::Event::SaidAll);
    }

    pub(super) fn key_while_waiting(&mut self, call: CallId, key: Key) {
        self.announce(call, announcer::Event::Key(key));
    }

    pub(super) fn announcer_due(&mut self, call: CallId) {
        let stage = self.calls.get(call).map(|caller| &caller.stage);
        if let Some(Stage::Waiting(wait)) = stage
            && wait.announcer.deadline().is_some_and(|at| at <= self.now)
        {
            self.announce(call, announcer::Event::Tick);
        }
    }

    /// They want to keep their place and be called back: the number is confirmed first.
    fn keeps(&mut self, call: CallId) {
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let stage = std::mem::replace(&mut caller.stage, Stage::Over);
        if let Stage::Waiting(wait) = stage {
            self.confirms(call, Some(wait));
        }
    }

    pub(super) fn place_confirmed(&mut self, call: CallId, destination: &Destination) {
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let Stage::Confirming(_, Some(wait)) = std::mem::replace(&mut caller.stage, Stage::Over)
        else {
            return;
        };
        if !matches!(destination, Destination::Callback { .. }) {
            caller.stage = Stage::Waiting(wait);
            return self.listens(call);
        }
        let language = caller.language.clone();
        // A handler who answers at this moment has them all the same; they do not give up any more.
        caller.stage = Stage::HearingKept;
        caller.serial += 1;
        self.say(
            call,
            &language,
            &[Utterance::prompt(crate::call::QUEUE_KEPT)],
        );
    }

    /// As many wait as may: whoever can be called back is, by a clinician; all others wait at the end.
    pub(super) fn finds_full(&mut self, ticket: Reference) {
        let call = call_of(ticket);
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        if !matches!(caller.stage, Stage::Waiting(_)) {
            return;
        }
        let number = caller.person.number.known().cloned();
        let number = number.filter(|number| number.callable_back().is_ok());
        let wanted = caller.wanted.clone();
        match number {
            Some(number) => {
                self.calls[call].urgency = wanted.priority;
                self.promises(call, number, None, crate::call::QUEUE_FULL_CALLBACK);
            }
            None => {
                self.tell(Event::Joined {
                    ticket,
                    wanted,
                    place: Place::Anyway,
                });
                self.listens(call);
            }
        }
    }

    /// Whoever they talked with was lost: they wait again, at their old place.
    pub(super) fn waits_again(&mut self, ticket: Reference) {
        let call = call_of(ticket);
        if self.reaches.contains_key(&ticket) {
            return self.reach_waits_again(ticket);
        }
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        if !matches!(caller.stage, Stage::Talking { .. }) {
            return;
        }
        let patience = self.people.patience(&caller.person);
        let wait = self.wait(call, &[]);
        self.comes_to(call, Stage::Waiting(wait));
        let serial = self.calls[call].serial;
        let at = later(self.now, patience);
        self.agenda.plan(at, Next::GivesUp(call, serial));
        self.listens(call);
    }
}
