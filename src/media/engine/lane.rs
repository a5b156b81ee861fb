//! One media thread as a call holds it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use mio::Waker;

use super::{
    command::{Command, Opening},
    conference::Conference,
    config::EngineConfig,
    leg::Leg,
    leg_id::LegId,
    ports::{Pair, Ports, Which},
    standing::Standing,
    stats::{Counters, Stats},
};
use crate::mailbox;
use crate::media::{
    error::MediaError,
    event::Event,
    sdp::Session,
    stream::{Position, Resumed, Starts},
};

/// Where the legs of one call are opened: only legs of the same lane can be joined. Clones are the
/// same lane.
#[derive(Clone, Debug)]
pub struct Lane(Arc<Shared>);

/// The way to a media thread.
#[derive(Debug)]
pub(super) struct Shared {
    pub thread: u16,
    pub config: Arc<EngineConfig>,
    pub commands: SyncSender<Command>,
    pub waker: Arc<Waker>,
    /// Whether the thread has been woken and has not looked yet.
    pub woken: Arc<AtomicBool>,
    pub ports: Arc<Ports>,
    pub counters: Arc<Counters>,
    pub serial: AtomicU32,
    pub ntp_epoch: u64,
    /// When the engine's clock began.
    pub started: Instant,
    /// The machine's clock at that moment.
    pub epoch: Duration,
}

impl Lane {
    pub(super) fn new(shared: Shared) -> Lane {
        Lane(Arc::new(shared))
    }

    /// Opens a leg on the next free port pair. Its events go to `events`, which several legs may
    /// share; those that find the channel full are lost and counted in
    /// [`Stats::events_lost`](super::Stats::events_lost).
    ///
    /// Fails when the range is used up; a full range is waited on for up to 100 ms while a leg is
    /// being closed.
    pub fn open(&self, events: mailbox::Sender<(LegId, Event)>) -> Result<Leg, MediaError> {
        self.open_where(events, Which::Ordinary)
    }

    /// The same for a caller whose life is in danger, for whom some pairs are kept.
    pub fn open_in_emergency(
        &self,
        events: mailbox::Sender<(LegId, Event)>,
    ) -> Result<Leg, MediaError> {
        self.open_where(events, Which::Any)
    }

    fn open_where(
        &self,
        events: mailbox::Sender<(LegId, Event)>,
        which: Which,
    ) -> Result<Leg, MediaError> {
        let shared = &self.0;
        if !self.is_running() {
            return Err(MediaError::Ended);
        }
        let pair = shared.ports.open(which).inspect_err(|_| {
            shared.counters.unopened.fetch_add(1, Ordering::Relaxed);
        })?;
        let starts = Starts {
            ssrc: rand::random(),
            sequence: rand::random(),
            timestamp: rand::random(),
            cname: Bytes::from(format!("{:024x}", rand::random::<u128>())),
            seed: rand::random(),
            ntp_epoch: shared.ntp_epoch,
        };
        // The session id of RFC 8866 section 5.2 need only be unique.
        let session = u64::from(rand::random::<u32>());
        let session = Session::new(shared.config.advertise, pair.port, session);
        Ok(self.seat(pair, starts, session, None, events))
    }

    /// Takes a leg up again that another process has had on this machine: at the same ports, in the same
    /// session, with the same SSRC. Sequence numbers and timestamps go on as if it had been silent for a
    /// while. `position` is what was told of it last; one of another leg, or none, leaves it to the
    /// beginning of the leg. It is heard from where the peer was heard before, and from nowhere else;
    /// [`Event::Flowing`] tells when that is so.
    ///
    /// Right before any leg is opened, or its ports may be taken. Fails when they are not free.
    pub fn resume(
        &self,
        standing: &Standing,
        position: Option<&Position>,
        events: mailbox::Sender<(LegId, Event)>,
    ) -> Result<Leg, MediaError> {
        let shared = &self.0;
        if !self.is_running() {
            return Err(MediaError::Ended);
        }
        let pair = shared.ports.take(standing.port())?;
        let (starts, resumed) = standing.resumed(position, shared.epoch, shared.ntp_epoch);
        let session = standing.session.clone();
        Ok(self.seat(pair, starts, session, Some(resumed), events))
    }

    fn seat(
        &self,
        pair: Pair,
        starts: Starts,
        session: Session,
        resumed: Option<Resumed>,
        events: mailbox::Sender<(LegId, Event)>,
    ) -> Leg {
        let shared = &self.0;
        let id = LegId {
            thread: shared.thread,
            place: pair.place,
            serial: shared.serial.fetch_add(1, Ordering::Relaxed),
        };
        // Counted here, so that whoever opens next sees it.
        shared.counters.legs.fetch_add(1, Ordering::Relaxed);
        let mut start = Position::starting(pair.port, &starts, shared.epoch, self.now());
        if let Some(resumed) = &resumed {
            start.bound = resumed.position.bound;
        }
        let signalling = resumed.as_ref().map(|resumed| resumed.signalling.clone());
        let standing = Standing {
            start,
            cname: String::from_utf8_lossy(&starts.cname).into_owned(),
            session,
            signalling: signalling.unwrap_or_default(),
        };
        self.send(Command::Open(Box::new(Opening {
            id,
            pair,
            starts,
            resumed,
            events,
        })));
        Leg::new(self.clone(), id, standing)
    }

    /// Has the thread stop; where its legs stood comes back.
    pub(super) fn freeze(&self) -> Receiver<Vec<Position>> {
        let (answer, positions) = sync_channel(1);
        self.send(Command::Freeze(answer));
        positions
    }

    /// A conference for legs of this lane, with nobody in it.
    pub fn conference(&self) -> Conference {
        Conference {
            thread: self.0.thread,
            serial: self.0.serial.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Hands a command to the thread and wakes it, once for however many commands. A full queue is
    /// waited on: a command lost would be a leg that is never closed, a caller never heard.
    pub(super) fn send(&self, command: Command) {
        let shared = &self.0;
        let command = match shared.commands.try_send(command) {
            Err(TrySendError::Full(command)) => Some(command),
            // With the thread gone there is nothing left that a command could do.
            Ok(()) | Err(TrySendError::Disconnected(_)) => None,
        };
        self.wake();
        if let Some(command) = command {
            shared
                .counters
                .commands_waited
                .fetch_add(1, Ordering::Relaxed);
            let _ = shared.commands.send(command);
            self.wake();
        }
    }

    fn wake(&self) {
        if !self.0.woken.swap(true, Ordering::AcqRel) {
            let _ = self.0.waker.wake();
        }
    }

    /// A leg of this lane is about to be closed.
    pub(super) fn expect_back(&self) {
        if self.is_running() {
            self.0.ports.expect_back();
        }
    }

    /// The engine's clock.
    pub(super) fn now(&self) -> Duration {
        self.0.started.elapsed()
    }

    pub(super) fn is_running(&self) -> bool {
        self.0.counters.running.load(Ordering::Relaxed)
    }

    pub(super) fn legs(&self) -> u64 {
        self.0.counters.legs.load(Ordering::Relaxed)
    }

    /// What this thread has counted; ports are the engine's and not among it.
    pub(super) fn stats(&self) -> Stats {
        self.0.counters.read(0)
    }

    #[cfg(test)]
    pub(super) fn fault(&self) {
        self.send(Command::Fault);
    }

    #[cfg(test)]
    pub(super) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.0.counters)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::End);
        let _ = self.waker.wake();
    }
}
