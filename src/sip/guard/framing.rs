//! Cutting a byte stream into messages (RFC 3261 section 18.3). No sockets, no clock.

use super::fault::Fault;
use super::head::Head;
use super::limits::Limits;

/// What a stream turns out to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// One message: head, empty line, and exactly as many bytes as its Content-Length says.
    Message(Vec<u8>),
    /// The double line end of RFC 5626 section 3.5.1, to be answered with a single one.
    Ping,
    /// The stream cannot be followed any further: answer and close. `head` is what came up to the fault.
    Broken {
        /// The bytes read so far, for addressing the refusal.
        head: Vec<u8>,
        /// What is wrong.
        fault: Fault,
    },
}

/// Cuts a stream into frames, whatever pieces it arrives in. An iterator: it gives `None` when it needs more bytes,
/// and for good after [`Frame::Broken`]. Its memory is bounded by the limits as long as it is drained after
/// each `push`.
#[derive(Debug)]
pub struct StreamFramer {
    buffer: Vec<u8>,
    limits: Limits,
    /// How far the head has been looked at, so that a trickle of bytes costs no more than a burst.
    scanned: usize,
    first_line_ended: bool,
    /// The length of the message, once its head is known.
    total: Option<usize>,
    after_line_end: bool,
    broken: bool,
}

impl StreamFramer {
    /// A framer at the start of a stream.
    pub fn new(limits: Limits) -> Self {
        StreamFramer {
            buffer: Vec::new(),
            limits,
            scanned: 0,
            first_line_ended: false,
            total: None,
            after_line_end: false,
            broken: false,
        }
    }

    /// Takes the next bytes of the stream; ignored once it is broken.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether a message has begun and is not complete: the caller bounds how long that may last.
    pub fn pending(&self) -> bool {
        !self.broken && !self.buffer.is_empty()
    }

    fn fail(&mut self, end: usize, fault: Fault) -> Option<Frame> {
        self.broken = true;
        let mut head = std::mem::take(&mut self.buffer);
        head.truncate(end);
        Some(Frame::Broken { head, fault })
    }

    /// Line ends between messages. `Ok` when a message begins, or else what to give back.
    fn skip_line_ends(&mut self) -> Result<(), Option<Frame>> {
        loop {
            match self.buffer.as_slice() {
                [] | [b'\r'] => return Err(None),
                [b'\r', b'\n', ..] => {
                    self.buffer.drain(..2);
                    if std::mem::replace(&mut self.after_line_end, true) {
                        self.after_line_end = false;
                        return Err(Some(Frame::Ping));
                    }
                }
                [b'\r' | b'\n', ..] => {
                    return Err(self.fail(1, Fault::bad("Line end other than CRLF")));
                }
                _ => {
                    self.after_line_end = false;
                    return Ok(());
                }
            }
        }
    }

    /// Looks for the end of the head, byte by byte, so that a fault is found at the same place however the
    /// stream was cut.
    fn find_head(&mut self) -> Result<usize, Option<Frame>> {
        while let Some(byte) = self.buffer.get(self.scanned).copied() {
            let at = self.scanned;
            let before = at.checked_sub(1).and_then(|i| self.buffer.get(i)).copied();
            let line_end = byte == b'\n' && before == Some(b'\r');
            if (byte == b'\n') != line_end || (before == Some(b'\r') && !line_end) {
                return Err(self.fail(at, Fault::bad("Line end other than CRLF")));
            }
            if line_end {
                self.first_line_ended = true;
                if self
                    .buffer
                    .get(..=at)
                    .is_some_and(|b| b.ends_with(b"\r\n\r\n"))
                {
                    return Ok(at + 1);
                }
            } else if !self.first_line_ended && at > self.limits.start_line {
                return Err(self.fail(at, Fault::too_large("Start line too long")));
            }
            if at >= self.limits.head {
                return Err(self.fail(at, Fault::too_large("Headers too long")));
            }
            self.scanned += 1;
        }
        Err(None)
    }

    /// The length of the message whose head ends at `end`.
    fn measure(&self, end: usize) -> Result<usize, Fault> {
        let lines = self.buffer.get(..end.saturating_sub(4)).unwrap_or_default();
        let head = Head::parse(lines, &self.limits)?;
        let length = head.content_length()?;
        let length = length.ok_or(Fault::bad("Content-Length is missing on a stream"))?;
        let total = end.saturating_add(length);
        if length > self.limits.body || total > self.limits.tcp_message {
            return Err(Fault::too_large("Body too long"));
        }
        Ok(total)
    }
}

impl Iterator for StreamFramer {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        if self.broken {
            return None;
        }
        if self.total.is_none() {
            if self.scanned == 0
                && let Err(frame) = self.skip_line_ends()
            {
                return frame;
            }
            let end = match self.find_head() {
                Ok(end) => end,
                Err(frame) => return frame,
            };
            match self.measure(end) {
                Ok(total) => self.total = Some(total),
                Err(fault) => return self.fail(end, fault),
            }
        }
        let total = self.total.filter(|total| self.buffer.len() >= *total)?;
        let message = self.buffer.drain(..total).collect();
        self.total = None;
        self.scanned = 0;
        self.first_line_ended = false;
        Some(Frame::Message(message))
    }
}

#[cfg(test)]
mod tests;
