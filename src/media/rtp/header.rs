//! The fixed RTP header, RFC 3550 section 5.1.
//!
//! `rtc-rtp` copies extensions and payload into buffers of its own; this reads and writes in
//! place, so that a packet costs no allocation whatever its sender put into it.

/// Bytes of a header without CSRCs and extension, the only kind we send.
pub(crate) const HEADER: usize = 12;

/// What a packet says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Header {
    /// Header and payload of a datagram; `None` when it is not RTP version 2, when it is cut short,
    /// or when its padding is longer than what it pads.
    pub(crate) fn read(datagram: &[u8]) -> Option<(Header, &[u8])> {
        let (fixed, mut rest) = datagram.split_first_chunk::<HEADER>()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        rest = rest.get(usize::from(fixed[0] & 0x0F) * 4..)?;
        if fixed[0] & 0x10 != 0 {
            let (extension, after) = rest.split_first_chunk::<4>()?;
            let words = u16::from_be_bytes([extension[2], extension[3]]);
            rest = after.get(usize::from(words) * 4..)?;
        }
        if fixed[0] & 0x20 != 0 {
            let padding = usize::from(*rest.last()?);
            if padding == 0 {
                return None;
            }
            rest = rest.get(..rest.len().checked_sub(padding)?)?;
        }
        let header = Header {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7F,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        };
        Some((header, rest))
    }

    /// Writes the header into the first twelve bytes of a packet.
    pub(crate) fn write(&self, packet: &mut [u8; HEADER]) {
        packet[0] = 2 << 6;
        packet[1] = (u8::from(self.marker) << 7) | (self.payload_type & 0x7F);
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
        let mut packet = vec![first, 0x88, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend_from_slice(rest);
        packet
    }

    #[test]
    fn csrcs_extension_and_padding_are_not_payload() {
        let mut rest = vec![0; 8];
        rest.extend([0xBE, 0xDE, 0, 1, 9, 9, 9, 9]);
        rest.extend([1, 2, 3, 0, 0, 3]);
        let datagram = packet(0x80 | 0x20 | 0x10 | 2, &rest);
        let (header, payload) = Header::read(&datagram).unwrap();
        assert!(header.marker);
        assert_eq!(header.payload_type, 8);
        assert_eq!(payload, [1, 2, 3]);
    }

    #[test]
    fn a_packet_cut_short_or_of_another_version_is_refused() {
        assert!(Header::read(&packet(0x80, &[])[..11]).is_none());
        assert!(Header::read(&packet(0x40, &[1])).is_none());
        assert!(Header::read(&packet(0x81, &[1, 2, 3])).is_none());
        assert!(Header::read(&packet(0x90, &[0, 0, 0, 2, 1, 1, 1, 1])).is_none());
        assert!(Header::read(&packet(0xA0, &[1, 9])).is_none());
        assert!(Header::read(&packet(0xA0, &[])).is_none());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32,
        ) {
            let header = Header { marker, payload_type, sequence, timestamp, ssrc };
            let mut packet = [0; HEADER];
            header.write(&mut packet);
            prop_assert_eq!(Header::read(&packet), Some((header, &[][..])));
        }

        #[test]
        fn no_datagram_makes_the_reader_panic(datagram in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Header::read(&datagram);
        }
    }
}
