//! The thread that writes: batches of records at the end of the file, which is written anew when most of it
//! is out of date.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::error::LiveError;
use super::found::Found;
use super::journal::{Pending, Shared};
use super::record::{self, HEADER, Key};

/// How long another process may take to let go of the file.
const PREDECESSOR: Duration = Duration::from_secs(3);
/// Before a file that cannot be written is tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// So many bytes may be out of date before the file is written anew, and at least as many as are not.
const OUT_OF_DATE: u64 = 4 * 1024 * 1024;

/// The file, and where in it the newest record of each stands.
pub(super) struct Writer {
    path: PathBuf,
    file: File,
    length: u64,
    live: HashMap<Key, (u64, u32)>,
    live_bytes: u64,
    /// Below this length it is not written anew, because that has failed lately.
    tidy_from: u64,
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        // Numbers are in it.
        .mode(0o600)
        .open(path)
}

/// Waits for a while for a process that is about to let go.
fn lock(file: &File) -> Result<(), TryLockError> {
    let until = Instant::now() + PREDECESSOR;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(5));
            }
            locked => return locked,
        }
    }
}

impl Writer {
    pub(super) fn open(folder: &Path, node: &str) -> Result<(Writer, Found), LiveError> {
        let path = folder.join(format!("{node}.live"));
        let failed = |error| LiveError::File {
            path: path.clone(),
            error,
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let mut file = open(&path).map_err(failed)?;
        lock(&file).map_err(|error| match error {
            TryLockError::WouldBlock => LiveError::InUse(path.clone()),
            TryLockError::Error(error) => failed(error),
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let found = Found::read(&bytes);
        let mut writer = Writer {
            path,
            file,
            // Whatever is no record is written over. A file of another format begins anew.
            length: 0,
            live: HashMap::new(),
            live_bytes: 0,
            tidy_from: 0,
        };
        for (from, record) in record::all(&bytes) {
            writer.length = (from + record.length) as u64;
            let place = (from as u64, record.length as u32);
            writer.stands(record.key, record.state.map(|_| place));
        }
        // Nothing behind the last whole record is ever to be taken for one.
        writer
            .file
            .set_len(writer.length)
            .map_err(|error| LiveError::File {
                path: writer.path.clone(),
                error,
            })?;
        Ok((writer, found))
    }

    /// The newest record of one stands there, or counts no longer.
    fn stands(&mut self, key: Key, place: Option<(u64, u32)>) {
        let before = match place {
            Some(place) => self.live.insert(key, place),
            None => self.live.remove(&key),
        };
        self.live_bytes += place.map_or(0, |(_, length)| length.into());
        self.live_bytes -= before.map_or(0, |(_, length)| length.into());
    }

    /// Writes a new file with these states, in place of the old one.
    fn write_anew<'s>(&mut self, states: impl Iterator<Item = (Key, &'s [u8])>) -> io::Result<()> {
        let fresh = self.path.with_extension("live.new");
        let _ = fs::remove_file(&fresh);
        let mut file = open(&fresh)?;
        file.try_lock().map_err(io::Error::from)?;
        let mut bytes = HEADER.to_vec();
        let mut live = HashMap::new();
        for (key, state) in states {
            let from = bytes.len() as u64;
            if record::write(&mut bytes, key, Some(state)) {
                live.insert(key, (from, (bytes.len() as u64 - from) as u32));
            }
        }
        file.write_all(&bytes)?;
        fs::rename(&fresh, &self.path)?;
        self.file = file;
        self.length = bytes.len() as u64;
        self.tidy_from = 0;
        self.live_bytes = self.length - HEADER.len() as u64;
        self.live = live;
        Ok(())
    }

    /// Appends all that is pending, in one write. A write that fails leaves the file as it was.
    fn append(&mut self, pending: &Pending) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut places = Vec::with_capacity(pending.len());
        if self.length == 0 {
            bytes.extend_from_slice(HEADER);
        }
        for (key, state) in pending {
            if state.is_none() && !self.live.contains_key(key) {
                continue;
            }
            let from = bytes.len() as u64;
            if !record::write(&mut bytes, *key, state.as_deref()) {
                tracing::error!(?key, "what is to be kept of a call is too large");
                continue;
            }
            let length = (bytes.len() as u64 - from) as u32;
            let place = state.is_some().then_some((self.length + from, length));
            places.push((*key, place));
        }
        let written = self.file.write_all_at(&bytes, self.length);
        if written.is_err() {
            // What was written of it is no record.
            let _ = self.file.set_len(self.length);
        }
        written?;
        self.length += bytes.len() as u64;
        for (key, place) in places {
            self.stands(key, place);
        }
        Ok(())
    }

    fn is_out_of_date(&self) -> bool {
        let dead = self.length - self.live_bytes.min(self.length);
        dead > OUT_OF_DATE.max(self.live_bytes) && self.length >= self.tidy_from
    }

    /// Writes the file anew with what still counts.
    fn tidy(&mut self) -> io::Result<()> {
        let mut states = Vec::with_capacity(self.live.len());
        for (key, (from, length)) in &self.live {
            let mut bytes = vec![0; *length as usize];
            self.file.read_exact_at(&mut bytes, *from)?;
            let state = record::read(&bytes).and_then(|record| Some(record.state?.to_vec()));
            states.extend(state.map(|state| (*key, state)));
        }
        self.write_anew(states.iter().map(|(key, state)| (*key, state.as_slice())))
    }
}

/// Starts the thread, which goes on until the file is handed over.
pub(super) fn start(writer: Writer, shared: Arc<Shared>) -> Result<(), LiveError> {
    let path = writer.path.clone();
    let thread = std::thread::Builder::new().name("live".to_owned());
    let started = thread.spawn(move || write_all(writer, &shared));
    started
        .map(|_| ())
        .map_err(|error| LiveError::File { path, error })
}

fn write_all(mut writer: Writer, shared: &Shared) {
    loop {
        let (pending, asked) = {
            let mut state = shared.lock();
            while state.pending.is_empty() && !state.over {
                state = shared
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            if state.over {
                return;
            }
            (std::mem::take(&mut state.pending), state.asked)
        };
        let written = writer.append(&pending);
        if written.is_ok()
            && writer.is_out_of_date()
            && let Err(error) = writer.tidy()
        {
            let path = writer.path.display();
            tracing::warn!(%path, %error, "what is out of date stays in the file for now");
            writer.tidy_from = writer.length.saturating_mul(2);
        }
        match written {
            Ok(()) => {
                let mut state = shared.lock();
                (state.written, state.failing) = (asked, false);
                drop(state);
                shared.changed.notify_all();
            }
            Err(error) => failed(&mut writer, shared, pending, &error),
        }
    }
}

/// What could not be written is written later, unless there is something newer by then.
fn failed(writer: &mut Writer, shared: &Shared, pending: Pending, error: &io::Error) {
    let path = writer.path.display();
    tracing::error!(%path, %error, "calls would not outlive this process: they cannot be kept");
    let mut state = shared.lock();
    for (key, value) in pending {
        state.pending.entry(key).or_insert(value);
    }
    state.failing = true;
    let (state, _) = shared
        .changed
        .wait_timeout_while(state, AGAIN, |state| !state.over)
        .unwrap_or_else(PoisonError::into_inner);
    if state.over {
        return;
    }
    drop(state);
    // On a full disk there may be room once what is out of date has gone.
    if let Err(error) = writer.tidy() {
        tracing::debug!(%error, "nor written anew");
    }
}
