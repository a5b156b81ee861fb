//! Compound RTCP packets: what we send, and what we take from the peer's (RFC 3550 section 6).
//!
//! A report leaves every five seconds or so, hence the allocations of `rtc-rtcp` do not matter.

use bytes::{Bytes, BytesMut};
use rtc_rtcp::{
    Packet,
    goodbye::Goodbye,
    packet,
    receiver_report::ReceiverReport,
    reception_report::ReceptionReport,
    sender_report::SenderReport,
    source_description::{
        SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem,
    },
};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const GOODBYE: u8 = 203;

/// The sender information of a sender report (section 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SenderInfo {
    /// Wall clock in NTP format: seconds since 1900 and their 32-bit fraction.
    pub ntp: u64,
    /// The same moment in RTP timestamp units.
    pub timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// Writes SR or RR, the CNAME that every compound packet carries, and BYE at the end of a session.
/// `None` only if a part cannot be written at all.
pub(crate) fn compound(
    ssrc: u32,
    cname: &Bytes,
    sender: Option<SenderInfo>,
    block: Option<ReceptionReport>,
    bye: bool,
) -> Option<BytesMut> {
    let reports: Vec<ReceptionReport> = block.into_iter().collect();
    let first: Box<dyn Packet> = match sender {
        Some(info) => Box::new(SenderReport {
            ssrc,
            ntp_time: info.ntp,
            rtp_time: info.timestamp,
            packet_count: info.packets,
            octet_count: info.octets,
            reports,
            profile_extensions: Bytes::new(),
        }),
        None => Box::new(ReceiverReport {
            ssrc,
            reports,
            profile_extensions: Bytes::new(),
        }),
    };
    let name = SourceDescription {
        chunks: vec![SourceDescriptionChunk {
            source: ssrc,
            items: vec![SourceDescriptionItem {
                sdes_type: SdesType::SdesCname,
                text: cname.clone(),
            }],
        }],
    };
    let mut packets: Vec<Box<dyn Packet>> = vec![first, Box::new(name)];
    if bye {
        packets.push(Box::new(Goodbye {
            sources: vec![ssrc],
            reason: Bytes::new(),
        }));
    }
    packet::marshal(&packets).ok()
}

/// What a peer's compound packet tells us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    /// NTP time of its sender report.
    pub sender_ntp: Option<u64>,
    /// Its report block about our stream.
    pub us: Option<ReceptionReport>,
    /// It says goodbye.
    pub bye: bool,
}

/// Reads a compound packet; `None` when its first part is not a well-formed SR or RR (appendix
/// A.2). Parts of other kinds are stepped over unread.
pub(crate) fn read(datagram: &[u8], our_ssrc: u32) -> Option<About> {
    let mut about = About::default();
    let mut rest = datagram;
    let mut first = true;
    while let Some((head, _)) = rest.split_first_chunk::<4>() {
        let kind = head[1];
        let length = (usize::from(u16::from_be_bytes([head[2], head[3]])) + 1) * 4;
        let part = rest.get(..length)?;
        if head[0] >> 6 != 2 || (first && !matches!(kind, SENDER_REPORT | RECEIVER_REPORT)) {
            return None;
        }
        match kind {
            SENDER_REPORT | RECEIVER_REPORT => about.report(part, our_ssrc)?,
            GOODBYE => about.bye = true,
            _ => {}
        }
        rest = &rest[length..];
        first = false;
    }
    (!first && rest.is_empty()).then_some(about)
}

impl About {
    fn report(&mut self, mut part: &[u8], our_ssrc: u32) -> Option<()> {
        for packet in packet::unmarshal(&mut part).ok()? {
            let any = packet.as_any();
            let reports = if let Some(sr) = any.downcast_ref::<SenderReport>() {
                self.sender_ntp = Some(sr.ntp_time);
                &sr.reports
            } else if let Some(rr) = any.downcast_ref::<ReceiverReport>() {
                &rr.reports
            } else {
                continue;
            };
            if let Some(us) = reports.iter().find(|block| block.ssrc == our_ssrc) {
                self.us = Some(us.clone());
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(ssrc: u32) -> ReceptionReport {
        ReceptionReport {
            ssrc,
            fraction_lost: 12,
            total_lost: 34,
            last_sequence_number: 56,
            jitter: 78,
            last_sender_report: 90,
            delay: 11,
        }
    }

    fn info() -> SenderInfo {
        SenderInfo {
            ntp: 0x1122_3344_5566_7788,
            timestamp: 9,
            packets: 10,
            octets: 1600,
        }
    }

    #[test]
    fn a_sender_report_comes_back_as_written() {
        let packet = compound(5, &Bytes::from("name"), Some(info()), Some(block(7)), true).unwrap();
        let about = read(&packet, 7).unwrap();
        assert_eq!(about.sender_ntp, Some(0x1122_3344_5566_7788));
        assert_eq!(about.us, Some(block(7)));
        assert!(about.bye);
        assert_eq!(read(&packet, 8).unwrap().us, None);
    }

    #[test]
    fn a_packet_that_does_not_begin_with_a_report_is_refused() {
        assert_eq!(read(&[0x80, 203, 0, 0], 1), None);
        assert_eq!(read(&[], 1), None);
        let packet = compound(5, &Bytes::from("name"), None, None, false).unwrap();
        assert!(read(&packet, 7).is_some());
        assert_eq!(read(&packet[..packet.len() - 1], 7), None);
    }

    proptest! {
        #[test]
        fn no_datagram_makes_the_reader_panic(
            kind in 199u8..208, count in 0u8..32, mut bytes in proptest::collection::vec(any::<u8>(), 4..120),
        ) {
            let words = (bytes.len() / 4 - 1) as u16;
            bytes[0] = 0x80 | (bytes[0] & 0x20) | count;
            bytes[1] = kind;
            bytes[2..4].copy_from_slice(&words.to_be_bytes());
            let _ = read(&bytes, 7);
        }
    }
}
