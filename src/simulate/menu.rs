//! The menus, and what callers press.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::callback::{self, Callback, Promise};
use crate::flow::{
    Action, Asks, Before, Destination, Event, Facts, Key, Priority, Promised, Run, Utterance, Why,
};
use crate::identity::Number;
use crate::queue::{self, Wanted};
use crate::routing::{Keyed, RegionId};
use crate::store::Course;

use super::draws::For;
use super::moment::later;
use super::people::Person;
use super::world::{Call, CallId, Next, Stage, Wait, World, reference_of};

/// Between two digits of a number, in seconds.
const DIGIT: f64 = 0.6;

impl World<'_> {
    /// Somebody calls.
    pub(super) fn calls(&mut self, person: Person) {
        let place = self.calls.len();
        let reference = reference_of(self.now, place);
        let caller = person.caller();
        let region = self.service.tables.region_of(&caller, None, None);
        let is_known = person.number.known().is_some();
        let known = self.called.get(&person.who).copied().filter(|_| is_known);
        let open = self.open.get(&person.who).copied().filter(|_| is_known);
        let mut course = Course::begun(reference, self.now);
        course.answered_at = Some(self.now);
        course.region = Some(self.word(region.region.as_str()));
        let dialled = self.people.dialled(&person);
        let facts = self.facts(&person, dialled, region.is_known());
        let facts = Facts {
            region_keyed: false,
            before: match is_known {
                true => Before::Asked,
                false => Before::Nothing,
            },
            ..facts
        };
        let run = Run::new(Arc::clone(&self.service.flow), facts);
        let gives_up = later(self.now, self.people.patience_in_menu(&person));
        self.calls.push(Call {
            reference,
            region,
            provider: None,
            language: crate::flow::ENGLISH.to_owned(),
            course,
            stage: Stage::Menu(Box::new(run)),
            serial: 0,
            said: 0,
            next_key: 0,
            presses: 0,
            earlier: known.unwrap_or_default(),
            open: None,
            speaks_now: false,
            urgency: crate::flow::Priority::Ordinary,
            wanted: Wanted::default(),
            patient_until: None,
            talks: 0,
            talks_since: self.now,
            person,
        });
        self.agenda.plan(gives_up, Next::GivesUp(place, 0));
        self.run(place, Event::Start);
        if is_known {
            let promised = open.and_then(|open| self.is_promised(place, open));
            self.run(place, Event::Known(promised));
        }
    }

    /// What they are told of a promise; the callback is not made while they are on the line.
    fn is_promised(&mut self, call: CallId, open: crate::identity::Reference) -> Option<Promised> {
        let callback = self.book.get(open)?;
        let (deadline, priority) = (callback.deadline, callback.priority);
        self.calls.get_mut(call)?.open = Some(open);
        self.tell_book(callback::Event::CallerRings(open));
        Some(Promised::Callback { deadline, priority })
    }

    fn facts(&self, person: &Person, dialled: &str, region_known: bool) -> Facts {
        let number = person.number.known().cloned();
        Facts {
            dialled: dialled.to_owned(),
            text_relay: person.text_relay,
            region_known,
            region_keyed: false,
            places: Arc::clone(&self.service.places),
            number_refused: number.as_ref().is_some_and(|n| n.callable_back().is_err()),
            number: number.filter(|number| number.callable_back().is_ok()),
            before: Before::Nothing,
        }
    }

    /// Tells the caller's menu what has happened, and does what it says.
    pub(super) fn run(&mut self, call: CallId, event: Event) {
        let now = self.now;
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let (Stage::Menu(run) | Stage::Confirming(run, _)) = &mut caller.stage else {
            return;
        };
        let actions = run.on(now, event);
        let asks = run.asks();
        for action in actions {
            match action {
                Action::Silence => self.silence(call),
                Action::Say {
                    language,
                    utterances,
                } => self.say_and_answer(call, &language, &utterances, asks),
                Action::Introduced => {
                    if let Some(caller) = self.calls.get_mut(call) {
                        caller.course.introduced_at.get_or_insert(now);
                    }
                }
                Action::Region(region) => {
                    self.has_keyed(call, &Keyed::Region(RegionId::new(region)));
                }
                Action::Postcode(code) => {
                    self.has_keyed(call, &Keyed::Postcode(code.as_str().to_owned()));
                }
                Action::SpeaksNow => self.speaks_now(call),
                Action::Entered(_) | Action::Chose(_) | Action::ByRelay => {}
                Action::Leave { destination, why } => {
                    return self.leaves(call, destination, why);
                }
            }
        }
        self.plan_menu(call);
    }

    fn plan_menu(&mut self, call: CallId) {
        let stage = self.calls.get(call).map(|call| &call.stage);
        if let Some(Stage::Menu(run) | Stage::Confirming(run, _)) = stage
            && let Some(at) = run.deadline()
        {
            self.agenda.plan(at.max(self.now), Next::Due(call));
        }
    }

    pub(super) fn menu_due(&mut self, call: CallId) {
        let stage = self.calls.get(call).map(|call| &call.stage);
        if let Some(Stage::Menu(run) | Stage::Confirming(run, _)) = stage
            && run.deadline().is_some_and(|at| at <= self.now)
        {
            self.run(call, Event::Tick);
        }
    }

    /// Nothing is said any more.
    pub(super) fn silence(&mut self, call: CallId) {
        if let Some(call) = self.calls.get_mut(call) {
            call.said += 1;
        }
    }

    /// Says something to a caller; gives when it has been said.
    pub(super) fn say(&mut self, call: CallId, language: &str, said: &[Utterance]) -> Timestamp {
        let at = later(self.now, self.service.length(language, said));
        if let Some(caller) = self.calls.get_mut(call) {
            caller.said += 1;
            if caller.language != language {
                language.clone_into(&mut caller.language);
            }
            self.agenda.plan(at, Next::Said(call, caller.said));
        }
        at
    }

    fn say_and_answer(&mut self, call: CallId, language: &str, said: &[Utterance], asks: Asks) {
        let ends = self.say(call, language, said);
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let people = self.people;
        let hurried = people.is_hurried(&caller.person);
        let presses: Vec<Key> = match asks {
            // Whoever knows the menu presses while the welcome is said.
            Asks::Nothing if !hurried => return,
            Asks::Nothing if caller.next_key > 0 => return,
            Asks::Nothing | Asks::Choice => match people.keys(&caller.person, caller.next_key) {
                Some(keys) => {
                    caller.next_key += 1;
                    keys
                }
                None => return,
            },
            Asks::Region => {
                let home = &people.homes[caller.person.home].region;
                let keys = self.service.tables.region_keys().iter();
                let theirs = keys.filter(|(_, region)| region == home);
                theirs.filter_map(|(key, _)| Key::new(*key)).collect()
            }
            Asks::Confirmation => Key::new('1').into_iter().collect(),
            Asks::Number => {
                let number = own_number(&caller.person);
                number.chars().chain(['#']).filter_map(Key::new).collect()
            }
            Asks::Promise => {
                let speaks = people.scenario.caller.speaks_now;
                let speaks = caller.person.draws.happens(For::Promise, speaks);
                let key = Key::new(if speaks { '2' } else { '1' });
                key.into_iter().collect()
            }
            Asks::Postcode | Asks::WhichPostcode => return,
        };
        let after = people.reaction(&caller.person, caller.presses);
        caller.presses += 1;
        let mut at = later(if hurried { self.now } else { ends }, after);
        let said = caller.said;
        for key in presses {
            self.agenda.plan(at, Next::Presses(call, said, key));
            at = later(at, Duration::from_secs_f64(DIGIT));
        }
    }

    /// A key. What was planned for what is said stays planned: digits follow each other.
    pub(super) fn presses(&mut self, call: CallId, key: Key) {
        match self.calls.get(call).map(|call| &call.stage) {
            Some(Stage::Menu(_) | Stage::Confirming(..)) => {
                let said = self.calls[call].said;
                self.run(call, Event::Key(key));
                // A digit silences what is said, and the next one still comes.
                if let Some(caller) = self.calls.get_mut(call)
                    && let Stage::Menu(run) | Stage::Confirming(run, _) = &caller.stage
                    && run.asks() == Asks::Number
                    && caller.said == said + 1
                {
                    caller.said = said;
                }
            }
            Some(Stage::Waiting(_)) => self.key_while_waiting(call, key),
            _ => {}
        }
    }

    fn has_keyed(&mut self, call: CallId, keyed: &Keyed) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let who = caller.person.caller();
        let region = self.service.tables.region_of(&who, None, Some(keyed));
        self.is_in(call, region);
    }

    fn is_in(&mut self, call: CallId, region: crate::routing::RegionDecision) {
        let word = self.word(region.region.as_str());
        if let Some(caller) = self.calls.get_mut(call) {
            caller.course.region = Some(word);
            caller.region = region;
        }
    }

    /// It is about the same need as before: where nothing tells against it, they are where they were.
    fn speaks_now(&mut self, call: CallId) {
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        caller.speaks_now = true;
        let promised = caller.open.and_then(|open| self.book.get(open));
        let again = promised.and_then(|callback| {
            self.service
                .tables
                .region_again(&caller.region, &callback.region)
        });
        if let Some(region) = again {
            self.is_in(call, region);
        }
    }

    /// The menus are over, or what was to be confirmed is.
    fn leaves(&mut self, call: CallId, destination: Destination, _why: Why) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        match &caller.stage {
            Stage::Confirming(_, Some(_)) => return self.place_confirmed(call, &destination),
            Stage::Confirming(_, None) => return self.callback_confirmed(call, destination),
            _ => {}
        }
        let calls = caller.earlier + 1;
        let is_often = self.service.settings.again.is_often(calls);
        let destination = match is_often {
            true => destination.clinicians_first(),
            false => destination,
        };
        let region = caller.region.region.clone();
        let turn = self.turn(&region);
        let decided = self.service.tables.provider(&region, turn, self.now);
        let provider = decided.map(|decided| decided.provider);
        let words = (
            provider.as_deref().map(|provider| self.word(provider)),
            self.word(destination.word()),
        );
        let now = self.now;
        let caller = &mut self.calls[call];
        caller.course.provider = words.0;
        caller.course.destination = Some(words.1);
        caller.course.led_at = Some(now);
        caller.provider = provider;
        self.goes_to(call, destination);
    }

    fn goes_to(&mut self, call: CallId, destination: Destination) {
        let fallback = self.service.flow.fallback_skill();
        match destination {
            Destination::Callback {
                number,
                disposition,
            } => self.promises(
                call,
                number,
                disposition.as_deref(),
                crate::call::CALLBACK_BOOKED,
            ),
            Destination::CrisisLine { skill } => self.goes_to_crisis_line(call, skill),
            // Services are not simulated: everybody whom one would take waits for a handler.
            Destination::Service { skill, .. } => {
                let wanted = Wanted::by_skill(&skill, fallback, Priority::Ordinary);
                self.waits_for(call, wanted, &[], queue::Place::InTurn);
            }
            // Nobody who is simulated calls from a service's telephone: whoever dials that line waits for a handler.
            Destination::Capacity => {
                let wanted = Wanted::by_skill(fallback, fallback, Priority::Ordinary);
                self.waits_for(call, wanted, &[], queue::Place::InTurn);
            }
            Destination::Emergency => self.goes_to_emergency(call, None),
            Destination::Kept => {
                let language = self.calls[call].language.clone();
                self.comes_to(call, Stage::Hearing(None));
                self.say(
                    call,
                    &language,
                    &[Utterance::prompt(crate::flow::AGAIN_KEPT)],
                );
            }
            Destination::HandlerQueue { .. } | Destination::ClinicianQueue { .. } => {
                let wanted = Wanted::at(&destination, fallback).unwrap_or_default();
                self.waits_for(call, wanted, &[], queue::Place::InTurn);
            }
        }
    }

    /// Promises a callback, and says so.
    pub(super) fn promises(
        &mut self,
        call: CallId,
        number: Number,
        disposition: Option<&str>,
        words: &'static str,
    ) {
        let settings = &self.service.settings.callback;
        let found = settings.disposition(disposition);
        let found = found.unwrap_or_else(|_| settings.otherwise());
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let promise = Promise {
            reference: caller.reference,
            number,
            text_relay: caller.person.text_relay,
            region: caller.region.region.to_string(),
            postcode: None,
            language: caller.language.clone(),
            skill: found.skill,
        };
        let callback = Callback {
            priority: caller.urgency,
            ..Callback::promised(promise, self.now, found.deadline)
        };
        let language = caller.language.clone();
        let before = self.open.get(&caller.person.who).copied();
        let booked = match before.filter(|open| self.book.get(*open).is_some()) {
            // One need has one promise: that of the earlier call holds from now on for what has been confirmed.
            Some(reference) => {
                let callback = Callback {
                    reference,
                    ..callback
                };
                self.tell_book(callback::Event::ConfirmedAgain(callback));
                None
            }
            None => Some(Box::new(callback::Event::Booked(callback))),
        };
        self.comes_to(call, Stage::Hearing(booked));
        self.say(call, &language, &[Utterance::prompt(words)]);
    }

    /// What was said has been said.
    pub(super) fn said(&mut self, call: CallId) {
        match self.calls.get(call).map(|call| &call.stage) {
            Some(Stage::Menu(_) | Stage::Confirming(..)) => self.run(call, Event::SaidAll),
            Some(Stage::Waiting(_)) => self.announced(call),
            Some(Stage::Hearing(_)) => {
                if let Stage::Hearing(Some(event)) = self.comes_to(call, Stage::Over) {
                    self.booked(call, *event);
                }
                self.ends(call);
            }
            Some(Stage::HearingKept) => self.hangs_up_and_keeps(call),
            _ => {}
        }
    }

    /// A handler has agreed on a call back with the caller, who has confirmed the number or has not.
    fn callback_confirmed(&mut self, call: CallId, destination: Destination) {
        match destination {
            Destination::Callback { number, .. } => {
                self.promises(call, number, None, crate::call::CALLBACK_BOOKED);
            }
            _ => {
                let wanted = self.calls[call].wanted.clone();
                let first = [crate::call::CALLBACK_NOT_BOOKED];
                self.waits_as(call, wanted, &first, queue::Place::Top);
            }
        }
    }

    /// The number is confirmed under which a caller is to be called back, and how: in a run of its own.
    pub(super) fn confirms(&mut self, call: CallId, wait: Option<Box<Wait>>) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let facts = self.facts(&caller.person, "", caller.region.is_known());
        let flow = Arc::clone(&self.service.flow);
        let run = Run::about_number(flow, facts, &caller.language);
        // Whoever keeps a place waits on meanwhile, and a handler may still answer.
        self.comes_to_confirming(call, run, wait);
        self.run(call, Event::Start);
    }

    fn comes_to_confirming(&mut self, call: CallId, run: Run, wait: Option<Box<Wait>>) {
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        caller.said += 1;
        if wait.is_none() {
            caller.serial += 1;
        }
        caller.stage = Stage::Confirming(Box::new(run), wait);
    }
}

/// The number on which somebody wants to be called back, as they key it: their own where it will do.
fn own_number(person: &Person) -> String {
    let own = person.number.known();
    let own = own.filter(|number| number.callable_back().is_ok());
    let other = || format!("07700900{:03}", person.who % 1_000);
    own.map_or_else(other, Number::national)
}
