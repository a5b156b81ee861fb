//! Where in a recording a packet's sound belongs.
//!
//! A packet lies where its timestamp says, counted from where the first one came in; so jitter moves
//! no sound. The smallest transit (arrival less timestamp, RFC 3550 section 6.4.1) of the last
//! seconds tells where the stream would lie without jitter; towards that it is steered by single
//! samples, so that the drift of the sender's clock does not add up. All is counted in samples.

use super::{MS, RATE};

/// For so long after an anchoring the whole stream moves with every smaller transit found.
const SETTLE: i64 = 400 * MS;
/// After so long without a packet the stream is anchored anew.
const PAUSE: i64 = 2 * RATE;
/// A packet that is earlier than the smallest transit by more is a stray,
const EARLY: i64 = 200 * MS;
/// and so is one that is later by more.
const LATE: i64 = 500 * MS;
/// Two strays whose timestamps and arrivals differ by the same, but for so much, are a new stream.
const IN_LINE: i64 = 100 * MS;
/// The furthest that sound lies from where the smallest transit has it.
const FURTHEST: i64 = 20 * MS;
/// An error that is not steered against, lest the sound be cut for nothing.
const DEAD: i64 = 2 * MS;
/// Seconds in which the smallest transit is looked for.
const SECONDS: usize = 8;

/// Maps the timestamps of one channel to places.
#[derive(Debug, Default)]
pub(super) struct Aligner {
    anchor: Option<Anchor>,
    /// The last packet, if it did not fit the anchor.
    stray: Option<Stray>,
}

/// What is to be done with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placing {
    /// Where its first sample belongs; before 0 or in what has been written already, it is too late.
    pub place: i64,
    /// What has to be done with the channel's sound before it.
    pub shift: Option<Shift>,
}

/// Sound was put too late: its anchor's packet had been held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    /// The first place of the sound that has to be moved, with all after it.
    pub from: i64,
    /// How many samples earlier it belongs; more than 0.
    pub earlier: i64,
}

#[derive(Clone, Copy, Debug)]
struct Stray {
    timestamp: u32,
    arrival: i64,
}

#[derive(Debug)]
struct Anchor {
    /// When the anchoring packet came.
    arrival: i64,
    /// When the last packet came.
    last: i64,
    /// The newest timestamp, and what it is unwrapped, the anchor's own being its arrival.
    newest: u32,
    unwrapped: i64,
    /// From unwrapped timestamps to places.
    offset: i64,
    /// The first place of what this anchor has placed.
    first: i64,
    transits: Transits,
}

impl Aligner {
    /// Takes a packet, or another part of the same packet: places are those of the packet's first
    /// sample. Arrivals are samples since the recording began.
    pub(super) fn on_packet(&mut self, arrival: i64, timestamp: u32) -> Placing {
        let anchor = match &mut self.anchor {
            Some(anchor) if arrival - anchor.last <= PAUSE => anchor,
            anchor => {
                self.stray = None;
                anchor.insert(Anchor::new(arrival, timestamp))
            }
        };
        anchor.last = anchor.last.max(arrival);
        let lateness = anchor.lateness(arrival, timestamp);
        if (-EARLY..=LATE).contains(&lateness) {
            self.stray = None;
            return anchor.on_packet(arrival, timestamp);
        }
        let stray = Stray { timestamp, arrival };
        match self.stray.replace(stray) {
            Some(before) if before.is_followed_by(stray) => {
                self.stray = None;
                *anchor = Anchor::new(before.arrival, before.timestamp);
                anchor.on_packet(arrival, timestamp)
            }
            // Sound cannot be from the future; what is late may still find its own place.
            _ => Placing {
                place: arrival.min(anchor.place(timestamp)),
                shift: None,
            },
        }
    }
}

impl Stray {
    /// Whether another one, not a part of the same packet, belongs to the same stream.
    fn is_followed_by(self, other: Stray) -> bool {
        let step = signed(other.timestamp, self.timestamp);
        step != 0 && (other.arrival - self.arrival - step).abs() <= IN_LINE
    }
}

impl Anchor {
    fn new(arrival: i64, timestamp: u32) -> Anchor {
        Anchor {
            arrival,
            last: arrival,
            newest: timestamp,
            unwrapped: arrival,
            offset: 0,
            first: arrival,
            transits: Transits::new(arrival),
        }
    }

    fn unwrap(&self, timestamp: u32) -> i64 {
        self.unwrapped + signed(timestamp, self.newest)
    }

    fn place(&self, timestamp: u32) -> i64 {
        self.unwrap(timestamp) + self.offset
    }

    /// How much later than the quickest a packet is.
    fn lateness(&self, arrival: i64, timestamp: u32) -> i64 {
        arrival - self.unwrap(timestamp) - self.transits.smallest()
    }

    /// Places a packet that fits.
    fn on_packet(&mut self, arrival: i64, timestamp: u32) -> Placing {
        let unwrapped = self.unwrap(timestamp);
        self.transits.add(arrival, arrival - unwrapped);
        let is_newer = unwrapped > self.unwrapped;
        if is_newer {
            self.newest = timestamp;
            self.unwrapped = unwrapped;
        }
        let error = self.transits.smallest() - self.offset;
        let mut shift = None;
        if arrival - self.arrival < SETTLE {
            if error < 0 {
                self.offset += error;
                shift = Some(Shift {
                    from: self.first,
                    earlier: -error,
                });
                self.first += error;
            }
        } else if error.abs() > FURTHEST {
            self.offset += error;
        } else if is_newer && error.abs() > DEAD {
            self.offset += error.signum();
        }
        let place = unwrapped + self.offset;
        self.first = self.first.min(place);
        Placing { place, shift }
    }
}

/// The smallest transit of each of the last seconds.
#[derive(Debug)]
struct Transits {
    seconds: [i64; SECONDS],
    /// The second that the last packet came in.
    now: i64,
}

impl Transits {
    /// With a transit of 0 at this time.
    fn new(arrival: i64) -> Transits {
        let mut transits = Transits {
            seconds: [i64::MAX; SECONDS],
            now: arrival.div_euclid(RATE),
        };
        transits.add(arrival, 0);
        transits
    }

    fn add(&mut self, arrival: i64, transit: i64) {
        let second = arrival.div_euclid(RATE);
        for passed in (self.now + 1..=second).take(SECONDS) {
            *self.of(passed) = i64::MAX;
        }
        self.now = self.now.max(second);
        let smallest = self.of(self.now);
        *smallest = transit.min(*smallest);
    }

    fn of(&mut self, second: i64) -> &mut i64 {
        &mut self.seconds[second.rem_euclid(SECONDS as i64) as usize]
    }

    fn smallest(&self) -> i64 {
        // There is one at least: of the second that the last packet came in.
        self.seconds.iter().copied().min().unwrap_or_default()
    }
}

/// How far a timestamp is after another one, whichever way round is shorter.
fn signed(timestamp: u32, from: u32) -> i64 {
    i64::from(timestamp.wrapping_sub(from) as i32)
}

#[cfg(test)]
mod tests;
