//! What can go wrong when the engine or a leg is opened.

use std::io;

/// Why the engine could not start or a leg could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The configured port range holds no even port with an odd one above it.
    #[error("the RTP port range {first}-{last} holds no even/odd pair")]
    EmptyRange {
        /// First port of the range.
        first: u16,
        /// Last port of the range.
        last: u16,
    },
    /// Every port pair is in use, by us or by another process.
    #[error("no RTP port is free: all {pairs} pairs of the range are in use")]
    NoPort {
        /// Pairs in the configured range.
        pairs: usize,
    },
    /// A leg cannot be taken up again at its port: another leg has it, or it is not in the range.
    #[error("RTP port {port} is in use or out of the range")]
    PortGone {
        /// Our RTP port, as the peer knows it.
        port: u16,
    },
    /// The media thread has ended; nothing can be opened any more.
    #[error("the media thread has ended")]
    Ended,
    /// The operating system refused a socket or the thread.
    #[error("media socket or thread: {0}")]
    Io(#[from] io::Error),
}

impl MediaError {
    /// Whether the same request may succeed a little later without any change.
    pub fn is_temporary(&self) -> bool {
        matches!(self, MediaError::NoPort { .. })
    }
}
