use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, State, later};
use super::event::{Action, AttemptId, Event, Settings, Warning, Why};
use super::tries::Tries;

/// Why a try was ended by us.
const LET_GO: Why = Why {
    status: None,
    text: "another one has taken the call",
};
const AFRESH: Why = Why {
    status: None,
    text: "it fell silent and is dialled afresh",
};
const CALLER_GONE: Why = Why {
    status: None,
    text: "the caller has gone",
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// Waiting for [`Event::Start`].
    New,
    /// This try has its time before the next target is dialled.
    InTurn(AttemptId),
    /// All targets have been tried; the next round begins then.
    Pausing(Timestamp),
    /// All targets are tried at once, those that failed again then.
    Together(Timestamp),
    /// Over.
    Over,
}

/// Whoever has the caller: they have answered and been heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lead {
    id: AttemptId,
    heard: Timestamp,
    /// They have had the caller for long enough to have taken the call.
    lasted: bool,
    /// More than silence has come from them, or somebody knows that it has not.
    sounded: bool,
}

/// The hunt for one caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunt {
    settings: Settings,
    targets: usize,
    phase: Phase,
    /// Since when the caller has been without a control room.
    begun: Timestamp,
    /// The target that comes next in this round.
    next: usize,
    /// Everybody who has been dialled and is still there, whoever has the caller among them.
    attempts: Vec<Attempt>,
    lead: Option<Lead>,
    last_id: u32,
    handler_fetched: bool,
    told_late: bool,
    tries: Tries,
}

impl Hunt {
    /// A hunt through so many targets, in their order.
    pub fn new(targets: usize, settings: Settings) -> Self {
        Hunt {
            settings,
            targets,
            phase: Phase::New,
            begun: Timestamp::UNIX_EPOCH,
            next: 0,
            attempts: Vec::new(),
            lead: None,
            last_id: 0,
            handler_fetched: false,
            told_late: false,
            tries: Tries::default(),
        }
    }

    /// The tries that have not ended, those that have the caller among them.
    pub fn under_way(&self) -> impl Iterator<Item = AttemptId> {
        self.attempts.iter().map(|attempt| attempt.id)
    }

    /// The tries of which nothing has come back yet.
    pub fn unheard_of(&self) -> impl Iterator<Item = AttemptId> {
        let attempts = self.attempts.iter();
        attempts.filter(|a| a.state == State::Dialled).map(|a| a.id)
    }

    /// Whether a control room has been heard and still talks.
    pub fn is_connected(&self) -> bool {
        self.lead.is_some()
    }

    /// Who has the caller: whoever has answered and been heard.
    pub fn lead(&self) -> Option<AttemptId> {
        self.lead.map(|lead| lead.id)
    }

    /// Who has answered and is still there, whether or not they have been heard.
    pub fn answered(&self) -> impl Iterator<Item = AttemptId> {
        let answered = self.attempts.iter();
        answered
            .filter(|a| a.state == State::Answered)
            .map(|a| a.id)
    }

    /// Whether nothing more will be done.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// What came of every try.
    pub fn tries(&self) -> &Tries {
        &self.tries
    }

    /// When [`Event::Tick`] is due. While nobody has taken the call there always is such a moment.
    pub fn deadline(&self) -> Option<Timestamp> {
        if matches!(self.phase, Phase::New | Phase::Over) {
            return None;
        }
        if let Some(lead) = &self.lead {
            let lasts = (!lead.lasted).then(|| later(lead.heard, self.settings.proof));
            let silent = (!lead.sounded).then(|| later(lead.heard, self.settings.late));
            return lasts.into_iter().chain(silent).min();
        }
        let together = !matches!(self.phase, Phase::Together(_));
        let together = together.then(|| self.together());
        let late = (!self.told_late).then(|| later(self.begun, self.settings.late));
        let round = std::iter::once(self.turn_ends());
        round.chain(together).chain(late).min()
    }

    fn together(&self) -> Timestamp {
        later(self.begun, self.settings.together)
    }

    fn turn_ends(&self) -> Timestamp {
        match self.phase {
            Phase::Pausing(until) | Phase::Together(until) => until,
            Phase::InTurn(id) => {
                let attempt = self.attempts.iter().find(|a| a.id == id);
                attempt.map_or(self.begun, |a| a.patience(&self.settings))
            }
            Phase::New | Phase::Over => Timestamp::MAX,
        }
    }

    /// Takes what has happened and gives what to do, in order.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Start if self.phase == Phase::New => {
                self.begun = now;
                self.dial_next(now, &mut actions);
            }
            _ if matches!(self.phase, Phase::New) => {}
            Event::Responded(id) => self.responded(now, id, State::Responded),
            Event::Rang(id) => self.responded(now, id, State::Ringing),
            Event::Answered(id) => self.on_answer(now, id, &mut actions),
            Event::Heard(id) => self.heard(now, id, false, &mut actions),
            Event::Sounded(id) => self.heard(now, id, true, &mut actions),
            Event::Ended(id, why) => self.ended(now, id, why, &mut actions),
            Event::Lost(id, why) => self.lost(now, id, why, &mut actions),
            Event::HandlerGone => self.handler_gone(&mut actions),
            Event::CallerGone => {
                self.cancel_all(now, CALLER_GONE, &mut actions);
                self.lead = None;
                self.phase = Phase::Over;
            }
            Event::Tick => self.tick(now, &mut actions),
            Event::Start => {}
        }
        actions
    }

    fn attempt(&mut self, id: AttemptId) -> Option<&mut Attempt> {
        self.attempts.iter_mut().find(|a| a.id == id)
    }

    fn responded(&mut self, now: Timestamp, id: AttemptId, state: State) {
        let Some(attempt) = self.attempt(id).filter(|a| a.state < state) else {
            return;
        };
        attempt.state = state;
        attempt.since = now;
        self.tries.of(id, |entry| {
            entry.responded.get_or_insert(now);
            if state == State::Ringing {
                entry.rang.get_or_insert(now);
            }
        });
    }

    fn handler_gone(&self, actions: &mut Vec<Action>) {
        if self.handler_fetched && self.lead.is_none() && !self.is_over() {
            actions.push(Action::FetchHandler);
        }
    }

    /// A control room that has had the caller calls by itself, as when its own leg has broken: what comes
    /// back is the try under which it is known. It has answered with that, and has the caller as soon as
    /// it is heard, whoever had them before.
    pub fn rings_back(&mut self, now: Timestamp, target: usize) -> AttemptId {
        let id = self.add(now, target);
        if let Some(attempt) = self.attempt(id) {
            attempt.rang_back = true;
        }
        id
    }

    fn on_answer(&mut self, now: Timestamp, id: AttemptId, actions: &mut Vec<Action>) {
        let nobody_leads = self.lead.is_none();
        let Some(attempt) = self.attempt(id) else {
            // It has crossed its cancelling: it is let go.
            return actions.push(Action::Cancel(id));
        };
        if attempt.state == State::Answered {
            return;
        }
        attempt.state = State::Answered;
        attempt.since = now;
        attempt.warned = false;
        let (target, rang_back) = (attempt.target, attempt.rang_back);
        self.tries.of(id, |entry| {
            entry.responded.get_or_insert(now);
            entry.answered = Some(now);
        });
        if rang_back {
            return actions.push(Action::Connect(id));
        }
        if !nobody_leads {
            return self.cancel(now, id, LET_GO, actions);
        }
        // The same control room, which was dialled afresh.
        let before: Vec<AttemptId> = self
            .attempts
            .iter()
            .filter(|a| a.target == target && a.state == State::Answered && a.id != id)
            .map(|a| a.id)
            .collect();
        for before in before {
            self.cancel(now, before, AFRESH, actions);
        }
        actions.push(Action::Connect(id));
        self.phase = match self.phase {
            Phase::Together(until) => Phase::Together(until.max(later(now, self.settings.proof))),
            _ => Phase::InTurn(id),
        };
    }

    fn heard(&mut self, now: Timestamp, id: AttemptId, sounding: bool, actions: &mut Vec<Action>) {
        let rang_back = self.attempt(id).is_some_and(|a| a.rang_back);
        if let Some(lead) = &mut self.lead
            && (lead.id == id || !rang_back)
        {
            if lead.id == id {
                lead.sounded |= sounding;
            } else if self.answered().any(|answered| answered == id) {
                self.tries.of(id, |entry| entry.proved = Some(now));
                self.cancel(now, id, LET_GO, actions);
            }
            return;
        }
        if self.answered().any(|answered| answered == id) {
            self.leads(now, id, sounding, actions);
        }
    }

    /// Somebody who is heard has the caller from now on.
    fn leads(&mut self, now: Timestamp, id: AttemptId, sounded: bool, actions: &mut Vec<Action>) {
        self.tries.of(id, |entry| {
            entry.proved.get_or_insert(now);
        });
        if let Some(attempt) = self.attempt(id) {
            attempt.heard = true;
        }
        self.lead = Some(Lead {
            id,
            heard: now,
            lasted: false,
            sounded,
        });
        actions.push(Action::Proved(id));
    }

    /// Whoever had the caller before the one that has just gone has them again, where they are still there.
    fn is_led_again(&mut self, now: Timestamp, actions: &mut Vec<Action>) -> bool {
        let before = self.attempts.iter().find(|attempt| attempt.heard);
        let Some(before) = before.map(|attempt| attempt.id) else {
            return false;
        };
        self.leads(now, before, true, actions);
        true
    }

    fn ended(&mut self, now: Timestamp, id: AttemptId, why: Why, actions: &mut Vec<Action>) {
        let Some(place) = self.attempts.iter().position(|a| a.id == id) else {
            return;
        };
        self.attempts.swap_remove(place);
        self.tries.ended(now, id, why);
        match self.lead {
            Some(lead) if lead.id == id => {
                self.lead = None;
                if lead.lasted || now >= later(lead.heard, self.settings.proof) {
                    self.cancel_all(now, LET_GO, actions);
                    self.phase = Phase::Over;
                    return;
                }
                actions.push(Action::Warn(Warning::Failed(id, why)));
                if self.is_led_again(now, actions) {
                    return;
                }
                if self.handler_fetched {
                    actions.push(Action::FetchHandler);
                }
                self.go_on(now, actions);
            }
            Some(_) => {}
            None => {
                actions.push(Action::Warn(Warning::Failed(id, why)));
                if self.phase == Phase::InTurn(id) {
                    self.dial_next(now, actions);
                }
            }
        }
    }

    /// A caller whose control room is no longer there is put through again, and not left alone.
    fn lost(&mut self, now: Timestamp, id: AttemptId, why: Why, actions: &mut Vec<Action>) {
        if self.lead() != Some(id) {
            return self.ended(now, id, why, actions);
        }
        self.attempts.retain(|a| a.id != id);
        self.tries.ended(now, id, why);
        self.lead = None;
        actions.push(Action::Warn(Warning::Lost(id)));
        if self.is_led_again(now, actions) {
            return;
        }
        self.begun = now;
        self.told_late = false;
        self.next = 0;
        self.handler_fetched = true;
        actions.push(Action::FetchHandler);
        self.dial_next(now, actions);
    }

    fn cancel(&mut self, now: Timestamp, id: AttemptId, why: Why, actions: &mut Vec<Action>) {
        self.attempts.retain(|a| a.id != id);
        self.tries.ended(now, id, why);
        actions.push(Action::Cancel(id));
    }

    fn cancel_all(&mut self, now: Timestamp, why: Why, actions: &mut Vec<Action>) {
        for attempt in std::mem::take(&mut self.attempts) {
            self.tries.ended(now, attempt.id, why);
            actions.push(Action::Cancel(attempt.id));
        }
    }

    fn tick(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        if let Some(lead) = self.lead {
            return self.tick_with(now, lead, actions);
        }
        if !self.told_late && now >= later(self.begun, self.settings.late) {
            self.told_late = true;
            actions.push(Action::Warn(Warning::Late));
        }
        if !matches!(self.phase, Phase::Together(_)) && now >= self.together() {
            self.phase = Phase::Together(now);
        }
        if now >= self.turn_ends() {
            self.warn_of_nothing(now, actions);
            self.go_on(now, actions);
        }
    }

    /// Time has passed for whoever has the caller.
    fn tick_with(&mut self, now: Timestamp, lead: Lead, actions: &mut Vec<Action>) {
        let (mut lasted, mut sounded) = (lead.lasted, lead.sounded);
        if !lasted && now >= later(lead.heard, self.settings.proof) {
            lasted = true;
            let others = self.attempts.iter().map(|a| a.id);
            let others: Vec<AttemptId> = others.filter(|id| *id != lead.id).collect();
            for other in others {
                self.cancel(now, other, LET_GO, actions);
            }
        }
        if !sounded && now >= later(lead.heard, self.settings.late) {
            sounded = true;
            actions.push(Action::Warn(Warning::Silent(lead.id)));
        }
        self.lead = Some(Lead {
            lasted,
            sounded,
            ..lead
        });
    }

    /// Tells of those who have had their time, and of whom nothing has come.
    fn warn_of_nothing(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        for attempt in &mut self.attempts {
            if attempt.warned || now < attempt.patience(&self.settings) {
                continue;
            }
            let warning = match attempt.state {
                State::Dialled => Warning::Failed(attempt.id, Why::words("no response in time")),
                State::Answered => Warning::Unheard(attempt.id),
                State::Responded | State::Ringing => continue,
            };
            attempt.warned = true;
            actions.push(Action::Warn(warning));
        }
    }

    /// Dials whoever comes next: all who are not being tried, once they are tried together.
    fn go_on(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Together(_) => self.dial_all(now, actions),
            Phase::Pausing(_) => {
                self.next = 0;
                self.dial_next(now, actions);
            }
            _ => self.dial_next(now, actions),
        }
    }

    /// Whether a target is still being tried. One that took the request and then fell silent is given
    /// up, so that it is dialled afresh.
    fn is_under_way(&mut self, now: Timestamp, target: usize, actions: &mut Vec<Action>) -> bool {
        let settings = self.settings;
        let of_target = self.attempts.iter().filter(|a| a.target == target);
        let stale = of_target.clone().find(|a| a.is_stale(now, &settings));
        let stale = stale.map(|a| a.id);
        let busy = of_target
            .filter(|a| Some(a.id) != stale)
            .any(|a| !a.is_past_hope(now, &settings));
        if let Some(stale) = stale {
            self.cancel(now, stale, AFRESH, actions);
        }
        busy
    }

    fn add(&mut self, now: Timestamp, target: usize) -> AttemptId {
        self.last_id += 1;
        let id = AttemptId(self.last_id);
        self.attempts.push(Attempt {
            id,
            target,
            state: State::Dialled,
            since: now,
            heard: false,
            rang_back: false,
            warned: false,
        });
        self.tries.dialled(now, id, target);
        id
    }

    fn dial(&mut self, now: Timestamp, target: usize, actions: &mut Vec<Action>) -> AttemptId {
        let id = self.add(now, target);
        actions.push(Action::Dial {
            target,
            attempt: id,
        });
        id
    }

    /// Dials the next target of the round that is not being tried already. After the last one a
    /// handler is fetched and the round begins again after a pause.
    fn dial_next(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        while self.next < self.targets {
            let target = self.next;
            self.next += 1;
            if !self.is_under_way(now, target, actions) {
                let id = self.dial(now, target, actions);
                self.phase = Phase::InTurn(id);
                return;
            }
        }
        self.phase = Phase::Pausing(later(now, self.settings.pause));
        self.fetch_handler(actions);
    }

    fn dial_all(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        for target in 0..self.targets {
            if !self.is_under_way(now, target, actions) {
                self.dial(now, target, actions);
            }
        }
        self.phase = Phase::Together(later(now, self.settings.pause));
        self.fetch_handler(actions);
    }

    fn fetch_handler(&mut self, actions: &mut Vec<Action>) {
        if !std::mem::replace(&mut self.handler_fetched, true) {
            actions.push(Action::FetchHandler);
        }
    }
}
