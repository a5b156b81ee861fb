//! The menus: what a flow file says, whether it can be trusted, and the machine that leads one caller
//! through it. Whatever the caller does or does not do, the machine ends at a person, a callback, the
//! crisis line or 999; or, for a provider, at the setting of a capacity, behind which a person stands as well.

mod again;
mod asks;
mod check;
mod destination;
mod key;
mod model;
mod number;
mod outward;
mod parse;
mod places;
mod postcode;
mod resume;
mod run;
#[cfg(test)]
mod tests;
mod utterance;
mod walk;

pub use again::{AGAIN_KEPT, AGAIN_PLACE_KEPT, Before, Promised, again_prompts};
pub use asks::Asks;
pub use destination::{Destination, Priority, ServiceNeed};
pub use key::Key;
pub use model::Flow;
pub use outward::{OutwardCode, OutwardCodes};
pub use places::Places;
pub use resume::Standing;
pub use run::{Action, Event, Facts, Run, Why};
pub use utterance::{ENGLISH, MACHINE_PROMPTS, POSTCODE_PROMPTS, Utterance, letter_prompts};
pub use walk::{Path, give, walk};
