use proptest::prelude::*;

use super::*;

fn packet(key: char, end: bool, duration: u16) -> EventPacket {
    EventPacket {
        code: Key::from_char(key).unwrap().code(),
        end,
        volume: 10,
        duration,
    }
}

fn keys(packets: &[(u32, EventPacket)]) -> String {
    let mut receiver = EventReceiver::default();
    packets
        .iter()
        .filter_map(|&(timestamp, packet)| receiver.on_packet(timestamp, packet))
        .map(Key::as_char)
        .collect()
}

/// A press as phones send it: an update every 20 ms, the last one three times with the end bit.
fn press(key: char, timestamp: u32, updates: u16) -> Vec<(u32, EventPacket)> {
    let mut packets: Vec<_> = (1..updates)
        .map(|n| (timestamp, packet(key, false, n * 160)))
        .collect();
    packets.extend([(timestamp, packet(key, true, updates * 160)); 3]);
    packets
}

#[test]
fn a_press_with_its_repeats_is_one_key() {
    assert_eq!(keys(&press('5', 1000, 5)), "5");
    let repeats = [(1000, packet('5', true, 800)); 10];
    assert_eq!(keys(&repeats), "5");
}

#[test]
fn a_lost_marker_packet_still_gives_one_key() {
    assert_eq!(keys(&press('5', 1000, 5)[1..]), "5");
}

#[test]
fn lost_end_packets_still_give_one_key() {
    let mut packets = press('5', 1000, 5)[..4].to_vec();
    packets.extend(&press('5', 4000, 5)[..4]);
    assert_eq!(keys(&packets), "55");
}

#[test]
fn the_same_key_twice_is_two_keys() {
    assert_eq!(
        keys(&[press('5', 1000, 5), press('5', 2600, 5)].concat()),
        "55"
    );
}

#[test]
fn a_late_packet_of_an_older_press_is_not_a_key() {
    let first = press('1', 1000, 5);
    let packets = [first.clone(), press('2', 2600, 5), first[3..].to_vec()].concat();
    assert_eq!(keys(&packets), "12");
}

#[test]
fn a_long_press_whose_duration_wraps_is_one_key() {
    let packets: Vec<_> = (1..600u32)
        .map(|n| (1000, packet('7', n == 599, (n * 160) as u16)))
        .collect();
    assert_eq!(keys(&packets), "7");
}

#[test]
fn a_long_press_in_segments_is_one_key_even_when_packets_are_lost() {
    let mut packets = Vec::new();
    for segment in 0..3u32 {
        let start = 1000 + segment * 65_535;
        for n in 1..=409u32 {
            packets.push((start, packet('7', false, (n * 160) as u16)));
        }
        packets.push((start, packet('7', false, 65_535)));
    }
    packets.push((1000 + 3 * 65_535, packet('7', true, 160)));
    assert_eq!(keys(&packets), "7");
    let some: Vec<_> = packets.iter().copied().skip(3).step_by(7).collect();
    assert_eq!(keys(&some), "7");
}

#[test]
fn events_that_are_no_keys_are_ignored() {
    let flash = EventPacket {
        code: 16,
        end: false,
        volume: 0,
        duration: 160,
    };
    assert_eq!(keys(&[(1000, flash)]), "");
    assert_eq!(EventPacket::read(&[1, 2, 3]), None);
}

proptest! {
    /// Presses, each packet of which may be lost, copied, or late: as long as one packet of a press
    /// arrives it is one key, and the keys are the ones pressed.
    #[test]
    fn every_press_of_which_a_packet_arrives_is_exactly_one_key(
        presses in proptest::collection::vec((0u8..16, 1u16..30, 400u32..40_000), 1..14),
        fates in proptest::collection::vec((0u8..10, 0u8..3, 0usize..6), 14 * 40),
        start: u32,
    ) {
        let mut timestamp = start;
        let mut arrivals = Vec::new();
        let mut expected = Vec::new();
        let mut fate = fates.into_iter();
        let mut place = 0;
        for (code, updates, gap) in presses {
            let key = Key::from_code(code).unwrap();
            let mut arrived = false;
            for (at, packet) in press(key.as_char(), timestamp, updates) {
                let (loss, copies, late) = fate.next().unwrap();
                place += 1;
                if loss < 4 {
                    continue;
                }
                arrived = true;
                for copy in 0..=copies {
                    arrivals.push((place + late * usize::from(copy + 1), at, packet));
                }
            }
            if arrived {
                expected.push(code);
            }
            timestamp = timestamp.wrapping_add(u32::from(updates) * 160 + gap);
        }
        arrivals.sort_by_key(|&(place, ..)| place);
        let mut receiver = EventReceiver::default();
        let mut got: Vec<u8> = arrivals
            .into_iter()
            .filter_map(|(_, at, packet)| receiver.on_packet(at, packet))
            .map(Key::code)
            .collect();
        got.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(got, expected);
    }
}
