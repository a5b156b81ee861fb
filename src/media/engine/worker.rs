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

use mio::{Events, Poll, Token, Waker};

use super::{
    alarm::Alarm,
    command::Command,
    conference::{Conferences, TURN},
    config::Keep,
    inbound::{Clocks, Inbound},
    notices::{Notice, Notices},
    pace::Pace,
    ports::Ports,
    priority,
    seat::Seat,
    stats::{Counters, add},
    wheel::Wheel,
};
use crate::media::stream::Limits;
use keeping::Keeping;

mod keeping;
mod orders;
mod reading;
mod together;

/// The token that commands wake the thread with.
pub(super) const WAKE: Token = Token(0);
const ALARM: Token = Token(1);
/// Sockets looked at in one go.
const EVENTS: usize = 1024;
/// Packets taken from one socket in one go, so that a flood at one port cannot hold up the rest.
const BUDGET: usize = 16;

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
    /// The machine's clock at that moment.
    pub epoch: Duration,
    pub keep: Option<Keep>,
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
    epoch: Duration,
    keeping: Keeping,
    clocks: Clocks,
    /// By place in the port range.
    seats: Vec<Option<Box<Seat>>>,
    /// Their places on the wheel are behind all places of legs.
    conferences: Conferences,
    /// Legs that are read at once.
    at_once: usize,
    wheel: Wheel,
    pace: Pace,
    /// Sockets known to have more to read.
    ready: VecDeque<Token>,
    due: Vec<usize>,
    inbound: Inbound,
    /// What is being seen to, by its place on the wheel.
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
            epoch: parts.epoch,
            keeping: Keeping::new(parts.keep),
            clocks: Clocks::read(parts.started),
            seats,
            conferences: Conferences::default(),
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
                    Some(place) => self.recover(place),
                    // Nobody is to blame: it would only happen again.
                    None => break,
                },
            }
        }
        self.counters.running.store(false, Ordering::Relaxed);
        self.end();
    }

    /// Lets go whoever is at a place, and puts the grid in order again.
    fn recover(&mut self, place: usize) {
        match place.checked_sub(self.seats.len()) {
            Some(slot) => self.give_conference_up(slot),
            None => self.give_up(place),
        }
        // Whoever was due along with it is not on the grid at present.
        let now = Clocks::read(self.started).now;
        self.go_on_at(now.as_millis() as u64 + 1);
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
            self.keep();
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
        if let Some(slot) = place.checked_sub(self.seats.len()) {
            self.at_work = Some(place);
            return self.turn(slot, at);
        }
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
        for (slot, due) in self.conferences.dues() {
            *due += now.saturating_sub(*due).div_ceil(TURN) * TURN;
            self.wheel.put(self.seats.len() + slot, *due);
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
