use proptest::prelude::*;

use super::*;

/// A small generator, so that every run is the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(0x5851_F42D_4C95_7F2D)
            .wrapping_add(0x1405_7B7E_F767_814F);
        ((self.0 >> 33) % sides) as i64
    }
}

/// Where packets are placed, less where they would be if they had not been held up on their way:
/// the largest difference after the first half second, and the last.
fn drift(ppm: i64, seconds: i64, jitter_ms: i64) -> (i64, i64) {
    let mut dice = Dice(ppm as u64);
    let mut aligner = Aligner::default();
    let (mut worst, mut last) = (0, 0);
    for n in 0..seconds * 50 {
        // The clock of the sender runs by so much too slowly.
        let sent = n * 160 + n * 160 * ppm / 1_000_000;
        let late = dice.below((jitter_ms * MS) as u64 + 1);
        let timestamp = (n as u32).wrapping_mul(160).wrapping_add(0xFFFF_0000);
        let placing = aligner.on_packet(sent + late, timestamp);
        if n >= 25 {
            last = placing.place - sent;
            worst = last.abs().max(worst);
        }
    }
    (worst, last)
}

#[test]
fn an_hour_of_drift_does_not_add_up() {
    for ppm in [-500, -100, 0, 100, 500] {
        let (worst, last) = drift(ppm, 3600, 60);
        println!(
            "drift {ppm:>4} ppm for an hour, jitter 0-60 ms: at most {:.1} ms off, at the end {:.1} ms",
            worst as f64 / MS as f64,
            last as f64 / MS as f64,
        );
        assert!(worst <= 10 * MS, "{ppm} ppm: {worst}");
    }
}

#[test]
fn without_jitter_and_drift_every_packet_follows_the_last() {
    let mut aligner = Aligner::default();
    for n in 0..10_000 {
        let placing = aligner.on_packet(77 + n * 160, (n as u32 * 160).wrapping_sub(800));
        assert_eq!((placing.place, placing.shift), (77 + n * 160, None));
    }
}

#[test]
fn jitter_moves_no_sound_once_settled() {
    let mut dice = Dice(1);
    let mut aligner = Aligner::default();
    let mut before = None;
    for n in 0..3_000 {
        // The quickest comes within the time of settling.
        let late = if n == 5 { 0 } else { dice.below(480) };
        let placing = aligner.on_packet(n * 160 + late, n as u32 * 160);
        if n > 25 {
            assert_eq!(placing.place, n * 160);
            assert!(before.is_none_or(|before| placing.place - before == 160));
        }
        before = Some(placing.place);
    }
}

#[test]
fn a_first_packet_that_was_held_up_is_moved_back() {
    let mut aligner = Aligner::default();
    assert_eq!(aligner.on_packet(400, 0).place, 400);
    assert_eq!(aligner.on_packet(450, 160).place, 450);
    let placing = aligner.on_packet(500, 320);
    let shift = Shift {
        from: 290,
        earlier: 110,
    };
    assert_eq!((placing.place, placing.shift), (500, Some(shift)));
    // And nothing more for another part of it.
    assert_eq!(aligner.on_packet(500, 320).shift, None);
    assert_eq!(aligner.on_packet(700, 480).place, 660);
}

#[test]
fn the_timestamp_wraps() {
    let mut aligner = Aligner::default();
    for n in 0..100 {
        let timestamp = (u32::MAX - 5_000).wrapping_add(n as u32 * 160);
        assert_eq!(aligner.on_packet(n * 160, timestamp).place, n * 160);
    }
}

#[test]
fn late_and_doubled_packets_get_their_own_place() {
    let mut aligner = Aligner::default();
    for n in 0..100 {
        aligner.on_packet(n * 160, n as u32 * 160);
    }
    for n in [99, 98, 80, 99, 76] {
        assert_eq!(aligner.on_packet(15_900, n as u32 * 160).place, n * 160);
    }
    // One that is too late for its anchor does not move it either.
    assert_eq!(aligner.on_packet(15_950, 10 * 160).place, 10 * 160);
    assert_eq!(aligner.on_packet(16_000, 100 * 160).place, 16_000);
}

#[test]
fn a_jump_of_the_timestamp_is_anchored_by_arrival() {
    for jump in [40_000, 80_000_000, 0x8000_0000, u32::MAX - 100_000] {
        let mut aligner = Aligner::default();
        for n in 0..200 {
            let jumped = if n < 100 { 0 } else { jump };
            let timestamp = (n as u32 * 160).wrapping_add(jumped);
            let place = aligner.on_packet(n * 160, timestamp).place;
            // The first of the new stream is not known from a very late packet of the old.
            let unknown = n == 100 && place < n * 160;
            assert!(place == n * 160 || unknown, "{jump} {n} {place}");
        }
    }
}

#[test]
fn one_packet_with_a_wrong_timestamp_moves_nothing() {
    let mut aligner = Aligner::default();
    for n in 0..200 {
        let wrong = n % 7 == 3;
        let timestamp = n as u32 * 160 + if wrong { 1_000_000 * n as u32 } else { 0 };
        assert_eq!(aligner.on_packet(n * 160, timestamp).place, n * 160);
    }
}

#[test]
fn after_a_pause_it_is_anchored_by_arrival() {
    for (pause, timestamp) in [(PAUSE + 1, 160), (PAUSE + 1, 7), (10 * PAUSE, 0x8000_0000)] {
        let mut aligner = Aligner::default();
        aligner.on_packet(0, 0);
        assert_eq!(aligner.on_packet(pause, timestamp).place, pause);
    }
    // A shorter one is a pause in the sound as well, if its timestamps say so.
    let mut aligner = Aligner::default();
    aligner.on_packet(0, 0);
    let timestamp = PAUSE as u32 - 700;
    let placing = aligner.on_packet(PAUSE - 300, timestamp);
    assert_eq!(placing.place, PAUSE - 700);
}

#[test]
fn a_longer_way_is_followed_when_it_has_lasted() {
    let mut aligner = Aligner::default();
    let mut place = 0;
    for n in 0..1_000 {
        let late = if n < 200 { 0 } else { 100 * MS };
        place = aligner.on_packet(n * 160 + late, n as u32 * 160).place;
        if n < 500 {
            assert_eq!(place, n * 160);
        }
    }
    assert_eq!(place, 999 * 160 + 100 * MS);
    // And a shorter one at once.
    let placing = aligner.on_packet(1_000 * 160, 1_000 * 160);
    assert_eq!(placing.place, 1_000 * 160);
}

#[test]
fn a_burst_after_a_standstill_ends_where_it_belongs() {
    let mut aligner = Aligner::default();
    let mut place = 0;
    for n in 0..300 {
        // From 2 s on everything waits, until 3.2 s.
        let arrival = if (100..160).contains(&n) {
            160 * 160
        } else {
            n * 160
        };
        place = aligner.on_packet(arrival, n as u32 * 160).place;
    }
    assert_eq!(place, 299 * 160);
}

proptest! {
    #[test]
    fn no_sound_is_from_the_future(
        packets in proptest::collection::vec(
            (0i64..2_000, prop_oneof![
                4 => (-4_000i64..4_000).prop_map(|off| (off, false)),
                1 => (0..1i64 << 32).prop_map(|off| (off, true)),
            ]),
            1..300,
        ),
        start: u32,
    ) {
        let mut aligner = Aligner::default();
        let mut arrival = 0;
        for (step, (off, jumps)) in packets {
            arrival += step;
            let timestamp = start
                .wrapping_add(if jumps { 0 } else { arrival as u32 })
                .wrapping_add(off as u32);
            let placing = aligner.on_packet(arrival, timestamp);
            prop_assert!(placing.place <= arrival + FURTHEST);
            prop_assert!(placing.shift.is_none_or(|shift| shift.earlier > 0));
            // Another part of the packet belongs beside it.
            prop_assert_eq!(aligner.on_packet(arrival, timestamp).place, placing.place);
        }
    }
}
