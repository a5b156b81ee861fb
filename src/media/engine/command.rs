//! What handles tell the media thread.

use std::net::IpAddr;
use std::sync::{Arc, mpsc::SyncSender};

use tokio::sync::mpsc;

use super::{
    conference::{Audience, Conference},
    leg_id::LegId,
    ports::Pair,
};
use crate::mailbox;
use crate::media::{
    clip::Playlist,
    dtmf::{Key, SineTone},
    event::{Event, Heard},
    meter::Meter,
    record::Track,
    sdp::Agreement,
    stream::{Position, Resumed, Starts},
};

/// A leg to be taken up.
#[derive(Debug)]
pub(super) struct Opening {
    pub id: LegId,
    pub pair: Pair,
    pub starts: Starts,
    /// Where it goes on, for a leg of another process.
    pub resumed: Option<Resumed>,
    pub events: mailbox::Sender<(LegId, Event)>,
}

/// What one leg is to do.
#[derive(Debug)]
pub(super) enum Order {
    SignalsFrom(IpAddr),
    Agree(Agreement),
    Play(Playlist),
    Tone(SineTone),
    Stop,
    Press(Key, u16),
    Info(Key),
    Tap(mpsc::Sender<Heard>),
    Measure(Arc<Meter>),
    Record(Box<Track>),
    Stamps,
    Join(LegId),
    Enter(Conference, Audience),
    Part,
    Close,
    /// A fault of ours.
    #[cfg(test)]
    Fault,
    /// A fault of ours in the mix of the conference that the leg is in.
    #[cfg(test)]
    FaultInMix,
}

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Command {
    Open(Box<Opening>),
    Order(LegId, Order),
    /// Everything stops as it is; where it stood goes back.
    Freeze(SyncSender<Vec<Position>>),
    /// The last handle is gone.
    End,
    /// A fault of ours that no leg is to blame for.
    #[cfg(test)]
    Fault,
}
