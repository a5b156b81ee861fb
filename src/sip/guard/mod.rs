//! The wire guard: strict framing and validation in front of rsipstack, and the sockets that carry both.
//!
//! What passes has one reading only. What does not is answered (400, 416, 501, 505, 513) or meets silence where
//! RFC 3261 says so, and never reaches rsipstack.
//!
//! What to know about rsipstack 0.7.14 behind it:
//! - It logs whole messages at INFO, callers' numbers included: keep its log target at WARN.
//! - It has no extension methods; an unknown one would vanish without an answer, so the guard answers 501.
//! - A From without a tag makes it drop a request in silence, so the guard answers 400.
//! - It sends answers to a `received` that the sender wrote into its Via; the guard takes that out.
//! - It always answers a UDP request to the port it came from. [`Verdict::Pass`]'s `reply_to` mends that.
//! - It reads `"<sip:a@b>" <sip:c@d>` as the address `a@b`, and ends the user part at a `;`. The guard rewrites both.
//! - It treats a failed write on a `Channel` connection as a delay, not as a failure: a client transaction then
//!   waits for its timeout. Watch [`rsipstack::transport::SipConnection::cancel_token`]: it fires when ours closes.
//! - Sending without a connection to a TCP address that has none makes it open one of its own, unguarded. Always call
//!   [`GuardedTcp::connect`] first and hand the connection to the transaction.
//! - It awaits `send` in its one receiving loop. A bounded `Channel` would let one slow peer stop all; so the
//!   channel is unbounded, always drained, and the bytes behind it are bounded.
//! - `Channel` connections call themselves UDP (`transport()`), but reliable, and answers go back on them.
//! - On IPv6 it writes `received=[::1]` and cannot read that back: a UDP answer then goes to the host in the Via.
//! - Its channel of received messages is unbounded: a peer that may speak at all can fill it faster than it is emptied.

mod census;
#[cfg(test)]
mod check;
mod connection;
mod draft;
mod fault;
mod framing;
mod grammar;
mod head;
mod icmp;
mod limits;
mod rate;
mod refusal;
mod tcp;
mod udp;
mod validate;

pub use fault::{Fault, Silence};
pub use framing::{Frame, StreamFramer};
pub use limits::Limits;
pub use tcp::GuardedTcp;
pub use udp::GuardedUdp;
pub use validate::{Origin, Verdict, Wire, reject, validate};
