//! How early packets come: what the depth of a jitter buffer follows.

/// The lead that the latest packets are to have, in samples: 25 ms. A packet that comes a whole
/// turn before its first sample is due is in time whenever in the turn it comes; the rest is the
/// room that the two clocks have to drift in.
pub(super) const FLOOR: i64 = 400;
/// How far above that the latest may be before the delay is shortened: 5 ms.
pub(super) const SLACK: i64 = 80;
/// How far below it may be before the delay is lengthened: 2.5 ms.
pub(super) const SHORT: i64 = 40;
/// The deepest that the buffer means to be: 180 ms, from which unmeasured earliness stays below
/// the limit.
pub(super) const DEEPEST: i64 = 2880;

/// Parts of a sample in which leads are kept.
const PART: i64 = 256;
/// How fast the earliest is forgotten, in parts a turn: 2000 ppm, faster than any clock drifts.
const SINK: i64 = PART * 5 / 8;
/// How fast the latest is forgotten at least, in parts a turn: 1600 ppm.
const RISE: i64 = PART / 2;
/// The share of the spread that is forgotten in a turn, as a shift: a half in 14 s.
const FORGET: u32 = 10;
/// Turns without a packet after which nothing more is forgotten.
const PAUSE: u8 = 10;

/// The leads of the earliest and of the latest packets, in samples: how long before it was due the
/// first sample of a packet came. The latest at once pulls its mark down, and it rises again
/// slowly: a peak with decay of the lateness.
#[derive(Debug)]
pub(super) struct Leads {
    most: i64,
    least: i64,
    quiet: u8,
}

impl Default for Leads {
    fn default() -> Leads {
        Leads {
            most: FLOOR * PART,
            least: FLOOR * PART,
            quiet: PAUSE,
        }
    }
}

impl Leads {
    /// Takes in the lead of another packet.
    pub(super) fn on_packet(&mut self, lead: i64) {
        self.most = self.most.max(lead * PART);
        self.least = self.least.min(lead * PART);
        self.quiet = 0;
    }

    /// Forgets a little, every turn, while packets come.
    pub(super) fn on_turn(&mut self) {
        self.quiet = self.quiet.saturating_add(1);
        if self.quiet <= PAUSE {
            let spread = self.most - self.least;
            self.most -= SINK;
            self.least = (self.least + RISE + (spread >> FORGET)).min(self.most);
        }
    }

    /// Everything is played so many samples sooner from now on (later, if below 0).
    pub(super) fn shorten(&mut self, samples: i64) {
        self.most -= samples * PART;
        self.least -= samples * PART;
    }

    /// Another stream by the same path: the spread is kept, where it lay is forgotten.
    pub(super) fn settle(&mut self) {
        self.most = self.depth() * PART;
        self.least = FLOOR * PART;
    }

    /// The depth that the jitter asks for, in samples: the lead the earliest packets are to have.
    pub(super) fn depth(&self) -> i64 {
        (FLOOR + (self.most - self.least) / PART).min(DEEPEST) & !1
    }

    /// By how many samples the delay is longer than it need be (shorter, if below 0).
    pub(super) fn excess(&self) -> i64 {
        let excess = self.least / PART - FLOOR;
        if excess < 0 {
            excess.max(-self.headroom())
        } else {
            excess
        }
    }

    /// By how many samples the delay may grow.
    pub(super) fn headroom(&self) -> i64 {
        (DEEPEST - self.most / PART).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_grows_at_once_and_shrinks_over_seconds() {
        let mut leads = Leads::default();
        leads.on_packet(FLOOR);
        assert_eq!(leads.depth(), FLOOR);
        leads.on_packet(FLOOR - 960);
        assert_eq!(leads.depth(), FLOOR + 960);
        let mut depths = Vec::new();
        for turn in 1..=3000 {
            leads.on_turn();
            leads.on_packet(FLOOR);
            if turn % 500 == 0 {
                depths.push(leads.depth() - FLOOR);
            }
        }
        println!("spread every 10 s after one packet late by 60 ms, in samples: {depths:?}");
        assert!(depths.is_sorted_by(|a, b| a >= b));
        assert!(depths[0] > 300 && depths[5] < 20, "{depths:?}");
    }

    #[test]
    fn nothing_is_forgotten_while_nothing_comes() {
        let mut leads = Leads::default();
        leads.on_packet(FLOOR - 960);
        for _ in 0..100 {
            leads.on_turn();
        }
        let depth = leads.depth();
        for _ in 0..100_000 {
            leads.on_turn();
        }
        assert_eq!(leads.depth(), depth);
        assert!(depth > FLOOR + 900);
    }

    #[test]
    fn drift_of_either_sign_is_followed() {
        for ppm in [-1000, 1000] {
            let mut leads = Leads::default();
            for turn in 0..10_000 {
                let drifted = FLOOR + turn * 320 * ppm / 1_000_000;
                leads.on_packet(drifted);
                assert!((leads.excess() - (drifted - FLOOR)).abs() <= 3);
                leads.on_turn();
            }
        }
    }
}
