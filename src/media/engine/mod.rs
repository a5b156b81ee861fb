//! The engine: its threads with the sockets of all legs, and the handles by which calls use them.

mod alarm;
mod command;
mod conference;
mod config;
mod handle;
mod inbound;
mod lane;
mod leg;
mod leg_id;
mod notices;
mod pace;
mod ports;
mod priority;
mod seat;
mod standing;
mod stats;
mod wheel;
mod worker;

pub use conference::{Audience, Conference};
pub use config::{EngineConfig, Keep};
pub use handle::Engine;
pub use lane::Lane;
pub use leg::Leg;
pub use leg_id::LegId;
pub use standing::Standing;
pub use stats::{LATENESS_US, Stats};

#[cfg(test)]
mod tests;
