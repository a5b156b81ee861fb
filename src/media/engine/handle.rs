//! The engine as the rest of the program holds it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc::sync_channel,
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mio::{Poll, Waker};

use super::{
    config::EngineConfig,
    lane::{self, Lane},
    notices::Notices,
    ports::Ports,
    stats::{Counters, Stats},
    worker::{Parts, WAKE, Worker},
};
use crate::media::{
    error::MediaError,
    stream::{Limits, Position, machine_now},
};

/// Seconds from 1900, where NTP counts from, to 1970.
const NTP_UNIX: u64 = 2_208_988_800;
/// Commands that may wait for one thread.
const COMMANDS: usize = 4096;

/// The media engine. Clones are the same engine; a thread of it ends when the last clone, the
/// last lane and the last leg on it are gone.
#[derive(Clone, Debug)]
pub struct Engine {
    lanes: Arc<[Lane]>,
    ports: Arc<Ports>,
}

impl Engine {
    /// Starts the media threads. No port is taken before a leg is opened.
    pub fn start(config: EngineConfig) -> Result<Engine, MediaError> {
        let ports = Arc::new(Ports::new(
            config.bind,
            &config.ports,
            config.dscp,
            config.reserve,
        )?);
        let config = Arc::new(config);
        let epoch = (Instant::now(), ntp_now(), machine_now());
        let notices = Notices::start()?;
        let lanes = (0..config.threads.max(1))
            .map(|thread| start(thread, &config, &ports, &notices, epoch))
            .collect::<Result<_, _>>()?;
        Ok(Engine { lanes, ports })
    }

    /// The lane with the fewest legs, for all the legs of one call; one whose thread has ended only
    /// where no other is left.
    pub fn lane(&self) -> Lane {
        let fewest = self
            .lanes
            .iter()
            .min_by_key(|lane| (!lane.is_running(), lane.legs()));
        // There is one at least.
        fewest.unwrap_or(&self.lanes[0]).clone()
    }

    /// Another process has had these streams. What their peers still send is not to meet a new call, so their
    /// ports are used last, those that were heard of last at the very end.
    pub fn follows<'a>(&self, positions: impl IntoIterator<Item = &'a Position>) {
        let mut positions: Vec<_> = positions.into_iter().collect();
        positions.sort_by_key(|position| position.at);
        let ports = positions.into_iter().map(|position| position.port);
        self.ports.use_last(ports);
    }

    /// Stops all sound at once and closes all sockets, without a word to anybody: no goodbye by RTCP, no event.
    /// Gives where each leg stood, for another process that is to go on with them. The engine is of no
    /// use afterwards.
    pub fn freeze(&self) -> Vec<Position> {
        // All are told before one is waited for.
        let answers: Vec<_> = self.lanes.iter().map(Lane::freeze).collect();
        let positions = answers.into_iter().filter_map(|answer| answer.recv().ok());
        positions.flatten().collect()
    }

    /// Pairs of ports in the configured range.
    pub fn pairs(&self) -> usize {
        self.ports.pairs()
    }

    /// What the engine has counted so far.
    pub fn stats(&self) -> Stats {
        let lanes = self.lanes.iter().map(Lane::stats);
        let stats = lanes.reduce(Stats::plus).unwrap_or_default();
        Stats {
            ports: self.ports.in_use(),
            ..stats
        }
    }
}

fn start(
    thread: u16,
    config: &Arc<EngineConfig>,
    ports: &Arc<Ports>,
    notices: &Notices,
    (started, ntp_epoch, epoch): (Instant, u64, Duration),
) -> Result<Lane, MediaError> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
    let (commands, orders) = sync_channel(COMMANDS);
    let woken = Arc::new(AtomicBool::new(false));
    let counters = Arc::new(Counters::default());
    let worker = Worker::new(Parts {
        index: thread,
        poll,
        commands: orders,
        woken: Arc::clone(&woken),
        waker: Arc::clone(&waker),
        ports: Arc::clone(ports),
        counters: Arc::clone(&counters),
        notices: notices.clone(),
        limits: Limits {
            silence: config.silence,
            settle: config.settle,
        },
        started,
        epoch,
        keep: config.keep.clone(),
    })?;
    counters.running.store(true, Ordering::Relaxed);
    std::thread::Builder::new()
        .name(format!("media-{thread}"))
        .spawn(move || worker.run())?;
    Ok(Lane::new(lane::Shared {
        thread,
        config: Arc::clone(config),
        commands,
        waker,
        woken,
        ports: Arc::clone(ports),
        counters,
        serial: AtomicU32::new(0),
        ntp_epoch,
        started,
        epoch,
    }))
}

/// The wall clock in NTP format (RFC 5905 section 6).
fn ntp_now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    (since.as_secs().wrapping_add(NTP_UNIX) << 32) | fraction
}
