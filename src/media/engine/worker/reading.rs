//! Reading what has come in.

use std::{io, time::Duration};

use mio::{Events, Interest, Token};

use super::{BUDGET, Worker, poll, seat};
use crate::media::engine::{
    conference::member,
    seat::{Company, Reading},
    stats::add,
};

impl Worker {
    /// Reads the sockets that have something for others, a share of each.
    pub(super) fn read_ready(&mut self) -> io::Result<()> {
        let mut arrivals = std::mem::replace(&mut self.arrivals, Events::with_capacity(0));
        poll(&mut self.sockets, &mut arrivals, Some(Duration::ZERO))?;
        for event in &arrivals {
            self.mark_ready(event.token());
        }
        self.arrivals = arrivals;
        for _ in 0..self.ready.len() {
            self.read_next();
        }
        Ok(())
    }

    fn mark_ready(&mut self, token: Token) {
        if let Some(seat) = seat(&mut self.seats, token.0 / 2)
            && !std::mem::replace(&mut seat.ready[token.0 % 2], true)
        {
            self.ready.push_back(token);
        }
    }

    pub(super) fn read_at_tick(&mut self, place: usize) {
        let Some(seat) = seat(&mut self.seats, place) else {
            return;
        };
        if seat.reading == Reading::AtOnce {
            return;
        }
        let most = seat.wanted(BUDGET);
        let mut found = 0;
        while found < most && self.read_rtp(place) {
            found += 1;
        }
        if let Some(seat) = self::seat(&mut self.seats, place) {
            seat.found(found);
        }
        if found == BUDGET {
            // A flood must not fill the buffer that the peer's own packets go into.
            self.mark_ready(Token(2 * place));
        }
    }

    /// Reads from the socket that has waited longest.
    fn read_next(&mut self) {
        let Some(token) = self.ready.pop_front() else {
            return;
        };
        let place = token.0 / 2;
        if let Some(seat) = seat(&mut self.seats, place) {
            seat.ready[token.0 % 2] = false;
        }
        for _ in 0..BUDGET {
            let more = match token.0 % 2 {
                0 => self.read_rtp(place),
                _ => self.read_rtcp(place),
            };
            if !more {
                return;
            }
        }
        self.mark_ready(token);
    }

    /// Takes one RTP datagram in and passes it on; false when there is none.
    pub(super) fn read_rtp(&mut self, place: usize) -> bool {
        let Some(seat) = seat(&mut self.seats, place) else {
            return false;
        };
        let datagram = match self.inbound.read(&seat.port.rtp, &self.clocks) {
            Ok(datagram) => datagram,
            // An ICMP error of something sent before is no end: the socket has more to say.
            Err(error) => return error.kind() != io::ErrorKind::WouldBlock,
        };
        add(&self.counters.packets_in, 1);
        self.at_work = Some(place);
        let (stream, port) = (&mut seat.stream, &mut seat.port);
        let frame = stream.on_rtp(datagram.at, datagram.from, datagram.bytes, port);
        let Some(frame) = frame else { return true };
        match seat.company {
            Company::Alone => {}
            Company::Joined(peer) => {
                if let Some(other) = self::seat(&mut self.seats, peer) {
                    let relayed = other.stream.relay(self.clocks.now, &frame, &mut other.port);
                    add(&self.counters.relayed, u64::from(relayed));
                }
            }
            Company::Conference(slot) => {
                if let Some(held) = self.conferences.get(slot) {
                    let (room, member) = (&mut held.room, member(seat.serial));
                    seat.stream.say(self.clocks.now, &frame, room, member);
                }
            }
        }
        true
    }

    fn read_rtcp(&mut self, place: usize) -> bool {
        let Some(seat) = seat(&mut self.seats, place) else {
            return false;
        };
        match self.inbound.read(&seat.port.rtcp, &self.clocks) {
            Ok(datagram) => {
                self.at_work = Some(place);
                add(&self.counters.reports_in, 1);
                seat.stream
                    .on_rtcp(datagram.at, datagram.from, datagram.bytes);
                true
            }
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Reads a leg otherwise from now on.
    pub(super) fn read(&mut self, place: usize, reading: Reading) {
        let Some(seat) = seat(&mut self.seats, place) else {
            return;
        };
        let before = std::mem::replace(&mut seat.reading, reading);
        let registry = self.sockets.registry();
        let changed = match (before, reading) {
            (Reading::AtTick, Reading::AtOnce) => {
                self.at_once += 1;
                registry.register(&mut seat.port.rtp, Token(2 * place), Interest::READABLE)
            }
            (Reading::AtOnce, Reading::AtTick) => {
                self.at_once -= 1;
                registry.deregister(&mut seat.port.rtp)
            }
            _ => Ok(()),
        };
        if let Err(error) = changed {
            // It is read at its ticks then: late, but heard.
            if reading == Reading::AtOnce {
                self.at_once -= 1;
                seat.reading = Reading::AtTick;
            }
            self.refused("a leg's packets cannot be watched for", error);
        }
    }
}
