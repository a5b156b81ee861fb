//! One file for each thing that the queue promises; `given` has what they share.

pub(super) mod given;
mod hand_over;
mod model;
mod overflow;
mod places;
mod reloading;
mod staff;
mod standing;
mod strategies;
mod turns;
