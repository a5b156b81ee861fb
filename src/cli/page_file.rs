//! Writing a page to a file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::report::page::Page;

use super::{Outcome, output};

/// Writes a page to a file in one step, so that nobody reads half of it and a file that was there stays until then.
pub(super) fn write(page: &Page, path: &Path) -> Result<(), Outcome> {
    replace(path, page.html().as_bytes())
        .map_err(|error| output::failed(format_args!("{}: {error}", path.display())))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = target(path)?;
    let fresh = beside(&path)?;
    let file = OpenOptions::new().write(true).create_new(true).open(&fresh);
    let written = file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let replaced = written.and_then(|()| fs::rename(&fresh, &path));
    replaced.inspect_err(|error| {
        // One that was there before is somebody else's.
        if error.kind() != io::ErrorKind::AlreadyExists {
            let _ = fs::remove_file(&fresh);
        }
    })
}

/// The file behind a link; nothing but a file is replaced.
fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::canonicalize(path),
        Ok(_) => Err(io::Error::other("it is there, and no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

/// A name in the same folder, which only this process uses.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name();
    let name = name.ok_or_else(|| io::Error::other("it names no file"))?;
    let mut fresh = std::ffi::OsString::from(".");
    fresh.push(name);
    fresh.push(format!(".new-{}", std::process::id()));
    Ok(path.with_file_name(fresh))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_at_once_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        replace(&path, b"one").unwrap();
        replace(&path, b"another").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"another");
        assert_eq!(files(folder.path()), ["page.html"]);
    }

    #[test]
    fn a_link_stays_and_its_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("page.html"), folder.path().join("link"));
        fs::write(&path, b"one").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace(&link, b"another").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"another");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn what_is_no_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(replace(folder.path(), b"one").is_err());
        assert!(replace(Path::new("/dev/null"), b"one").is_err());
        assert!(replace(&folder.path().join("not/there"), b"one").is_err());
        assert!(replace(Path::new(".."), b"one").is_err());
        assert_eq!(files(folder.path()), Vec::<String>::new());
    }
}
