//! What was received of one source: RFC 3550 appendices A.1, A.3 and A.8.

use std::time::Duration;

/// A larger step forward in the sequence is a new stream, not loss (appendix A.1).
const MAX_DROPOUT: u16 = 3000;
/// A step back of up to this is reordering (appendix A.1).
const MAX_MISORDER: u16 = 100;

/// Counts of one synchronisation source, for the reception report block.
#[derive(Debug)]
pub(crate) struct Reception {
    ssrc: u32,
    base: u32,
    highest: u32,
    received: u32,
    /// The sequence number that would confirm that a far jump was a restart.
    restart: Option<u16>,
    expected_before: u32,
    received_before: u32,
    transit: u32,
    /// Sixteen times the jitter, as A.8 keeps it.
    jitter_16: u32,
}

/// What a reception report block says (RFC 3550 section 6.4.1), apart from LSR and DLSR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub ssrc: u32,
    pub fraction_lost: u8,
    pub lost: u32,
    pub highest: u32,
    pub jitter: u32,
}

impl Reception {
    /// Starts with the first packet of a source.
    pub(crate) fn new(ssrc: u32, sequence: u16, timestamp: u32, now: Duration) -> Reception {
        let base = u32::from(sequence);
        Reception {
            ssrc,
            base,
            highest: base,
            received: 1,
            restart: None,
            expected_before: 0,
            received_before: 0,
            transit: arrival(now).wrapping_sub(timestamp),
            jitter_16: 0,
        }
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Takes in another packet of the source.
    pub(crate) fn packet(&mut self, sequence: u16, timestamp: u32, now: Duration) {
        let step = sequence.wrapping_sub(self.highest as u16);
        if step < MAX_DROPOUT {
            self.highest = self.highest.wrapping_add(u32::from(step));
        } else if step <= u16::MAX - MAX_MISORDER {
            if self.restart == Some(sequence) {
                *self = Reception::new(self.ssrc, sequence, timestamp, now);
            } else {
                self.restart = Some(sequence.wrapping_add(1));
            }
            return;
        }
        self.restart = None;
        self.received = self.received.wrapping_add(1);
        let transit = arrival(now).wrapping_sub(timestamp);
        let step = (transit.wrapping_sub(self.transit) as i32).unsigned_abs();
        self.transit = transit;
        let shrink = (self.jitter_16 + 8) >> 4;
        self.jitter_16 = self.jitter_16.saturating_add(step) - shrink;
    }

    /// Packets missing so far; 0 when duplicates outnumber them.
    pub(crate) fn lost(&self) -> u32 {
        self.expected().saturating_sub(self.received)
    }

    /// Interarrival jitter in timestamp units.
    pub(crate) fn jitter(&self) -> u32 {
        self.jitter_16 >> 4
    }

    /// The report block since the last call of this.
    pub(crate) fn report(&mut self) -> Block {
        let expected = self.expected();
        let expected_since = expected.wrapping_sub(self.expected_before);
        let received_since = self.received.wrapping_sub(self.received_before);
        self.expected_before = expected;
        self.received_before = self.received;
        let lost_since = expected_since.saturating_sub(received_since);
        let fraction = (u64::from(lost_since) << 8)
            .checked_div(u64::from(expected_since))
            .unwrap_or(0);
        Block {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            lost: self.lost().min(0x7F_FFFF),
            highest: self.highest,
            jitter: self.jitter(),
        }
    }

    fn expected(&self) -> u32 {
        self.highest.wrapping_sub(self.base).wrapping_add(1)
    }
}

/// A time as the clock of an 8 kHz stream counts it.
fn arrival(now: Duration) -> u32 {
    (now.as_micros() / 125) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);

    /// A source whose packet `n` comes at `n` frames, all but the lost ones.
    fn receive(first: u16, count: u32, lost: impl Fn(u32) -> bool) -> Reception {
        let mut reception = Reception::new(1, first, 0, Duration::ZERO);
        for n in 1..count {
            if !lost(n) {
                reception.packet(first.wrapping_add(n as u16), n * 160, FRAME * n);
            }
        }
        reception
    }

    #[test]
    fn every_fourth_packet_lost_is_a_fraction_of_64() {
        let mut reception = receive(65_500, 400, |n| n % 4 == 1);
        let block = reception.report();
        assert_eq!((block.fraction_lost, block.lost), (64, 100));
        assert_eq!(block.highest, 65_500 + 399);
        assert_eq!(block.jitter, 0);
        assert_eq!(reception.report().fraction_lost, 0);
    }

    #[test]
    fn reordering_is_not_loss() {
        let mut reception = Reception::new(1, 10, 0, Duration::ZERO);
        for n in [2u32, 1, 4, 3] {
            reception.packet(10 + n as u16, n * 160, FRAME * n);
        }
        assert_eq!(reception.report().lost, 0);
    }

    #[test]
    fn a_restart_of_the_sequence_is_not_thousands_of_lost_packets() {
        let mut reception = receive(10, 100, |_| false);
        for n in 0..50u32 {
            reception.packet(40_000 + n as u16, n * 160, FRAME * (100 + n));
        }
        assert_eq!(reception.report().lost, 0);
    }

    #[test]
    fn jitter_follows_the_deviation_of_arrivals() {
        let mut reception = Reception::new(1, 0, 0, Duration::ZERO);
        for n in 1..500u32 {
            let late = Duration::from_millis(u64::from(n % 2) * 5);
            reception.packet(n as u16, n * 160, FRAME * n + late);
        }
        assert!(
            (38..=41).contains(&reception.jitter()),
            "{}",
            reception.jitter()
        );
    }
}
