//! Streams whose packets are lost, late, out of order or doubled on the way.

use std::collections::HashMap;

use proptest::{collection::vec, prelude::*};

use super::*;

/// The other side's telephone-event has a number of its own.
const THERE: &str = "RTP/AVP 8 0 96\r\na=rtpmap:96 telephone-event/8000";
const MS: fn(u64) -> Duration = Duration::from_millis;

/// A packet of a peer and when it was sent.
#[derive(Clone, Debug)]
struct Sent {
    at: Duration,
    bytes: Vec<u8>,
}

impl Sent {
    fn header(&self) -> Header {
        Header::read(&self.bytes).unwrap().0
    }

    /// The event that it tells of, by its timestamp.
    fn event(&self) -> Option<u32> {
        let header = self.header();
        (header.payload_type == 101).then_some(header.timestamp)
    }
}

/// What befalls a packet on the way.
#[derive(Clone, Debug)]
struct Fate {
    is_lost: bool,
    /// Less than the rest between two keys.
    late: u64,
    /// How much later each copy of it is.
    copies: Vec<u64>,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = (prop::bool::weighted(0.35), 0u64..60, vec(0u64..200, 0..3));
    vec(
        fate.prop_map(|(is_lost, late, copies)| Fate {
            is_lost,
            late,
            copies,
        }),
        1..200,
    )
}

/// The packets as they arrive, in that order: time and place among those sent. Fates are used in turn.
/// Of every event one packet arrives.
fn arrivals(sent: &[Sent], fates: &[Fate]) -> Vec<(Duration, usize)> {
    let fate = |n: usize| &fates[n % fates.len()];
    let mut spared: HashMap<u32, usize> = HashMap::new();
    for (n, event) in sent.iter().enumerate().map(|(n, s)| (n, s.event())) {
        let Some(event) = event else { continue };
        // One that arrives anyway, or else the last but for chance.
        let spare = spared.entry(event).or_insert(n);
        if fate(*spare).is_lost && (!fate(n).is_lost || fate(n).late % 2 == 0) {
            *spare = n;
        }
    }
    let mut arrivals = Vec::new();
    for (n, packet) in sent.iter().enumerate() {
        let fate = fate(n);
        let is_spared = packet.event().is_some_and(|event| spared[&event] == n);
        if fate.is_lost && !is_spared {
            continue;
        }
        let first = packet.at + MS(fate.late);
        arrivals.push((first, n));
        arrivals.extend(fate.copies.iter().map(|&later| (first + MS(later), n)));
    }
    arrivals.sort_by_key(|&(at, _)| at);
    arrivals
}

/// A leg that takes what arrives, and the leg that it is joined with.
struct Call {
    here: Rig,
    there: Rig,
}

impl Call {
    fn new() -> Call {
        let (mut here, mut there) = (Rig::new(BOTH), Rig::new(THERE));
        here.stream.set_joined(true);
        there.stream.set_joined(true);
        Call { here, there }
    }

    /// With a packet that has come as it was sent: what was sent before the first to arrive is not
    /// passed on, be it a key.
    fn begun_with(first: &Sent) -> Call {
        let mut call = Call::new();
        call.take(first.at, &first.bytes);
        call
    }

    fn take(&mut self, at: Duration, datagram: &[u8]) {
        let (peer, out) = (self.here.peer, &mut self.here.out);
        if let Some(frame) = self.here.stream.on_rtp(at, peer, datagram, out) {
            self.there.stream.relay(at, &frame, &mut self.there.out);
        }
    }

    fn take_all(&mut self, sent: &[Sent], arrivals: &[(Duration, usize)]) {
        for &(at, n) in arrivals {
            self.take(at, &sent[n].bytes);
        }
    }

    /// The keys that whoever is there sees.
    fn keys_there(&self) -> String {
        let mut receiver = EventReceiver::default();
        self.there
            .out
            .packets()
            .iter()
            .filter(|(header, _)| header.payload_type == 96)
            .filter_map(|(h, p)| receiver.on_packet(h.timestamp, EventPacket::read(p)?))
            .map(Key::as_char)
            .collect()
    }
}

/// What a stream of ours sends that presses keys: each for so many milliseconds, so many ticks after
/// the one before was asked for.
fn pressed(keys: &[(u8, u16, usize)]) -> Vec<Sent> {
    let mut rig = Rig::new(BOTH);
    let mut sent = Vec::new();
    let mut tick = |rig: &mut Rig| {
        let at = rig.now;
        rig.tick();
        sent.extend(rig.out.rtp.drain(..).map(|(_, bytes)| Sent { at, bytes }));
    };
    for &(code, ms, ticks) in keys {
        rig.stream.press(Key::from_code(code).unwrap(), ms);
        (0..ticks).for_each(|_| tick(&mut rig));
    }
    let longest: usize = keys.iter().map(|key| usize::from(key.1) / 20 + 10).sum();
    (0..longest).for_each(|_| tick(&mut rig));
    sent
}

/// How another make of telephone presses a key.
#[derive(Clone, Debug)]
struct Press {
    code: u8,
    /// Milliseconds between two packets, and how many tell that the key is down.
    every: u64,
    updates: u16,
    /// Packets that tell that it is up.
    ends: u16,
    marker: bool,
    /// Whether sound goes on meanwhile.
    with_sound: bool,
    rest: u64,
}

fn presses() -> impl Strategy<Value = Vec<Press>> {
    let press = (
        (0u8..16, 10u64..=50, 1u16..20, 0u16..=3),
        (any::<bool>(), any::<bool>(), 80u64..400),
    );
    let press = press.prop_map(|((code, every, updates, ends), rest)| Press {
        code,
        every,
        updates,
        ends,
        marker: rest.0,
        with_sound: rest.1,
        rest: rest.2,
    });
    vec(press, 1..10)
}

/// The payload of a packet of sound, unlike that of any other.
fn sound_of(n: usize) -> Vec<u8> {
    (0..160).map(|i| (n * 31 + i * 7 + n / 256) as u8).collect()
}

/// A stream with sound and keys, numbered from anywhere.
fn stream(presses: &[Press], sequence: u16, timestamp: u32) -> Vec<Sent> {
    let mut sent: Vec<(u64, u8, bool, u32, Vec<u8>)> = Vec::new();
    let clock = |ms: u64| timestamp.wrapping_add(ms as u32 * 8);
    let sound = |sent: &mut Vec<_>, from: u64, to: u64| {
        for at in (from.next_multiple_of(20)..to).step_by(20) {
            sent.push((at, 8, false, clock(at), sound_of(at as usize / 20)));
        }
    };
    let mut now = 100;
    sound(&mut sent, 0, now);
    for press in presses {
        let begun = now;
        for n in 1..=press.updates + press.ends {
            let packet = EventPacket {
                code: press.code,
                end: n > press.updates,
                volume: 10,
                duration: n.min(press.updates) * press.every as u16 * 8,
            };
            let marker = press.marker && n == 1;
            sent.push((now, 101, marker, clock(begun), packet.write().to_vec()));
            now += press.every;
        }
        if press.with_sound {
            sound(&mut sent, begun, now);
        }
        sound(&mut sent, now, now + press.rest);
        now += press.rest;
    }
    sent.sort_by_key(|packet| packet.0);
    let number = |(n, (at, payload_type, marker, timestamp, payload)): (usize, _)| {
        let payload: Vec<u8> = payload;
        let header = Header {
            marker,
            payload_type,
            sequence: sequence.wrapping_add(n as u16),
            timestamp,
            ssrc: 77,
        };
        let mut bytes = vec![0; HEADER];
        header.write(bytes.first_chunk_mut().unwrap());
        bytes.extend_from_slice(&payload);
        Sent { at: MS(at), bytes }
    };
    sent.into_iter().enumerate().map(number).collect()
}

fn name(code: u8) -> char {
    Key::from_code(code).unwrap().as_char()
}

proptest! {
    #[test]
    fn keys_that_a_stream_of_ours_presses_arrive_once_and_in_order(
        keys in vec((0u8..16, 40u16..700, 1usize..40), 1..12), fates in fates(),
    ) {
        let sent = pressed(&keys);
        let mut call = Call::begun_with(&sent[0]);
        call.take_all(&sent, &arrivals(&sent, &fates));
        let expected: String = keys.iter().map(|key| name(key.0)).collect();
        prop_assert_eq!(call.here.keys(), &*expected);
        prop_assert_eq!(call.keys_there(), expected);
    }

    #[test]
    fn keys_of_any_make_of_telephone_arrive_once_and_in_order(
        presses in presses(), fates in fates(), sequence: u16, timestamp: u32,
    ) {
        let sent = stream(&presses, sequence, timestamp);
        let mut call = Call::begun_with(&sent[0]);
        call.take_all(&sent, &arrivals(&sent, &fates));
        let expected: String = presses.iter().map(|press| name(press.code)).collect();
        prop_assert_eq!(call.here.keys(), &*expected);
        prop_assert_eq!(call.keys_there(), expected);
    }

    /// What is passed on differs from what has come by where the numbers start, and by nothing else.
    #[test]
    fn a_relayed_stream_keeps_its_distances_and_its_payloads(
        presses in presses(), fates in fates(), sequence: u16, timestamp: u32,
    ) {
        let sent = stream(&presses, sequence, timestamp);
        let arrivals = arrivals(&sent, &fates);
        let mut call = Call::new();
        call.take_all(&sent, &arrivals);
        // What was sent before the first to arrive has no number any more.
        let first = arrivals[0].1;
        let kept: Vec<usize> = arrivals.iter().map(|a| a.1).filter(|&n| n >= first).collect();
        let packets = call.there.out.packets();
        prop_assert_eq!(packets.len(), kept.len());
        let base = packets[0].0;
        for ((header, payload), n) in packets.into_iter().zip(kept) {
            let (before, expected) = Header::read(&sent[n].bytes).unwrap();
            prop_assert_eq!(payload, expected);
            prop_assert_eq!(header.sequence.wrapping_sub(base.sequence), (n - first) as u16);
            let step = before.timestamp.wrapping_sub(sent[first].header().timestamp);
            prop_assert_eq!(header.timestamp.wrapping_sub(base.timestamp), step);
            prop_assert_eq!(header.payload_type, if before.payload_type == 101 { 96 } else { 8 });
            prop_assert_eq!(header.ssrc, 0xABCD);
        }
    }

    /// Our own sound comes in between, the peer pauses, and its packets are disturbed: to whoever is
    /// there it is one stream all the same.
    #[test]
    fn no_number_is_given_twice_and_no_two_sounds_are_at_one_time(
        parts in vec((0u64..600, 1usize..30, 0usize..4), 1..8), fates in fates(), timestamp: u32,
    ) {
        let (mut sent, mut own) = (Vec::new(), Vec::new());
        let mut now = 1_000;
        for &(pause, frames, clips) in &parts {
            now += pause;
            for _ in 0..frames {
                let n = sent.len();
                let bytes = packet(n as u16, 8, timestamp.wrapping_add(now as u32 * 8), &sound_of(n));
                sent.push(Sent { at: MS(now), bytes });
                now += 20;
            }
            if clips > 0 {
                own.push((now - 20 * frames as u64 / 2, clips));
            }
        }
        let mut call = Call::new();
        let mut coming = arrivals(&sent, &fates).into_iter().peekable();
        let mut own = own.into_iter().peekable();
        while call.there.now < MS(now + 400) {
            if let Some((_, frames)) = own.next_if(|&(at, _)| MS(at) <= call.there.now) {
                call.there.stream.play(playlist(vec![noise_clip(frames)]));
            }
            call.there.tick();
            while let Some((at, n)) = coming.next_if(|&(at, _)| at < call.there.now) {
                call.take(at, &sent[n].bytes);
            }
        }
        let mut given: HashMap<u16, (u32, &[u8])> = HashMap::new();
        let packets = call.there.out.packets();
        for (header, payload) in &packets {
            let before = given.insert(header.sequence, (header.timestamp, *payload));
            prop_assert!(before.is_none_or(|before| before == (header.timestamp, *payload)));
        }
        let base = packets[0].0.sequence;
        let mut in_order: Vec<(u16, u32)> = given
            .iter()
            .map(|(sequence, (timestamp, _))| (sequence.wrapping_sub(base), *timestamp))
            .collect();
        in_order.sort_unstable();
        for pair in in_order.windows(2) {
            let step = pair[1].1.wrapping_sub(pair[0].1) as i32;
            prop_assert!(step >= 160, "{step} from {:?} to {:?}", pair[0], pair[1]);
        }
    }

    /// Each time that the peer pauses we fill in, and it begins again in the middle of a frame of ours.
    #[test]
    fn pauses_of_a_peer_put_our_clock_forward_once_and_not_each_time(
        pauses in vec(250u64..600, 30..60),
    ) {
        let mut call = Call::new();
        let (mut now, mut n, mut ahead) = (1_000, 0, Vec::new());
        let zero = call.there.stream.sender.timestamp(Duration::ZERO);
        for pause in pauses {
            for _ in 0..5 {
                while call.there.now <= MS(now) {
                    call.there.tick();
                }
                call.take(MS(now), &packet(n, 8, now as u32 * 8, &[1; 160]));
                let (last, _) = *call.there.out.packets().last().unwrap();
                let clock = zero.wrapping_add(now as u32 * 8);
                ahead.push(last.timestamp.wrapping_sub(clock) as i32);
                now += 20;
                n += 1;
            }
            now += pause;
        }
        prop_assert!(ahead.iter().all(|ahead| (0..=160).contains(ahead)), "{ahead:?}");
    }

    /// RFC 3550 appendix A.3, of one source after the other.
    #[test]
    fn what_was_received_and_lost_is_counted_right(
        sources in vec((1usize..120, any::<u16>(), any::<u32>()), 1..4), fates in fates(),
    ) {
        let mut call = Call::new();
        let (mut received, mut lost, mut begun) = (0, 0, 1_000);
        for (ssrc, &(count, sequence, timestamp)) in (1..).zip(&sources) {
            let source = |n: usize| {
                let header = Header {
                    marker: false,
                    payload_type: 8,
                    sequence: sequence.wrapping_add(n as u16),
                    timestamp: timestamp.wrapping_add(n as u32 * 160),
                    ssrc,
                };
                let mut bytes = vec![1; HEADER + 160];
                header.write(bytes.first_chunk_mut().unwrap());
                Sent { at: MS(begun + 20 * n as u64), bytes }
            };
            let sent: Vec<Sent> = (0..count).map(source).collect();
            let arrivals = arrivals(&sent, &fates);
            call.take_all(&sent, &arrivals);
            begun += 20 * count as u64 + 300;
            received += arrivals.len();
            let highest = arrivals.iter().map(|arrival| arrival.1).max();
            if let (Some(highest), Some(first)) = (highest, arrivals.first()) {
                lost += (highest - first.1 + 1).saturating_sub(arrivals.len());
            }
        }
        let summary = call.here.stream.summary();
        prop_assert_eq!((summary.received, summary.lost), (received as u64, lost as u32));
        prop_assert_eq!((summary.invalid, summary.strangers), (0, 0));
    }
}
