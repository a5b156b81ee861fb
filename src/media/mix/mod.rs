//! Conferences of three and more: what each member hears of the others.
//!
//! A [`Room`] takes what was received of its members, evens it out in a [`JitterBuffer`] for each,
//! and mixes. All sound is 16 kHz mono; a turn is 20 ms. The time is passed in.

mod conceal;
mod jitter;
mod leads;
mod ring;
mod room;
mod seen;
mod stretch;
#[cfg(test)]
mod testing;

pub(crate) use jitter::{JitterBuffer, Played};
pub(crate) use room::{Audience, MEMBERS, Room};

/// Samples of a turn: 20 ms at 16 kHz.
pub(crate) const TURN: usize = 320;

/// Part `done` of `whole` of the way from one sample to another.
fn blend(from: i16, to: i16, done: usize, whole: usize) -> i16 {
    let (done, whole) = (done as i32, whole.max(1) as i32);
    let (from, to) = (i32::from(from), i32::from(to));
    let sum = from * (whole - done) + to * done;
    (sum / whole) as i16
}
