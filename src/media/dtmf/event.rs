//! Receiving telephone-events: RFC 4733 section 2.5.2, keyed on the RTP timestamp.
//!
//! Marker and end bit are only hints, since the packet that carries them may be lost: a key is
//! reported with the first packet of an event that arrives, whichever that is.

use super::key::Key;

/// One telephone-event payload (RFC 4733 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// Event code; 0 to 15 are the keys.
    pub code: u8,
    /// The event has ended.
    pub end: bool,
    /// Power level, 0 to 63, in -dBm0.
    pub volume: u8,
    /// Duration so far, in timestamp units.
    pub duration: u16,
}

impl EventPacket {
    /// Reads the first event of a payload; `None` when it is shorter than four bytes.
    pub fn read(payload: &[u8]) -> Option<EventPacket> {
        let (bytes, _) = payload.split_first_chunk::<4>()?;
        Some(EventPacket {
            code: bytes[0],
            end: bytes[1] & 0x80 != 0,
            volume: bytes[1] & 0x3F,
            duration: u16::from_be_bytes([bytes[2], bytes[3]]),
        })
    }

    /// The payload.
    pub fn write(&self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        let flags = (u8::from(self.end) << 7) | (self.volume & 0x3F);
        [self.code, flags, high, low]
    }
}

/// Events remembered, so that late copies and repeats of them are known again.
const REMEMBERED: usize = 32;
/// How far a following segment's start may be from the full duration of the one before.
const SEGMENT_SLACK: u32 = 480;

#[derive(Clone, Copy, Debug)]
struct Seen {
    timestamp: u32,
    code: u8,
    ended: bool,
}

/// Turns the telephone-event packets of one stream into keys.
#[derive(Debug, Default)]
pub struct EventReceiver {
    seen: [Option<Seen>; REMEMBERED],
    next: usize,
}

impl EventReceiver {
    /// Takes a packet with its RTP timestamp; the key it is the first news of, if any.
    ///
    /// A long press sent in segments (section 2.5.1.3: the next event starts where the last one's
    /// full duration ends) is one key. Events above 15 are no keys.
    pub fn on_packet(&mut self, timestamp: u32, packet: EventPacket) -> Option<Key> {
        let key = Key::from_code(packet.code)?;
        let code = packet.code;
        if let Some(seen) = self.find(|s| s.timestamp == timestamp && s.code == code) {
            seen.ended |= packet.end;
            return None;
        }
        let continues = self.continues(timestamp, code);
        self.remember(Seen {
            timestamp,
            code,
            ended: packet.end,
        });
        (!continues).then_some(key)
    }

    /// The event seen last: its RTP timestamp and code.
    pub fn last(&self) -> Option<(u32, u8)> {
        let place = (self.next + REMEMBERED - 1) % REMEMBERED;
        let seen = self.seen.get(place)?.as_ref()?;
        Some((seen.timestamp, seen.code))
    }

    /// The press of this event has been reported already.
    pub fn has_seen(&mut self, (timestamp, code): (u32, u8)) {
        self.remember(Seen {
            timestamp,
            code,
            ended: false,
        });
    }

    /// Whether this event is the next segment of the last one before it.
    fn continues(&self, timestamp: u32, code: u8) -> bool {
        let before = |s: &&Seen| (timestamp.wrapping_sub(s.timestamp) as i32) > 0;
        self.seen
            .iter()
            .flatten()
            .filter(before)
            .min_by_key(|s| timestamp.wrapping_sub(s.timestamp))
            .is_some_and(|s| s.code == code && !s.ended && follows(s.timestamp, timestamp))
    }

    fn find(&mut self, mut wanted: impl FnMut(&Seen) -> bool) -> Option<&mut Seen> {
        self.seen.iter_mut().flatten().find(|s| wanted(s))
    }

    fn remember(&mut self, seen: Seen) {
        self.seen[self.next] = Some(seen);
        self.next = (self.next + 1) % REMEMBERED;
    }
}

/// Whether an event at `later` continues a segment that began at `earlier`.
fn follows(earlier: u32, later: u32) -> bool {
    let full = u32::from(u16::MAX);
    later.wrapping_sub(earlier).abs_diff(full) <= SEGMENT_SLACK
}

#[cfg(test)]
mod tests;
