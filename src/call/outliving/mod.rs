//! Calls that outlive the process: what of each is kept while it runs, and how the next process takes it up.

mod going_on;
mod keeping;
mod positions;
mod state;
mod taking_up;

pub(super) use going_on::Entry;
pub(super) use keeping::Kept;
pub(super) use positions::keep_position;
pub use positions::keep_positions;
pub(super) use state::{At, CallState, LegState, PartyState, Place};
pub(super) use taking_up::take_up;
