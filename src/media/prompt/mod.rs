//! Recorded prompts: read from `prompts/`, brought to one level and rate, encoded once for all calls.
//!
//! `script.toml` says which prompts there are and what each one says; a recording lies under
//! `prompts/<language>/<name>` as FLAC, WAV, OGG Vorbis or MP3.

mod cache;
mod decode;
mod level;
mod library;
mod resample;
mod ringing;
mod script;

pub use library::Prompts;
pub use ringing::ringing_tone;
pub use script::{Asks, Script};
