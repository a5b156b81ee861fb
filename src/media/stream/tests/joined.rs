//! Two streams that are joined.

use super::*;

fn pass(from: &mut Rig, to: &mut Rig, packet: &[u8]) {
    let (now, peer) = (from.now, from.peer);
    if let Some(frame) = from.stream.on_rtp(now, peer, packet, &mut from.out) {
        to.stream.relay(now, &frame, &mut to.out);
    }
}

fn joined(a: &str, b: &str) -> (Rig, Rig) {
    let (mut a, mut b) = (Rig::new(a), Rig::new(b));
    a.stream.set_joined(true);
    b.stream.set_joined(true);
    b.ticks(3);
    b.out.rtp.clear();
    (a, b)
}

#[test]
fn a_relayed_packet_is_bit_exact_where_both_speak_its_codec() {
    let (mut a, mut b) = joined(BOTH, BOTH);
    let payload: Vec<u8> = (0..160u8).collect();
    for (n, number) in [8, 0, 8].into_iter().enumerate() {
        let packet = a.packet(number, n as u32 * 160, &payload);
        pass(&mut a, &mut b, &packet);
    }
    let packets = b.out.packets();
    assert_eq!(
        packets
            .iter()
            .map(|(h, _)| h.payload_type)
            .collect::<Vec<_>>(),
        [8, 0, 8]
    );
    assert!(
        packets
            .iter()
            .all(|(h, p)| *p == payload && h.ssrc == 0xABCD)
    );
}

#[test]
fn a_relayed_packet_is_translated_where_the_other_side_lacks_its_codec() {
    let (mut a, mut b) = joined("RTP/AVP 8", "RTP/AVP 0");
    let payload: Vec<u8> = (0..=255).collect();
    let packet = a.packet(8, 0, &payload);
    pass(&mut a, &mut b, &packet);
    let expected: Vec<u8> = payload
        .iter()
        .map(|&byte| Law::A.translate(Law::Mu, byte))
        .collect();
    assert_eq!(b.out.packets()[0].1, expected);
    assert_eq!(b.out.packets()[0].0.payload_type, 0);
}

#[test]
fn loss_and_order_are_seen_through_a_relay_and_our_numbers_go_on() {
    let (mut a, mut b) = joined(BOTH, BOTH);
    let own = b.stream.sender.sequence;
    for (sequence, n) in [(500u16, 0u32), (501, 1), (504, 4), (503, 3), (505, 5)] {
        b.now += FRAME;
        pass(
            &mut a,
            &mut b,
            &packet(sequence, 8, 10_000 + n * 160, &[1; 160]),
        );
    }
    let packets = b.out.packets();
    let steps = |f: fn(&Header) -> u32| {
        let first = f(&packets[0].0);
        packets
            .iter()
            .map(|(h, _)| f(h).wrapping_sub(first))
            .collect::<Vec<_>>()
    };
    assert_eq!(packets[0].0.sequence, own);
    let wrapped: Vec<u16> = packets
        .iter()
        .map(|(h, _)| h.sequence.wrapping_sub(own))
        .collect();
    assert_eq!(wrapped, [0, 1, 4, 3, 5]);
    assert_eq!(steps(|h| h.timestamp), [0, 160, 640, 480, 800]);
    assert!(packets[0].0.marker && !packets[1].0.marker);
    b.stream.set_joined(false);
    b.tick();
    let last = b.out.packets().last().unwrap().0;
    assert_eq!(last.sequence, own.wrapping_add(6));
}

#[test]
fn a_source_change_on_one_side_keeps_our_numbers_in_step() {
    let (mut a, mut b) = joined(BOTH, BOTH);
    let mut sent = Vec::new();
    for n in 0..200u32 {
        let sequence = if n < 100 { n as u16 } else { 40_000 + n as u16 };
        let timestamp = if n < 100 {
            n * 160
        } else {
            3_000_000_000 + n * 160
        };
        a.now += FRAME;
        b.now = a.now;
        pass(&mut a, &mut b, &packet(sequence, 8, timestamp, &[1; 160]));
        sent.push(b.out.packets().last().unwrap().0);
    }
    for pair in sent.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        assert!((160..=320).contains(&step), "{step}");
    }
    assert!(sent[100].marker);
}

#[test]
fn a_telephone_event_goes_on_under_the_other_sides_number_and_is_reported() {
    let (mut a, mut b) = joined(BOTH, "RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000");
    for n in 1..=3 {
        let packet = a.packet(101, 4000, &event('5', n == 3, n * 160));
        pass(&mut a, &mut b, &packet);
    }
    assert_eq!(a.keys(), "5");
    let packets = b.out.packets();
    assert_eq!(packets.len(), 3);
    assert!(
        packets
            .iter()
            .all(|(h, _)| h.payload_type == 96 && h.timestamp == packets[0].0.timestamp)
    );
    assert_eq!(packets[2].1, event('5', true, 480));
}

#[test]
fn a_telephone_event_becomes_tones_where_the_other_side_takes_none() {
    let (mut a, mut b) = joined(BOTH, "RTP/AVP 8");
    for n in 1..=3 {
        let packet = a.packet(101, 4000, &event('5', n == 3, n * 160));
        pass(&mut a, &mut b, &packet);
    }
    b.ticks(10);
    let mut listener = Rig::new("RTP/AVP 8");
    for (n, (_, payload)) in b.out.packets().into_iter().enumerate() {
        listener.receive(at(4000), 8, n as u32 * 160, payload);
    }
    assert_eq!(listener.keys(), "5");
}

#[test]
fn a_joined_leg_fills_the_pauses_of_its_peer_and_its_own_sound_goes_first() {
    let (mut a, mut b) = joined(BOTH, BOTH);
    let first = a.packet(8, 0, &[1; 160]);
    pass(&mut a, &mut b, &first);
    b.ticks(5);
    assert_eq!(b.out.rtp.len(), 1, "the peer may pause for a moment");
    b.ticks(10);
    assert!(b.out.rtp.len() > 4, "but not for long");
    b.stream.tone(SineTone::new(1000.0, -10.0));
    b.ticks(20);
    b.out.rtp.clear();
    let second = a.packet(8, 160, &[1; 160]);
    pass(&mut a, &mut b, &second);
    assert!(b.out.rtp.is_empty());
    b.stream.stop();
    let third = a.packet(8, 320, &[1; 160]);
    pass(&mut a, &mut b, &third);
    assert_eq!(b.out.rtp.len(), 1);
}

#[test]
fn a_frame_is_offered_to_the_joined_leg_only() {
    let mut rig = Rig::new(BOTH);
    assert!(!rig.receive(at(4000), 8, 0, &[1; 160]));
    rig.stream.set_joined(true);
    let packet = rig.packet(8, 160, &[1; 160]);
    let frame: Option<Frame<'_>> = rig.stream.on_rtp(rig.now, at(4000), &packet, &mut rig.out);
    assert_eq!(frame.unwrap().payload, [1; 160]);
}
