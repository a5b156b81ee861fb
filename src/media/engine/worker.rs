//! The media thread. It wakes on the grid and for commands, and never for a packet: what has come
//! in is read when the thread is awake, which is every millisecond as soon as a leg waits for
//! another's sound.

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, Waker};

use super::{
    alarm::Alarm,
    command::{Command, LegId, Opening, Order},
    inbound::{Clocks, Inbound},
    notices::{Notice, Notices},
    pace::Pace,
    ports::Ports,
    priority,
    seat::{Port, Reading, Seat},
    stats::{Counters, add},
    wheel::Wheel,
};
use crate::media::{
    event::{Event, Summary},
    stream::{Limits, Outlet, Stream},
};

/// The token that commands wake the thread with.
pub(super) const WAKE: Token = Token(0);
const ALARM: Token = Token(1);
/// Sockets looked at in one go.
const EVENTS: usize = 1024;
/// Packets taken from one socket in one go, so that a flood at one port cannot hold up the rest.
const BUDGET: usize = 16;
/// Commands taken in one go.
const COMMANDS: usize = 256;

/// What a thread is started with.
pub(super) struct Parts {
    pub index: u16,
    pub poll: Poll,
    pub commands: Receiver<Command>,
    /// Raised by whoever sends a command, lowered by the thread when it looks.
    pub woken: Arc<AtomicBool>,
    pub waker: Arc<Waker>,
    pub ports: Arc<Ports>,
    pub counters: Arc<Counters>,
    pub notices: Notices,
    pub limits: Limits,
    /// When the engine's clock began; the same for all its threads.
    pub started: Instant,
}

/// The state of the thread.
pub(super) struct Worker {
    index: u16,
    poll: Poll,
    alarm: Alarm,
    /// Where sockets are asked for what they have; never waited for.
    sockets: Poll,
    arrivals: Events,
    commands: Receiver<Command>,
    woken: Arc<AtomicBool>,
    /// For waking itself; and so that the wake-up sent with the last handle's end is not closed along
    /// with the handle.
    waker: Arc<Waker>,
    ports: Arc<Ports>,
    counters: Arc<Counters>,
    notices: Notices,
    limits: Limits,
    started: Instant,
    clocks: Clocks,
    /// By place in the port range.
    seats: Vec<Option<Box<Seat>>>,
    /// Legs that are read at once.
    at_once: usize,
    wheel: Wheel,
    pace: Pace,
    /// Sockets known to have more to read.
    ready: VecDeque<Token>,
    due: Vec<usize>,
    inbound: Inbound,
    /// The leg that is being seen to.
    at_work: Option<usize>,
    ended: bool,
}

impl Worker {
    pub(super) fn new(parts: Parts) -> io::Result<Worker> {
        let seats = std::iter::repeat_with(|| None)
            .take(parts.ports.pairs())
            .collect();
        Ok(Worker {
            index: parts.index,
            alarm: Alarm::new(parts.poll.registry(), ALARM)?,
            poll: parts.poll,
            sockets: Poll::new()?,
            arrivals: Events::with_capacity(EVENTS),
            commands: parts.commands,
            woken: parts.woken,
            waker: parts.waker,
            ports: parts.ports,
            counters: parts.counters,
            notices: parts.notices,
            limits: parts.limits,
            started: parts.started,
            clocks: Clocks::read(parts.started),
            seats,
            at_once: 0,
            wheel: Wheel::new(),
            pace: Pace::default(),
            ready: VecDeque::with_capacity(EVENTS),
            due: Vec::new(),
            inbound: Inbound::new(),
            at_work: None,
            ended: false,
        })
    }

    /// Runs until the last handle is gone. A fault in one leg costs that leg only.
    pub(super) fn run(mut self) {
        let _running = Running(Arc::clone(&self.counters));
        priority::raise(self.index, &self.notices);
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.run_on())) {
                Ok(Ok(())) => break,
                Ok(Err(error)) => {
                    self.refused("a media thread cannot wait, and ends", error);
                    break;
                }
                Err(_) => match self.at_work.take() {
                    Some(place) => self.give_up(place),
                    // No leg is to blame: it would only happen again.
                    None => break,
                },
            }
        }
        self.counters.running.store(false, Ordering::Relaxed);
        self.end();
    }

    fn run_on(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(4);
        while !self.ended {
            self.alarm.set(self.started.elapsed(), self.wake_at())?;
            poll(&mut self.poll, &mut events, None)?;
            self.clocks = Clocks::read(self.started);
            for event in &events {
                match event.token() {
                    WAKE => self.take_commands(),
                    _ => self.alarm.rang(),
                }
            }
            self.read_ready()?;
            self.advance();
            self.complain();
            let busy = self.started.elapsed().saturating_sub(self.clocks.now);
            add(&self.counters.busy_us, busy.as_micros() as u64);
        }
        Ok(())
    }

    /// When to wake: at the next tick; in the next millisecond while a leg waits for another's
    /// packets, or while packets are known to be there.
    fn wake_at(&self) -> Option<Duration> {
        if self.at_once > 0 || !self.ready.is_empty() {
            return Some(Duration::from_millis(self.wheel.cursor()));
        }
        self.wheel.next_due().map(Duration::from_millis)
    }

    /// Reads the sockets that have something for others, a share of each.
    fn read_ready(&mut self) -> io::Result<()> {
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

    /// Does what is due by now.
    fn advance(&mut self) {
        let now = self.clocks.now;
        let ms = now.as_millis() as u64;
        match self.wheel.next_due() {
            None => self.wheel.set_cursor(ms + 1),
            Some(due) if Pace::is_behind(due, now) => self.leave_out(due, ms),
            Some(_) => {}
        }
        let mut due = std::mem::take(&mut self.due);
        while self.wheel.cursor() <= ms {
            let at = self.wheel.cursor();
            self.wheel.take(&mut due);
            for &place in &due {
                self.tick(place, at);
            }
            if !due.is_empty() {
                let (done, ticks) = (self.started.elapsed(), due.len() as u64);
                self.pace.done(ticks, at, done, &self.counters);
            }
        }
        self.due = due;
    }

    fn tick(&mut self, place: usize, at: u64) {
        self.read_at_tick(place);
        self.at_work = Some(place);
        let Some(seat) = seat(&mut self.seats, place) else {
            return;
        };
        let step = seat.stream.tick(Duration::from_millis(at), &mut seat.port);
        seat.step = (step.as_millis() as u64).max(1);
        seat.due = at + seat.step;
        self.wheel.put(place, seat.due);
    }

    fn read_at_tick(&mut self, place: usize) {
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

    fn leave_out(&mut self, due: u64, now: u64) {
        let skipped = self.go_on_at(now);
        let behind = Duration::from_millis(now - due);
        self.pace.left_out(skipped, behind, &self.counters);
    }

    /// Moves every leg to the first tick of its own grid that is still to come; gives how many were
    /// left out.
    fn go_on_at(&mut self, now: u64) -> u64 {
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
        skipped
    }

    fn complain(&mut self) {
        if let Some(complaint) = self.pace.complaint(self.clocks.now) {
            self.notices.say(Notice::Behind {
                thread: self.index,
                complaint,
                legs: self.counters.legs.load(Ordering::Relaxed),
            });
        }
    }

    fn refused(&self, what: &'static str, error: io::Error) {
        let thread = self.index;
        self.notices.say(Notice::Refused {
            thread,
            what,
            error,
        });
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
    fn read_rtp(&mut self, place: usize) -> bool {
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
        if let (Some(frame), Some(peer)) = (frame, seat.peer)
            && let Some(other) = self::seat(&mut self.seats, peer)
        {
            let relayed = other.stream.relay(self.clocks.now, &frame, &mut other.port);
            add(&self.counters.relayed, u64::from(relayed));
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

    fn take_commands(&mut self) {
        // Lowered before looking, and seen so by all: a command that comes after the look wakes again.
        self.woken.swap(false, Ordering::AcqRel);
        for _ in 0..COMMANDS {
            match self.commands.try_recv() {
                Ok(Command::Open(opening)) => self.open(*opening),
                Ok(Command::Order(id, order)) => self.order(id, order),
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
        let stream = Stream::new(&opening.starts, self.limits);
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
            self.read(place, Reading::AtOnce);
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
            self.read(place, Reading::AtTick);
        }
    }

    /// Reads a leg otherwise from now on.
    fn read(&mut self, place: usize, reading: Reading) {
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

    /// Lets a leg go whose state can no longer be trusted, and puts the grid in order again.
    fn give_up(&mut self, place: usize) {
        add(&self.counters.faults, 1);
        self.part(place);
        if let Some(mut seat) = self.seats.get_mut(place).and_then(Option::take) {
            let (thread, port) = (self.index, seat.number());
            self.notices.say(Notice::Fault { thread, port });
            seat.port.event(Event::Closed(Summary::default()));
            self.forget(seat, place);
        }
        // Whoever was due along with it is not on the grid at present.
        let now = Clocks::read(self.started).now;
        self.go_on_at(now.as_millis() as u64 + 1);
    }

    fn forget(&self, seat: Box<Seat>, place: usize) {
        drop(seat);
        self.counters.legs.fetch_sub(1, Ordering::Relaxed);
        self.ports.give_back(place);
    }

    /// Tells every leg that it is closed, those not yet taken up as well.
    fn end(&mut self) {
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

fn seat(seats: &mut [Option<Box<Seat>>], place: usize) -> Option<&mut Seat> {
    seats.get_mut(place)?.as_deref_mut()
}

/// Asks a poll; a signal that comes in between is no failure.
fn poll(poll: &mut Poll, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
    match poll.poll(events, timeout) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        other => other,
    }
}

/// Tells that the thread has ended, however it did.
struct Running(Arc<Counters>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::Relaxed);
    }
}
