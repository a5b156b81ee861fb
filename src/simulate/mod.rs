//! A day before it comes: the very machines that serve callers, on virtual time, with callers, staff and failures of a
//! scenario. There is no second model of any rule; what this room adds is who calls, how they behave, who works
//! when, and how long people talk. What comes of it is measured by [`report`](crate::report).

mod agenda;
mod callbacks;
mod compare;
mod conduct;
mod crisis;
mod draws;
mod emergency;
mod kept_places;
mod menu;
mod moment;
mod outcome;
mod page;
mod people;
mod replay;
mod rota;
pub mod scenario;
mod service;
mod staff;
mod talk;
#[cfg(test)]
mod tests;
mod waiting;
mod world;

pub use compare::{Comparison, Difference, Measure};
pub use conduct::Script;
pub use outcome::{Hunts, Outcome, Sample, Worked};
pub use page::DayPage;
pub use people::People;
pub use replay::{Moved, Replay, Replayed, Way};
pub use rota::Rota;
pub use service::Service;
pub use world::simulate;
