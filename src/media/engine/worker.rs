//! The media thread: waits for packets, commands and the next millisecond with anything due.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, Waker, net::UdpSocket};
use tokio::sync::mpsc;

use super::{
    command::{Command, LegId, Opening, Order},
    ports::Ports,
    stats::{Counters, add},
    wheel::Wheel,
};
use crate::media::{
    event::Event,
    stream::{Limits, Outlet, Stream},
};

/// The token that commands wake the thread with.
pub(super) const WAKE: Token = Token(usize::MAX);
/// Sockets looked at before the grid is looked at again.
const EVENTS: usize = 256;
/// Packets taken from one socket in one go, so that a flood at one port cannot hold up the rest.
const BUDGET: usize = 16;
/// A tick this late is counted.
const LATE_MS: u64 = 5;
/// Further behind than this, ticks are left out: two frames in a row are caught up with, more
/// would be a burst.
const BEHIND_MS: u64 = 40;

/// A leg's way out.
struct Port {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    id: LegId,
    events: mpsc::Sender<(LegId, Event)>,
    counters: Arc<Counters>,
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
        if let Err(mpsc::error::TrySendError::Full(_)) = self.events.try_send((self.id, event)) {
            add(&self.counters.events_lost, 1);
        }
    }
}

/// A leg on the thread.
struct Seat {
    serial: u32,
    stream: Stream,
    port: Port,
    /// The leg it is joined with.
    peer: Option<usize>,
    /// Whether its RTP and its RTCP socket are in the list of those to be read.
    ready: [bool; 2],
    /// The millisecond of its next tick, and the time between its ticks.
    due: u64,
    step: u64,
}

/// The state of the thread.
pub(super) struct Worker {
    poll: Poll,
    commands: Receiver<Command>,
    woken: Arc<AtomicBool>,
    /// Kept so that the wake-up sent with the last handle's end is not closed along with it.
    _waker: Arc<Waker>,
    ports: Arc<Ports>,
    counters: Arc<Counters>,
    limits: Limits,
    started: Instant,
    /// By place in the port range.
    seats: Vec<Option<Box<Seat>>>,
    wheel: Wheel,
    /// Sockets known to have more to read.
    ready: VecDeque<Token>,
    due: Vec<usize>,
    buffer: Box<[u8; 2048]>,
    ended: bool,
}

impl Worker {
    pub(super) fn new(
        poll: Poll,
        (commands, woken, waker): (Receiver<Command>, Arc<AtomicBool>, Arc<Waker>),
        ports: Arc<Ports>,
        counters: Arc<Counters>,
        limits: Limits,
    ) -> Worker {
        let seats = std::iter::repeat_with(|| None)
            .take(ports.pairs())
            .collect();
        Worker {
            poll,
            commands,
            woken,
            _waker: waker,
            ports,
            counters,
            limits,
            started: Instant::now(),
            seats,
            wheel: Wheel::new(),
            ready: VecDeque::with_capacity(EVENTS),
            due: Vec::new(),
            buffer: Box::new([0; 2048]),
            ended: false,
        }
    }

    /// Runs until the last handle is gone.
    pub(super) fn run(mut self) {
        let _running = Running(Arc::clone(&self.counters));
        let mut events = Events::with_capacity(EVENTS);
        while !self.ended {
            let timeout = self.timeout();
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "the media thread cannot wait for packets");
                return;
            }
            for event in &events {
                if event.token() == WAKE {
                    self.take_commands();
                } else {
                    self.mark_ready(event.token());
                }
            }
            for _ in 0..self.ready.len() {
                self.drain_next();
            }
            self.advance();
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// How long to wait: until the next tick, not at all while packets are known to be there.
    fn timeout(&self) -> Option<Duration> {
        if !self.ready.is_empty() {
            return Some(Duration::ZERO);
        }
        let due = Duration::from_millis(self.wheel.next_due()?);
        Some(due.saturating_sub(self.now()))
    }

    fn mark_ready(&mut self, token: Token) {
        if let Some(seat) = seat(&mut self.seats, token.0 / 2)
            && !std::mem::replace(&mut seat.ready[token.0 % 2], true)
        {
            self.ready.push_back(token);
        }
    }

    /// Does what is due by now.
    fn advance(&mut self) {
        let now = self.now().as_millis() as u64;
        match self.wheel.next_due() {
            None => self.wheel.set_cursor(now + 1),
            Some(due) if now > due + BEHIND_MS => self.leave_out(now),
            Some(_) => {}
        }
        let mut due = std::mem::take(&mut self.due);
        while self.wheel.cursor() <= now {
            let at = self.wheel.cursor();
            self.wheel.take(&mut due);
            if now >= at + LATE_MS {
                add(&self.counters.late_ticks, due.len() as u64);
            }
            for &place in &due {
                let Some(seat) = seat(&mut self.seats, place) else {
                    continue;
                };
                let step = seat.stream.tick(Duration::from_millis(at), &mut seat.port);
                seat.step = (step.as_millis() as u64).max(1);
                seat.due = at + seat.step;
                self.wheel.put(place, seat.due);
            }
        }
        self.due = due;
    }

    /// Moves every leg to the first tick of its own grid that is still to come.
    fn leave_out(&mut self, now: u64) {
        self.wheel.clear();
        self.wheel.set_cursor(now);
        let mut skipped = 0;
        for (place, seat) in self.seats.iter_mut().enumerate() {
            let Some(seat) = seat else { continue };
            let missed = now.saturating_sub(seat.due).div_ceil(seat.step);
            seat.due += missed * seat.step;
            skipped += missed;
            self.wheel.put(place, seat.due);
        }
        add(&self.counters.skipped_ticks, skipped);
        tracing::warn!(skipped, "the media thread fell behind and left ticks out");
    }

    /// Reads from the socket that has waited longest.
    fn drain_next(&mut self) {
        let Some(token) = self.ready.pop_front() else {
            return;
        };
        let now = self.now();
        let (place, is_rtcp) = (token.0 / 2, token.0 % 2 == 1);
        if let Some(seat) = seat(&mut self.seats, place) {
            seat.ready[token.0 % 2] = false;
        }
        for _ in 0..BUDGET {
            let Some(seat) = seat(&mut self.seats, place) else {
                return;
            };
            let socket = if is_rtcp {
                &seat.port.rtcp
            } else {
                &seat.port.rtp
            };
            let (length, from) = match socket.recv_from(&mut self.buffer[..]) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error of something sent before; the socket has more to say.
                Err(_) => continue,
            };
            let datagram = &self.buffer[..length];
            if is_rtcp {
                add(&self.counters.reports_in, 1);
                seat.stream.on_rtcp(now, from, datagram);
                continue;
            }
            add(&self.counters.packets_in, 1);
            let frame = seat.stream.on_rtp(now, from, datagram, &mut seat.port);
            if let (Some(frame), Some(peer)) = (frame, seat.peer)
                && let Some(other) = self::seat(&mut self.seats, peer)
            {
                add(&self.counters.relayed, 1);
                other.stream.relay(now, &frame, &mut other.port);
            }
        }
        self.mark_ready(token);
    }

    fn take_commands(&mut self) {
        // Lowered before looking: a command that comes after the look wakes again.
        self.woken.store(false, Ordering::Release);
        while let Ok(command) = self.commands.try_recv() {
            match command {
                Command::Open(opening) => self.open(*opening),
                Command::Order(id, order) => self.order(id, order),
                Command::End => self.ended = true,
            }
        }
    }

    fn open(&mut self, opening: Opening) {
        let mut pair = opening.pair;
        let place = pair.place;
        let registry = self.poll.registry();
        let registered = registry
            .register(&mut pair.rtp, Token(2 * place), Interest::READABLE)
            .and_then(|()| {
                registry.register(&mut pair.rtcp, Token(2 * place + 1), Interest::READABLE)
            });
        if let Err(error) = registered {
            tracing::error!(%error, port = pair.port, "a leg's sockets cannot be watched");
        }
        let now = self.now().as_millis() as u64;
        if self.wheel.is_empty() {
            self.wheel.set_cursor(now + 1);
        }
        let due = self.wheel.add(place);
        self.seats[place] = Some(Box::new(Seat {
            serial: opening.serial,
            stream: Stream::new(&opening.starts, self.limits),
            port: Port {
                rtp: pair.rtp,
                rtcp: pair.rtcp,
                id: LegId {
                    place,
                    serial: opening.serial,
                },
                events: opening.events,
                counters: Arc::clone(&self.counters),
            },
            peer: None,
            ready: [false; 2],
            due,
            step: 20,
        }));
        add(&self.counters.legs, 1);
    }

    fn order(&mut self, id: LegId, order: Order) {
        let now = self.now();
        let Some(seat) = seat(&mut self.seats, id.place).filter(|s| s.serial == id.serial) else {
            return;
        };
        match order {
            Order::SignalsFrom(address) => seat.stream.signals_from(address),
            Order::Agree(agreement) => seat.stream.agree(now, agreement),
            Order::Play(playlist) => seat.stream.play(playlist),
            Order::Tone(tone) => seat.stream.tone(tone),
            Order::Stop => seat.stream.stop(),
            Order::Press(key, ms) => seat.stream.press(key, ms),
            Order::Info(key) => seat.stream.on_info(now, key, &mut seat.port),
            Order::Tap(to) => seat.stream.tap(to),
            Order::Join(other) => self.join(id, other),
            Order::Part => self.part(id.place),
            Order::Close => self.close(now, id.place),
        }
    }

    fn join(&mut self, one: LegId, other: LegId) {
        let is_open = seat(&mut self.seats, other.place).is_some_and(|s| s.serial == other.serial);
        if !is_open || one.place == other.place {
            return;
        }
        self.part(one.place);
        self.part(other.place);
        for (place, peer) in [(one.place, other.place), (other.place, one.place)] {
            if let Some(seat) = seat(&mut self.seats, place) {
                seat.peer = Some(peer);
                seat.stream.set_joined(true);
            }
        }
    }

    fn part(&mut self, place: usize) {
        let peer = seat(&mut self.seats, place).and_then(|seat| seat.peer);
        let Some(peer) = peer else { return };
        for place in [place, peer] {
            if let Some(seat) = seat(&mut self.seats, place) {
                seat.peer = None;
                seat.stream.set_joined(false);
            }
        }
    }

    fn close(&mut self, now: Duration, place: usize) {
        self.part(place);
        let Some(mut seat) = self.seats.get_mut(place).and_then(Option::take) else {
            return;
        };
        seat.stream.close(now, &mut seat.port);
        self.wheel.remove(place, seat.due);
        drop(seat);
        self.counters.legs.fetch_sub(1, Ordering::Relaxed);
        self.ports.give_back(place);
    }
}

fn seat(seats: &mut [Option<Box<Seat>>], place: usize) -> Option<&mut Seat> {
    seats.get_mut(place)?.as_deref_mut()
}

/// Tells that the thread has ended, however it did.
struct Running(Arc<Counters>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::Relaxed);
    }
}
