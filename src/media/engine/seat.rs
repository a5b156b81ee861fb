//! A leg on the media thread: its stream, its sockets, and when it is read.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::mailbox::TrySendError;
use mio::net::UdpSocket;

use super::{
    leg_id::LegId,
    stats::{Counters, add},
};
use crate::mailbox;
use crate::media::{
    event::Event,
    stream::{Outlet, Position, Stream},
};

/// Ticks for which a leg is read on, to the last packet or the budget, once more than the clock owed has come.
const WARY: u8 = 50;
/// The most that the clock owes: whose packets come close to our ticks brings none at one, and two at the next.
const OWED: usize = 2;
/// Otherwise every so many ticks: a packet left behind goes on waiting for no longer.
const ROUND: u64 = 8;

/// A leg's way out.
pub(super) struct Port {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub id: LegId,
    pub events: mailbox::Sender<(LegId, Event)>,
    pub counters: Arc<Counters>,
    pub started: Instant,
}

impl Outlet for Port {
    fn rtp(&mut self, to: SocketAddr, packet: &[u8]) {
        match self.rtp.send_to(packet, to) {
            Ok(_) => add(&self.counters.packets_out, 1),
            Err(_) => add(&self.counters.send_errors, 1),
        }
    }

    fn rtcp(&mut self, to: SocketAddr, packet: &[u8]) {
        match self.rtcp.send_to(packet, to) {
            Ok(_) => add(&self.counters.reports_out, 1),
            Err(_) => add(&self.counters.send_errors, 1),
        }
    }

    fn event(&mut self, event: Event) {
        if let Err(TrySendError::Full(_)) = self.events.try_send((self.id, event)) {
            add(&self.counters.events_lost, 1);
        }
    }

    fn moment(&self) -> Duration {
        self.started.elapsed()
    }
}

/// How a leg's RTP is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// At its own tick, without being asked to: what it hears concerns nobody else, and a poll
    /// that tells of every packet costs as much as the packet.
    AtTick,
    /// In every millisecond in which something has come: another leg waits for it.
    AtOnce,
}

/// Whom a leg hears and is heard by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Company {
    Alone,
    /// The leg in this place.
    Joined(usize),
    /// Those in the conference in this slot.
    Conference(usize),
}

/// A leg's place on the thread.
pub(super) struct Seat {
    pub serial: u32,
    pub stream: Stream,
    pub port: Port,
    pub company: Company,
    pub reading: Reading,
    /// Whether its RTP and its RTCP socket are in the list of those to be read.
    pub ready: [bool; 2],
    /// The millisecond of its next tick, and the time between its ticks.
    pub due: u64,
    pub step: u64,
    ticks: u64,
    /// Packets that ought to have come by now and have not been read.
    owed: usize,
    /// Ticks left for which it is read to the last packet.
    wary: u8,
    /// How far it had got when that was last told.
    pub kept: Option<Position>,
}

impl Seat {
    pub(super) fn new(serial: u32, stream: Stream, port: Port, due: u64) -> Seat {
        Seat {
            serial,
            stream,
            port,
            company: Company::Alone,
            reading: Reading::AtTick,
            ready: [false; 2],
            due,
            step: 20,
            ticks: 0,
            owed: 0,
            wary: WARY,
            kept: None,
        }
    }

    /// The number of its RTP port; 0 where the system does not tell.
    pub(super) fn number(&self) -> u16 {
        self.port.rtp.local_addr().map_or(0, |at| at.port())
    }

    /// How many packets to look for at this tick. One in 20 ms is the rule, so that finding out each
    /// time that there is no other would be a call of the system for nothing.
    pub(super) fn wanted(&mut self, budget: usize) -> usize {
        self.ticks += 1;
        self.owed = (self.owed + 1).min(OWED);
        self.wary = self.wary.saturating_sub(1);
        match self.wary > 0 || self.ticks.is_multiple_of(ROUND) {
            true => budget,
            false => self.owed,
        }
    }

    /// So many packets were found at a tick.
    pub(super) fn found(&mut self, packets: usize) {
        if packets > self.owed {
            self.wary = WARY;
        }
        self.owed = self.owed.saturating_sub(packets);
    }
}
