//! Measuring what a peer, or a path, does to the packets.

use std::{sync::Arc, time::Duration};

use crate::media::{meter::Meter, rtp::Header};

/// What a stamped payload begins with.
const MAGIC: [u8; 4] = *b"i111";
/// Magic, and the time at which it left in nanoseconds of the engine's clock.
const STAMP: usize = 12;

/// Writes the time into a payload; the rest of it is `silence`.
pub(crate) fn stamp(now: Duration, silence: u8, payload: &mut [u8]) {
    payload.fill(silence);
    if let Some(head) = payload.first_chunk_mut::<STAMP>() {
        let nanos = now.as_nanos() as u64;
        head[..4].copy_from_slice(&MAGIC);
        head[4..].copy_from_slice(&nanos.to_be_bytes());
    }
}

fn stamped(payload: &[u8]) -> Option<Duration> {
    let nanos = payload.first_chunk::<STAMP>()?.strip_prefix(&MAGIC)?;
    Some(Duration::from_nanos(u64::from_be_bytes(
        nanos.try_into().ok()?,
    )))
}

/// Measures one stream.
#[derive(Debug)]
pub(crate) struct Metering {
    meter: Arc<Meter>,
    /// Sequence, timestamp and arrival of the packet before.
    last: Option<(u16, u32, Duration)>,
}

impl Metering {
    pub(crate) fn new(meter: Arc<Meter>) -> Metering {
        Metering { meter, last: None }
    }

    /// Takes a packet of sound.
    pub(crate) fn on_voice(&mut self, at: Duration, header: &Header, payload: &[u8]) {
        if let Some((sequence, timestamp, before)) = self.last
            && header.sequence == sequence.wrapping_add(1)
            && !header.marker
        {
            let sound = Duration::from_micros(125) * header.timestamp.wrapping_sub(timestamp);
            let passed = at.saturating_sub(before);
            self.meter.spacing.record(passed.abs_diff(sound));
        }
        self.last = Some((header.sequence, header.timestamp, at));
        if let Some(left) = stamped(payload) {
            self.meter.delay.record(at.saturating_sub(left));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(metering: &mut Metering, n: u16, at_us: u64, payload: &[u8]) {
        let header = Header {
            marker: false,
            payload_type: 8,
            sequence: n,
            timestamp: u32::from(n) * 160,
            ssrc: 1,
        };
        metering.on_voice(Duration::from_micros(at_us), &header, payload);
    }

    #[test]
    fn spacing_is_the_deviation_from_the_packets_own_time() {
        let meter = Arc::new(Meter::default());
        let mut metering = Metering::new(Arc::clone(&meter));
        for (n, at) in [(1, 0), (2, 20_000), (3, 43_000), (4, 60_000)] {
            packet(&mut metering, n, at, &[0xD5; 160]);
        }
        assert_eq!(meter.spacing.count(), 3);
        assert_eq!(meter.spacing.quantile(0.3), Some(Duration::ZERO));
        assert!(meter.spacing.quantile(1.0) >= Some(Duration::from_millis(3)));
        // A packet lost is no deviation.
        packet(&mut metering, 6, 500_000, &[0xD5; 160]);
        assert_eq!(meter.spacing.count(), 3);
        assert_eq!(meter.delay.count(), 0);
    }

    #[test]
    fn a_stamp_tells_how_long_a_packet_took() {
        let meter = Arc::new(Meter::default());
        let mut metering = Metering::new(Arc::clone(&meter));
        let mut payload = [0; 160];
        stamp(Duration::from_millis(100), 0xD5, &mut payload);
        packet(&mut metering, 1, 101_500, &payload);
        let delay = meter.delay.quantile(1.0).unwrap();
        assert!((1_500..1_560).contains(&delay.as_micros()), "{delay:?}");
        let mut short = [0; 8];
        stamp(Duration::ZERO, 0xD5, &mut short);
        assert_eq!(short, [0xD5; 8]);
    }
}
