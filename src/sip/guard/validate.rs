//! One message at a time: is it SIP, is it whole, and can rsipstack be trusted to read it as it was meant?

use std::borrow::Cow;
use std::net::SocketAddr;

use super::draft::Draft;
use super::fault::{Fault, Silence};
use super::head::Head;
use super::limits::Limits;
use super::refusal;

/// Which kind of transport a message came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// One message per datagram.
    Udp,
    /// A framed stream.
    Tcp,
}

/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The sender's address and port.
    pub source: SocketAddr,
    /// The transport.
    pub wire: Wire,
}

/// What to do with a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Hand it on.
    Pass {
        /// The message in a form that has only one reading: no folds, long header names, one right Content-Length.
        message: Cow<'a, [u8]>,
        /// Where answers to it go. It differs from the sender's address only for a UDP request that names
        /// another port of the same address in its Via and does not ask for `rport` (RFC 3261 section 18.2.2).
        reply_to: SocketAddr,
    },
    /// Answer it.
    Reject {
        /// The whole refusal.
        response: Vec<u8>,
        /// Where it goes; on a stream, back on the same one.
        to: SocketAddr,
        /// Whether the stream must be closed behind it.
        close: bool,
    },
    /// Throw it away.
    Drop(Silence),
}

/// Judges a datagram or a frame.
pub fn validate<'a>(raw: &'a [u8], origin: Origin, limits: &Limits) -> Verdict<'a> {
    let start = raw
        .iter()
        .position(|b| !matches!(b, b'\r' | b'\n' | b' ' | b'\t' | 0));
    let Some(raw) = start.and_then(|start| raw.get(start..)) else {
        return Verdict::Drop(Silence::KeepAlive);
    };
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
    let head = raw.get(..end.unwrap_or(raw.len())).unwrap_or_default();
    match judge(raw, end, origin, limits) {
        Ok(verdict) => verdict,
        Err(fault) => reject(head, fault, origin, false),
    }
}

/// The answer to a request that has a fault, or silence where it may not be answered. `head` is what there is of it up
/// to the empty line.
pub fn reject(head: &[u8], fault: Fault, origin: Origin, close: bool) -> Verdict<'static> {
    if is_response(head) {
        return Verdict::Drop(Silence::Response(fault));
    }
    if refusal::is_ack(head) {
        return Verdict::Drop(Silence::Ack(fault));
    }
    match refusal::refuse(head, fault, origin) {
        Some((response, to)) => Verdict::Reject {
            response,
            to,
            close,
        },
        None => Verdict::Drop(Silence::Unanswerable(fault)),
    }
}

fn is_response(head: &[u8]) -> bool {
    head.get(..4)
        .is_some_and(|b| b.eq_ignore_ascii_case(b"SIP/"))
}

fn judge<'a>(
    raw: &'a [u8],
    end: Option<usize>,
    origin: Origin,
    limits: &Limits,
) -> Result<Verdict<'a>, Fault> {
    let most = match origin.wire {
        Wire::Udp => limits.udp_message,
        Wire::Tcp => limits.tcp_message,
    };
    if raw.len() > most {
        return Err(Fault::too_large("Message too long"));
    }
    let end = end.ok_or(Fault::bad("No empty line after the headers"))?;
    let (lines, after) = raw.split_at(end);
    let rest = after.get(4..).unwrap_or_default();
    let mut message = Draft::new(Head::parse(lines, limits)?);
    let mut reply_to = origin.source;
    let start = if is_response(lines) {
        message.check_response()?;
        None
    } else {
        Some(message.check_request(origin, &mut reply_to)?)
    };
    let declared = message.content_length()?;
    let length = declared.unwrap_or(rest.len());
    let body = rest.get(..length);
    let body = body.ok_or(Fault::bad("Content-Length is more than there is"))?;
    if length > limits.body {
        return Err(Fault::too_large("Body too long"));
    }
    let as_sent = matches!(start, None | Some(Cow::Borrowed(_))) && message.is_unchanged();
    if as_sent && declared.is_some() {
        let message = Cow::Borrowed(raw.get(..end + 4 + length).unwrap_or(raw));
        return Ok(Verdict::Pass { message, reply_to });
    }
    let written = message.write(start.as_deref(), body);
    if written.len() > most {
        return Err(Fault::too_large("Message too long"));
    }
    let message = Cow::Owned(written);
    Ok(Verdict::Pass { message, reply_to })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod torture;
