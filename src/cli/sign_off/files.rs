//! A set's files in a folder: read from it, and written into another one.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::audit::Hash;
use crate::sign_off::{Files, LARGEST_FILE, MOST_FILES, Set, SetError, check_path};

use super::folder::{named, read_limited};

/// Folders in folders are followed so deep.
const DEEPEST: usize = 8;

/// Reads every file of a folder. Links, hidden files and anything that is no file are refused, so that a set is
/// what the folder shows.
pub(in crate::cli) fn read(root: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    walk(root, String::new(), 0, &mut files)?;
    Ok(files)
}

fn walk(root: &Path, within: String, depth: usize, files: &mut Files) -> io::Result<()> {
    let folder = root.join(&within);
    let entries = fs::read_dir(&folder).map_err(|error| named(&folder, &error))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let refused = |why: String| named(&path, &io::Error::other(why));
        let name = entry.file_name();
        let name = name
            .to_str()
            .ok_or_else(|| refused("its name is no text".to_owned()))?;
        let relative = match within.is_empty() {
            true => name.to_owned(),
            false => format!("{within}/{name}"),
        };
        check_path(&relative).map_err(|error| refused(error.to_string()))?;
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            return Err(refused("it is a link; a set has only files".to_owned()));
        }
        if kind.is_dir() {
            if depth >= DEEPEST {
                return Err(refused(format!("folders are no deeper than {DEEPEST}")));
            }
            walk(root, relative, depth + 1, files)?;
            continue;
        }
        if !kind.is_file() {
            return Err(refused("it is no file".to_owned()));
        }
        if files.len() >= MOST_FILES {
            return Err(refused(SetError::TooMany.to_string()));
        }
        let bytes = read_limited(&path, LARGEST_FILE).map_err(|error| named(&path, &error))?;
        files.insert(relative, bytes.into());
    }
    Ok(())
}

/// The set that files are.
pub(in crate::cli) fn set_of(files: &Files) -> Result<Set, SetError> {
    let hashes = files
        .iter()
        .map(|(path, bytes)| (path.clone(), Hash::of(bytes)));
    Set::new(hashes.collect::<BTreeMap<_, _>>())
}

/// Writes files into a folder of their own, which only its owner can read.
pub(in crate::cli) fn write(root: &Path, files: &Files) -> io::Result<()> {
    folder(root)?;
    for (path, bytes) in files {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            folder(parent)?;
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let written = file.and_then(|mut file| file.write_all(bytes));
        written.map_err(|error| named(&path, &error))?;
    }
    Ok(())
}

fn folder(path: &Path) -> io::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| named(path, &error))
}

/// A folder that is gone with all that is in it when this is dropped.
pub(in crate::cli) struct Temporary(PathBuf);

impl Temporary {
    /// With these files in it.
    pub(in crate::cli) fn with(files: &Files) -> io::Result<Self> {
        let name = format!(
            "ivr111-{}-{:016x}",
            std::process::id(),
            rand::random::<u64>()
        );
        let temporary = Temporary(std::env::temp_dir().join(name));
        DirBuilder::new().mode(0o700).create(&temporary.0)?;
        write(&temporary.0, files)?;
        Ok(temporary)
    }

    pub(in crate::cli) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
