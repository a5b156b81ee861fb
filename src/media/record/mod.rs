//! Recording calls: one WAV file each, left what the caller says, right what the caller hears.
//!
//! A [`Track`] takes every voice packet on the media thread and only copies it into a queue. One
//! thread, the recorder's, decodes the packets, puts them where their timestamps say, and writes.
//! A call is held in memory for a second or two; the rest of it is in its file.

mod align;
mod decode;
mod error;
mod piece;
mod recorder;
mod recording;
mod stats;
mod timeline;
mod track;
mod wav;
mod worker;

pub use error::RecordError;
pub use piece::Channel;
pub use recorder::Recorder;
pub use stats::RecordingStats;
pub use track::Track;

#[cfg(test)]
mod tests;

/// Samples of a channel in a second of every recording.
const RATE: i64 = 8_000;
/// Samples in a millisecond.
const MS: i64 = RATE / 1_000;
/// Microseconds that a sample lasts.
const SAMPLE_US: u64 = 125;

/// A time of the engine's clock in whole microseconds; the longest for what is longer still.
fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A time in microseconds as a count of samples.
fn samples(us: u64) -> i64 {
    // A 125th of any u64 fits.
    (us / SAMPLE_US) as i64
}
