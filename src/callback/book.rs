use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::identity::Reference;
use crate::queue::CLINICIAN;

use super::again::OnTheLine;
use super::agenda::{Agenda, Marks};
use super::change::{Change, What};
use super::entry::{Callback, Escalation, Stage};
use super::event::{Action, Event};
use super::going_on::GoingOn;
use super::open::Open;
use super::settings::Settings;
use super::turn::Turn;

/// All callbacks that are not done.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub(super) settings: Settings,
    pub(super) open: Agenda,
    /// Those whose callers have rung again, and are on the line.
    pub(super) on_the_line: OnTheLine,
    /// Conversations from before this process, until the callbacks are known that they are about.
    going_on: GoingOn,
}

pub(super) fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::from_secs(900));
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Book {
    /// An empty book.
    pub fn new(settings: Settings) -> Self {
        Book {
            settings,
            open: Agenda::default(),
            on_the_line: OnTheLine::default(),
            going_on: GoingOn::default(),
        }
    }

    /// A callback that is not done.
    pub fn get(&self, reference: Reference) -> Option<&Callback> {
        self.open.get(reference).map(|open| &open.callback)
    }

    /// How many are not done.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether all are done.
    pub fn is_empty(&self) -> bool {
        self.open.len() == 0
    }

    /// How many wait for a clinician's decision.
    pub fn undecided(&self) -> usize {
        self.open.undecided()
    }

    /// How many a supervisor has been told of because they may miss their deadlines, or have missed them.
    pub fn at_risk(&self) -> usize {
        self.open.at_risk()
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.open.first()
    }

    /// Takes what has happened and gives what to do. It costs a step for each callback that is told of or whose time
    /// has come; how many are open hardly matters. Only other [settings](Event::Changed) and what is
    /// [stored](Event::Compared) have it look at all of them.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        self.happened(now, event, &mut actions);
        self.settle();
        let reached = self.open.reached(now);
        self.raise(now, &reached, &mut actions);
        self.seek(now, &reached, &mut actions);
        self.settle();
        actions
    }

    /// Has everything that has changed stand where it belongs.
    fn settle(&mut self) {
        while let Some(reference) = self.open.next_touched() {
            if let Some(marks) = self.open.get(reference).map(|open| self.marks(open)) {
                self.open.mark(reference, marks);
            }
        }
    }

    fn marks(&self, open: &Open) -> Marks {
        Marks {
            next: self.next(open),
            is_undecided: open.is_undecided(),
            is_at_risk: open.is_at_risk(),
        }
    }

    /// When time alone does something to it: it is due, to be raised, or late. Whom the caller talks with is left
    /// alone meanwhile.
    fn next(&self, open: &Open) -> Option<Timestamp> {
        if open.is_under_way() {
            return None;
        }
        let raised = self.settings.risk.next(&open.callback);
        let late = (!open.is_late).then_some(open.callback.deadline);
        let times = [self.due(open), raised, late];
        times.into_iter().flatten().min()
    }

    /// When somebody is to be waited for, also by where the caller is.
    fn due(&self, open: &Open) -> Option<Timestamp> {
        let due = open.due();
        due.map(|at| at.max(self.held_until(&open.callback)))
    }

    pub(super) fn happened(&mut self, now: Timestamp, event: Event, actions: &mut Vec<Action>) {
        let Some(event) = self.going_on.waits_with(event) else {
            return;
        };
        match event {
            // A second promise in one call replaces nothing: the first one stands.
            // It is due at once by this book's own clock, which may differ from that of the call.
            Event::Booked(mut callback) => {
                callback.stage = Stage::Due(now);
                self.open.put(Open::new(now, callback));
            }
            Event::Restored(callback) => self.restored(now, callback, actions),
            Event::GoesOn(reference, since) => self.going_on.begins(reference, since),
            Event::Compared(stored) => self.compared(now, stored, actions),
            Event::ClinicianReady(reference, account) => {
                self.clinician_ready(reference, account, actions);
            }
            Event::ClinicianGone(reference) => self.clinician_gone(now, reference, actions),
            Event::NotRung(reference) => {
                let pause = self.settings.pauses.no_answer;
                self.not_rung(now, reference, pause, actions);
            }
            Event::CallerAnswered(reference) => self.caller_answered(now, reference, actions),
            // Engaged, because they are talking with us.
            Event::CallerMissed(reference, _) if self.is_engaged_with_us(now, reference) => {
                self.not_rung(now, reference, Duration::ZERO, actions);
            }
            Event::CallerMissed(reference, outcome) => {
                self.missed(now, reference, outcome, actions);
            }
            Event::Over(reference, by) => self.over(now, reference, by, actions),
            Event::LostInDanger(reference) => self.lost_in_danger(now, reference, actions),
            Event::BrokenOff(reference) => self.broken_off(now, reference, actions),
            Event::Renewed(callback) => self.renewed(now, callback, actions),
            Event::CallerRings(reference) => self.caller_rings(now, reference, actions),
            Event::CallerHasRung(reference) => self.caller_has_rung(reference),
            Event::SpokenTo(reference, by, since) => {
                self.spoken_to(now, (reference, since), by, actions);
            }
            Event::ConfirmedAgain(callback) => self.confirmed_again(now, callback, actions),
            Event::Decided(reference, decision, account) => {
                self.decided(now, reference, decision, account, actions);
            }
            Event::Undecided(reference) => self.undecided_yet(now, reference),
            Event::Ordered(reference, order, by) => {
                self.ordered(now, reference, order, by, actions);
            }
            Event::Changed(settings) => {
                self.settings = settings;
                self.open.touch_all();
            }
            Event::Tick => {}
        }
    }

    pub(super) fn at(&mut self, reference: Reference, stage: Stage) -> Option<&mut Open> {
        let open = self.open.get_mut(reference);
        open.filter(|open| open.callback.stage == stage)
    }

    /// What was under way when the process ended begins again at once. A ring that had begun is counted
    /// already; a conversation that was cut is taken up again, because it may not have been finished. After
    /// the last try it is for a clinician to say. Where the promise lies before us the clock has been set
    /// back, and nothing is put off by that.
    fn restored(&mut self, now: Timestamp, mut callback: Callback, actions: &mut Vec<Action>) {
        if let Some(talk) = self.going_on.take(callback.reference) {
            return self.talks_on(now, callback, talk, actions);
        }
        if self.open.contains(callback.reference) {
            return;
        }
        let was_under_way = matches!(callback.stage, Stage::Ringing | Stage::Talking);
        match callback.stage {
            Stage::Done => return,
            Stage::Ringing | Stage::Talking if callback.attempts >= self.settings.attempts => {
                callback.stage = Stage::Decision;
            }
            Stage::Seeking | Stage::Ringing | Stage::Talking => callback.stage = Stage::Due(now),
            Stage::Due(_) if callback.booked_at > now => callback.stage = Stage::Due(now),
            Stage::Due(_) | Stage::Decision => {}
        }
        if was_under_way {
            let change = Change {
                detail: "the process ended".to_owned(),
                ..Change::by_service(What::BrokenOff)
            };
            actions.push(Action::Save(callback.clone(), change));
            if callback.stage == Stage::Decision {
                let change = Change::by_service(What::LeftToClinician);
                actions.push(Action::Save(callback.clone(), change));
            }
        }
        self.open.put(Open::new(now, callback));
    }

    /// What is another node's is forgotten here; what is this node's and not in the book is found anew.
    fn compared(&mut self, now: Timestamp, stored: Vec<Callback>, actions: &mut Vec<Action>) {
        let ours: BTreeSet<Reference> = stored.iter().map(|c| c.reference).collect();
        let open = self.open.references();
        let lost: Vec<Reference> = open.filter(|r| !ours.contains(r)).collect();
        for reference in lost {
            self.open.remove(reference);
            actions.push(Action::Stop(reference));
        }
        for callback in stored {
            if !self.open.contains(callback.reference) {
                self.restored(now, callback, actions);
            }
        }
        // What is nobody's here is no concern of this book's.
        self.going_on.clear();
    }

    /// Those whose deadline is near are raised, in order of their references.
    fn raise(&mut self, now: Timestamp, reached: &[Reference], actions: &mut Vec<Action>) {
        let risk = self.settings.risk;
        for reference in reached {
            let Some(open) = self.open.get_mut(*reference) else {
                continue;
            };
            if let Some(step) = risk.step(now, &open.callback) {
                raised(&mut open.callback, step, actions);
                if open.is_sought() {
                    actions.push(Action::SeekAnew(open.callback.clone()));
                }
            }
            if open.callback.deadline <= now && !open.is_late {
                open.is_late = true;
                actions.push(Action::Late(*reference));
            }
        }
    }

    /// Those whose time has come wait for a clinician, in their turns.
    fn seek(&mut self, now: Timestamp, reached: &[Reference], actions: &mut Vec<Action>) {
        let open = reached.iter().filter_map(|r| self.open.get(*r));
        let due = open.filter(|open| self.due(open).is_some_and(|at| at <= now));
        let mut turns: Vec<Turn> = due.map(|open| open.callback.turn()).collect();
        turns.sort_unstable();
        for (.., reference) in turns {
            let Some(open) = self.open.get_mut(reference) else {
                continue;
            };
            if open.is_undecided() {
                open.ask_at = None;
                actions.push(Action::Decide(open.callback.clone()));
            } else {
                open.callback.stage = Stage::Seeking;
                actions.push(Action::Seek(open.callback.clone()));
            }
        }
    }
}

/// From the second step on it is anybody's: until somebody orders otherwise.
pub(super) fn raised(callback: &mut Callback, step: Escalation, actions: &mut Vec<Action>) {
    let before = std::mem::replace(&mut callback.escalation, step);
    let mut change = Change::by_service(What::Escalated(step));
    if before < Escalation::AnySkill && step >= Escalation::AnySkill {
        change.detail = format!("was for {}", callback.skill);
        CLINICIAN.clone_into(&mut callback.skill);
        callback.clinician = None;
    }
    // Told first: should the process end in between, it is told again rather than never.
    if step == Escalation::Supervisor {
        actions.push(Action::AtRisk(callback.reference));
    }
    actions.push(Action::Save(callback.clone(), change));
}
