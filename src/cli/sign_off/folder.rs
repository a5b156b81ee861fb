//! The folder of what was signed: `history.jsonl`, and `objects/` with the bytes of every file by their hash.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::Hash;
use crate::sign_off::{Files, History, LARGEST_FILE, Object, Person, Set, Signed};

const HISTORY: &str = "history.jsonl";
const OBJECTS: &str = "objects";
const LOCK: &str = "lock";
/// A history is no longer than this, in bytes.
const LONGEST: u64 = 256 << 20;

/// The folder, with a second place for the bytes of what is served.
pub(in crate::cli) struct Folder {
    path: PathBuf,
    /// Bytes that were found sound before, by hash: whatever happens to the folder, these can be served.
    spare: std::collections::HashMap<Hash, PathBuf>,
}

impl Folder {
    pub(in crate::cli) fn new(path: PathBuf) -> Self {
        Folder {
            path,
            spare: std::collections::HashMap::new(),
        }
    }

    /// Files that may stand in for objects which have been altered since.
    pub(in crate::cli) fn with_spare(mut self, spare: &Path) -> Self {
        let folders = fs::read_dir(spare).into_iter().flatten().flatten();
        for folder in folders {
            let root = folder.path();
            let Ok(files) = super::files::read(&root) else {
                continue;
            };
            let files = files
                .iter()
                .map(|(path, bytes)| (Hash::of(bytes), root.join(path)));
            self.spare.extend(files);
        }
        self
    }

    pub(in crate::cli) fn history_file(&self) -> PathBuf {
        self.path.join(HISTORY)
    }

    /// The history; an empty one where nothing has been signed yet.
    pub(in crate::cli) fn history(&self, people: &[Person]) -> io::Result<History> {
        Ok(History::read(&self.bytes_of_history()?, people))
    }

    fn bytes_of_history(&self) -> io::Result<Vec<u8>> {
        match read_limited(&self.history_file(), LONGEST) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read.map_err(|error| named(&self.history_file(), &error)),
        }
    }

    /// What is kept of the bytes of a hash.
    pub(in crate::cli) fn object(&self, hash: &Hash) -> Object {
        match self.kept(hash) {
            Object::Sound => Object::Sound,
            state if self.spared(hash).is_none() => state,
            _ => Object::Sound,
        }
    }

    /// The same of the folder alone.
    pub(in crate::cli) fn kept(&self, hash: &Hash) -> Object {
        match read_limited(&self.object_file(hash), LARGEST_FILE) {
            Ok(bytes) if Hash::of(&bytes) == *hash => Object::Sound,
            Ok(_) => Object::Altered,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Object::Missing,
            Err(_) => Object::Altered,
        }
    }

    fn spared(&self, hash: &Hash) -> Option<Vec<u8>> {
        let bytes = read_limited(self.spare.get(hash)?, LARGEST_FILE).ok()?;
        (Hash::of(&bytes) == *hash).then_some(bytes)
    }

    fn object_file(&self, hash: &Hash) -> PathBuf {
        self.path.join(OBJECTS).join(hash.to_string())
    }

    /// The bytes of all files of a set, each of which has its hash.
    pub(in crate::cli) fn files(&self, set: &Set) -> io::Result<Files> {
        let read = |(path, hash): (&str, Hash)| -> io::Result<(String, Arc<[u8]>)> {
            let bytes = match read_limited(&self.object_file(&hash), LARGEST_FILE) {
                Ok(bytes) if Hash::of(&bytes) == hash => Some(bytes),
                _ => self.spared(&hash),
            };
            let altered =
                || io::Error::other(format!("what is kept of {path} was altered, or is missing"));
            Ok((path.to_owned(), bytes.ok_or_else(altered)?.into()))
        };
        set.files().map(read).collect()
    }

    /// Keeps the bytes of files, each once, so that they are there after a power cut.
    pub(super) fn keep(&self, files: &Files) -> io::Result<()> {
        let objects = self.path.join(OBJECTS);
        fs::create_dir_all(&objects).map_err(|error| named(&objects, &error))?;
        for bytes in files.values() {
            let hash = Hash::of(bytes);
            if self.kept(&hash) == Object::Sound {
                continue;
            }
            let path = self.object_file(&hash);
            let fresh = objects.join(format!(".{hash}.new-{}", std::process::id()));
            let written = write_through(&fresh, bytes).and_then(|()| fs::rename(&fresh, &path));
            written.map_err(|error| {
                let _ = fs::remove_file(&fresh);
                named(&path, &error)
            })?;
        }
        File::open(&objects)?.sync_all()
    }

    /// Adds an entry behind the last one. `make` makes it from the history as it is, which nobody else adds to
    /// meanwhile; the entry is on disk when this returns.
    pub(super) fn add<E: From<io::Error>>(
        &self,
        people: &[Person],
        make: impl FnOnce(&History, &[u8]) -> Result<Signed, E>,
    ) -> Result<Signed, E> {
        fs::create_dir_all(&self.path).map_err(|error| named(&self.path, &error))?;
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path.join(LOCK))?;
        lock.lock()?;
        let bytes = self.bytes_of_history()?;
        let history = History::read(&bytes, people);
        if let Some(broken) = history.broken() {
            let broken = format!(
                "{}: {broken}; nothing is added",
                self.history_file().display()
            );
            return Err(io::Error::other(broken).into());
        }
        let whole = bytes.len().saturating_sub(history.torn());
        let signed = make(&history, bytes.get(..whole).unwrap_or_default())?;
        let line = signed.line().map_err(io::Error::other)?;
        self.write_behind(whole as u64, &line)
            .map_err(|error| named(&self.history_file(), &error))?;
        Ok(signed)
    }

    /// Writes a line behind so many bytes; what stood there was never written whole.
    fn write_behind(&self, whole: u64, line: &str) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.history_file())?;
        file.set_len(whole)?;
        let written = file
            .write_all(format!("{line}\n").as_bytes())
            .and_then(|()| file.sync_all());
        written.inspect_err(|_| {
            let _ = file.set_len(whole);
        })?;
        File::open(&self.path)?.sync_all()
    }
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Reads a file that is no larger than it may be.
pub(super) fn read_limited(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other(format!("it has more than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// An error with the file that it is about.
pub(super) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
