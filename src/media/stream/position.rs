//! How far a stream has got in its numbers, for another process that is to go on with it.

use nix::time::{ClockId, clock_gettime};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{sender::Starts, state::Stream};
use crate::media::sdp::Agreement;

/// Packets in a second at the usual 20 ms; more where a joined peer sends shorter ones.
const PACE: u16 = 50;
/// Numbers left out on top, for what was sent in a burst.
const MARGIN: u16 = 8;

/// How far a leg's stream has got. It names no people, only addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Our RTP port: whose position it is.
    pub port: u16,
    /// The synchronisation source that we are; another leg at the same port has another one.
    pub ssrc: u32,
    /// The sequence number of the next packet.
    pub(crate) sequence: u16,
    /// The RTP timestamp of the moment `at`.
    pub(crate) timestamp: u32,
    /// Timestamp just after the sound sent last.
    pub(crate) end: Option<u32>,
    /// When it was so, on the machine's clock.
    pub(crate) at: Duration,
    /// Numbers used in a second of late.
    pub(crate) pace: u16,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
    /// Where the peer has said that it is, where its RTP comes from, and its RTCP.
    pub(crate) bound: [Option<SocketAddr>; 3],
    /// The key that came last as a telephone-event: timestamp and code.
    pub(crate) event: Option<(u32, u8)>,
}

impl Position {
    /// How long ago it was so; none where the machine has been started since.
    pub fn age(&self) -> Option<Duration> {
        machine_now().checked_sub(self.at)
    }
}

/// The machine's own clock, which nobody sets: it goes on while a process is followed by another.
pub(crate) fn machine_now() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from)
}

/// What a stream goes on from.
#[derive(Debug)]
pub(crate) struct Resumed {
    pub position: Position,
    pub signalling: Vec<IpAddr>,
    pub agreement: Option<Agreement>,
}

impl Position {
    /// That of a stream that begins at `now` of a clock that began at `epoch` of the machine's.
    pub(crate) fn starting(port: u16, starts: &Starts, epoch: Duration, now: Duration) -> Position {
        let mut position = Position {
            port,
            ssrc: starts.ssrc,
            sequence: starts.sequence,
            timestamp: starts.timestamp,
            end: None,
            at: epoch,
            pace: PACE,
            packets: 0,
            octets: 0,
            bound: [None; 3],
            event: None,
        };
        position.timestamp = position.timestamp_at(epoch + now);
        position.at = epoch + now;
        position
    }

    /// The RTP timestamp of another moment of the machine's clock.
    pub(crate) fn timestamp_at(&self, moment: Duration) -> u32 {
        let ticks = |span: Duration| (span.as_micros() / 125) as u32;
        match moment.checked_sub(self.at) {
            Some(later) => self.timestamp.wrapping_add(ticks(later)),
            None => self.timestamp.wrapping_sub(ticks(self.at - moment)),
        }
    }

    /// A sequence number that has not been used after so long.
    pub(crate) fn sequence_after(&self, since: Duration) -> u16 {
        let pace = u128::from(self.pace.max(PACE));
        let used = since.as_millis() * pace / 1_000;
        self.sequence.wrapping_add(used as u16).wrapping_add(MARGIN)
    }

    /// Whether anything that matters is otherwise than before.
    pub(crate) fn has_moved(&self, before: &Position) -> bool {
        (self.sequence, self.bound, self.event) != (before.sequence, before.bound, before.event)
    }
}

impl Stream {
    /// How far it has got at `now`, on a clock that began at `epoch` of the machine's.
    pub(crate) fn position(&self, port: u16, epoch: Duration, now: Duration) -> Position {
        Position {
            port,
            ssrc: self.sender.ssrc,
            sequence: self.sender.sequence,
            timestamp: self.sender.timestamp(now),
            end: self.sender.end,
            at: epoch + now,
            pace: PACE,
            packets: self.sender.packets,
            octets: self.sender.octets,
            bound: self.latch.bound(),
            event: self.events.last(),
        }
    }

    /// Stops without a word; what has been recorded so far is whole.
    pub(crate) fn freeze(&mut self, now: Duration) {
        if let Some(track) = self.track.take() {
            track.finish(now);
        }
    }

    /// Goes on from where another process was; right before anything else.
    pub(crate) fn resume(&mut self, now: Duration, resumed: Resumed) {
        let position = resumed.position;
        self.sender.end = position.end;
        self.sender.packets = position.packets;
        self.sender.octets = position.octets;
        for address in resumed.signalling {
            self.signals_from(address);
        }
        if let Some(agreement) = resumed.agreement {
            self.agree(now, agreement);
        }
        self.latch.resume(position.bound);
        if position.bound[1].is_some() {
            self.watch.was_heard();
        }
        if let Some(event) = position.event {
            self.events.has_seen(event);
        }
    }
}
