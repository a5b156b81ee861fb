//! Who is offered which caller. One machine for all who wait and all who answer: a handler is offered at
//! most one caller, a caller talks with at most one handler, nobody waits while a handler who would do is
//! free, and no offer outlives its time.

pub mod announcer;
mod arrivals;
mod callers;
mod code;
mod counters;
mod eligibility;
mod elsewhere;
mod event;
mod hand_over;
mod handler;
mod lines;
mod loss;
mod machine;
mod matching;
mod overflow;
mod pool;
mod reckoning;
mod rules;
pub mod shared;
mod staff;
mod standing;
mod steering;
#[cfg(test)]
mod tests;
mod waiting;
mod wanted;

pub use code::{Code, Codes};
pub use counters::Counters;
pub use elsewhere::{Elsewhere, Seen};
pub use event::{Action, Event, Place};
pub use handler::{HandlerId, Profile, Reason, State};
pub use machine::Queue;
pub use rules::{Overflow, Reach, Rules, Settings, Strategy};
pub use standing::Standing;
pub use steering::Steered;
pub use wanted::{CLINICIAN, Wanted};
