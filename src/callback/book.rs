mod again;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::identity::Reference;

use super::change::{By, Change};
use super::entry::{Callback, Outcome, Stage};

use again::OnTheLine;

/// How callbacks are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Tries before a clinician decides.
    pub attempts: u32,
    /// Between two tries.
    pub retry: Duration,
    /// After a try that the clinician's side broke off before the caller's phone was rung.
    pub breath: Duration,
    /// After one that it broke off while the caller's phone rang.
    pub rest: Duration,
    /// A conversation that is over sooner than this has not taken place.
    pub proof: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            attempts: 3,
            retry: Duration::from_secs(15 * 60),
            breath: Duration::from_secs(5),
            rest: Duration::from_secs(60),
            proof: Duration::from_secs(3),
        }
    }
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A callback has been promised, and is stored.
    Booked(Callback),
    /// A callback has been found in the store at the start.
    Restored(Callback),
    /// These, and only these, are this node's to make, by what is stored: another node has taken over the
    /// others, or given them back.
    Compared(Vec<Callback>),
    /// A clinician has answered and waits.
    ClinicianReady(Reference),
    /// The clinician has gone, or could not be had, before the caller answered.
    ClinicianGone(Reference),
    /// The caller has answered, and the two are joined.
    CallerAnswered(Reference),
    /// The caller was not reached.
    CallerMissed(Reference, Outcome),
    /// The caller's phone could not be rung, through no fault of theirs: a network or a trunk failed.
    NotRung(Reference),
    /// The conversation is over.
    Over(Reference),
    /// The conversation broke off: one of the two was lost.
    BrokenOff(Reference),
    /// The conversation has ended with another promise for the same need. From now on the callback is due as
    /// this one says.
    Renewed(Callback),
    /// The caller rings, or has been recognised as they did. It counts until [`Event::CallerHasRung`].
    CallerRings(Reference),
    /// That call of theirs is over.
    CallerHasRung(Reference),
    /// The caller has talked with a clinician in a later call about what the callback was promised for.
    SpokenTo(Reference, By),
    /// The caller has confirmed in a later call how they are to be called back, perhaps on another number. It
    /// stands in place of what was promised before.
    ConfirmedAgain(Callback),
    /// From now on they are tried so; what is due already stays due when it was.
    Changed(Settings),
    /// Time has passed.
    Tick,
}

/// What is to be done. In order: what is to be saved is saved before the next thing is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Store it as it stands now.
    Save(Callback),
    /// The same, with this change in its log.
    Change(Callback, Change),
    /// A try has ended so; store that too.
    Attempted(Reference, Outcome),
    /// Wait for a clinician.
    Seek(Callback),
    /// Ring the caller.
    RingCaller(Callback),
    /// Leave it to another node.
    Leave(Reference),
}

/// All callbacks that are not done.
#[derive(Clone, Debug, Default)]
pub struct Book {
    settings: Settings,
    open: BTreeMap<Reference, Callback>,
    /// Since when those who talk have done so.
    talking: BTreeMap<Reference, Timestamp>,
    /// Those whose callers have rung again, and are on the line.
    on_the_line: OnTheLine,
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::from_secs(900));
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Book {
    /// An empty book.
    pub fn new(settings: Settings) -> Self {
        Book {
            settings,
            open: BTreeMap::new(),
            talking: BTreeMap::new(),
            on_the_line: OnTheLine::default(),
        }
    }

    /// A callback that is not done.
    pub fn get(&self, reference: Reference) -> Option<&Callback> {
        self.open.get(&reference)
    }

    /// How many are not done.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether all are done.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Timestamp> {
        let due = self.open.values().filter_map(|c| match c.stage {
            Stage::Due(at) => Some(at.max(self.held_until(c))),
            _ => None,
        });
        due.min()
    }

    /// Takes what has happened and gives what to do.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            // A second promise in one call replaces nothing: the first one stands.
            // It is due at once by this book's own clock, which may differ from that of the call.
            Event::Booked(mut callback) => {
                callback.stage = Stage::Due(now);
                self.open.entry(callback.reference).or_insert(callback);
            }
            Event::Restored(callback) => self.restored(now, callback),
            Event::Compared(stored) => self.compared(now, stored, &mut actions),
            Event::ClinicianReady(reference) => self.clinician_ready(reference, &mut actions),
            Event::ClinicianGone(reference) => {
                let (again, rest) = (self.settings.breath, self.settings.rest);
                let seeking = later(now, again);
                self.move_on(reference, Stage::Seeking, seeking, &mut actions);
                self.move_on(reference, Stage::Ringing, later(now, rest), &mut actions);
            }
            Event::NotRung(reference) => {
                let again = later(now, self.settings.retry);
                self.move_on(reference, Stage::Ringing, again, &mut actions);
            }
            Event::CallerAnswered(reference) => {
                if let Some(callback) = self.at(reference, Stage::Ringing) {
                    callback.stage = Stage::Talking;
                    actions.push(Action::Save(callback.clone()));
                    self.talking.insert(reference, now);
                }
            }
            // Engaged, because they are talking with us.
            Event::CallerMissed(reference, _) if self.is_held(now, reference) => {
                self.move_on(reference, Stage::Ringing, now, &mut actions);
            }
            Event::CallerMissed(reference, outcome) => {
                self.missed(now, reference, outcome, &mut actions);
            }
            Event::Over(reference) => self.over(now, reference, &mut actions),
            Event::BrokenOff(reference) => {
                self.talking.remove(&reference);
                self.failed(now, reference, Stage::Talking, &mut actions);
            }
            Event::Renewed(callback) => self.renewed(now, callback, &mut actions),
            Event::CallerRings(reference) => self.caller_rings(now, reference, &mut actions),
            Event::CallerHasRung(reference) => self.caller_has_rung(reference),
            Event::SpokenTo(reference, by) => self.spoken_to(reference, by, &mut actions),
            Event::ConfirmedAgain(callback) => self.confirmed_again(now, callback, &mut actions),
            Event::Changed(settings) => self.settings = settings,
            Event::Tick => {}
        }
        self.seek(now, &mut actions);
        actions
    }

    fn at(&mut self, reference: Reference, stage: Stage) -> Option<&mut Callback> {
        self.open.get_mut(&reference).filter(|c| c.stage == stage)
    }

    /// What was under way when the process ended begins again at once. A ring that had begun is counted
    /// already; a conversation that was cut is taken up again, because it may not have been finished.
    fn restored(&mut self, now: Timestamp, mut callback: Callback) {
        match callback.stage {
            Stage::Done => return,
            Stage::Seeking | Stage::Ringing | Stage::Talking => callback.stage = Stage::Due(now),
            Stage::Due(_) | Stage::Decision => {}
        }
        self.open.insert(callback.reference, callback);
    }

    /// What is another node's is forgotten here; what is this node's and not in the book is found anew.
    fn compared(&mut self, now: Timestamp, stored: Vec<Callback>, actions: &mut Vec<Action>) {
        let ours: BTreeSet<Reference> = stored.iter().map(|c| c.reference).collect();
        let open = self.open.keys();
        let lost: Vec<Reference> = open.filter(|r| !ours.contains(r)).copied().collect();
        for reference in lost {
            self.open.remove(&reference);
            self.talking.remove(&reference);
            actions.push(Action::Leave(reference));
        }
        for callback in stored {
            if !self.open.contains_key(&callback.reference) {
                self.restored(now, callback);
            }
        }
    }

    /// The try counts from here: it is saved before the caller's phone is rung.
    fn clinician_ready(&mut self, reference: Reference, actions: &mut Vec<Action>) {
        if let Some(callback) = self.at(reference, Stage::Seeking) {
            callback.stage = Stage::Ringing;
            callback.attempts += 1;
            actions.push(Action::Save(callback.clone()));
            actions.push(Action::RingCaller(callback.clone()));
        }
    }

    fn move_on(
        &mut self,
        reference: Reference,
        from: Stage,
        to: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let callback = self.open.get_mut(&reference);
        if let Some(callback) = callback.filter(|c| c.stage == from) {
            // A try that did not fail by the caller is not held against them.
            if callback.stage == Stage::Ringing {
                callback.attempts = callback.attempts.saturating_sub(1);
            }
            callback.stage = Stage::Due(to);
            actions.push(Action::Save(callback.clone()));
        }
    }

    fn missed(
        &mut self,
        now: Timestamp,
        reference: Reference,
        outcome: Outcome,
        actions: &mut Vec<Action>,
    ) {
        if self.failed(now, reference, Stage::Ringing, actions) {
            actions.push(Action::Attempted(reference, outcome));
        }
    }

    /// A try has failed: the next one, or after the last one a clinician's decision.
    fn failed(
        &mut self,
        now: Timestamp,
        reference: Reference,
        at: Stage,
        actions: &mut Vec<Action>,
    ) -> bool {
        let settings = self.settings;
        let Some(callback) = self.at(reference, at) else {
            return false;
        };
        callback.stage = if callback.attempts >= settings.attempts {
            Stage::Decision
        } else {
            Stage::Due(later(now, settings.retry))
        };
        actions.push(Action::Save(callback.clone()));
        true
    }

    /// The two have parted. What was over in a moment was no conversation, whoever hung up.
    fn over(&mut self, now: Timestamp, reference: Reference, actions: &mut Vec<Action>) {
        let since = self.talking.remove(&reference);
        if since.is_some_and(|since| now < later(since, self.settings.proof)) {
            self.failed(now, reference, Stage::Talking, actions);
            return;
        }
        if let Some(callback) = self.at(reference, Stage::Talking) {
            callback.stage = Stage::Done;
            actions.push(Action::Save(callback.clone()));
            self.open.remove(&reference);
        }
    }

    /// One need has one promise: the new one stands in place of the old one.
    fn renewed(&mut self, now: Timestamp, mut callback: Callback, actions: &mut Vec<Action>) {
        let reference = callback.reference;
        if let Some(before) = self.at(reference, Stage::Talking) {
            callback.booked_at = before.booked_at;
            if !matches!(callback.stage, Stage::Due(_)) {
                callback.stage = Stage::Due(now);
            }
            before.clone_from(&callback);
            actions.push(Action::Save(callback));
            self.talking.remove(&reference);
        }
    }

    /// How many wait for a clinician's decision.
    pub fn undecided(&self) -> usize {
        let undecided = self.open.values().filter(|c| c.stage == Stage::Decision);
        undecided.count()
    }

    /// Those whose time has come wait for a clinician, the earliest deadline first.
    fn seek(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        let held = self.held(now);
        let mut due: Vec<&mut Callback> = self
            .open
            .values_mut()
            .filter(|c| matches!(c.stage, Stage::Due(at) if at <= now))
            .filter(|c| !held.contains(&c.reference))
            .collect();
        due.sort_by_key(|c| (std::cmp::Reverse(c.priority), c.deadline, c.reference));
        for callback in due {
            callback.stage = Stage::Seeking;
            actions.push(Action::Seek(callback.clone()));
        }
    }
}
