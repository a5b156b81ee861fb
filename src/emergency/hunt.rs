use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Without any response for so long, the next target is tried.
    pub response: Duration,
    /// Responding or ringing for so long, the next one is tried as well.
    pub ringing: Duration,
    /// Between two rounds of all targets.
    pub pause: Duration,
    /// A target that goes sooner than this after its answer has not taken the call.
    pub proof: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            response: Duration::from_secs(2),
            ringing: Duration::from_secs(10),
            pause: Duration::from_secs(2),
            proof: Duration::from_secs(3),
        }
    }
}

/// Names one try to reach one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId(pub u32);

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The caller wants 999.
    Start,
    /// A target has responded with 100: it has the request.
    Responded(AttemptId),
    /// A target is ringing: any other provisional response.
    Rang(AttemptId),
    /// A target has answered.
    Answered(AttemptId),
    /// A target has refused, cannot be reached, or has hung up.
    Ended(AttemptId),
    /// A target was lost: it has not hung up, but is no longer there.
    Lost(AttemptId),
    /// The handler who kept the caller company has gone.
    HandlerGone,
    /// The caller has gone.
    CallerGone,
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Dial a target, by its place in the list.
    Dial {
        /// The place.
        target: usize,
        /// The try.
        attempt: AttemptId,
    },
    /// End a try: another one has answered, or the caller has gone.
    Cancel(AttemptId),
    /// Bring the caller together with this one, and with the handler who keeps them company: that one
    /// stays for as long as they like. The other tries stay until it has lasted.
    Connect(AttemptId),
    /// All targets have been tried, or the handler who had been fetched has gone: put the caller at
    /// the top of the handler queue, while the hunt goes on. Where a handler is there already, they
    /// keep the caller company again.
    FetchHandler,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Dialled,
    Responded,
    Ringing,
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    id: AttemptId,
    target: usize,
    state: State,
    since: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Waiting for [`Event::Start`].
    New,
    /// The newest try has until its deadline before the next target is dialled.
    Hunting,
    /// All targets have been tried; the next round begins then.
    Pausing(Timestamp),
    /// One has answered, and has not yet lasted.
    Connected(AttemptId, Timestamp),
    /// It has lasted.
    Taken(AttemptId),
    /// Over.
    Over,
}

/// The hunt for one caller.
#[derive(Clone, Debug)]
pub struct Hunt {
    settings: Settings,
    targets: usize,
    phase: Phase,
    /// The target that comes next in this round.
    next: usize,
    attempts: Vec<Attempt>,
    newest: Option<AttemptId>,
    last_id: u32,
    handler_fetched: bool,
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::from_secs(60));
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Hunt {
    /// A hunt through so many targets, in their order.
    pub fn new(targets: usize, settings: Settings) -> Self {
        Hunt {
            settings,
            targets,
            phase: Phase::New,
            next: 0,
            attempts: Vec::new(),
            newest: None,
            last_id: 0,
            handler_fetched: false,
        }
    }

    /// Whether a control room has answered and still talks.
    pub fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected(..) | Phase::Taken(_))
    }

    /// Whether nothing more will be done.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Hunting => self.newest_attempt().map(|a| self.patience(a)),
            Phase::Pausing(until) => Some(until),
            Phase::Connected(_, since) => Some(later(since, self.settings.proof)),
            Phase::New | Phase::Taken(_) | Phase::Over => None,
        }
    }

    fn newest_attempt(&self) -> Option<&Attempt> {
        self.attempts.iter().find(|a| Some(a.id) == self.newest)
    }

    fn patience(&self, attempt: &Attempt) -> Timestamp {
        let wait = match attempt.state {
            State::Dialled => self.settings.response,
            State::Responded | State::Ringing => self.settings.ringing,
        };
        later(attempt.since, wait)
    }

    /// Takes what has happened and gives what to do, in order.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Start if self.phase == Phase::New => {
                self.phase = Phase::Hunting;
                self.dial_next(now, &mut actions);
            }
            Event::Responded(id) => self.responded(now, id, State::Responded),
            Event::Rang(id) => self.responded(now, id, State::Ringing),
            Event::Answered(id) => self.answered(now, id, &mut actions),
            Event::Ended(id) => self.ended(now, id, &mut actions),
            Event::Lost(id) => self.lost(now, id, &mut actions),
            Event::HandlerGone => self.handler_gone(&mut actions),
            Event::CallerGone => {
                let connected = self.connected();
                let open = self.attempts.drain(..).map(|a| a.id).chain(connected);
                actions.extend(open.map(Action::Cancel));
                self.phase = Phase::Over;
            }
            Event::Tick => self.tick(now, &mut actions),
            Event::Start => {}
        }
        actions
    }

    fn connected(&self) -> Option<AttemptId> {
        match self.phase {
            Phase::Connected(id, _) | Phase::Taken(id) => Some(id),
            _ => None,
        }
    }

    fn responded(&mut self, now: Timestamp, id: AttemptId, state: State) {
        let attempt = self.attempts.iter_mut().find(|a| a.id == id);
        if let Some(attempt) = attempt.filter(|a| a.state < state) {
            attempt.state = state;
            attempt.since = now;
        }
    }

    fn handler_gone(&mut self, actions: &mut Vec<Action>) {
        if self.handler_fetched && matches!(self.phase, Phase::Hunting | Phase::Pausing(_)) {
            actions.push(Action::FetchHandler);
        }
    }

    fn answered(&mut self, now: Timestamp, id: AttemptId, actions: &mut Vec<Action>) {
        if self.connected() == Some(id) {
            return;
        }
        let place = self.attempts.iter().position(|a| a.id == id);
        let known = place
            .map(|place| self.attempts.swap_remove(place))
            .is_some();
        if !known || !matches!(self.phase, Phase::Hunting | Phase::Pausing(_)) {
            // A second answer, or one that crossed its cancelling: it is let go.
            actions.push(Action::Cancel(id));
            return;
        }
        actions.push(Action::Connect(id));
        self.phase = Phase::Connected(id, now);
    }

    fn ended(&mut self, now: Timestamp, id: AttemptId, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Connected(connected, since)
                if connected == id && now < later(since, self.settings.proof) =>
            {
                self.phase = Phase::Hunting;
                if self.handler_fetched {
                    actions.push(Action::FetchHandler);
                }
                self.dial_next(now, actions);
            }
            Phase::Connected(connected, _) | Phase::Taken(connected) if connected == id => {
                self.let_others_go(actions);
                self.phase = Phase::Over;
            }
            _ => {
                let before = self.attempts.len();
                self.attempts.retain(|a| a.id != id);
                let was_newest = self.newest == Some(id) && self.attempts.len() < before;
                if was_newest && self.phase == Phase::Hunting {
                    self.dial_next(now, actions);
                }
            }
        }
    }

    /// A caller whose control room is no longer there is put through again, and not left alone.
    fn lost(&mut self, now: Timestamp, id: AttemptId, actions: &mut Vec<Action>) {
        if self.connected() != Some(id) {
            return self.ended(now, id, actions);
        }
        self.phase = Phase::Hunting;
        self.next = 0;
        self.handler_fetched = true;
        actions.push(Action::FetchHandler);
        self.dial_next(now, actions);
    }

    /// The caller is with a control room that has lasted: nobody else is needed.
    fn let_others_go(&mut self, actions: &mut Vec<Action>) {
        let others = self.attempts.drain(..).map(|a| a.id);
        actions.extend(others.map(Action::Cancel));
    }

    fn tick(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.phase {
            Phase::Connected(id, _) => {
                self.let_others_go(actions);
                self.phase = Phase::Taken(id);
                return;
            }
            Phase::Pausing(_) => {
                self.phase = Phase::Hunting;
                self.next = 0;
            }
            _ => {}
        }
        self.dial_next(now, actions);
    }

    /// Whether a target is still being tried. One that took the request and then fell silent is given
    /// up, so that it is dialled afresh.
    fn is_under_way(&mut self, now: Timestamp, target: usize, actions: &mut Vec<Action>) -> bool {
        let place = self.attempts.iter().position(|a| a.target == target);
        let Some(place) = place else { return false };
        let attempt = self.attempts[place];
        if attempt.state == State::Responded && now >= self.patience(&attempt) {
            self.attempts.swap_remove(place);
            actions.push(Action::Cancel(attempt.id));
            return false;
        }
        true
    }

    /// Dials the next target of the round that is not being tried already. After the last one a
    /// handler is fetched and the round begins again after a pause.
    fn dial_next(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        while self.next < self.targets {
            let target = self.next;
            self.next += 1;
            if self.is_under_way(now, target, actions) {
                continue;
            }
            self.last_id += 1;
            let id = AttemptId(self.last_id);
            self.attempts.push(Attempt {
                id,
                target,
                state: State::Dialled,
                since: now,
            });
            self.newest = Some(id);
            actions.push(Action::Dial {
                target,
                attempt: id,
            });
            return;
        }
        self.newest = None;
        self.phase = Phase::Pausing(later(now, self.settings.pause));
        if !self.handler_fetched {
            self.handler_fetched = true;
            actions.push(Action::FetchHandler);
        }
    }
}
