//! Digest authentication (RFC 7616, RFC 8760) on plain text: [`Challenger`] asks phones and trunks who
//! they are, [`answer`] answers a peer that asks us.
//!
//! SHA-256 goes first and MD5 second, `qop=auth` always. Passwords and secrets are handed in; time is
//! passed in; nothing here knows a SIP message.

mod algorithm;
mod answer;
mod challenger;
mod nonce;
mod offer;
mod params;
mod response;

pub use algorithm::Algorithm;
pub use answer::{AnswerError, Question, answer};
pub use challenger::{Challenger, Refusal};
pub use offer::Offers;
