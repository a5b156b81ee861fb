use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::super::error::StoreError;
use super::{Name, PAUSE};

/// The lock on a file beside a SQLite database. The kernel opens it again when its process ends, however
/// that ends; the file itself stays.
pub(in crate::store) struct LockFile {
    path: PathBuf,
    held: Mutex<Option<File>>,
}

impl LockFile {
    /// For a database that is there.
    pub(in crate::store) fn beside(database: &Path, node: &str) -> io::Result<Self> {
        // It need not be there yet.
        let path = database.canonicalize();
        let path = path.or_else(|_| std::path::absolute(database))?;
        let mut path = path.into_os_string();
        path.push(format!(".{node}.lock"));
        Ok(LockFile {
            path: path.into(),
            held: Mutex::default(),
        })
    }
}

#[async_trait]
impl Name for LockFile {
    async fn claim(&self, wait: Duration) -> Result<bool, StoreError> {
        let mut held = self.held.lock().await;
        if held.is_some() {
            return Ok(true);
        }
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).mode(0o600);
        let file = file.open(&self.path)?;
        let until = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(error.into()),
                Err(TryLockError::WouldBlock) if Instant::now() < until => sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => return Ok(false),
            }
        }
        *held = Some(file);
        Ok(true)
    }

    async fn release(&self) {
        *self.held.lock().await = None;
    }
}
