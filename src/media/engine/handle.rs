//! The engine as the rest of the program holds it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc::{Sender, channel},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use mio::{Poll, Waker};
use tokio::sync::mpsc;

use super::{
    command::{Command, LegId, Opening},
    config::EngineConfig,
    leg::Leg,
    ports::Ports,
    stats::{Counters, Stats},
    worker::{WAKE, Worker},
};
use crate::media::{
    error::MediaError,
    event::Event,
    sdp::Session,
    stream::{Limits, Starts},
};

/// Seconds from 1900, where NTP counts from, to 1970.
const NTP_UNIX: u64 = 2_208_988_800;

/// The media engine. Clones are the same engine; its thread ends when the last clone and the last
/// leg are gone.
#[derive(Clone, Debug)]
pub struct Engine(Arc<Shared>);

/// The way to the media thread.
#[derive(Debug)]
pub(super) struct Shared {
    config: EngineConfig,
    commands: Sender<Command>,
    waker: Arc<Waker>,
    /// Whether the thread has been woken and has not looked yet.
    woken: Arc<AtomicBool>,
    pub(super) ports: Arc<Ports>,
    counters: Arc<Counters>,
    serial: AtomicU32,
    ntp_epoch: u64,
}

impl Engine {
    /// Starts the media thread. No port is taken before a leg is opened.
    pub fn start(config: EngineConfig) -> Result<Engine, MediaError> {
        let ports = Arc::new(Ports::new(config.bind, &config.ports, config.dscp)?);
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (commands, orders) = channel();
        let woken = Arc::new(AtomicBool::new(false));
        let counters = Arc::new(Counters::default());
        let limits = Limits {
            silence: config.silence,
            settle: config.settle,
        };
        let worker = Worker::new(
            poll,
            (orders, Arc::clone(&woken), Arc::clone(&waker)),
            Arc::clone(&ports),
            Arc::clone(&counters),
            limits,
        );
        counters.running.store(true, Ordering::Relaxed);
        std::thread::Builder::new()
            .name("media-0".into())
            .spawn(move || worker.run())?;
        Ok(Engine(Arc::new(Shared {
            config,
            commands,
            waker,
            woken,
            ports,
            counters,
            serial: AtomicU32::new(0),
            ntp_epoch: ntp_now(),
        })))
    }

    /// Opens a leg on the next free port pair. Its events go to `events`, which several legs may
    /// share; those that find the channel full are lost and counted in [`Stats::events_lost`].
    ///
    /// Fails when the range is used up; a full range is waited on for up to 100 ms while a leg is
    /// being closed.
    pub fn open(&self, events: mpsc::Sender<(LegId, Event)>) -> Result<Leg, MediaError> {
        let shared = &self.0;
        if !shared.counters.running.load(Ordering::Relaxed) {
            return Err(MediaError::Ended);
        }
        let pair = shared.ports.open()?;
        let id = LegId {
            place: pair.place,
            serial: shared.serial.fetch_add(1, Ordering::Relaxed),
        };
        let port = pair.port;
        let cname: u128 = rand::random();
        let starts = Starts {
            ssrc: rand::random(),
            sequence: rand::random(),
            timestamp: rand::random(),
            cname: Bytes::from(format!("{cname:024x}")),
            seed: rand::random(),
            ntp_epoch: shared.ntp_epoch,
        };
        shared.send(Command::Open(Box::new(Opening {
            serial: id.serial,
            pair,
            starts,
            events,
        })));
        // The session id of RFC 8866 section 5.2 need only be unique.
        let session = u64::from(rand::random::<u32>());
        let session = Session::new(shared.config.advertise, port, session);
        Ok(Leg::new(Arc::clone(shared), id, port, session))
    }

    #[cfg(test)]
    pub(super) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.0.counters)
    }

    /// What the engine has counted so far.
    pub fn stats(&self) -> Stats {
        self.0.counters.read(self.0.ports.in_use())
    }
}

impl Shared {
    /// Hands a command to the thread and wakes it, once for however many commands.
    pub(super) fn send(&self, command: Command) {
        // With the thread gone there is nothing left that a command could do.
        let _ = self.commands.send(command);
        if !self.woken.swap(true, Ordering::AcqRel) {
            let _ = self.waker.wake();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.send(Command::End);
    }
}

/// The wall clock in NTP format (RFC 5905 section 6).
fn ntp_now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    (since.as_secs().wrapping_add(NTP_UNIX) << 32) | fraction
}
