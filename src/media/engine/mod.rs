//! The engine: one thread with the sockets of all legs, and the handles by which calls use it.

mod command;
mod config;
mod handle;
mod leg;
mod ports;
mod stats;
mod wheel;
mod worker;

pub use command::LegId;
pub use config::EngineConfig;
pub use handle::Engine;
pub use leg::Leg;
pub use stats::Stats;

#[cfg(test)]
mod tests;
