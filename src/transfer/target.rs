use std::time::Duration;

use crate::identity::Number;
use crate::queue::HandlerId;

/// The number that leads to 999, matched exactly.
const EMERGENCY: &str = "999";

/// To whom a handler hands a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whichever clinician comes free first.
    Clinicians,
    /// Somebody by the name of their account.
    Account(HandlerId),
    /// An ambulance control room.
    Emergency,
    /// A service outside the house.
    Service(ServiceLine),
}

/// Where a service of the directory is rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLine {
    /// Its id in the directory.
    pub service: String,
    /// The trunk by which it is dialled.
    pub trunk: String,
    /// Its number.
    pub number: Number,
    /// How long it may ring.
    pub ring: Duration,
    /// What the caller is told on the way, by the names of the prompts.
    pub announced: Vec<String>,
}

impl Target {
    /// Whom a phone means that refers a caller to `user`: 999, an account, or one of the numbers that
    /// lead to clinicians first. Nobody else is reached that way: a caller is not sent where nobody looks
    /// after them.
    pub fn parse(user: &str, accounts: &[&str], clinician_lines: &[&str]) -> Option<Self> {
        if user == EMERGENCY {
            return Some(Target::Emergency);
        }
        if accounts.contains(&user) {
            return Some(Target::Account(HandlerId::new(user)));
        }
        clinician_lines
            .contains(&user)
            .then_some(Target::Clinicians)
    }
}
