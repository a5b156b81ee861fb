//! Callers who ring again: what they hear of the call back or the place that they have been promised, and what their
//! keys mean there. Whoever presses nothing, or a key that means nothing there, goes on as everybody does;
//! the promise stands.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::destination::{Destination, Priority};
use super::key::Key;
use super::model::Kind;
use super::run::{Action, MOST_STEPS, Mode, Run, Why};
use super::utterance::Utterance;

/// What is looked up while the welcome plays is waited for so long after it.
const LOOKED_UP: Duration = Duration::from_secs(1);

const BOOKED: &str = "again-booked";
const AS_SOON: &str = "again-as-soon";
const MENU: &str = "again-menu";
const PLACE: &str = "again-place";
const PLACE_MENU: &str = "again-place-menu";
/// What is said to whoever keeps the call back.
pub const AGAIN_KEPT: &str = "again-kept";
/// What is said to whoever goes on keeping their place in the queue.
pub const AGAIN_PLACE_KEPT: &str = "again-place-kept";

/// Minutes, and the recording that says that it is to be made within them.
const WITHIN: [(i64, &str); 10] = [
    (15, "again-within-15"),
    (30, "again-within-30"),
    (60, "again-within-60"),
    (120, "again-within-120"),
    (180, "again-within-180"),
    (240, "again-within-240"),
    (300, "again-within-300"),
    (360, "again-within-360"),
    (720, "again-within-720"),
    (1_440, "again-within-1440"),
];

/// Every recording that a caller may hear for having rung before.
pub fn again_prompts() -> impl Iterator<Item = &'static str> {
    let within = WITHIN.into_iter().map(|(_, prompt)| prompt);
    let fixed = [
        BOOKED,
        AS_SOON,
        MENU,
        AGAIN_KEPT,
        PLACE,
        PLACE_MENU,
        AGAIN_PLACE_KEPT,
    ];
    fixed.into_iter().chain(within)
}

/// What the caller has been promised in an earlier call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Promised {
    /// That a clinician calls them back.
    Callback {
        /// By when.
        deadline: Timestamp,
        /// How soon among others.
        priority: Priority,
    },
    /// That their place in the queue is kept, and they are called when it is their turn.
    Place,
}

/// Whether the caller has been promised a call back in an earlier call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Before {
    /// No, or they have been told.
    #[default]
    Nothing,
    /// It is being looked up: [`Event::Known`](super::Event::Known) tells.
    Asked,
    /// Yes; they are told after the first announcement.
    Promised(Promised),
}

/// The words for a call back that is to be made in so much time; never less than is left, so that nobody is
/// told a time that does not hold. None where that is more than a day.
fn within(left: SignedDuration) -> Option<&'static str> {
    if left <= SignedDuration::ZERO {
        return Some(AS_SOON);
    }
    let fits = |(minutes, _): &(i64, &str)| left <= SignedDuration::from_mins(*minutes);
    WITHIN.into_iter().find(fits).map(|(_, prompt)| prompt)
}

impl Run {
    /// The first announcement is over: on to what follows it, by way of what the caller is to know.
    pub(super) fn go_on(&mut self, now: Timestamp, next: &str, actions: &mut Vec<Action>) {
        match self.facts.before {
            Before::Nothing => self.enter(next, actions),
            Before::Asked => {
                self.mode = Mode::Asked;
                self.wait_until(now, LOOKED_UP);
            }
            Before::Promised(promised) => self.tell_promise(now, promised, actions),
        }
    }

    /// What has been looked up is known.
    pub(super) fn known(
        &mut self,
        now: Timestamp,
        promised: Option<Promised>,
        actions: &mut Vec<Action>,
    ) {
        if self.facts.before != Before::Asked {
            return;
        }
        self.facts.before = promised.map_or(Before::Nothing, Before::Promised);
        if self.mode == Mode::Asked {
            self.deadline = None;
            match self.facts.before {
                Before::Promised(promised) => self.tell_promise(now, promised, actions),
                Before::Nothing | Before::Asked => self.on_with_the_flow(actions),
            }
        }
    }

    fn tell_promise(&mut self, now: Timestamp, promised: Promised, actions: &mut Vec<Action>) {
        self.introduced(actions);
        let words = match promised {
            Promised::Callback { deadline, .. } => {
                let left = deadline.duration_since(now);
                [Some(BOOKED), within(left), Some(MENU)]
            }
            Promised::Place => [Some(PLACE), None, Some(PLACE_MENU)],
        };
        let words: Vec<Utterance> = words.into_iter().flatten().map(Utterance::prompt).collect();
        self.mode = Mode::Promised(promised, words.clone());
        self.say(words, actions);
    }

    /// No key has come to what a caller was told; where it was being looked up, nothing was found in time.
    pub(super) fn on_with_the_flow(&mut self, actions: &mut Vec<Action>) {
        self.facts.before = Before::Nothing;
        self.mode = Mode::Step;
        match self.current().map(|step| step.kind.clone()) {
            Some(Kind::Next(next)) => self.enter(&next, actions),
            // Told anew in another language, they have come as far as the menu.
            _ => self.ask_again(actions),
        }
    }

    /// A key of a caller who has been told of their call back.
    pub(super) fn promised_key(
        &mut self,
        now: Timestamp,
        key: Key,
        promised: Promised,
        actions: &mut Vec<Action>,
    ) {
        match (key.char(), promised) {
            ('1', _) => self.leave(Destination::Kept, Why::Chosen, actions),
            ('2', Promised::Callback { priority, .. }) => {
                let priority = priority.max(Priority::HealthProfessional);
                actions.push(Action::SpeaksNow);
                self.leave(
                    Destination::ClinicianQueue { priority },
                    Why::Chosen,
                    actions,
                );
            }
            ('2', Promised::Place) => {
                actions.push(Action::SpeaksNow);
                self.fall_back(Why::Chosen, actions);
            }
            ('3', Promised::Callback { .. }) => self.ask_number(actions),
            _ => self.key_goes_on(now, key, Some(promised), actions),
        }
    }

    /// A key that counts for the menu that comes next. Whoever has only changed the language by it is told in
    /// that language what they have been promised.
    pub(super) fn key_goes_on(
        &mut self,
        now: Timestamp,
        key: Key,
        promised: Option<Promised>,
        actions: &mut Vec<Action>,
    ) {
        let language = self.language.clone();
        self.facts.before = Before::Nothing;
        self.mode = Mode::Step;
        self.step_key(key, MOST_STEPS, actions);
        if let Some(promised) = promised
            && self.language != language
            && self.mode == Mode::Step
        {
            actions.retain(|action| !matches!(action, Action::Say { .. }));
            self.tell_promise(now, promised, actions);
        }
    }
}

impl Destination {
    /// Where somebody goes who has called so often that a clinician is to speak to them first: whoever was to
    /// wait for a handler waits for a clinician. All else stays as it is.
    #[must_use]
    pub fn clinicians_first(self) -> Self {
        match self {
            Destination::HandlerQueue { priority, .. } => Destination::ClinicianQueue {
                priority: priority.max(Priority::HealthProfessional),
            },
            other => other,
        }
    }
}
