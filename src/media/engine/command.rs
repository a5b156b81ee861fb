//! What handles tell the media thread.

use tokio::sync::mpsc;

use super::ports::Pair;
use crate::media::{
    clip::Playlist,
    dtmf::{Key, SineTone},
    event::{Event, Heard},
    sdp::Agreement,
    stream::Starts,
};

/// Names a leg: its place in the port range, and a serial number because places are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LegId {
    pub place: usize,
    pub serial: u32,
}

/// A leg to be taken up.
#[derive(Debug)]
pub(super) struct Opening {
    pub serial: u32,
    pub pair: Pair,
    pub starts: Starts,
    pub events: mpsc::Sender<Event>,
}

/// What one leg is to do.
#[derive(Debug)]
pub(super) enum Order {
    Agree(Agreement),
    Play(Playlist),
    Tone(SineTone),
    Stop,
    Press(Key, u16),
    Info(Key),
    Tap(mpsc::Sender<Heard>),
    Join(LegId),
    Part,
    Close,
}

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Command {
    Open(Box<Opening>),
    Order(LegId, Order),
    /// The last handle is gone.
    End,
}
