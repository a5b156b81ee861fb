use std::time::Duration;

use jiff::SignedDuration;

use crate::flow::Key;

use super::capacity::{Capacities, Colour};

/// So many wrong keys or silences, and whoever keys is given up on.
const PATIENCE: u32 = 3;
/// No number of hours has more digits.
const DIGITS: usize = 3;

/// What a provider who has dialled in keys to set the capacity of a service: a colour, and for how many hours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapacityKeys {
    colour: Option<Colour>,
    hours: String,
    failed: u32,
}

/// What comes of a key, or of none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyed {
    /// Nothing yet.
    More,
    /// The colour is asked for: 1 green, 2 amber, 3 red.
    AskColour,
    /// The hours are asked for, ended by #.
    AskHours,
    /// All is said.
    Set {
        /// The colour.
        colour: Colour,
        /// After what time it is green again; none for green.
        returns_after: Option<Duration>,
    },
    /// Somebody else has to help.
    GivenUp,
}

impl CapacityKeys {
    /// How long a key may take, after what was said or after the key before; then it counts as silence.
    pub const WAIT: SignedDuration = SignedDuration::from_secs(8);

    /// A key was pressed.
    pub fn on(&mut self, key: Key) -> Keyed {
        match (self.colour, key.char()) {
            (None, '1') => Keyed::Set {
                colour: Colour::Green,
                returns_after: None,
            },
            (None, '2') => self.is(Colour::Amber),
            (None, '3') => self.is(Colour::Red),
            (Some(_), digit @ '0'..='9') if self.hours.len() < DIGITS => {
                self.hours.push(digit);
                Keyed::More
            }
            (Some(colour), '#') => self.ends(colour),
            _ => self.fails(),
        }
    }

    /// No key came in time.
    pub fn on_silence(&mut self) -> Keyed {
        self.fails()
    }

    fn is(&mut self, colour: Colour) -> Keyed {
        self.colour = Some(colour);
        Keyed::AskHours
    }

    fn ends(&mut self, colour: Colour) -> Keyed {
        let hours = self.hours.parse::<u64>().unwrap_or(0);
        let time = Duration::from_secs(hours * 60 * 60);
        match (Capacities::SHORTEST..=Capacities::LONGEST).contains(&time) {
            true => Keyed::Set {
                colour,
                returns_after: Some(time),
            },
            false => self.fails(),
        }
    }

    fn fails(&mut self) -> Keyed {
        self.failed += 1;
        self.hours.clear();
        match self.colour {
            _ if self.failed >= PATIENCE => Keyed::GivenUp,
            None => Keyed::AskColour,
            Some(_) => Keyed::AskHours,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keyed(keys: &str) -> Vec<Keyed> {
        let mut machine = CapacityKeys::default();
        let keys = keys.chars().map(|key| match key {
            ' ' => machine.on_silence(),
            key => machine.on(Key::new(key).unwrap()),
        });
        keys.collect()
    }

    fn set(colour: Colour, hours: u64) -> Keyed {
        Keyed::Set {
            colour,
            returns_after: Some(Duration::from_secs(hours * 3_600)),
        }
    }

    #[test]
    fn a_colour_and_its_hours_are_keyed() {
        use Keyed::{AskColour, AskHours, GivenUp, More};
        let green = Keyed::Set {
            colour: Colour::Green,
            returns_after: None,
        };
        assert_eq!(keyed("1"), [green]);
        assert_eq!(keyed("24#"), [AskHours, More, set(Colour::Amber, 4)]);
        assert_eq!(keyed("3120#")[4], set(Colour::Red, 120));
        assert_eq!(keyed("3121#")[4], AskHours, "too long");
        assert_eq!(keyed("30#")[2], AskHours, "no time");
        assert_eq!(keyed("3#"), [AskHours, AskHours]);
        assert_eq!(keyed("31234")[4], AskHours, "too many digits");
        assert_eq!(keyed("4 9"), [AskColour, AskColour, GivenUp]);
        assert_eq!(
            keyed("3  02#"),
            [
                AskHours,
                AskHours,
                AskHours,
                More,
                More,
                set(Colour::Red, 2)
            ]
        );
    }

    proptest! {
        /// Whatever is keyed, it comes to an end that the limits allow, or somebody else helps.
        #[test]
        fn it_ends_within_the_limits(keys in "[0-9*# ]{0,40}") {
            for keyed in keyed(&keys) {
                match keyed {
                    Keyed::Set { colour: Colour::Green, returns_after } => {
                        prop_assert_eq!(returns_after, None);
                        break;
                    }
                    Keyed::Set { returns_after, .. } => {
                        let time = returns_after.unwrap();
                        prop_assert!((Capacities::SHORTEST..=Capacities::LONGEST).contains(&time));
                        break;
                    }
                    Keyed::GivenUp => break,
                    _ => {}
                }
            }
        }
    }
}
