//! The stream we send: its source, sequence and clock (RFC 3550 section 5.1).

use std::time::Duration;

use bytes::Bytes;

use crate::media::rtp::{HEADER, Header};

/// Where a stream starts; random, so that it cannot be guessed (RFC 3550 section 5.1).
#[derive(Clone, Debug)]
pub(crate) struct Starts {
    pub ssrc: u32,
    pub sequence: u16,
    pub timestamp: u32,
    /// The name that ties our packets together (RFC 7022).
    pub cname: Bytes,
    /// Seeds the spreading of RTCP over time.
    pub seed: u64,
    /// NTP time at the moment that `now` counts from.
    pub ntp_epoch: u64,
}

/// Numbers and counts what we send.
#[derive(Debug)]
pub(crate) struct Sender {
    pub ssrc: u32,
    /// The sequence number of the next packet.
    pub sequence: u16,
    /// RTP timestamp at time zero.
    clock: u32,
    /// Timestamp just after the sound sent last: nothing new may begin before it.
    pub(super) end: Option<u32>,
    pub packets: u32,
    pub octets: u32,
}

impl Sender {
    pub(crate) fn new(starts: &Starts) -> Sender {
        Sender {
            ssrc: starts.ssrc,
            sequence: starts.sequence,
            clock: starts.timestamp,
            end: None,
            packets: 0,
            octets: 0,
        }
    }

    /// The RTP timestamp of a moment.
    pub(crate) fn timestamp(&self, now: Duration) -> u32 {
        self.clock.wrapping_add((now.as_micros() / 125) as u32)
    }

    /// The timestamp for sound that begins now, or where the sound before ends: it reaches further if it
    /// was sent a moment ago, or relayed from a peer with a faster clock. Our clock stays as it is, so
    /// that we are in time again after a pause.
    pub(crate) fn begin(&self, now: Duration) -> u32 {
        let timestamp = self.timestamp(now);
        match self.end {
            Some(end) if (end.wrapping_sub(timestamp) as i32) > 0 => end,
            _ => timestamp,
        }
    }

    /// Writes a header with the next sequence number and counts the packet.
    pub(crate) fn next(
        &mut self,
        packet: &mut [u8],
        payload_type: u8,
        marker: bool,
        timestamp: u32,
    ) {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        self.write(packet, payload_type, marker, sequence, timestamp);
    }

    /// Writes a header with a set sequence number and counts the packet.
    pub(crate) fn write(
        &mut self,
        packet: &mut [u8],
        payload_type: u8,
        marker: bool,
        sequence: u16,
        timestamp: u32,
    ) {
        self.packets = self.packets.wrapping_add(1);
        let payload = packet.len().saturating_sub(HEADER);
        self.octets = self.octets.wrapping_add(payload as u32);
        let header = Header {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc: self.ssrc,
        };
        if let Some(head) = packet.first_chunk_mut::<HEADER>() {
            header.write(head);
        }
    }

    /// The sound sent reaches up to this timestamp.
    pub(crate) fn reached(&mut self, end: u32) {
        let further = self.end.is_none_or(|e| (end.wrapping_sub(e) as i32) > 0);
        if further {
            self.end = Some(end);
        }
    }
}
