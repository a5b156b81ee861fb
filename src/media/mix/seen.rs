//! Which packets have come already.

/// Packets remembered; a copy that comes after more than these is too late in any case.
const REMEMBERED: usize = 32;

/// The packets that came lately, for telling copies of them. A source that restarts may use a
/// sequence number again, but not with the same timestamp.
#[derive(Debug)]
pub(super) struct Seen {
    /// Sequence number and timestamp, each in the place that its number gives it.
    packets: [Option<(u16, u32)>; REMEMBERED],
}

impl Default for Seen {
    fn default() -> Seen {
        Seen {
            packets: [None; REMEMBERED],
        }
    }
}

impl Seen {
    /// Notes a packet; whether it is seen for the first time.
    pub(super) fn is_first(&mut self, sequence: u16, timestamp: u32) -> bool {
        let packet = Some((sequence, timestamp));
        let place = &mut self.packets[usize::from(sequence) % REMEMBERED];
        std::mem::replace(place, packet) != packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_packet_is_first_once_in_any_order_and_over_the_wrap() {
        let mut seen = Seen::default();
        let mut is_first = |n: u32| seen.is_first(n as u16, n * 160);
        for pair in 0..200 {
            let first = 65_400 + pair * 2;
            assert!(is_first(first + 1));
            assert!(is_first(first));
            assert!(!is_first(first));
            assert!(pair < 9 || !is_first(first - 17));
        }
    }

    #[test]
    fn a_number_used_again_is_another_packet() {
        let mut seen = Seen::default();
        assert!(seen.is_first(100, 5000));
        assert!(seen.is_first(100, 900));
        assert!(!seen.is_first(100, 900));
    }
}
