//! Datagrams that no honest peer sends, among those of one that is.

use proptest::{collection::vec, prelude::*};

use super::*;

/// Something that comes in.
#[derive(Clone, Debug)]
enum Bad {
    /// Anything at all.
    Bytes(Vec<u8>),
    /// One of the peer's own packets, cut short.
    Cut(usize),
    /// A header that is lawful but for its numbers.
    Numbers(Header, Vec<u8>),
    /// With whatever flags, which tell of lists, extension and padding.
    Flags(u8, Header, Vec<u8>),
    /// An event that is no key.
    NoKey(u8, [u8; 3], u32),
}

/// Where it comes from.
#[derive(Clone, Copy, Debug)]
enum Origin {
    Peer,
    Neighbour,
    Elsewhere,
}

fn header(numbers: impl Strategy<Value = u8>) -> impl Strategy<Value = Header> {
    let others = any::<(bool, u16, u32, u32)>();
    (numbers, others).prop_map(
        |(payload_type, (marker, sequence, timestamp, ssrc))| Header {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc,
        },
    )
}

fn bad() -> impl Strategy<Value = (Bad, Origin)> {
    let payload = || vec(any::<u8>(), 0..1_600);
    // What would be sound here, and whatever else is no event.
    let sound = prop_oneof![Just(0u8), Just(8), Just(9)];
    let any_but_events = (0u8..128).prop_filter("an event may be a key", |&n| n != 101);
    let bad = prop_oneof![
        vec(any::<u8>(), 0..100).prop_map(Bad::Bytes),
        (0usize..16).prop_map(Bad::Cut),
        (header(sound), payload()).prop_map(|(header, p)| Bad::Numbers(header, p)),
        (header(any_but_events), payload()).prop_map(|(header, p)| Bad::Numbers(header, p)),
        (any::<u8>(), header(Just(8)), vec(any::<u8>(), 0..60))
            .prop_map(|(flags, header, p)| Bad::Flags(flags, header, p)),
        (16u8.., any::<[u8; 3]>(), any::<u32>())
            .prop_map(|(code, rest, t)| Bad::NoKey(code, rest, t)),
    ];
    let from = prop_oneof![
        Just(Origin::Peer),
        Just(Origin::Neighbour),
        Just(Origin::Elsewhere)
    ];
    (bad, from).prop_filter(
        "that would be a key",
        |(bad, _)| !matches!(bad, Bad::Bytes(bytes) if is_key(bytes)),
    )
}

fn is_key(datagram: &[u8]) -> bool {
    Header::read(datagram).is_some_and(|(header, payload)| {
        header.payload_type == 101 && payload.len() >= 4 && payload[0] < 16
    })
}

impl Bad {
    fn bytes(&self, honest: &[u8]) -> Vec<u8> {
        let with = |header: &Header, payload: &[u8]| {
            let mut bytes = vec![0; HEADER];
            header.write(bytes.first_chunk_mut().unwrap());
            bytes.extend_from_slice(payload);
            bytes
        };
        match self {
            Bad::Bytes(bytes) => bytes.clone(),
            Bad::Cut(length) => honest[..*length.min(&(honest.len() - 1))].to_vec(),
            Bad::Numbers(header, payload) => with(header, payload),
            Bad::Flags(flags, header, payload) => {
                let mut bytes = with(header, payload);
                bytes[0] = *flags;
                bytes
            }
            Bad::NoKey(code, rest, timestamp) => {
                packet(7, 101, *timestamp, &[*code, rest[0], rest[1], rest[2]])
            }
        }
    }
}

impl Origin {
    fn address(self) -> SocketAddr {
        match self {
            Origin::Peer => at(4000),
            Origin::Neighbour => at(6666),
            Origin::Elsewhere => SocketAddr::from(([203, 0, 113, 9], 4000)),
        }
    }
}

proptest! {
    /// Keys come through, everything is counted as one thing or another, and what a joined leg sends
    /// goes on.
    #[test]
    fn whatever_else_comes_in_every_key_is_reported_once(
        bad in vec(bad(), 0..60), keys in vec(0u8..16, 1..8),
        places in vec(0usize..1_000, 60), joined: bool,
    ) {
        let (mut rig, mut other) = (Rig::new(BOTH), Rig::new("RTP/AVP 8"));
        rig.stream.set_joined(joined);
        other.stream.set_joined(joined);
        let mut honest = Vec::new();
        for (n, &code) in (0..).zip(&keys) {
            let name = Key::from_code(code).unwrap().as_char();
            for update in 1..=5 {
                let payload = event(name, update > 3, update.min(3) * 160);
                honest.push(rig.packet(101, n * 4_000, &payload));
            }
        }
        let mut taken = 0;
        for (place, packet) in honest.iter().enumerate() {
            let here = bad.iter().zip(&places);
            let here = here.filter(|(_, at)| **at % honest.len() == place);
            let others = here.map(|((bad, from), _)| (bad.bytes(packet), from.address()));
            for (bytes, from) in others.chain([(packet.clone(), at(4000))]) {
                let frame = rig.stream.on_rtp(rig.now, from, &bytes, &mut rig.out);
                if let Some(frame) = frame {
                    prop_assert!(joined);
                    other.stream.relay(rig.now, &frame, &mut other.out);
                }
                rig.stream.on_rtcp(rig.now, from, &bytes);
                taken += 1;
            }
            rig.tick();
            other.tick();
        }
        let expected: String = keys.iter().map(|&c| Key::from_code(c).unwrap().as_char()).collect();
        prop_assert_eq!(rig.keys(), expected);
        let summary = rig.stream.summary();
        prop_assert!(summary.received >= honest.len() as u64);
        // Each came twice, as RTP and as RTCP; what was neither wrong nor a stranger's was taken in.
        prop_assert!(summary.received + summary.strangers + summary.invalid >= taken);
        prop_assert!(summary.received + summary.strangers + summary.invalid <= 2 * taken);
    }

    /// The same where everything is listened to: a tone is heard afterwards as if nothing had been.
    #[test]
    fn whatever_is_listened_to_a_tone_is_heard_afterwards(bad in vec(bad(), 0..60)) {
        let mut rig = Rig::new("RTP/AVP 8 0 9");
        let (to, mut heard) = mpsc::channel(4);
        rig.stream.tap(to);
        rig.stream.measure(Default::default());
        for (n, (bad, from)) in bad.iter().enumerate() {
            let honest = rig.packet(8, n as u32 * 160, &[0xD5; 160]);
            let bytes = bad.bytes(&honest);
            rig.stream.on_rtp(rig.now, from.address(), &bytes, &mut rig.out);
            rig.now += FRAME;
            // Whoever listens is slow now and then.
            if n % 3 == 0 {
                let _ = heard.try_recv();
            }
        }
        let summary = rig.stream.summary();
        let all = summary.received + summary.strangers + summary.invalid;
        prop_assert_eq!(all, bad.len() as u64);
        rig.out.events.clear();
        rig.hear(&dialled('7'));
        prop_assert_eq!(rig.keys(), "7");
    }
}
