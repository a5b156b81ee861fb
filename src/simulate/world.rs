//! Virtual time: what happens next, and to whom.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::iter::Peekable;
use std::sync::Arc;
use std::vec::IntoIter;

use jiff::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::callback::{self, Book};
use crate::flow::{Key, Priority, Run};
use crate::identity::Reference;
use crate::queue::announcer::Announcer;
use crate::queue::{self, HandlerId, Queue, Wanted};
use crate::routing::{RegionDecision, RegionId};
use crate::store::{Course, PromiseCourse};
use crate::transfer::Conversation;

use super::agenda::Agenda;
use super::callbacks::{Reach, Rung};
use super::emergency::{Chase, RoomDoes};
use super::moment::later;
use super::outcome::{Hunts, Outcome, Sample};
use super::people::{People, Person};
use super::rota::Rota;
use super::service::Service;
use super::staff::{Does, Staff};

/// How often it is written down how things stand.
const SAMPLE: std::time::Duration = std::time::Duration::from_secs(300);

/// A call, by its place among all.
pub(super) type CallId = usize;

/// What is to happen.
#[derive(Debug)]
pub(super) enum Next {
    /// Somebody calls again.
    Calls(Box<Person>),
    /// What is said to a caller has been said.
    Said(CallId, u32),
    /// They press a key.
    Presses(CallId, u32, Key),
    /// Their menu, announcer, transfer or hunt wants to hear of time.
    Due(CallId),
    /// They hang up, with nothing done for them.
    GivesUp(CallId, u32),
    /// Whoever they talk with has finished.
    TalkOver(CallId, u32),
    /// A crisis line answers, or it is rung no longer.
    Crisis(CallId, u32, bool),
    /// A control room does something.
    Room(CallId, crate::emergency::AttemptId, RoomDoes),
    /// Somebody answers the phone that rings for a caller.
    PicksUp(usize, Reference, u64),
    /// Somebody who answers begins, ends or pauses.
    Works(usize, Does),
    /// A provider fails, is marked as failed, or is back.
    Fault(usize, super::staff::Fault),
    /// The phone of somebody who is called back has been rung.
    Rung(Reference, u32, Rung),
    /// Somebody who was called back has been spoken to, or a clinician has decided about them.
    ReachOver(Reference, u32),
    /// It is written down how things stand.
    Sample,
}

/// Somebody who waits.
pub(super) struct Wait {
    pub(super) announcer: Announcer,
    /// Recordings that are said before the next announcement.
    pub(super) first: Vec<&'static str>,
}

/// What a caller is about.
pub(super) enum Stage {
    /// In the menus.
    Menu(Box<Run>),
    /// Confirming the number of a call back: to keep the place in which they wait, or as a handler has agreed with them.
    Confirming(Box<Run>, Option<Box<Wait>>),
    /// Waiting for a handler.
    Waiting(Box<Wait>),
    /// Hearing that something is booked or kept, and then hanging up; it is told to the book then.
    Hearing(Option<Box<callback::Event>>),
    /// The same of somebody whose place is kept.
    HearingKept,
    /// With a handler or a clinician.
    Talking {
        member: usize,
        conversation: Box<Conversation>,
    },
    /// On the way to a crisis line, or with it.
    Crisis { skill: String, talks: bool },
    /// On the way to 999, or with a control room.
    Emergency(Box<Chase>),
    /// Over.
    Over,
}

/// A call.
pub(super) struct Call {
    pub(super) person: Person,
    pub(super) reference: Reference,
    pub(super) region: RegionDecision,
    pub(super) provider: Option<String>,
    pub(super) language: String,
    pub(super) course: Course,
    pub(super) stage: Stage,
    /// What was planned before the stage changed counts no more.
    pub(super) serial: u32,
    /// The same for what was said.
    pub(super) said: u32,
    /// The key of their choice that comes next, and how many they have pressed.
    pub(super) next_key: usize,
    pub(super) presses: usize,
    pub(super) earlier: u32,
    /// The callback that is promised to them, and whether they want to speak to somebody instead.
    pub(super) open: Option<Reference>,
    pub(super) speaks_now: bool,
    pub(super) urgency: Priority,
    pub(super) wanted: Wanted,
    /// When they hang up unless somebody has answered.
    pub(super) patient_until: Option<Timestamp>,
    pub(super) talks: usize,
    /// Since when they talk.
    pub(super) talks_since: Timestamp,
}

/// A day under way.
pub(super) struct World<'a> {
    pub(super) service: &'a Service,
    pub(super) people: &'a People,
    pub(super) now: Timestamp,
    /// Whoever still has to call, redials left out.
    arrivals: Peekable<IntoIter<Person>>,
    pub(super) agenda: Agenda<Next>,
    pub(super) queue: Queue,
    pub(super) book: Book,
    pub(super) calls: Vec<Call>,
    pub(super) staff: Staff,
    pub(super) reaches: HashMap<Reference, Reach>,
    /// Callbacks by their reference: their place in the outcome, and who is to be called back.
    pub(super) promised: HashMap<Reference, (usize, u64)>,
    /// Whoever has an open promise.
    pub(super) open: HashMap<u64, Reference>,
    /// Calls that are over, of those who have a number.
    pub(super) called: HashMap<u64, u32>,
    turns: BTreeMap<RegionId, u64>,
    words: BTreeMap<String, Arc<str>>,
    pub(super) noise: ChaCha8Rng,
    queue_actions: VecDeque<queue::Action>,
    book_actions: VecDeque<callback::Action>,
    /// Callers who still have to come, and those who are on the line.
    pub(super) running: u64,
    pub(super) outcome: Outcome,
}

/// Simulates a day: those people, served so by that staff. `progress` hears of how many callers have come so far. The same
/// people, rota and service give the same outcome to the last bit.
pub fn simulate(
    service: &Service,
    people: &People,
    rota: &Rota,
    seed: u64,
    mut progress: impl FnMut(u64),
) -> Outcome {
    let mut world = World::new(service, people, rota, seed);
    let mut come = 0;
    while world.running > 0 {
        let Some(calls) = world.step() else {
            break;
        };
        come += u64::from(calls);
        if calls {
            progress(come);
        }
    }
    world.finish()
}

impl<'a> World<'a> {
    fn new(service: &'a Service, people: &'a People, rota: &Rota, seed: u64) -> Self {
        let all = people.all();
        let queue = service.tables.queue_settings(&service.settings.queue);
        let calls = all.len();
        let mut world = World {
            service,
            people,
            now: people.day.begin(),
            arrivals: all.into_iter().peekable(),
            agenda: Agenda::new(),
            queue: Queue::new(queue),
            book: Book::new(service.settings.callback.book()),
            calls: Vec::with_capacity(calls + calls / 8),
            staff: Staff::new(rota),
            reaches: HashMap::new(),
            promised: HashMap::new(),
            open: HashMap::new(),
            called: HashMap::new(),
            turns: BTreeMap::new(),
            words: BTreeMap::new(),
            noise: ChaCha8Rng::seed_from_u64(seed ^ 0x0001_5e00_f111),
            queue_actions: VecDeque::new(),
            book_actions: VecDeque::new(),
            running: calls as u64,
            outcome: Outcome::new(people.day.begin(), people.day.end()),
        };
        for provider in service.tables.failed_providers() {
            let failed = true;
            world.tell(queue::Event::Provider { provider, failed });
        }
        world.plan_staff(rota);
        world.agenda.plan(world.now, Next::Sample);
        world
    }

    /// Lets the next thing happen; gives whether that was somebody's first call, and none where nothing is to come.
    fn step(&mut self) -> Option<bool> {
        let planned = self.agenda.next_at();
        let queue = self.queue.deadline();
        let book = self.book.deadline();
        let arrival = self.arrivals.peek().map(|person| person.at);
        let times = [queue, book, arrival, planned];
        let next = times.into_iter().flatten().min()?;
        self.now = self.now.max(next);
        let mut is_call = false;
        if queue.is_some_and(|at| at <= self.now) {
            self.tell(queue::Event::Tick);
        } else if book.is_some_and(|at| at <= self.now) {
            self.tell_book(callback::Event::Tick);
        } else if arrival.is_some_and(|at| at <= self.now) {
            is_call = true;
            if let Some(person) = self.arrivals.next() {
                self.calls(person);
            }
        } else if let Some((_, next)) = self.agenda.take() {
            self.happens(next);
        }
        self.carry_out();
        Some(is_call)
    }

    fn happens(&mut self, next: Next) {
        match next {
            Next::Calls(person) => self.calls(*person),
            Next::Said(call, said) if self.is_said(call, said) => self.said(call),
            Next::Presses(call, said, key) if self.is_said(call, said) => self.presses(call, key),
            Next::Due(call) => self.due(call),
            Next::GivesUp(call, serial) if self.is_at(call, serial) => self.gives_up(call),
            Next::TalkOver(call, serial) if self.is_at(call, serial) => self.talk_over(call),
            Next::Crisis(call, serial, answers) if self.is_at(call, serial) => {
                self.crisis_line(call, answers);
            }
            Next::Room(call, attempt, does) => self.room(call, attempt, does),
            Next::PicksUp(member, ticket, offer) => self.picks_up(member, ticket, offer),
            Next::Works(member, does) => self.works(member, does),
            Next::Fault(place, fault) => self.fault(place, fault),
            Next::Rung(reference, serial, rung) => self.rung(reference, serial, rung),
            Next::ReachOver(reference, serial) => self.reach_over(reference, serial),
            Next::Sample => self.sample(),
            Next::Said(..)
            | Next::Presses(..)
            | Next::GivesUp(..)
            | Next::TalkOver(..)
            | Next::Crisis(..) => {}
        }
    }

    fn is_at(&self, call: CallId, serial: u32) -> bool {
        self.calls
            .get(call)
            .is_some_and(|call| call.serial == serial)
    }

    fn is_said(&self, call: CallId, said: u32) -> bool {
        self.calls.get(call).is_some_and(|call| call.said == said)
    }

    /// Tells the queue what has happened; what it wants done is done once this event has been dealt with.
    pub(super) fn tell(&mut self, event: queue::Event) {
        let actions = self.queue.on(self.now, event);
        self.queue_actions.extend(actions);
    }

    /// The same for the book of callbacks.
    pub(super) fn tell_book(&mut self, event: callback::Event) {
        let actions = self.book.on(self.now, event);
        self.book_actions.extend(actions);
    }

    fn carry_out(&mut self) {
        loop {
            if let Some(action) = self.queue_actions.pop_front() {
                self.carry_out_queue(action);
            } else if let Some(action) = self.book_actions.pop_front() {
                self.carry_out_book(action);
            } else {
                return;
            }
        }
    }

    fn carry_out_queue(&mut self, action: queue::Action) {
        match action {
            queue::Action::Offer { ticket, handler } => self.offered(ticket, &handler),
            queue::Action::Withdraw { handler, .. } | queue::Action::Late { handler, .. } => {
                self.staff.stops_ringing(&handler);
            }
            queue::Action::Connect { ticket, handler } => self.connected(ticket, &handler),
            queue::Action::Parted {
                ticket,
                again: true,
            } => self.waits_again(ticket),
            queue::Action::Full { ticket } => self.finds_full(ticket),
            queue::Action::GivenUp { ticket } => self.place_given_up(ticket),
            queue::Action::Parted { .. }
            | queue::Action::Busy { .. }
            | queue::Action::TakenOver { .. }
            | queue::Action::MadeNotReady { .. } => {}
        }
    }

    /// Two are brought together.
    fn connected(&mut self, ticket: Reference, handler: &HandlerId) {
        let Some(member) = self.staff.begins(handler, self.now) else {
            return;
        };
        match self.reaches.contains_key(&ticket) {
            true => self.reach_connected(ticket, member),
            false => self.call_connected(call_of(ticket), member),
        }
    }

    /// Whoever answered is free again.
    pub(super) fn lets_go(&mut self, member: usize, lost: bool) {
        if let Some(handler) = self.staff.ends(member, self.now) {
            self.tell(queue::Event::Over { handler, lost });
        }
    }

    /// A text that many calls have, once.
    pub(super) fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(word) = self.words.get(text) {
            return Arc::clone(word);
        }
        let word: Arc<str> = Arc::from(text);
        self.words.insert(text.to_owned(), Arc::clone(&word));
        word
    }

    /// The number of the next call in a region.
    pub(super) fn turn(&mut self, region: &RegionId) -> u64 {
        let turn = self.turns.entry(region.clone()).or_default();
        *turn += 1;
        *turn
    }

    /// The call comes to something else: what was planned for it before counts no more.
    pub(super) fn comes_to(&mut self, call: CallId, stage: Stage) -> Stage {
        let Some(call) = self.calls.get_mut(call) else {
            return Stage::Over;
        };
        call.serial += 1;
        call.said += 1;
        std::mem::replace(&mut call.stage, stage)
    }

    /// A call is over.
    pub(super) fn ends(&mut self, call: CallId) {
        self.comes_to(call, Stage::Over);
        let Some(over) = self.calls.get_mut(call) else {
            return;
        };
        debug_assert_eq!(over.course.ended_at, None);
        over.course.ended_at = Some(self.now);
        self.running -= 1;
        let open = over.open.take();
        if over.person.number.known().is_some() {
            *self.called.entry(over.person.who).or_default() += 1;
        }
        if let Some(open) = open {
            self.tell_book(callback::Event::CallerHasRung(open));
        }
    }

    /// Somebody hangs up with nothing done for them. They may call again.
    pub(super) fn gives_up(&mut self, call: CallId) {
        let Some(gone) = self.calls.get_mut(call) else {
            return;
        };
        gone.course.is_abandoned = true;
        let ticket = gone.reference;
        let waits = matches!(gone.stage, Stage::Waiting(_) | Stage::Confirming(..));
        let person = gone.person.clone();
        if waits {
            self.tell(queue::Event::Left { ticket });
        }
        self.ends(call);
        if self.people.redials(&person) {
            let again = self.people.again(&person, self.now);
            // Who would call on another day is another day's.
            if again.at < self.people.day.end() {
                self.running += 1;
                self.agenda.plan(again.at, Next::Calls(Box::new(again)));
            }
        }
    }

    fn due(&mut self, call: CallId) {
        let Some(stage) = self.calls.get(call).map(|call| &call.stage) else {
            return;
        };
        match stage {
            Stage::Menu(_) | Stage::Confirming(..) => self.menu_due(call),
            Stage::Waiting(_) => self.announcer_due(call),
            Stage::Talking { .. } => self.transfer_due(call),
            Stage::Emergency(_) => self.hunt_due(call),
            _ => {}
        }
    }

    fn sample(&mut self) {
        let sample = Sample {
            at: self.now,
            waiting: self.queue.waiting(),
            talking: self.staff.talking(),
            staffed: self.staff.staffed(),
            callbacks_open: self.book.len(),
            callbacks_at_risk: self.book.at_risk(),
        };
        self.outcome.samples.push(sample);
        let next = later(self.now, SAMPLE);
        if next <= self.people.day.end() {
            self.agenda.plan(next, Next::Sample);
        }
    }

    fn finish(mut self) -> Outcome {
        let callers = self.calls.iter();
        let callers = callers.map(|call| (call.person.who, call.person.attempt));
        self.outcome.callers = callers.collect();
        let courses = self.calls.into_iter().map(|call| call.course);
        self.outcome.courses = courses.collect();
        self.outcome.ended_at = self.now;
        self.outcome.counters = self.queue.counters();
        self.outcome.staff = self.staff.figures(self.now);
        self.outcome
    }

    /// How hunts for control rooms went in a region.
    pub(super) fn hunts(&mut self, region: &str) -> &mut Hunts {
        let hunts = self.outcome.hunts.entry(region.to_owned());
        hunts.or_default()
    }

    /// A promise as it is written down.
    pub(super) fn promise(&mut self, reference: Reference) -> Option<&mut PromiseCourse> {
        let (place, _) = self.promised.get(&reference)?;
        self.outcome.promises.get_mut(*place)
    }
}

/// The reference of a call by its place, and back again.
pub(super) fn reference_of(now: Timestamp, call: CallId) -> Reference {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Reference::new(millis, call as u128)
}

pub(super) fn call_of(reference: Reference) -> CallId {
    let low = reference.bits() & ((1 << 80) - 1);
    usize::try_from(low).unwrap_or(usize::MAX)
}
