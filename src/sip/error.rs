use std::net::SocketAddr;

use thiserror::Error;

/// What can go wrong with signalling.
#[derive(Debug, Error)]
pub enum SipError {
    /// The peer sent something that cannot be understood.
    #[error("malformed message: {0}")]
    Malformed(&'static str),
    /// A header, URI or message that does not parse.
    #[error("cannot be parsed: {0}")]
    Parse(#[from] rsipstack::sip::Error),
    /// The transaction layer refused or failed.
    #[error("transaction failed: {0}")]
    Transaction(Box<rsipstack::Error>),
    /// A name that does not resolve to an address.
    #[error("{0} does not resolve to an address")]
    Unresolved(String),
    /// No listener of ours speaks the transport that the peer needs.
    #[error("no listener for {0}")]
    NoListener(String),
    /// A socket could not be opened.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's answer.
        cause: std::io::Error,
    },
    /// The leg has ended, so the command cannot be carried out.
    #[error("the leg has ended")]
    Ended,
}

impl From<rsipstack::Error> for SipError {
    fn from(error: rsipstack::Error) -> Self {
        SipError::Transaction(Box::new(error))
    }
}

impl SipError {
    /// Whether the same request may succeed with another peer or a moment later.
    pub fn retryable(&self) -> bool {
        matches!(self, SipError::Transaction(_) | SipError::Unresolved(_))
    }
}
