//! What callers do: as it is written down of each, or as the scenario has it and their own numbers decide.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::flow::Key;
use crate::identity::CallerNumber;
use crate::routing::RegionId;

use super::draws::For;
use super::people::{People, Person};
use super::scenario::{Choice, Then};

/// How soon somebody presses who knows what they want, in seconds.
const HURRIED: f64 = 1.5;
/// Who hangs up in the menus does so within this time, in seconds.
const MENU_LOSS: f64 = 40.0;

/// A call of which it is known how it comes and what the caller does. They do not call again: whoever does is
/// another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// When it comes.
    pub at: Timestamp,
    /// The number, as the network gives it.
    pub number: CallerNumber,
    /// A text-relay assistant calls.
    pub text_relay: bool,
    /// Where they are, for those who are asked.
    pub region: RegionId,
    /// The number dialled.
    pub dialled: String,
    /// What they press, one after the other, and how long after the prompt that asks for it is over.
    pub keys: Vec<(Key, Duration)>,
    /// They do not hear prompts to their end: the times of the keys count from where a prompt begins.
    pub hurried: bool,
    /// How long they wait for a handler before they hang up; they are as patient in the menus.
    pub patience: Duration,
    /// How long they talk.
    pub talk: Duration,
}

impl People {
    fn choice(&self, person: &Person) -> Option<&Choice> {
        let choice = self.scenario.choice.get(person.choice);
        choice.map(|choice| choice.get_ref())
    }

    /// The number that they dial.
    pub(super) fn dialled<'a>(&'a self, person: &'a Person) -> &'a str {
        match &person.script {
            Some(script) => &script.dialled,
            None => self.choice(person).map_or("", |choice| &choice.dialled),
        }
    }

    /// Whether they press keys before they have heard prompts to their end.
    pub(super) fn is_hurried(&self, person: &Person) -> bool {
        match &person.script {
            Some(script) => script.hurried,
            None => {
                let hurried = self.scenario.caller.hurried;
                person.draws.happens(For::Hurry, hurried)
            }
        }
    }

    /// What they press as the answer number so many, where they have one: one key or several.
    pub(super) fn keys(&self, person: &Person, answer: usize) -> Option<Vec<Key>> {
        if let Some(script) = &person.script {
            return script.keys.get(answer).map(|(key, _)| vec![*key]);
        }
        let keys = self.choice(person).map_or("", |choice| &choice.keys);
        let mut keys = keys.split(',').map(str::trim).filter(|key| !key.is_empty());
        let keys = keys.nth(answer)?;
        Some(keys.chars().filter_map(Key::new).collect())
    }

    /// How long they think about it before they press a key, having pressed one so often. It counts from the
    /// end of what is said to them; of those who are hurried, from its beginning.
    pub(super) fn reaction(&self, person: &Person, presses: usize) -> Duration {
        let scripted = person.script.as_ref();
        if let Some((_, after)) = scripted.and_then(|script| script.keys.get(presses)) {
            return *after;
        }
        let number = person.draws.two(For::Keys, presses % 15);
        match self.is_hurried(person) {
            true => Duration::from_secs_f64(HURRIED * number.0),
            false => self.scenario.caller.reaction.draw(number),
        }
    }

    /// How long they wait for a handler.
    pub(super) fn patience(&self, person: &Person) -> Duration {
        match &person.script {
            Some(script) => script.patience,
            None => {
                let patience = self.scenario.caller.patience;
                patience.draw(person.draws.two(For::Patience, 0))
            }
        }
    }

    /// How long they stay in the menus: some hang up soon, the others when their patience is at an end.
    pub(super) fn patience_in_menu(&self, person: &Person) -> Duration {
        let lost = self.scenario.caller.lost_in_menu;
        match person.script.is_none() && person.draws.happens(For::MenuLoss, lost) {
            true => Duration::from_secs_f64(MENU_LOSS * person.draws.get(For::MenuLossAt, 0)),
            false => self.patience(person),
        }
    }

    /// How long they talk with whoever has them first.
    pub(super) fn talk(&self, person: &Person) -> Duration {
        match (&person.script, self.choice(person)) {
            (Some(script), _) => script.talk,
            (None, Some(choice)) => choice.talk.draw(person.draws.two(For::Talk, 0)),
            (None, None) => Duration::ZERO,
        }
    }

    /// Into what that conversation turns.
    pub(super) fn then(&self, person: &Person) -> Then {
        match person.script {
            Some(_) => Then::default(),
            None => self.choice(person).map_or_else(Then::default, |c| c.then),
        }
    }

    /// Whether they call again once they have given up.
    pub(super) fn redials(&self, person: &Person) -> bool {
        let chance = self.scenario.caller.redials;
        person.script.is_none() && person.draws.happens(For::Redial, chance)
    }
}

impl Person {
    /// Somebody of whom all is known.
    pub(super) fn of_script(who: u64, script: Script, home: usize, people: &People) -> Self {
        Person {
            at: script.at,
            who,
            attempt: 0,
            home,
            number: script.number.clone(),
            text_relay: script.text_relay,
            choice: 0,
            draws: people.draws_of(who),
            script: Some(Arc::new(script)),
        }
    }
}
