//! Offer and answer (RFC 3264) for one audio stream, in SDP (RFC 8866).

mod agreement;
mod error;
mod remote;
mod session;

pub(crate) use agreement::{Agreement, Kind};
pub use error::SdpError;
pub(crate) use session::Session;

#[cfg(test)]
mod tests;
