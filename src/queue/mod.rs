//! Who is offered which caller. One machine for a queue and all who answer it: a handler is offered at
//! most one caller, a caller rings at most one handler, and no offer outlives its time.

pub mod announcer;
mod handler;
mod machine;
#[cfg(test)]
mod tests;
mod waiting;

pub use handler::HandlerId;
pub use machine::{Action, Event, Queue, Settings};
pub use waiting::{CLINICIAN, Wanted};
