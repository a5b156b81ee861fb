//! When RTCP leaves, and what the peer's reports tell (RFC 3550 sections 6.3 and 6.4).

use std::time::Duration;

use rtc_rtcp::reception_report::ReceptionReport;

use crate::media::rtp::{About, Reception};

/// The minimum interval of a session of two (section 6.2).
const INTERVAL: f64 = 5.0;
/// Makes up for the timer reconsideration converging below the mean (section 6.3.1).
const COMPENSATION: f64 = 1.218_28;

/// RTCP's timer and memory.
#[derive(Debug)]
pub(crate) struct Reports {
    seed: u64,
    next: Option<Duration>,
    /// Packets sent when the last report left: a report of a sender only while there are new ones.
    sent_before: u32,
    /// Middle of the NTP time in the peer's last sender report, and when it came.
    last_sender: Option<(u32, Duration)>,
    pub lost_at_peer: Option<u32>,
    pub jitter_at_peer: Option<u32>,
    pub round_trip_ms: Option<u32>,
}

impl Reports {
    pub(crate) fn new(seed: u64) -> Reports {
        Reports {
            seed,
            next: None,
            sent_before: 0,
            last_sender: None,
            lost_at_peer: None,
            jitter_at_peer: None,
            round_trip_ms: None,
        }
    }

    /// Whether a report is due. The first comes after half an interval.
    pub(crate) fn is_due(&mut self, now: Duration) -> bool {
        match self.next {
            None => {
                self.next = Some(now + self.interval(0.5));
                false
            }
            Some(next) if now >= next => {
                self.next = Some(now + self.interval(1.0));
                true
            }
            Some(_) => false,
        }
    }

    /// Whether we have sent anything since the last report.
    pub(crate) fn is_sender(&mut self, packets: u32) -> bool {
        std::mem::replace(&mut self.sent_before, packets) != packets
    }

    /// Takes the peer's report.
    pub(crate) fn on_report(&mut self, now: Duration, ntp_now: u64, about: &About) {
        if let Some(ntp) = about.sender_ntp {
            self.last_sender = Some((middle(ntp), now));
        }
        let Some(us) = &about.us else { return };
        // A signed number of 24 bits: below 0 where duplicates came (RFC 3550 section 6.4.1).
        let is_negative = us.total_lost & 0x80_0000 != 0;
        self.lost_at_peer = Some(if is_negative { 0 } else { us.total_lost });
        self.jitter_at_peer = Some(us.jitter);
        if us.last_sender_report != 0 {
            let trip = middle(ntp_now)
                .wrapping_sub(us.last_sender_report)
                .wrapping_sub(us.delay);
            // A negative trip is a peer that miscounts its delay.
            if trip < 1 << 31 {
                let ms = (u64::from(trip) * 1000) >> 16;
                self.round_trip_ms = Some(ms as u32);
            }
        }
    }

    /// The block about what we receive.
    pub(crate) fn block(&self, now: Duration, reception: &mut Reception) -> ReceptionReport {
        let block = reception.report();
        let (last_sender_report, delay) = match self.last_sender {
            Some((ntp, at)) => (
                ntp,
                ((now.saturating_sub(at).as_micros() << 16) / 1_000_000) as u32,
            ),
            None => (0, 0),
        };
        ReceptionReport {
            ssrc: block.ssrc,
            fraction_lost: block.fraction_lost,
            total_lost: block.lost,
            last_sequence_number: block.highest,
            jitter: block.jitter,
            last_sender_report,
            delay,
        }
    }

    /// Between half and one and a half times the interval, so that calls do not report in step.
    fn interval(&mut self, share: f64) -> Duration {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = (self.seed >> 11) as f64 / (1u64 << 53) as f64;
        Duration::from_secs_f64(share * INTERVAL * (0.5 + random) / COMPENSATION)
    }
}

/// The middle 32 bits of an NTP time.
fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// A span as NTP counts it: seconds and their 32-bit fraction.
pub(crate) fn ntp_span(span: Duration) -> u64 {
    (span.as_secs() << 32) + ((u64::from(span.subsec_nanos()) << 32) / 1_000_000_000)
}
