//! One leg's RTP session without its sockets: what came in and the time go in, packets and events
//! come out. Nothing in here reads a clock (a stamp asks the outlet), and no packet costs an
//! allocation, but for the first in another codec where it is listened to or translated.

mod conferring;
mod keypress;
mod latch;
mod metering;
mod position;
mod proof;
mod receive;
mod relay;
mod reports;
mod send;
mod sender;
mod source;
mod state;
mod tap;
mod watch;

pub(crate) use latch::SIGNALLING;
pub use position::Position;
pub(crate) use position::{Resumed, machine_now};
pub(crate) use sender::Starts;
pub(crate) use state::{Limits, Stream};

use std::{net::SocketAddr, time::Duration};

use super::event::Event;

/// The longest payload taken and passed on: 160 ms of sound.
const MAX_PAYLOAD: usize = 1280;

/// Where a stream puts what it has to send and to say.
pub(crate) trait Outlet {
    fn rtp(&mut self, to: SocketAddr, packet: &[u8]);
    fn rtcp(&mut self, to: SocketAddr, packet: &[u8]);
    fn event(&mut self, event: Event);
    /// The moment itself, where the time passed in is that of the grid.
    fn moment(&self) -> Duration;
}

#[cfg(test)]
mod tests;
