//! The machine that leads one caller through a flow. It reads no clock: time comes with each event,
//! and [`Run::deadline`] says when it wants to hear of time again.
//!
//! Callers on text relay have no timeouts: a prompt is said to them again and again, slowly, until a
//! key comes; wrong keys lead them to a person as they do everybody. What they have keyed of a postcode
//! counts after two such pauses.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::identity::Number;

use super::again::{Before, Promised};
use super::destination::{Destination, Priority};
use super::key::Key;
use super::model::{Ending, Flow, Kind, Step};
use super::outward::OutwardCode;
use super::places::Places;
use super::postcode::{PostcodeKeys, Then, choices};
use super::utterance::{ENGLISH, Utterance};

/// Steps without a menu between two menus; a checked flow never comes near.
pub(super) const MOST_STEPS: usize = 32;

/// What is known about the caller before the flow begins.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The number dialled, by which the flow is entered.
    pub dialled: String,
    /// A text-relay assistant is on the line.
    pub text_relay: bool,
    /// The region is known.
    pub region_known: bool,
    /// That is so by what they have keyed alone: a postcode that they key later counts instead.
    pub region_keyed: bool,
    /// By which keys a caller says where they are, who must be asked.
    pub places: Arc<Places>,
    /// The caller's own number, when it can be called back.
    pub number: Option<Number>,
    /// They call from a number that is known, and that cannot be called back.
    pub number_refused: bool,
    /// What they have been promised in an earlier call.
    pub before: Before,
}

/// What happens to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The call has been answered.
    Start,
    /// The caller is there again after the call was taken up anew: what they were told or asked is said
    /// again.
    Resumed,
    /// A key.
    Key(Key),
    /// All that was to be said has been said.
    SaidAll,
    /// The deadline has come.
    Tick,
    /// What has been looked up is known: what the caller has been promised, if anything.
    Known(Option<Promised>),
}

/// Why a caller leaves the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They chose it.
    Chosen,
    /// No key came.
    NoKey,
    /// Too many wrong keys came.
    WrongKeys,
    /// The flow has no way in for the number dialled.
    NoEntry,
}

impl Why {
    /// A few words for the timeline.
    pub fn words(self) -> &'static str {
        match self {
            Why::Chosen => "chosen",
            Why::NoKey => "no key",
            Why::WrongKeys => "wrong keys",
            Why::NoEntry => "no entry for the number dialled",
        }
    }
}

/// What is to be done. In order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Stop what is being said, at once.
    Silence,
    /// Say this in place of what is being said; [`Event::SaidAll`] when it is done.
    Say {
        /// The language.
        language: String,
        /// What.
        utterances: Vec<Utterance>,
    },
    /// The introductory message has been said, or was cut short; once in a run.
    Introduced,
    /// A step has been entered; for the timeline.
    Entered(String),
    /// The caller has chosen something that has a name.
    Chose(String),
    /// The caller wants to speak to somebody instead of waiting for the call back that they are promised.
    SpeaksNow,
    /// The caller is to be called back through text relay, whatever they call by.
    ByRelay,
    /// The caller has said where they are.
    Region(String),
    /// The caller has keyed the postcode of where the patient is.
    Postcode(OutwardCode),
    /// The flow is over.
    Leave {
        /// Where to.
        destination: Destination,
        /// Why there.
        why: Why,
    },
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mode {
    /// In a step of the flow.
    Step,
    /// Before the number, where the run is about nothing else.
    NumberOnly,
    /// Waiting for what is being looked up, after the first announcement.
    Asked,
    /// Being told of the call back that they have been promised, in these words.
    Promised(Promised, Vec<Utterance>),
    /// Asked for the region, before this ending.
    Region(Ending),
    /// A number has been read back; the flag tells that it is to be called through text relay though the
    /// caller does not call by it.
    Confirm(Number, bool),
    /// Keying a number.
    Number(String),
    /// Keying a postcode, before this.
    Postcode(PostcodeKeys, Then),
    /// Asked which of several postcodes they have keyed, before this.
    WhichPostcode(Vec<OutwardCode>, Then),
    /// Over.
    Over,
}

/// One caller's way through a flow.
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) flow: Arc<Flow>,
    pub(super) facts: Facts,
    pub(super) step: String,
    pub(super) mode: Mode,
    pub(super) language: String,
    pub(super) silent_rounds: u32,
    pub(super) wrong_keys: u32,
    pub(super) wrong_numbers: u32,
    pub(super) speaking: bool,
    /// The caller has come to the first menu, or past where one could have been.
    pub(super) introduced: bool,
    pub(super) deadline: Option<Timestamp>,
}

impl Run {
    /// A run that waits for [`Event::Start`].
    pub fn new(flow: Arc<Flow>, facts: Facts) -> Self {
        Run {
            flow,
            facts,
            step: String::new(),
            mode: Mode::Step,
            language: ENGLISH.to_owned(),
            silent_rounds: 0,
            wrong_keys: 0,
            wrong_numbers: 0,
            speaking: false,
            introduced: false,
            deadline: None,
        }
    }

    /// A run about nothing but the number on which the caller is to be called back, in a language. It
    /// leaves for a callback, or for a person where no number has been confirmed.
    pub fn about_number(flow: Arc<Flow>, facts: Facts, language: &str) -> Self {
        Run {
            mode: Mode::NumberOnly,
            language: language.to_owned(),
            introduced: true,
            ..Run::new(flow, facts)
        }
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// Whether the caller is giving the number on which they are to be called back.
    pub fn is_about_number(&self) -> bool {
        matches!(
            self.mode,
            Mode::NumberOnly | Mode::Confirm(..) | Mode::Number(_)
        )
    }

    /// The language that the caller hears.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Whether the flow is over.
    pub fn is_over(&self) -> bool {
        self.mode == Mode::Over
    }

    /// Takes what has happened and gives what to do.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.is_over() {
            return actions;
        }
        match event {
            Event::Start => self.start(&mut actions),
            Event::Resumed => self.resume(&mut actions),
            Event::Key(key) => self.key(now, key, &mut actions),
            Event::SaidAll if self.speaking => {
                self.speaking = false;
                self.said_all(now, &mut actions);
            }
            Event::Tick if self.deadline.is_some_and(|at| now >= at) => {
                self.deadline = None;
                self.silence(&mut actions);
            }
            Event::Known(promised) => self.known(now, promised, &mut actions),
            Event::SaidAll | Event::Tick => {}
        }
        actions
    }

    pub(super) fn start(&mut self, actions: &mut Vec<Action>) {
        if self.mode == Mode::NumberOnly {
            return self.end_with_region(Ending::Callback { disposition: None }, actions);
        }
        match self.flow.entry.get(&self.facts.dialled).cloned() {
            Some(step) => self.enter(&step, actions),
            None => self.fall_back(Why::NoEntry, actions),
        }
    }

    pub(super) fn current(&self) -> Option<&Step> {
        self.flow.steps.get(&self.step)
    }

    pub(super) fn enter(&mut self, name: &str, actions: &mut Vec<Action>) {
        self.enter_within(name, MOST_STEPS, actions);
    }

    fn enter_within(&mut self, name: &str, steps_left: usize, actions: &mut Vec<Action>) {
        if self.step != name {
            self.silent_rounds = 0;
            self.wrong_keys = 0;
        }
        self.step = name.to_owned();
        self.mode = Mode::Step;
        let Some(step) = self.flow.steps.get(name).cloned() else {
            return self.fall_back(Why::NoEntry, actions);
        };
        if let Kind::Menu(_) | Kind::Postcode(_) = step.kind {
            self.introduced(actions);
        }
        actions.push(Action::Entered(name.to_owned()));
        if let Some(label) = step.label {
            actions.push(Action::Chose(label));
        }
        if let Some(language) = step.language {
            self.language = language;
        }
        if !step.say.is_empty() {
            let said = step
                .say
                .iter()
                .map(|name| Utterance::prompt(name))
                .collect();
            return self.say(said, actions);
        }
        match step.kind {
            Kind::Next(next) if steps_left > 0 => {
                self.enter_within(&next, steps_left - 1, actions);
            }
            Kind::Next(_) => self.fall_back(Why::NoEntry, actions),
            Kind::Leave(ending) => self.end(ending, actions),
            Kind::Postcode(next) => self.ask_postcode(Then::Step(next), actions),
            // A menu without a prompt waits as if its prompt had just been said.
            Kind::Menu(_) => self.say(Vec::new(), actions),
        }
    }

    /// What comes from now on is no introduction.
    pub(super) fn introduced(&mut self, actions: &mut Vec<Action>) {
        if !std::mem::replace(&mut self.introduced, true) {
            actions.push(Action::Introduced);
        }
    }

    pub(super) fn say(&mut self, utterances: Vec<Utterance>, actions: &mut Vec<Action>) {
        self.speaking = true;
        self.deadline = None;
        actions.push(Action::Say {
            language: self.language.clone(),
            utterances,
        });
    }

    /// Says again what the caller is being asked.
    pub(super) fn ask_again(&mut self, actions: &mut Vec<Action>) {
        match &self.mode {
            Mode::Step => {
                let said = self.current().map(|step| step.say.clone());
                let said = said.unwrap_or_default();
                self.say(said.iter().map(|n| Utterance::prompt(n)).collect(), actions);
            }
            Mode::Region(_) => self.say(vec![Utterance::prompt("region-menu")], actions),
            Mode::Promised(_, words) => {
                let words = words.clone();
                self.say(words, actions);
            }
            Mode::Confirm(number, by_relay) => {
                let (number, by_relay) = (number.clone(), *by_relay);
                self.read_back(number, by_relay, actions);
            }
            Mode::Number(_) => {
                self.mode = Mode::Number(String::new());
                self.say(vec![Utterance::prompt("key-your-number")], actions);
            }
            Mode::Postcode(keyed, then) => {
                let (unknown, then) = (keyed.unknown, then.clone());
                self.ask_postcode_again(unknown, then, actions);
            }
            Mode::WhichPostcode(codes, _) => {
                let words = choices(codes);
                self.say(words, actions);
            }
            Mode::NumberOnly | Mode::Asked | Mode::Over => {}
        }
    }

    fn said_all(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if self.mode == Mode::Step {
            match self.current().map(|step| step.kind.clone()) {
                Some(Kind::Next(next)) => return self.go_on(now, &next, actions),
                Some(Kind::Leave(ending)) => return self.end(ending, actions),
                Some(Kind::Postcode(next)) => return self.ask_postcode(Then::Step(next), actions),
                Some(Kind::Menu(_)) | None => {}
            }
        }
        let timing = self.flow.timing;
        let wait = if self.facts.text_relay {
            timing.relay
        } else {
            timing.wait
        };
        self.wait_until(now, wait);
    }

    /// Waits for the next digit of several.
    pub(super) fn wait_for_digit(&mut self, now: Timestamp) {
        let timing = self.flow.timing;
        let wait = match self.facts.text_relay {
            true => timing.relay,
            false => timing.digit,
        };
        self.wait_until(now, wait);
    }

    pub(super) fn wait_until(&mut self, now: Timestamp, wait: std::time::Duration) {
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_secs(60));
        self.deadline = now.checked_add(wait).ok().or(Some(now));
    }

    /// No key has come in time.
    fn silence(&mut self, actions: &mut Vec<Action>) {
        match self.mode.clone() {
            Mode::Number(digits) if Run::number_is_whole(&digits) && !self.facts.text_relay => {
                return self.number_keyed(&digits, actions);
            }
            Mode::Postcode(keyed, then) if !keyed.keys.is_empty() => {
                return self.postcode_paused(keyed, then, actions);
            }
            _ => {}
        }
        self.silent_rounds += 1;
        let told_enough = !self.facts.text_relay || self.silent_rounds > self.flow.timing.repeats;
        if self.mode == Mode::Asked || matches!(self.mode, Mode::Promised(..)) && told_enough {
            self.silent_rounds = 0;
            return self.on_with_the_flow(actions);
        }
        if self.facts.text_relay || self.silent_rounds <= self.flow.timing.repeats {
            return self.ask_again(actions);
        }
        self.goes_on_without(Why::NoKey, actions);
    }

    fn key(&mut self, now: Timestamp, key: Key, actions: &mut Vec<Action>) {
        if self.speaking {
            self.speaking = false;
            actions.push(Action::Silence);
        }
        self.deadline = None;
        match self.mode.clone() {
            Mode::Step | Mode::Asked => {
                let promised = match self.facts.before {
                    Before::Promised(promised) => Some(promised),
                    Before::Nothing | Before::Asked => None,
                };
                self.key_goes_on(now, key, promised, actions);
            }
            Mode::Promised(promised, _) => self.promised_key(now, key, promised, actions),
            Mode::Region(ending) => self.region_key(key, ending, actions),
            Mode::Confirm(number, by_relay) => self.confirm_key(key, number, by_relay, actions),
            Mode::Number(digits) => self.number_key(now, key, digits, actions),
            Mode::Postcode(keyed, then) => self.postcode_key(now, key, keyed, then, actions),
            Mode::WhichPostcode(codes, then) => self.which_key(key, &codes, then, actions),
            Mode::NumberOnly | Mode::Over => {}
        }
    }

    /// A key during an announcement cuts it short and counts for the menu that follows.
    pub(super) fn step_key(&mut self, key: Key, steps_left: usize, actions: &mut Vec<Action>) {
        let kind = self.current().map(|step| step.kind.clone());
        match kind {
            Some(Kind::Menu(keys)) => match keys.get(&key) {
                Some(to) => self.enter(to, actions),
                None => self.wrong_key(actions),
            },
            Some(Kind::Next(next)) if steps_left > 0 => {
                self.enter(&next, actions);
                if self.speaking && self.mode == Mode::Step {
                    self.speaking = false;
                    actions.retain(|action| !matches!(action, Action::Say { .. }));
                    self.step_key(key, steps_left - 1, actions);
                }
            }
            Some(Kind::Leave(ending)) => self.end(ending, actions),
            Some(Kind::Postcode(next)) => self.ask_postcode(Then::Step(next), actions),
            Some(Kind::Next(_)) | None => self.fall_back(Why::NoEntry, actions),
        }
    }

    pub(super) fn wrong_key(&mut self, actions: &mut Vec<Action>) {
        self.wrong_keys += 1;
        if self.wrong_keys < self.flow.timing.wrong {
            let from = actions.len();
            self.ask_again(actions);
            for action in &mut actions[from..] {
                if let Action::Say { utterances, .. } = action {
                    utterances.insert(0, Utterance::prompt("invalid-key"));
                }
            }
            return;
        }
        self.goes_on_without(Why::WrongKeys, actions);
    }

    /// Nothing has come of what was asked. Whoever was only asked where they are goes where they have chosen to, all
    /// others to a person.
    fn goes_on_without(&mut self, why: Why, actions: &mut Vec<Action>) {
        match self.mode.clone() {
            Mode::Region(ending) => self.end_with_region(ending, actions),
            Mode::Postcode(_, then) | Mode::WhichPostcode(_, then) => {
                self.without_postcode(then, actions);
            }
            _ => self.fall_back(why, actions),
        }
    }

    /// The end of the flow by the caller's choice; the region is asked for first where it matters.
    fn end(&mut self, ending: Ending, actions: &mut Vec<Action>) {
        self.introduced(actions);
        let can_be_asked = !self.facts.places.regions.is_empty();
        if ending.needs_region() && !self.facts.region_known && can_be_asked {
            return self.ask_region(ending, &["region-menu"], actions);
        }
        self.end_with_region(ending, actions);
    }

    pub(super) fn ask_region(&mut self, ending: Ending, words: &[&str], actions: &mut Vec<Action>) {
        self.mode = Mode::Region(ending);
        self.silent_rounds = 0;
        self.wrong_keys = 0;
        self.say(
            words.iter().map(|name| Utterance::prompt(name)).collect(),
            actions,
        );
    }

    fn region_key(&mut self, key: Key, ending: Ending, actions: &mut Vec<Action>) {
        let places = Arc::clone(&self.facts.places);
        if let Some((_, region)) = places.regions.iter().find(|(k, _)| *k == key) {
            (self.facts.region_known, self.facts.region_keyed) = (true, true);
            actions.push(Action::Region(region.clone()));
            return self.end_with_region(ending, actions);
        }
        match places.postcode_key == Some(key) {
            true => self.ask_postcode(Then::Region(ending), actions),
            false => self.wrong_key(actions),
        }
    }

    pub(super) fn end_with_region(&mut self, ending: Ending, actions: &mut Vec<Action>) {
        let destination = match ending {
            Ending::Queue { skill, priority } => Destination::HandlerQueue { skill, priority },
            Ending::Clinicians { priority } => Destination::ClinicianQueue { priority },
            Ending::CrisisLine { skill } => Destination::CrisisLine { skill },
            Ending::Service { need, skill } => Destination::Service { need, skill },
            Ending::Capacity => Destination::Capacity,
            Ending::Emergency => Destination::Emergency,
            Ending::Callback { .. } => {
                self.silent_rounds = 0;
                self.wrong_keys = 0;
                return match self.facts.number.clone() {
                    Some(number) => self.read_back(number, false, actions),
                    None => self.ask_another_number(actions),
                };
            }
        };
        self.leave(destination, Why::Chosen, actions);
    }

    /// A person, at once and without another question.
    pub(super) fn fall_back(&mut self, why: Why, actions: &mut Vec<Action>) {
        let destination = Destination::HandlerQueue {
            skill: self.flow.fallback_skill.clone(),
            priority: Priority::Ordinary,
        };
        self.leave(destination, why, actions);
    }

    pub(super) fn leave(&mut self, destination: Destination, why: Why, actions: &mut Vec<Action>) {
        self.introduced(actions);
        self.mode = Mode::Over;
        self.deadline = None;
        self.speaking = false;
        actions.push(Action::Leave { destination, why });
    }
}
