//! What can go wrong when recording is started or a recording begun.

use std::io;

/// Why the recorder could not start or a recording could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The name is empty, too long, or has a character that a recording's name must not have.
    #[error("{name:?} is no name for a recording: 1 to 200 of A-Z a-z 0-9 . _ - it must be")]
    Name {
        /// The name as it was given.
        name: String,
    },
    /// There is a file of this name already; it was left as it is.
    #[error("there is a recording {name} already")]
    Exists {
        /// The name as it was given.
        name: String,
    },
    /// As many recordings as may be at once are open.
    #[error("{at_once} recordings are open: no more at once")]
    Full {
        /// The limit.
        at_once: u64,
    },
    /// The recorder's thread has ended; nothing can be recorded any more.
    #[error("the recorder's thread has ended")]
    Ended,
    /// The operating system refused the folder, the file or the thread.
    #[error("recording's folder, file or thread: {0}")]
    Io(#[from] io::Error),
}

impl RecordError {
    /// Whether the same request may succeed a little later without any change.
    pub fn is_temporary(&self) -> bool {
        matches!(self, RecordError::Full { .. })
    }
}
