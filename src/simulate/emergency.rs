//! Callers on their way to 999: the hunt for a control room.

use std::time::Duration;

use jiff::Timestamp;

use crate::emergency::{Action, AttemptId, Event, Hunt, Warning, Why};
use crate::queue::{self, Place, Wanted};

use super::draws::For;
use super::moment::later;
use super::scenario::room_answers_after;
use super::world::{CallId, Next, Stage, World};

/// A control room has the request, and rings, so soon.
const RESPONDS: Duration = Duration::from_millis(80);
const RINGS: Duration = Duration::from_millis(200);
/// It is heard so soon after its answer.
const HEARD: Duration = Duration::from_millis(300);
/// A handler who has handed somebody to a control room stays with them for so long.
const STAYS: Duration = Duration::from_secs(20);

/// What a control room does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoomDoes {
    Responds,
    Rings,
    Answers,
    Speaks,
    /// The handler who kept the caller company goes.
    CompanyGoes,
    /// The conversation is over.
    HangsUp,
}

/// A hunt under way.
pub(super) struct Chase {
    hunt: Hunt,
    rooms: Vec<String>,
    asked_at: Timestamp,
    /// Which room each try is for.
    tries: Vec<(AttemptId, usize)>,
    /// Whoever keeps the caller company.
    company: Option<usize>,
    /// Somebody is being fetched for that.
    fetches: bool,
    is_proved: bool,
}

impl World<'_> {
    /// Begins the hunt; the handler stays who has had the caller.
    pub(super) fn goes_to_emergency(&mut self, call: CallId, company: Option<usize>) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let rooms = self.service.tables.control_rooms(&caller.region.region);
        let settings = self.service.settings.emergency.hunt();
        let region = caller.region.region.to_string();
        let chase = Chase {
            hunt: Hunt::new(rooms.len(), settings),
            rooms,
            asked_at: self.now,
            tries: Vec::new(),
            company,
            fetches: false,
            is_proved: false,
        };
        self.hunts(&region).asked += 1;
        self.comes_to(call, Stage::Emergency(Box::new(chase)));
        self.hunt(call, Event::Start);
    }

    fn hunt(&mut self, call: CallId, event: Event) {
        let now = self.now;
        let Some(Stage::Emergency(chase)) =
            self.calls.get_mut(call).map(|caller| &mut caller.stage)
        else {
            return;
        };
        let actions = chase.hunt.on(now, event);
        for action in actions {
            match action {
                Action::Dial { target, attempt } => self.dials_room(call, target, attempt),
                Action::Proved(attempt) => self.room_is_heard(call, attempt),
                Action::FetchHandler => self.fetches(call),
                Action::Warn(Warning::Late) => {
                    let region = self.calls[call].region.region.to_string();
                    self.hunts(&region).late += 1;
                }
                Action::Cancel(_) | Action::Connect(_) | Action::Warn(_) => {}
            }
        }
        let stage = self.calls.get(call).map(|caller| &caller.stage);
        if let Some(Stage::Emergency(chase)) = stage {
            if chase.hunt.is_over() {
                return self.hunt_over(call);
            }
            if let Some(at) = chase.hunt.deadline() {
                self.agenda.plan(at.max(now), Next::Due(call));
            }
        }
    }

    pub(super) fn hunt_due(&mut self, call: CallId) {
        let stage = self.calls.get(call).map(|caller| &caller.stage);
        if let Some(Stage::Emergency(chase)) = stage
            && chase.hunt.deadline().is_some_and(|at| at <= self.now)
        {
            self.hunt(call, Event::Tick);
        }
    }

    fn dials_room(&mut self, call: CallId, target: usize, attempt: AttemptId) {
        let (one, other) = (self.number(), self.number());
        let Some(Stage::Emergency(chase)) =
            self.calls.get_mut(call).map(|caller| &mut caller.stage)
        else {
            return;
        };
        chase.tries.push((attempt, target));
        let room = chase.rooms.get(target).map_or("", String::as_str);
        let tables = &self.people.scenario.control_room;
        let table = tables.iter().find(|(name, _)| name.get_ref() == room);
        let table = table.map(|(_, table)| table);
        let at = |minutes: u32| self.people.day.at(f64::from(minutes) * 60.0);
        let is_silent = table.is_some_and(|table| {
            let from = table.silent_from.map(|clock| at(clock.0));
            let to = table
                .silent_to
                .map_or(self.people.day.end(), |clock| at(clock.0));
            from.is_some_and(|from| from <= self.now && self.now < to)
        });
        let after = table.map_or_else(room_answers_after, |table| table.answers_after);
        let after = after.draw((one, other)).max(RINGS);
        let mut plan = |after, does| {
            let at = later(self.now, after);
            self.agenda.plan(at, Next::Room(call, attempt, does));
        };
        plan(RESPONDS, RoomDoes::Responds);
        plan(RINGS, RoomDoes::Rings);
        if !is_silent {
            plan(after, RoomDoes::Answers);
            plan(after + HEARD, RoomDoes::Speaks);
        }
    }

    pub(super) fn room(&mut self, call: CallId, attempt: AttemptId, does: RoomDoes) {
        match does {
            RoomDoes::Responds => self.hunt(call, Event::Responded(attempt)),
            RoomDoes::Rings => self.hunt(call, Event::Rang(attempt)),
            RoomDoes::Answers => self.hunt(call, Event::Answered(attempt)),
            RoomDoes::Speaks => {
                self.hunt(call, Event::Heard(attempt));
                self.hunt(call, Event::Sounded(attempt));
            }
            RoomDoes::CompanyGoes => self.company_goes(call),
            RoomDoes::HangsUp => {
                self.company_goes(call);
                let why = Why::words("hung up");
                self.hunt(call, Event::Ended(attempt, why));
            }
        }
    }

    fn room_is_heard(&mut self, call: CallId, attempt: AttemptId) {
        let now = self.now;
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let ticket = caller.reference;
        let talk = self.people.scenario.rung.talk;
        let talk = talk.draw(caller.person.draws.two(For::SecondTalk, 0));
        let region = caller.region.region.to_string();
        let Stage::Emergency(chase) = &mut caller.stage else {
            return;
        };
        let is_first = !std::mem::replace(&mut chase.is_proved, true);
        let after = now.duration_since(chase.asked_at).as_secs_f64();
        let fetches = std::mem::take(&mut chase.fetches);
        if fetches {
            self.tell(queue::Event::Left { ticket });
        }
        if is_first {
            let hunts = self.hunts(&region);
            hunts.answered += 1;
            hunts.total += after;
            hunts.longest = hunts.longest.max(after);
        }
        let mut plan = |after, does| {
            self.agenda
                .plan(later(now, after), Next::Room(call, attempt, does));
        };
        plan(STAYS, RoomDoes::CompanyGoes);
        plan(talk.max(STAYS), RoomDoes::HangsUp);
    }

    /// Nobody has answered yet: somebody of ours keeps the caller company.
    fn fetches(&mut self, call: CallId) {
        let fallback = self.service.flow.fallback_skill();
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let region = caller.region.region.as_str();
        let wanted = Wanted::for_emergency(fallback);
        let wanted = wanted.for_caller(region, caller.provider.as_deref(), &caller.language);
        let ticket = caller.reference;
        let Stage::Emergency(chase) = &mut caller.stage else {
            return;
        };
        if chase.company.is_some() || std::mem::replace(&mut chase.fetches, true) {
            return;
        }
        let place = Place::InTurn;
        self.tell(queue::Event::Joined {
            ticket,
            wanted,
            place,
        });
    }

    pub(super) fn has_company(&mut self, call: CallId, member: usize) {
        let stage = self.calls.get_mut(call).map(|caller| &mut caller.stage);
        if let Some(Stage::Emergency(chase)) = stage {
            chase.company = Some(member);
            chase.fetches = false;
        }
    }

    fn company_goes(&mut self, call: CallId) {
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let ticket = caller.reference;
        if let Stage::Emergency(chase) = &mut caller.stage
            && let Some(member) = chase.company.take()
        {
            self.tell(queue::Event::Left { ticket });
            self.lets_go(member, false);
        }
    }

    fn hunt_over(&mut self, call: CallId) {
        self.company_goes(call);
        self.ends(call);
    }
}
