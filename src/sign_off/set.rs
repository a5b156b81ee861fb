use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::audit::Hash;

/// What stands before every text of a set: another version of the text gives other ids.
const VERSION: &str = "ivr111 set 1";
/// The largest file of a set, in bytes.
pub const LARGEST_FILE: u64 = 32 << 20;
/// A set has no more files than this.
pub const MOST_FILES: usize = 4_096;
/// The longest path, in bytes.
const LONGEST_PATH: usize = 200;

/// Why files are no set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SetError {
    /// A path that leaves the folder, is hidden, or has signs in it that do not belong in a path.
    #[error(
        "`{0}` is no path of a set: names between single slashes, none of which begins with a dot"
    )]
    Path(String),
    /// Too many files.
    #[error("a set has at most {MOST_FILES} files")]
    TooMany,
    /// No file at all.
    #[error("there are no files")]
    Empty,
}

/// Whether a path may stand in a set: relative, within its folder, not hidden, of plain signs.
pub fn check_path(path: &str) -> Result<(), SetError> {
    let is_plain = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && name.chars().all(|c| !c.is_control() && c != '\\')
    };
    match path.len() <= LONGEST_PATH && path.split('/').all(is_plain) {
        true => Ok(()),
        false => Err(SetError::Path(path.chars().take(LONGEST_PATH).collect())),
    }
}

/// Files that callers are served by, each by its path and the hash of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Hash>", into = "BTreeMap<String, Hash>")]
pub struct Set(BTreeMap<String, Hash>);

impl Set {
    /// A set of these files.
    pub fn new(files: BTreeMap<String, Hash>) -> Result<Set, SetError> {
        match files.len() {
            0 => return Err(SetError::Empty),
            1..=MOST_FILES => {}
            _ => return Err(SetError::TooMany),
        }
        files.keys().try_for_each(|path| check_path(path))?;
        Ok(Set(files))
    }

    /// Its files, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, Hash)> {
        self.0.iter().map(|(path, hash)| (path.as_str(), *hash))
    }

    /// The hash of a file.
    pub fn file(&self, path: &str) -> Option<Hash> {
        self.0.get(path).copied()
    }

    /// What tells it from every other set: the hash of its text, a line for each file with hash and path.
    pub fn id(&self) -> Hash {
        let lines = self.files().map(|(path, hash)| format!("{hash}  {path}\n"));
        let text = format!("{VERSION}\n{}", lines.collect::<String>());
        Hash::of(text.as_bytes())
    }

    /// Paths whose files are not the same in both.
    pub fn differing<'a>(&'a self, other: &'a Set) -> Vec<&'a str> {
        let ours = self
            .files()
            .filter(|(path, hash)| other.file(path) != Some(*hash));
        let theirs = other.files().filter(|(path, _)| self.file(path).is_none());
        let mut paths: Vec<&str> = ours.chain(theirs).map(|(path, _)| path).collect();
        paths.sort_unstable();
        paths
    }
}

impl TryFrom<BTreeMap<String, Hash>> for Set {
    type Error = SetError;

    fn try_from(files: BTreeMap<String, Hash>) -> Result<Self, SetError> {
        Set::new(files)
    }
}

impl From<Set> for BTreeMap<String, Hash> {
    fn from(set: Set) -> Self {
        set.0
    }
}
