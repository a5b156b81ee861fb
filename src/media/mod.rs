//! Sound.
mod clip;
mod codec;
pub mod dtmf;
mod error;
mod event;
pub mod g711;
mod rtp;
pub use clip::{Clip, Playlist};
pub use codec::Codec;
pub use dtmf::{Carrier, Key};
pub use event::Event;
