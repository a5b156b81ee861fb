use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::flow::Key;

use super::keys::{Command, Keys};
use super::target::{ServiceLine, Target};

/// Names a referral (RFC 3515) until it has been replied to for the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferralId(pub u64);

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whoever is to have the caller is looked for so long.
    pub seek: Duration,
    /// We have rung the caller: a machine may have answered.
    pub is_ours: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            seek: Duration::from_secs(60),
            is_ours: false,
        }
    }
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key of the handler.
    Key(Key),
    /// The handler's phone refers the caller to somebody; to nobody who can be reached where there is no
    /// target.
    Referred {
        /// The referral.
        id: ReferralId,
        /// To whom.
        target: Option<Target>,
    },
    /// The handler's phone refers the caller to whom the handler has just consulted (RFC 5589 section 7).
    ReferredToConsulted {
        /// The referral.
        id: ReferralId,
    },
    /// At their desk the handler has said what they can say by keys as well.
    Commanded(Command),
    /// At their desk the handler has chosen a service to which the caller is put through.
    PutThrough(ServiceLine),
    /// Whoever was sought is there.
    Found,
    /// Whoever was sought is not to be had.
    NotFound,
    /// A supervisor has the caller from now on.
    TakenOver,
    /// Whoever has been consulted talks with the handler, or does no more.
    Consulted(bool),
    /// The handler's side has ended.
    HandlerGone,
    /// Time has passed.
    Tick,
}

/// What the handler is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Somebody is being looked for.
    Connecting,
    /// Nobody was to be had: the caller is with them as before.
    Failed,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Music for the caller, and silence for the handler.
    Hold,
    /// Caller and handler hear each other.
    Join,
    /// Look for somebody who takes the caller.
    Seek(Target),
    /// Look no longer.
    StopSeeking,
    /// Whoever was sought has the caller now, and the handler goes.
    Give,
    /// Whoever was consulted has the caller now, and the handler goes.
    GiveToConsulted,
    /// The caller is to book a callback, and the handler goes.
    Callback,
    /// The conversation is over: there was nobody but a machine.
    Voicemail,
    /// The hunt for a control room begins; the handler stays, where they are there.
    Emergency,
    /// The caller waits again, before all others.
    Return,
    /// The conversation is over, as the handler has ended it.
    End,
    /// The phone's referral is accepted, and it is told that it is being tried.
    Accept(ReferralId),
    /// It is refused, with a status.
    Refuse(ReferralId, u16),
    /// How it has gone, as a status.
    Progress(ReferralId, u16),
    /// What was ordered at the desk cannot be done now.
    Decline,
    /// Something for the handler to hear.
    Tell(Notice),
}

/// Somebody is being looked for.
#[derive(Clone, Copy, Debug)]
struct Search {
    referral: Option<ReferralId>,
    until: Timestamp,
}

/// One handler's time with a caller.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    settings: Settings,
    keys: Keys,
    held: bool,
    search: Option<Search>,
    consulted: bool,
    handler_gone: bool,
    over: bool,
}

impl Conversation {
    /// Caller and handler hear each other.
    pub fn new(settings: Settings) -> Self {
        Conversation {
            settings,
            ..Conversation::default()
        }
    }

    /// The same of a handler who holds the call already.
    #[must_use]
    pub fn holding(self) -> Self {
        Conversation { held: true, ..self }
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.search.map(|search| search.until)
    }

    /// Whether the caller is with somebody else, or with nobody, by now.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Whether somebody is being looked for.
    pub fn is_seeking(&self) -> bool {
        self.search.is_some()
    }

    /// Takes what has happened and gives what to do, in order. Whatever comes after the end is let pass,
    /// but for a referral, which is refused.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Vec<Action> {
        match event {
            Event::Referred { id, .. } | Event::ReferredToConsulted { id } if self.over => {
                vec![Action::Refuse(id, 481)]
            }
            _ if self.over => vec![],
            Event::Key(key) => match self.keys.on(now, key) {
                Some(command) => self.commanded(now, command),
                None => vec![],
            },
            Event::Commanded(command) => match self.commanded(now, command) {
                actions if actions.is_empty() => vec![Action::Decline],
                actions => actions,
            },
            // One thing at a time.
            Event::PutThrough(_) if self.search.is_some() => vec![Action::Decline],
            Event::PutThrough(line) => {
                let mut actions = vec![Action::Hold];
                actions.extend(self.seek_for(now, line.ring, Target::Service(line), None));
                actions.push(Action::Tell(Notice::Connecting));
                actions
            }
            Event::Referred { id, target } => self.referred(now, id, target),
            Event::ReferredToConsulted { id } if self.consulted => {
                self.over = true;
                let mut actions = self.stop_seeking();
                actions.extend([
                    Action::Accept(id),
                    Action::Progress(id, 200),
                    Action::GiveToConsulted,
                ]);
                actions
            }
            // Whom they have consulted has gone.
            Event::ReferredToConsulted { id } => vec![Action::Refuse(id, 480)],
            Event::Found => self.found(),
            Event::NotFound => self.not_found(),
            Event::TakenOver => {
                self.over = true;
                let mut actions = self.stop_seeking();
                actions.push(Action::Give);
                actions
            }
            Event::Consulted(talk) => {
                self.consulted = talk;
                vec![]
            }
            Event::HandlerGone => self.handler_is_gone(),
            Event::Tick => match self.search {
                Some(search) if search.until <= now => {
                    let mut actions = vec![Action::StopSeeking];
                    actions.extend(self.not_found());
                    actions
                }
                _ => vec![],
            },
        }
    }

    fn commanded(&mut self, now: Timestamp, command: Command) -> Vec<Action> {
        match command {
            Command::Hold => {
                self.held = !self.held;
                vec![if self.held {
                    Action::Hold
                } else {
                    Action::Join
                }]
            }
            // One thing at a time.
            Command::Clinician | Command::Callback if self.search.is_some() => vec![],
            Command::Clinician => {
                let mut actions = self.seek(now, Target::Clinicians, None);
                actions.push(Action::Tell(Notice::Connecting));
                actions
            }
            Command::Callback => {
                self.over = true;
                vec![Action::Callback]
            }
            Command::Voicemail if self.settings.is_ours => {
                self.over = true;
                let mut actions = self.stop_seeking();
                actions.push(Action::Voicemail);
                actions
            }
            Command::Voicemail => vec![],
            Command::Emergency => self.emergency(),
        }
    }

    /// A caller in danger does not wait for whoever else is being looked for.
    fn emergency(&mut self) -> Vec<Action> {
        self.over = true;
        let mut actions = self.stop_seeking();
        actions.push(Action::Emergency);
        actions
    }

    fn stop_seeking(&mut self) -> Vec<Action> {
        let Some(search) = self.search.take() else {
            return vec![];
        };
        let referral = search.referral.map(|id| Action::Progress(id, 487));
        [Action::StopSeeking].into_iter().chain(referral).collect()
    }

    fn referred(&mut self, now: Timestamp, id: ReferralId, target: Option<Target>) -> Vec<Action> {
        match target {
            None => vec![Action::Refuse(id, 404)],
            Some(Target::Emergency) => {
                let mut actions = vec![Action::Accept(id), Action::Progress(id, 200)];
                actions.extend(self.emergency());
                actions
            }
            Some(_) if self.search.is_some() => vec![Action::Refuse(id, 491)],
            Some(target) => {
                let mut actions = vec![Action::Accept(id)];
                actions.extend(self.seek(now, target, Some(id)));
                actions.push(Action::Hold);
                actions
            }
        }
    }

    fn seek(
        &mut self,
        now: Timestamp,
        target: Target,
        referral: Option<ReferralId>,
    ) -> Vec<Action> {
        self.seek_for(now, self.settings.seek, target, referral)
    }

    fn seek_for(
        &mut self,
        now: Timestamp,
        seek: Duration,
        target: Target,
        referral: Option<ReferralId>,
    ) -> Vec<Action> {
        let seek = SignedDuration::try_from(seek).unwrap_or(SignedDuration::MAX);
        let until = now.checked_add(seek).unwrap_or(Timestamp::MAX);
        self.search = Some(Search { referral, until });
        vec![Action::Seek(target)]
    }

    fn found(&mut self) -> Vec<Action> {
        let Some(search) = self.search.take() else {
            return vec![];
        };
        self.over = true;
        let progress = search.referral.map(|id| Action::Progress(id, 200));
        progress.into_iter().chain([Action::Give]).collect()
    }

    fn not_found(&mut self) -> Vec<Action> {
        let Some(search) = self.search.take() else {
            return vec![];
        };
        let mut actions: Vec<Action> = search
            .referral
            .map(|id| Action::Progress(id, 480))
            .into_iter()
            .collect();
        if self.handler_gone {
            self.over = true;
            actions.push(Action::Return);
        } else {
            self.held = false;
            actions.extend([Action::Join, Action::Tell(Notice::Failed)]);
        }
        actions
    }

    fn handler_is_gone(&mut self) -> Vec<Action> {
        self.handler_gone = true;
        if self.search.is_some() {
            // The caller hears that they are being put through.
            return vec![Action::Hold];
        }
        self.over = true;
        vec![Action::End]
    }
}
