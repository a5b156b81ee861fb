//! Reliable provisional responses (RFC 3262): repeated until their PRACK comes.

use std::time::{Duration, Instant};

use rsipstack::sip::Response;

/// A provisional response on its way. Time is passed in.
#[derive(Debug)]
pub(super) struct Reliable {
    /// The response, to be sent again.
    pub response: Response,
    rseq: u32,
    invite_cseq: u32,
    interval: Duration,
    next: Instant,
    give_up: Instant,
}

/// What to do at a deadline.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Send it once more.
    Again,
    /// 64 × T1 have passed without a PRACK.
    GiveUp,
}

impl Reliable {
    pub(super) fn new(
        response: Response,
        rseq: u32,
        invite_cseq: u32,
        t1: Duration,
        now: Instant,
    ) -> Self {
        Reliable {
            response,
            rseq,
            invite_cseq,
            interval: t1,
            next: now + t1,
            give_up: now + t1 * 64,
        }
    }

    /// When [`Reliable::due`] wants to be asked.
    pub(super) fn deadline(&self) -> Instant {
        self.next.min(self.give_up)
    }

    /// Asked at the deadline; the interval doubles each time (section 3).
    pub(super) fn due(&mut self, now: Instant) -> Due {
        if now >= self.give_up {
            return Due::GiveUp;
        }
        self.interval *= 2;
        self.next = now + self.interval;
        Due::Again
    }

    /// Whether a RAck value, `RSeq CSeq-number method`, acknowledges this response (section 7.2).
    pub(super) fn acknowledged_by(&self, rack: &str) -> bool {
        let mut fields = rack.split_whitespace();
        let rseq = fields.next().and_then(|f| f.parse().ok());
        let cseq = fields.next().and_then(|f| f.parse().ok());
        let method = fields.next();
        rseq == Some(self.rseq) && cseq == Some(self.invite_cseq) && method == Some("INVITE")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_repeated_with_doubling_gaps_until_64_t1() {
        let start = Instant::now();
        let t1 = Duration::from_millis(500);
        let mut reliable = Reliable::new(Response::default(), 9, 3, t1, start);
        let mut sent = Vec::new();
        let end = loop {
            let now = reliable.deadline();
            match reliable.due(now) {
                Due::Again => sent.push((now - start).as_millis()),
                Due::GiveUp => break now - start,
            }
        };
        assert_eq!(sent, [500, 1500, 3500, 7500, 15500, 31500]);
        assert_eq!(end, t1 * 64);
    }

    #[test]
    fn only_its_own_prack_ends_it() {
        let t1 = Duration::from_millis(500);
        let reliable = Reliable::new(Response::default(), 9, 3, t1, Instant::now());
        assert!(reliable.acknowledged_by("9 3 INVITE"));
        for other in ["8 3 INVITE", "9 4 INVITE", "9 3 UPDATE", "", "x y z"] {
            assert!(!reliable.acknowledged_by(other), "{other}");
        }
    }
}
