use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why what runs cannot be kept.
#[derive(Debug, Error)]
pub enum LiveError {
    /// Another process has the file.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The file cannot be opened or read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: io::Error,
    },
}
