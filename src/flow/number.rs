//! The number on which a caller is to be called back: read back, confirmed, or another one keyed.

use jiff::Timestamp;

use crate::identity::Number;

use super::destination::Destination;
use super::key::Key;
use super::model::{Ending, Kind};
use super::run::{Action, Mode, Run, Why};
use super::utterance::Utterance;

/// A number that is shorter than this is not taken as whole when the caller stops keying.
const WHOLE_NUMBER: usize = 10;
/// More digits than any number has; further ones are ignored.
const LONGEST_NUMBER: usize = 20;
/// Dialled before a number, it brings a text-relay assistant on the line.
const TEXT_RELAY: &str = "18002";
/// So many keyed numbers that cannot be called lead to a person.
const WRONG_NUMBERS: u32 = 2;

impl Run {
    /// What the step says that leads to a callback; nothing where the run is about a number alone.
    fn disposition(&self) -> Option<String> {
        match &self.current()?.kind {
            Kind::Leave(Ending::Callback { disposition }) => disposition.clone(),
            _ => None,
        }
    }

    /// Reads back what is to be dialled.
    pub(super) fn read_back(&mut self, number: Number, by_relay: bool, actions: &mut Vec<Action>) {
        let digits = match by_relay {
            true => number.via_text_relay(),
            false => number.national(),
        };
        let said = vec![
            Utterance::prompt("number-read-back-before"),
            Utterance::Digits(digits),
            Utterance::prompt("number-read-back-after"),
        ];
        self.mode = Mode::Confirm(number, by_relay);
        self.say(said, actions);
    }

    /// A key after a number has been read back.
    pub(super) fn confirm_key(
        &mut self,
        key: Key,
        number: Number,
        by_relay: bool,
        actions: &mut Vec<Action>,
    ) {
        match key.char() {
            '1' => {
                actions.extend(by_relay.then_some(Action::ByRelay));
                let disposition = self.disposition();
                let callback = Destination::Callback {
                    number,
                    disposition,
                };
                self.leave(callback, Why::Chosen, actions);
            }
            '2' => self.ask_number(actions),
            _ => self.wrong_key(actions),
        }
    }

    /// Whether the digits are taken as a whole number when the caller stops keying.
    pub(super) fn number_is_whole(digits: &str) -> bool {
        digits.len() >= WHOLE_NUMBER
    }

    /// Asks for a number because that from which the caller calls will not do, and says why.
    pub(super) fn ask_another_number(&mut self, actions: &mut Vec<Action>) {
        let why = match self.facts.number_refused {
            true => "number-own-refused",
            false => "number-own-unknown",
        };
        self.ask_number(actions);
        if let Some(Action::Say { utterances, .. }) = actions.last_mut() {
            utterances.insert(0, Utterance::prompt(why));
        }
    }

    pub(super) fn ask_number(&mut self, actions: &mut Vec<Action>) {
        self.mode = Mode::Number(String::new());
        self.silent_rounds = 0;
        self.wrong_keys = 0;
        self.say(vec![Utterance::prompt("key-your-number")], actions);
    }

    pub(super) fn number_key(
        &mut self,
        now: Timestamp,
        key: Key,
        mut digits: String,
        actions: &mut Vec<Action>,
    ) {
        match key.char() {
            '#' => self.number_keyed(&digits, actions),
            // A star begins the number again, as on many answering services.
            '*' => self.ask_number(actions),
            c if c.is_ascii_digit() => {
                if digits.len() < LONGEST_NUMBER {
                    digits.push(c);
                }
                self.mode = Mode::Number(digits);
                self.wait_for_digit(now);
            }
            _ => self.wrong_key(actions),
        }
    }

    pub(super) fn number_keyed(&mut self, digits: &str, actions: &mut Vec<Action>) {
        // Whoever is called through text relay knows their number with 18002 before it.
        let (digits, by_relay) = match digits.strip_prefix(TEXT_RELAY) {
            Some(number) => (number, true),
            None => (digits, false),
        };
        let number = Number::parse(digits);
        let is_known = number.is_ok();
        let callable = number.ok().filter(|number| number.callable_back().is_ok());
        if let Some(number) = callable {
            self.silent_rounds = 0;
            self.wrong_keys = 0;
            return self.read_back(number, by_relay, actions);
        }
        self.wrong_numbers += 1;
        if self.wrong_numbers >= WRONG_NUMBERS {
            return self.fall_back(Why::WrongKeys, actions);
        }
        self.mode = Mode::Number(String::new());
        let why = if is_known {
            "number-refused"
        } else {
            "number-invalid"
        };
        let said = [why, "key-your-number"];
        self.say(said.into_iter().map(Utterance::prompt).collect(), actions);
    }
}
