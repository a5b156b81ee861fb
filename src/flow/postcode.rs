//! The first half of the postcode of where the patient is: each letter and digit by the key that it stands
//! on, pressed once. What several postcodes are keyed by is asked about. Whoever cannot say it goes on
//! without.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::Key;
use super::model::Ending;
use super::outward::{OutwardCode, OutwardCodes};
use super::run::{Action, Mode, Run};
use super::utterance::Utterance;

/// More keys than any postcode has; further ones are ignored.
const LONGEST: usize = 8;
/// So often a caller keys what is no postcode before they go on without.
const UNKNOWN: u32 = 2;

/// Where a caller goes on who has keyed a postcode, or who has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Then {
    /// They were asked where they are, on the way to this.
    Region(Ending),
    /// To a step of the flow.
    Step(String),
}

/// What a caller has keyed so far.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PostcodeKeys {
    pub(super) keys: String,
    /// How often before they have keyed what is no postcode.
    pub(super) unknown: u32,
    /// They have paused, and been told how to end it.
    pub(super) reminded: bool,
}

impl fmt::Debug for PostcodeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (keys, tries) = (self.keys.len(), self.unknown);
        write!(f, "{keys} keys, {tries} tries, reminded: {}", self.reminded)
    }
}

/// Which key stands for which postcode.
pub(super) fn choices(codes: &[OutwardCode]) -> Vec<Utterance> {
    let mut words = Vec::new();
    for (code, key) in codes.iter().take(OutwardCodes::MOST_ALIKE).zip('1'..) {
        words.push(Utterance::prompt("postcode-for"));
        words.push(Utterance::Postcode(code.as_str().to_owned()));
        words.push(Utterance::prompt("postcode-press"));
        words.push(Utterance::Digits(key.to_string()));
    }
    words.push(Utterance::prompt("postcode-again"));
    words
}

impl Run {
    pub(super) fn ask_postcode(&mut self, then: Then, actions: &mut Vec<Action>) {
        self.silent_rounds = 0;
        self.wrong_keys = 0;
        self.ask_postcode_again(0, then, actions);
    }

    pub(super) fn ask_postcode_again(
        &mut self,
        unknown: u32,
        then: Then,
        actions: &mut Vec<Action>,
    ) {
        let keyed = PostcodeKeys {
            unknown,
            ..PostcodeKeys::default()
        };
        self.mode = Mode::Postcode(keyed, then);
        self.say(vec![Utterance::prompt("key-your-postcode")], actions);
    }

    pub(super) fn postcode_key(
        &mut self,
        now: Timestamp,
        key: Key,
        mut keyed: PostcodeKeys,
        then: Then,
        actions: &mut Vec<Action>,
    ) {
        match key.char() {
            '#' => self.postcode_keyed(&keyed, then, actions),
            // A star begins the postcode again, as it does a number.
            '*' => self.ask_postcode_again(keyed.unknown, then, actions),
            digit if digit.is_ascii_digit() => {
                if keyed.keys.len() < LONGEST {
                    keyed.keys.push(digit);
                }
                keyed.reminded = false;
                self.mode = Mode::Postcode(keyed, then);
                self.wait_for_digit(now);
            }
            _ => self.wrong_key(actions),
        }
    }

    /// Nothing more has come for a while. Who is slow may go on keying, and is told how to end it; who has
    /// heard that has keyed it all.
    pub(super) fn postcode_paused(
        &mut self,
        keyed: PostcodeKeys,
        then: Then,
        actions: &mut Vec<Action>,
    ) {
        if keyed.reminded {
            return self.postcode_keyed(&keyed, then, actions);
        }
        let reminded = PostcodeKeys {
            reminded: true,
            ..keyed
        };
        self.mode = Mode::Postcode(reminded, then);
        self.say(vec![Utterance::prompt("postcode-hash")], actions);
    }

    fn postcode_keyed(&mut self, keyed: &PostcodeKeys, then: Then, actions: &mut Vec<Action>) {
        let codes = self.facts.places.outward_codes.spelt(&keyed.keys).to_vec();
        if !codes.is_empty() {
            self.silent_rounds = 0;
            self.wrong_keys = 0;
            self.say(choices(&codes), actions);
            self.mode = Mode::WhichPostcode(codes, then);
            return;
        }
        let unknown = keyed.unknown + 1;
        if unknown < UNKNOWN {
            self.ask_postcode_again(unknown, then, actions);
            if let Some(Action::Say { utterances, .. }) = actions.last_mut() {
                utterances.insert(0, Utterance::prompt("postcode-unknown"));
            }
            return;
        }
        match then {
            Then::Region(ending) => {
                self.ask_region(ending, &["postcode-unknown", "region-menu"], actions);
            }
            Then::Step(next) => self.enter(&next, actions),
        }
    }

    /// A key of a caller who has heard which postcodes they may have keyed.
    pub(super) fn which_key(
        &mut self,
        key: Key,
        codes: &[OutwardCode],
        then: Then,
        actions: &mut Vec<Action>,
    ) {
        let mut keys = codes.iter().take(OutwardCodes::MOST_ALIKE).zip('1'..);
        match keys.find(|(_, stands)| *stands == key.char()) {
            Some((code, _)) => self.has_postcode(code.clone(), then, actions),
            None if key.char() == '*' => self.ask_postcode_again(0, then, actions),
            None => self.wrong_key(actions),
        }
    }

    fn has_postcode(&mut self, code: OutwardCode, then: Then, actions: &mut Vec<Action>) {
        // What has been keyed counts only where the number or the network tells no region.
        if !self.facts.region_known || self.facts.region_keyed {
            let tells_region = self.facts.places.outward_codes.tells_region(&code);
            (self.facts.region_known, self.facts.region_keyed) = (tells_region, tells_region);
        }
        actions.push(Action::Postcode(code));
        match then {
            Then::Step(next) => self.enter(&next, actions),
            Then::Region(ending) if self.facts.region_known => {
                self.end_with_region(ending, actions);
            }
            Then::Region(ending) => {
                self.ask_region(ending, &["postcode-borders", "region-menu"], actions);
            }
        }
    }

    /// A person, or whatever comes next, at once and without another question about the place.
    pub(super) fn without_postcode(&mut self, then: Then, actions: &mut Vec<Action>) {
        match then {
            Then::Region(ending) => self.end_with_region(ending, actions),
            Then::Step(next) => self.enter(&next, actions),
        }
    }
}
