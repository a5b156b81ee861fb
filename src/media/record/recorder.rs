//! The recorder as the rest of the program holds it.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Sender, SyncSender, channel, sync_channel},
    },
    thread,
    time::Duration,
};

use super::{
    RATE,
    error::RecordError,
    micros,
    piece::Piece,
    stats::{Counters, RecordingStats},
    track::{Progress, Track},
    wav,
    worker::{Begun, Worker},
};

/// The longest name.
const NAME: usize = 200;

/// What the recorder keeps within.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Recordings at once. Each has a file open and some 60 kB of memory.
    pub at_once: u64,
    /// Pieces in the queue, of some 200 bytes each: with 1,000 calls a third of a second.
    pub queue: usize,
    /// Seconds of the longest recording.
    pub longest: u32,
}

/// Those that the recorder is started with.
const LIMITS: Limits = Limits {
    at_once: 4_096,
    queue: 32_768,
    longest: 12 * 60 * 60,
};

// The longest recording fits into the sizes of a WAV file.
const _: () = assert!(LIMITS.longest as u64 * RATE as u64 * (wav::FRAME as u64) < wav::MOST);

/// Records calls into a folder. Clones are the same recorder; its thread ends, with every file
/// finished, when the last clone and the last track are gone.
#[derive(Clone, Debug)]
pub struct Recorder {
    folder: Arc<Path>,
    at_once: u64,
    pieces: SyncSender<Piece>,
    begun: Sender<Begun<File>>,
    serial: Arc<AtomicU64>,
    counters: Arc<Counters>,
}

impl Recorder {
    /// Starts the thread. A folder that is missing is made, for its owner alone (mode 0700).
    pub fn start(folder: &Path) -> Result<Recorder, RecordError> {
        Recorder::start_within(folder, LIMITS)
    }

    pub(super) fn start_within(folder: &Path, limits: Limits) -> Result<Recorder, RecordError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let (pieces, queued) = sync_channel(limits.queue);
        let (begun, beginning) = channel();
        let counters = Arc::new(Counters::default());
        let longest = i64::from(limits.longest) * RATE;
        let worker = Worker::new(queued, beginning, Arc::clone(&counters), longest);
        counters.running.store(true, Relaxed);
        thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || worker.run())?;
        Ok(Recorder {
            folder: folder.into(),
            at_once: limits.at_once,
            pieces,
            begun,
            serial: Arc::default(),
            counters,
        })
    }

    /// Begins `<folder>/<name>.wav`, for its owner alone (mode 0600), at this time of the engine's
    /// clock, which is the file's first sample. The file must not exist. A name is 1 to 200 of
    /// `A-Z a-z 0-9 . _ -`. Opens the file on the caller's thread, which is not to be the media
    /// thread.
    pub fn begin(&self, name: &str, now: Duration) -> Result<Track, RecordError> {
        if !is_name(name) {
            return Err(RecordError::Name {
                name: name.to_owned(),
            });
        }
        if !self.counters.enter(self.at_once) {
            return Err(RecordError::Full {
                at_once: self.at_once,
            });
        }
        self.open(name, now).inspect_err(|_| self.counters.leave())
    }

    /// What the recorder has counted so far.
    pub fn stats(&self) -> RecordingStats {
        self.counters.read()
    }

    #[cfg(test)]
    pub(super) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    fn open(&self, name: &str, now: Duration) -> Result<Track, RecordError> {
        let file = format!("{name}.wav");
        let out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.folder.join(&file))
            .map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => RecordError::Exists {
                    name: name.to_owned(),
                },
                _ => RecordError::Io(error),
            })?;
        let recording = self.serial.fetch_add(1, Relaxed);
        let progress = Arc::new(Progress::default());
        let begun = Begun {
            recording,
            name: file,
            out,
            at: micros(now),
            progress: Arc::clone(&progress),
        };
        self.begun.send(begun).map_err(|_| RecordError::Ended)?;
        let pieces = self.pieces.clone();
        let counters = Arc::clone(&self.counters);
        Ok(Track::new(recording, pieces, progress, counters))
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=NAME).contains(&name.len()) && name.bytes().all(allowed)
}
