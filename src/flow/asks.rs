use super::model::Kind;
use super::run::{Mode, Run};

/// What a caller is being told or asked, and so what their keys mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing that a key would answer: an announcement, or the flow is over.
    Nothing,
    /// To choose in a menu.
    Choice,
    /// Where they are.
    Region,
    /// Whether a number is the right one.
    Confirmation,
    /// A number, digit by digit.
    Number,
    /// The first half of a postcode, key by key.
    Postcode,
    /// Which of several postcodes they have keyed.
    WhichPostcode,
    /// What is to become of what they have been promised.
    Promise,
}

impl Run {
    /// What the caller is being told or asked.
    pub fn asks(&self) -> Asks {
        match &self.mode {
            Mode::Step => match self.current().map(|step| &step.kind) {
                Some(Kind::Menu(_)) => Asks::Choice,
                _ => Asks::Nothing,
            },
            Mode::NumberOnly | Mode::Asked | Mode::Over => Asks::Nothing,
            Mode::Region(_) => Asks::Region,
            Mode::Confirm(..) => Asks::Confirmation,
            Mode::Number(_) => Asks::Number,
            Mode::Postcode(..) => Asks::Postcode,
            Mode::WhichPostcode(..) => Asks::WhichPostcode,
            Mode::Promised(..) => Asks::Promise,
        }
    }
}
