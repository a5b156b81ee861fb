//! RTP and RTCP on the wire, and the figures that RTCP reports (RFC 3550).

mod header;
mod reception;
mod rtcp;

pub(crate) use header::{HEADER, Header};
pub(crate) use reception::Reception;
pub(crate) use rtcp::{About, SenderInfo, compound, read};
