//! What handles ask for: legs that are opened, told what to do, and closed.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use mio::{Interest, Token};

use super::{BUDGET, Worker, seat};
#[cfg(test)]
use crate::media::engine::seat::Company;
use crate::media::{
    engine::{
        command::{Command, Opening, Order},
        inbound::Inbound,
        leg_id::LegId,
        notices::Notice,
        seat::{Port, Seat},
        stats::add,
    },
    event::{Event, Summary},
    stream::{Outlet, Stream},
};

/// Commands taken in one go.
const COMMANDS: usize = 256;

impl Worker {
    pub(super) fn take_commands(&mut self) {
        // Lowered before looking, and seen so by all: a command that comes after the look wakes again.
        self.woken.swap(false, Ordering::AcqRel);
        for _ in 0..COMMANDS {
            match self.commands.try_recv() {
                Ok(Command::Open(opening)) => self.open(*opening),
                Ok(Command::Order(id, order)) => self.order(id, order),
                Ok(Command::Freeze(answer)) => {
                    let _ = answer.send(self.freeze());
                }
                Ok(Command::End) => self.ended = true,
                #[cfg(test)]
                Ok(Command::Fault) => {
                    self.at_work = None;
                    panic!("a fault, as the test wants it")
                }
                Err(_) => return,
            }
        }
        // The rest after what is due: the sound of all others must not wait for it.
        if let Err(error) = self.waker.wake() {
            self.refused("a media thread cannot wake itself", error);
        }
    }

    fn open(&mut self, opening: Opening) {
        let mut pair = opening.pair;
        let place = pair.place;
        let watched = Inbound::stamp(&pair.rtp)
            .and_then(|()| Inbound::stamp(&pair.rtcp))
            .and_then(|()| {
                let registry = self.sockets.registry();
                registry.register(&mut pair.rtcp, Token(2 * place + 1), Interest::READABLE)
            });
        if let Err(error) = watched {
            self.refused("a leg's reports cannot be watched for", error);
        }
        if self.wheel.is_empty() {
            let now = self.clocks.now.as_millis() as u64;
            self.wheel.set_cursor(now + 1);
        }
        let due = self.wheel.add(place);
        let port = Port {
            rtp: pair.rtp,
            rtcp: pair.rtcp,
            id: opening.id,
            events: opening.events,
            counters: Arc::clone(&self.counters),
            started: self.started,
        };
        let mut stream = Stream::new(&opening.starts, self.limits);
        if let Some(resumed) = opening.resumed {
            stream.resume(self.clocks.now, resumed);
        }
        let seat = Seat::new(opening.id.serial, stream, port, due);
        self.seats[place] = Some(Box::new(seat));
    }

    fn order(&mut self, id: LegId, order: Order) {
        let now = self.clocks.now;
        let Some(seat) = seat(&mut self.seats, id.place).filter(|s| s.serial == id.serial) else {
            return;
        };
        self.at_work = Some(id.place);
        match order {
            #[cfg(test)]
            Order::Fault => panic!("a fault, as the test wants it"),
            #[cfg(test)]
            Order::FaultInMix => {
                if let Company::Conference(slot) = seat.company
                    && let Some(held) = self.conferences.get(slot)
                {
                    held.faulty = true;
                }
            }
            Order::SignalsFrom(address) => seat.stream.signals_from(address),
            Order::Agree(agreement) => seat.stream.agree(now, agreement),
            Order::Play(playlist) => seat.stream.play(playlist),
            Order::Tone(tone) => seat.stream.tone(tone),
            Order::Stop => seat.stream.stop(),
            Order::Press(key, ms) => seat.stream.press(key, ms),
            Order::Info(key) => seat.stream.on_info(now, key, &mut seat.port),
            Order::Tap(to) => seat.stream.tap(to),
            Order::Measure(meter) => seat.stream.measure(meter),
            Order::Record(track) => seat.stream.record(track),
            Order::Stamps => seat.stream.stamps(),
            Order::Join(other) => self.join(id, other),
            Order::Enter(conference, audience) => self.enter(id, conference, audience),
            Order::Part => self.part(id.place),
            Order::Close => self.close(now, id.place),
        }
    }

    fn close(&mut self, now: Duration, place: usize) {
        self.part(place);
        // What has come since its last tick is its own still: a key perhaps.
        for _ in 0..BUDGET {
            if !self.read_rtp(place) {
                break;
            }
        }
        let Some(mut seat) = self.seats.get_mut(place).and_then(Option::take) else {
            return;
        };
        seat.stream.close(now, &mut seat.port);
        self.wheel.remove(place, seat.due);
        self.forget(seat, place);
    }

    /// Lets a leg go whose state can no longer be trusted.
    pub(super) fn give_up(&mut self, place: usize) {
        add(&self.counters.faults, 1);
        self.part(place);
        if let Some(mut seat) = self.seats.get_mut(place).and_then(Option::take) {
            let (thread, port) = (self.index, seat.number());
            self.notices.say(Notice::Fault { thread, port });
            seat.port.event(Event::Closed(Summary::default()));
            self.forget(seat, place);
        }
    }

    pub(super) fn forget(&self, seat: Box<Seat>, place: usize) {
        drop(seat);
        self.counters.legs.fetch_sub(1, Ordering::Relaxed);
        self.ports.give_back(place);
    }

    /// Tells every leg that it is closed, those not yet taken up as well.
    pub(super) fn end(&mut self) {
        for place in 0..self.seats.len() {
            if let Some(mut seat) = self.seats.get_mut(place).and_then(Option::take) {
                seat.port.event(Event::Closed(Summary::default()));
                self.forget(seat, place);
            }
        }
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Open(opening) = command {
                let place = opening.pair.place;
                let closed = Event::Closed(Summary::default());
                let _ = opening.events.try_send((opening.id, closed));
                drop(opening);
                self.counters.legs.fetch_sub(1, Ordering::Relaxed);
                self.ports.give_back(place);
            }
        }
    }
}
