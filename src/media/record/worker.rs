//! The recorder's thread: it empties the queue, and has every recording write what is due.

use std::{
    collections::HashMap,
    io::{self, Seek, Write},
    sync::{
        Arc,
        atomic::Ordering::{Acquire, Relaxed},
        mpsc::{Receiver, TryRecvError},
    },
    thread,
    time::Duration,
};

use super::{
    piece::Piece,
    recording::{Recording, Scratch},
    stats::Counters,
    track::Progress,
};

/// The time between two looks into the queue. The thread does not wait at the queue itself: then it
/// would be the media thread's to wake it, by a system call.
const ROUND: Duration = Duration::from_millis(50);
/// Pieces taken in one round at most.
const BATCH: usize = 4_096;
/// By so much, in microseconds, a recording without packets lags behind those that have some, lest
/// a slow media thread find its places written.
const LAG: u64 = 1_000_000;

/// A recording that has begun.
#[derive(Debug)]
pub(super) struct Begun<W> {
    pub recording: u64,
    /// The file's name, for the log.
    pub name: String,
    pub out: W,
    /// When, in microseconds of the engine's clock.
    pub at: u64,
    pub progress: Arc<Progress>,
}

/// What the thread has.
#[derive(Debug)]
pub(super) struct Worker<W> {
    pieces: Receiver<Piece>,
    begun: Receiver<Begun<W>>,
    open: HashMap<u64, Entry<W>>,
    counters: Arc<Counters>,
    /// The greatest length of a recording in samples.
    longest: i64,
    /// The latest time of the engine's clock that is known, in microseconds.
    clock: u64,
    scratch: Scratch,
}

#[derive(Debug)]
struct Entry<W> {
    name: String,
    recording: Recording<W>,
    progress: Arc<Progress>,
    /// Pieces received of those sent.
    received: u64,
    /// Bytes of the file that have been counted.
    counted: u64,
}

/// What emptying the queue has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Queue {
    Empty,
    /// There may be more.
    Busy,
    /// Every track and every handle is gone.
    Ended,
}

/// Why a recording ends.
#[derive(Debug)]
enum Ending {
    /// Its track is gone, and everything that it sent has come.
    Complete,
    /// It has reached the greatest length.
    Full,
    /// Its file cannot be written.
    Failed(io::Error),
}

impl<W: Write + Seek> Worker<W> {
    pub(super) fn new(
        pieces: Receiver<Piece>,
        begun: Receiver<Begun<W>>,
        counters: Arc<Counters>,
        longest: i64,
    ) -> Worker<W> {
        Worker {
            pieces,
            begun,
            open: HashMap::new(),
            counters,
            longest,
            clock: 0,
            scratch: Scratch::default(),
        }
    }

    /// Records until every track and every handle is gone; then finishes what is open.
    pub(super) fn run(mut self) {
        loop {
            let queue = self.drain();
            self.admit();
            self.round();
            match queue {
                Queue::Empty => thread::sleep(ROUND),
                Queue::Busy => {}
                Queue::Ended => break,
            }
        }
        let open: Vec<u64> = self.open.keys().copied().collect();
        for id in open {
            self.end(id, Ending::Complete);
        }
        self.counters.running.store(false, Relaxed);
    }

    fn drain(&mut self) -> Queue {
        for _ in 0..BATCH {
            match self.pieces.try_recv() {
                Ok(piece) => self.on_piece(&piece),
                Err(TryRecvError::Empty) => return Queue::Empty,
                Err(TryRecvError::Disconnected) => return Queue::Ended,
            }
        }
        Queue::Busy
    }

    fn on_piece(&mut self, piece: &Piece) {
        self.clock = self.clock.max(piece.at);
        if !self.open.contains_key(&piece.recording) {
            self.admit();
        }
        // One that has failed or been cut off is no longer there.
        if let Some(entry) = self.open.get_mut(&piece.recording) {
            entry.received += 1;
            let result = entry.recording.on_piece(piece, &mut self.scratch);
            if let Some(ending) = entry.ending(result, &self.counters) {
                self.end(piece.recording, ending);
            }
        }
    }

    /// Takes in the recordings that have begun.
    fn admit(&mut self) {
        while let Ok(begun) = self.begun.try_recv() {
            match Recording::new(begun.out, begun.at, self.longest) {
                Ok(recording) => {
                    let entry = Entry {
                        name: begun.name,
                        recording,
                        progress: begun.progress,
                        received: 0,
                        counted: 0,
                    };
                    self.open.insert(begun.recording, entry);
                }
                Err(error) => {
                    begun.progress.over.store(true, Relaxed);
                    self.failed(&begun.name, &error);
                    self.counters.leave();
                }
            }
        }
    }

    /// Has every recording write what is due, and finishes those whose track is gone.
    fn round(&mut self) {
        let now = self.clock.saturating_sub(LAG);
        let mut endings = Vec::new();
        for (&id, entry) in &mut self.open {
            let ending = if entry.is_complete() {
                Some(Ending::Complete)
            } else {
                let result = entry.recording.on_time(now, &mut self.scratch);
                entry.ending(result, &self.counters)
            };
            endings.extend(ending.map(|ending| (id, ending)));
        }
        for (id, ending) in endings {
            self.end(id, ending);
        }
    }

    fn end(&mut self, id: u64, ending: Ending) {
        let Some(mut entry) = self.open.remove(&id) else {
            return;
        };
        entry.progress.over.store(true, Relaxed);
        match ending {
            Ending::Complete => self.close(&mut entry),
            Ending::Full => {
                self.close(&mut entry);
                self.counters.cut.fetch_add(1, Relaxed);
                tracing::warn!(file = entry.name, "a recording is cut off: it is too long");
            }
            Ending::Failed(error) => {
                entry.recording.abandon();
                self.failed(&entry.name, &error);
            }
        }
        // The file is closed before the owner is told that nothing is open.
        drop(entry);
        self.counters.leave();
    }

    /// Writes what is left of a recording.
    fn close(&mut self, entry: &mut Entry<W>) {
        let end = entry.progress.end.load(Relaxed);
        let result = entry.recording.finish(end, &mut self.scratch);
        entry.count(&self.counters);
        if let Err(error) = result {
            entry.recording.abandon();
            self.failed(&entry.name, &error);
        }
        let lost = entry.progress.lost.load(Relaxed);
        if lost > 0 {
            tracing::warn!(
                file = entry.name,
                lost,
                "a recording has silence for lost pieces"
            );
        }
    }

    fn failed(&self, name: &str, error: &io::Error) {
        self.counters.failed.fetch_add(1, Relaxed);
        tracing::error!(file = name, %error, "a recording ends early: it cannot be written");
    }
}

impl<W: Write + Seek> Entry<W> {
    /// Whether the track is gone and all that it sent has been received.
    fn is_complete(&self) -> bool {
        self.progress.ended.load(Acquire) && self.progress.sent.load(Relaxed) == self.received
    }

    /// After it may have written: whether it cannot go on.
    fn ending(&mut self, result: io::Result<()>, counters: &Counters) -> Option<Ending> {
        self.count(counters);
        match result {
            Ok(()) => self.recording.is_full().then_some(Ending::Full),
            Err(error) => Some(Ending::Failed(error)),
        }
    }

    /// Adds to the counters what the file has grown by.
    fn count(&mut self, counters: &Counters) {
        let len = self.recording.len();
        if len == self.counted {
            return;
        }
        counters.written.fetch_add(len - self.counted, Relaxed);
        self.counted = len;
    }
}
