//! Private keys in files: PKCS#8, for nobody's eyes but their owner's.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;

use crate::sign_off::SigningKey;

use super::folder::{named, read_limited};

/// A key of Ed25519 is much shorter.
const LONGEST: u64 = 4_096;

/// Makes a key and writes it to a file that was not there.
pub(super) fn make(path: &Path) -> io::Result<SigningKey> {
    let bytes = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
    let bytes = bytes.map_err(|_| io::Error::other("the system gives no random numbers"))?;
    let key = SigningKey::from_pkcs8(bytes.as_ref()).map_err(io::Error::other)?;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let written = file.and_then(|mut file| {
        file.write_all(bytes.as_ref())?;
        file.sync_all()
    });
    written.map_err(|error| named(path, &error))?;
    Ok(key)
}

/// Reads somebody's key. One that others may read as well is refused: they may have done so.
pub(super) fn read(path: &Path) -> io::Result<SigningKey> {
    let refused = |why: String| named(path, &io::Error::other(why));
    let found = std::fs::metadata(path).map_err(|error| named(path, &error))?;
    let mode = found.mode() & 0o777;
    if mode & 0o077 != 0 {
        let why =
            format!("others may read this key (mode {mode:o}); take that from them: chmod 600");
        return Err(refused(why));
    }
    let bytes = read_limited(path, LONGEST).map_err(|error| named(path, &error))?;
    SigningKey::from_pkcs8(&bytes).map_err(|error| refused(error.to_string()))
}
