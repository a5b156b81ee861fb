//! How a callback's tries go, and what is decided after the last one.

use std::time::Duration;

use jiff::Timestamp;

use crate::flow::Priority;
use crate::identity::Reference;

use super::book::{Book, later};
use super::change::{By, Change, What};
use super::entry::{Outcome, Stage};
use super::event::{Action, Decision};
use super::open::Open;
use super::{Callback, Settings};

impl Book {
    /// The try counts from here: it is saved before the caller's phone is rung.
    pub(super) fn clinician_ready(
        &mut self,
        reference: Reference,
        account: String,
        actions: &mut Vec<Action>,
    ) {
        if let Some(Open { callback, .. }) = self.at(reference, Stage::Seeking) {
            callback.stage = Stage::Ringing;
            callback.attempts += 1;
            let change = Change {
                by: By::Clinician(account),
                ..Change::by_service(What::Tried)
            };
            actions.push(Action::Save(callback.clone(), change));
            actions.push(Action::RingCaller(callback.clone()));
        }
    }

    pub(super) fn clinician_gone(
        &mut self,
        now: Timestamp,
        reference: Reference,
        actions: &mut Vec<Action>,
    ) {
        let (breath, rest) = (self.settings.breath, self.settings.rest);
        if let Some(open) = self.at(reference, Stage::Seeking) {
            // Nothing has changed that the store need know.
            open.callback.stage = Stage::Due(later(now, breath));
            return;
        }
        self.not_rung(now, reference, rest, actions);
    }

    /// A try that did not fail by the caller is not held against them.
    pub(super) fn not_rung(
        &mut self,
        now: Timestamp,
        reference: Reference,
        pause: Duration,
        actions: &mut Vec<Action>,
    ) {
        if let Some(open) = self.at(reference, Stage::Ringing) {
            open.callback.attempts = open.callback.attempts.saturating_sub(1);
            let due = Stage::Due(later(now, pause));
            self.goes_on(now, reference, due, What::NotRung, actions);
        }
    }

    pub(super) fn caller_answered(
        &mut self,
        now: Timestamp,
        reference: Reference,
        actions: &mut Vec<Action>,
    ) {
        if let Some(open) = self.at(reference, Stage::Ringing) {
            open.callback.stage = Stage::Talking;
            open.talking = Some(now);
            let change = Change::by_service(What::Answered);
            actions.push(Action::Save(open.callback.clone(), change));
        }
    }

    /// A machine is told from a person only once it has answered.
    pub(super) fn missed(
        &mut self,
        now: Timestamp,
        reference: Reference,
        outcome: Outcome,
        actions: &mut Vec<Action>,
    ) {
        let settings = self.settings;
        let Some(Open { callback, .. }) = self.open.get_mut(reference) else {
            return;
        };
        match callback.stage {
            Stage::Ringing => {}
            Stage::Talking if outcome == Outcome::Voicemail => {}
            _ => return,
        }
        let before = callback.last.replace(outcome);
        let stage = match (before, outcome) {
            (Some(Outcome::Unobtainable), Outcome::Unobtainable) => Stage::Decision,
            _ => after_try(now, callback, settings, settings.pauses.after(outcome)),
        };
        self.goes_on(now, reference, stage, What::Missed(outcome), actions);
        actions.push(Action::Attempted(reference, outcome));
    }

    /// The two have parted. What was over in a moment was no conversation, whoever hung up.
    pub(super) fn over(
        &mut self,
        now: Timestamp,
        reference: Reference,
        by: By,
        actions: &mut Vec<Action>,
    ) {
        let proof = self.settings.proof;
        let Some(open) = self.at(reference, Stage::Talking) else {
            return;
        };
        let is_none = open.talking.is_some_and(|since| now < later(since, proof));
        if is_none || open.confirmed_meanwhile {
            return self.broken_off(now, reference, actions);
        }
        let is_ordered = open.closing.is_some();
        let change = Change {
            by,
            ..Change::by_service(What::Closed)
        };
        self.close(reference, change, actions);
        if is_ordered {
            actions.push(Action::Ordered(reference, Ok(())));
        }
    }

    /// The next try, or after the last one a clinician's decision.
    pub(super) fn broken_off(
        &mut self,
        now: Timestamp,
        reference: Reference,
        actions: &mut Vec<Action>,
    ) {
        let settings = self.settings;
        if let Some(open) = self.at(reference, Stage::Talking) {
            let stage = after_try(now, &open.callback, settings, settings.pauses.no_answer);
            self.goes_on(now, reference, stage, What::BrokenOff, actions);
        }
    }

    /// What was under way is not any more. Where somebody has ordered meanwhile that it be closed, it is.
    fn goes_on(
        &mut self,
        now: Timestamp,
        reference: Reference,
        stage: Stage,
        what: What,
        actions: &mut Vec<Action>,
    ) {
        let Some(open) = self.open.get_mut(reference) else {
            return;
        };
        open.talking = None;
        open.confirmed_meanwhile = false;
        open.ask_at = Some(now);
        open.callback.stage = stage;
        let change = Change::by_service(what);
        actions.push(Action::Save(open.callback.clone(), change));
        if let Some((by, detail)) = open.closing.take() {
            let what = What::Closed;
            self.close(reference, Change { by, what, detail }, actions);
            actions.push(Action::Ordered(reference, Ok(())));
        } else if stage == Stage::Decision {
            let change = Change::by_service(What::LeftToClinician);
            actions.push(Action::Save(open.callback.clone(), change));
        }
    }

    /// All else about it stays as it stands by now.
    pub(super) fn lost_in_danger(
        &mut self,
        now: Timestamp,
        reference: Reference,
        actions: &mut Vec<Action>,
    ) {
        let Some(open) = self.at(reference, Stage::Talking) else {
            return;
        };
        open.callback.priority = Priority::Emergency;
        open.callback.stage = Stage::Due(now);
        open.talking = None;
        open.confirmed_meanwhile = false;
        let refused = open.refuses_order();
        let change = Change {
            detail: "lost on the way to 999".to_owned(),
            ..Change::by_service(What::Renewed)
        };
        actions.push(Action::Save(open.callback.clone(), change));
        actions.extend(refused);
    }

    /// One need has one promise: the new one stands in place of the old one.
    pub(super) fn renewed(
        &mut self,
        now: Timestamp,
        mut callback: Callback,
        actions: &mut Vec<Action>,
    ) {
        let reference = callback.reference;
        let Some(open) = self.at(reference, Stage::Talking) else {
            return;
        };
        callback.booked_at = open.callback.booked_at;
        if !matches!(callback.stage, Stage::Due(_)) {
            callback.stage = Stage::Due(now);
        }
        open.callback = callback.clone();
        open.talking = None;
        open.confirmed_meanwhile = false;
        open.is_late = false;
        let refused = open.refuses_order();
        actions.push(Action::Save(callback, Change::by_service(What::Renewed)));
        actions.extend(refused);
    }

    pub(super) fn decided(
        &mut self,
        now: Timestamp,
        reference: Reference,
        decision: Decision,
        account: String,
        actions: &mut Vec<Action>,
    ) {
        let Some(open) = self.at(reference, Stage::Decision) else {
            return;
        };
        if open.ask_at.is_some() {
            return;
        }
        let by = By::Clinician(account);
        let due = match decision {
            Decision::TryNow => now,
            // No later than promised, where that is still to come.
            Decision::TryAt(at) if open.callback.deadline > now => {
                at.min(open.callback.deadline).max(now)
            }
            Decision::TryAt(at) => at.max(now),
            Decision::Close => {
                let change = Change {
                    by,
                    what: What::Closed,
                    detail: "not reached; decided by a clinician".to_owned(),
                };
                return self.close(reference, change, actions);
            }
        };
        open.callback.stage = Stage::Due(due);
        let change = Change {
            by,
            what: What::Rescheduled,
            detail: format!("to {due}"),
        };
        actions.push(Action::Save(open.callback.clone(), change));
    }

    /// It stays, and is put to a clinician again.
    pub(super) fn undecided_yet(&mut self, now: Timestamp, reference: Reference) {
        let again = later(now, self.settings.decision);
        let open = self.at(reference, Stage::Decision);
        if let Some(open) = open.filter(|open| open.ask_at.is_none()) {
            open.ask_at = Some(again);
        }
    }

    /// The one way out of the book.
    pub(super) fn close(
        &mut self,
        reference: Reference,
        change: Change,
        actions: &mut Vec<Action>,
    ) {
        if let Some(Open { mut callback, .. }) = self.open.remove(reference) {
            callback.stage = Stage::Done;
            actions.push(Action::Save(callback, change));
        }
    }
}

/// Where a callback stands whose try has failed.
fn after_try(now: Timestamp, callback: &Callback, settings: Settings, pause: Duration) -> Stage {
    match callback.attempts >= settings.attempts {
        true => Stage::Decision,
        false => Stage::Due(later(now, pause)),
    }
}
