//! What a simulated day is like: who calls when and for what, who works when, and what fails.

mod check;
mod model;
mod shipped;
mod spread;
mod time;

pub(crate) use model::room_answers_after;
pub use model::{Choice, Control, Fault, Group, Pause, Scenario, Shift, Then};
pub use shipped::shipped;
pub use spread::Spread;
pub use time::{Clock, Profile};
