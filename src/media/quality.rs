//! How good the sound was, as the E-model of ITU-T G.107 has it: from loss, delay and jitter to a mean
//! opinion score. All that is not known of the way has the values that G.107 table 2 gives.

use std::time::Duration;

use super::event::Summary;

/// The rating of a way without loss and delay (R0 - Is with all defaults).
const BEST: f64 = 93.2;
/// How well G.711 stands loss where the receiver conceals it (G.113 appendix I: Bpl).
const ROBUSTNESS: f64 = 25.1;
/// Sound in one packet, which waits until it is whole.
const PACKET: Duration = Duration::from_millis(20);
/// Samples of jitter in a millisecond.
const PER_MS: u64 = 8;

/// What the E-model says of one direction of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// The transmission rating factor R, 0 to 93.2.
    pub rating: f64,
    /// The mean opinion score that is estimated from it (MOS-CQE, G.107 annex B), 1 to 4.4.
    pub score: f64,
}

impl Quality {
    /// From the part of the packets that was lost (0 to 1), and the time from mouth to ear.
    pub fn of(lost: f64, delay: Duration) -> Quality {
        let lost = lost.clamp(0.0, 1.0) * 100.0;
        let loss = 95.0 * lost / (lost + ROBUSTNESS);
        let rating = (BEST - impairment(delay) - loss).max(0.0);
        Quality {
            rating,
            score: score(rating),
        }
    }
}

/// What delay takes away (G.107: Idd).
fn impairment(delay: Duration) -> f64 {
    let ms = delay.as_secs_f64() * 1_000.0;
    if ms <= 100.0 {
        return 0.0;
    }
    let x = (ms / 100.0).log2();
    let sixth = |x: f64| (1.0 + x.powi(6)).powf(1.0 / 6.0);
    25.0 * (sixth(x) - 3.0 * sixth(x / 3.0) + 2.0)
}

/// From a rating to a score (G.107 annex B).
fn score(rating: f64) -> f64 {
    let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    score.max(1.0)
}

impl Summary {
    /// How the peer sounded to us; `None` where nothing came in.
    pub fn heard(&self) -> Option<Quality> {
        let expected = self.received + u64::from(self.lost);
        let lost = f64::from(self.lost) / expected as f64;
        (self.received > 0).then(|| Quality::of(lost, self.delay(self.jitter)))
    }

    /// How we sounded to the peer, by its reports; `None` where there were none.
    pub fn sounded(&self) -> Option<Quality> {
        let lost = f64::from(self.lost_at_peer?) / self.sent.max(1) as f64;
        let jitter = self.jitter_at_peer.unwrap_or_default();
        Some(Quality::of(lost, self.delay(jitter)))
    }

    /// From mouth to ear: half the round trip, a packet, and a receiver's buffer for the jitter.
    fn delay(&self, jitter: u32) -> Duration {
        let trip = u64::from(self.round_trip_ms.unwrap_or_default()) / 2;
        let buffer = 2 * u64::from(jitter) / PER_MS;
        PACKET + Duration::from_millis(trip + buffer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_ratings_are_those_of_the_recommendation() {
        // G.107 annex B: 93.2 is a score of 4.41, 80 of 4.03, 50 of 2.58.
        for (rating, expected) in [(93.2, 4.41), (80.0, 4.03), (50.0, 2.58), (0.0, 1.0)] {
            assert!((score(rating) - expected).abs() < 0.01, "{rating}");
        }
        // G.114: 150 ms is hardly noticed, 400 ms is what is just accepted.
        assert!(impairment(ms(150)) < 3.0);
        assert!((15.0..30.0).contains(&impairment(ms(400))));
        // G.113 appendix I: with concealment, 5 % of loss leave about 77.
        let rating = Quality::of(0.05, ms(20)).rating;
        assert!((75.0..80.0).contains(&rating), "{rating}");
    }

    #[test]
    fn a_call_has_a_quality_each_way() {
        let summary = Summary {
            sent: 1_000,
            received: 900,
            lost: 100,
            lost_at_peer: Some(0),
            round_trip_ms: Some(40),
            ..Summary::default()
        };
        let (heard, sounded) = (summary.heard().unwrap(), summary.sounded().unwrap());
        assert!(heard.score < 3.6 && sounded.score > 4.3);
        assert_eq!(Summary::default().heard(), None);
        assert_eq!(Summary::default().sounded(), None);
    }

    proptest! {
        #[test]
        fn worse_is_never_better(lost in 0.0f64..1.0, more in 0.0f64..1.0, delay in 0u64..5_000, later in 0u64..5_000) {
            let quality = Quality::of(lost, ms(delay));
            prop_assert!((0.0..=BEST).contains(&quality.rating));
            prop_assert!((1.0..4.5).contains(&quality.score));
            prop_assert!(Quality::of((lost + more).min(1.0), ms(delay)).rating <= quality.rating);
            prop_assert!(Quality::of(lost, ms(delay + later)).rating <= quality.rating + 1e-9);
        }
    }
}
