//! Sound: RTP and RTCP, offer and answer, prompts, keys, and the joining of two legs.
//!
//! [`Engine`] owns the sockets and the thread; a [`Leg`] is one side of a call on it. Commands go
//! in through the leg, [`Event`]s come out through the channel it was opened with. The room knows
//! nothing of SIP: it reads and writes SDP as text.

mod clip;
mod codec;
pub mod dtmf;
mod engine;
mod error;
mod event;
pub mod g711;
#[cfg(test)]
mod likeness;
mod meter;
mod mix;
mod prompt;
mod quality;
mod record;
mod rtp;
mod sdp;
mod stream;
mod voice;

pub use clip::{Clip, Playlist};
pub use codec::{Codec, Law};
pub use dtmf::{Carrier, Key};
pub use engine::{
    Audience, Conference, Engine, EngineConfig, Keep, LATENESS_US, Lane, Leg, LegId, Standing,
    Stats,
};
pub use error::MediaError;
pub use event::{Event, Heard, Summary};
pub use meter::{Histogram, Meter};
pub use prompt::{Asks, Prompts, Script, ringing_tone};
pub use quality::Quality;
pub use record::{Channel, RecordError, Recorder, RecordingStats, Track};
pub use sdp::SdpError;
pub use stream::Position;
