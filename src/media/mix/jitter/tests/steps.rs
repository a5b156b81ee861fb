//! Paths that change, and sources that pause, jump and restart.

use super::*;

/// A source that sends a packet of 20 ms each 20 ms, of one level, to a puller.
struct Call {
    buffer: JitterBuffer,
    now: Duration,
    sequence: u16,
    timestamp: u32,
}

impl Call {
    fn new() -> Call {
        let mut call = Call {
            buffer: JitterBuffer::new(),
            now: MS(1000),
            sequence: 4000,
            timestamp: 90_000,
        };
        call.pull();
        call
    }

    /// Turns with a packet each, that comes so much before the turn.
    fn talk(&mut self, turns: u32, level: i16) -> Vec<Played> {
        let each = (0..turns).map(|_| {
            let at = self.now + MS(5);
            let says = [level; 320];
            self.buffer.push(at, self.sequence, self.timestamp, &says);
            assert_within_limits(&self.buffer);
            self.skip(1);
            self.pull().0
        });
        each.collect()
    }

    /// The source counts on without sending.
    fn skip(&mut self, turns: u32) {
        self.sequence = self.sequence.wrapping_add(turns as u16);
        self.timestamp = self.timestamp.wrapping_add(turns * 160);
    }

    fn pull(&mut self) -> (Played, [i16; TURN]) {
        self.now += MS(20);
        let mut out = [0; TURN];
        let played = self.buffer.pull(self.now, &mut out);
        (played, out)
    }

    fn silence(&mut self, turns: u32) {
        for turn in 0..turns {
            let (played, out) = self.pull();
            if turn > 15 {
                assert_eq!((played, out), (Played::Silence, [0; TURN]));
            }
        }
    }

    /// Turns of talking until it is heard at its full level.
    fn turns_until_heard(&mut self, level: i16) -> u32 {
        for turn in 1..50 {
            let says = [level; 320];
            self.buffer
                .push(self.now + MS(5), self.sequence, self.timestamp, &says);
            self.skip(1);
            if self.pull().1[TURN - 1] == level {
                return turn;
            }
        }
        50
    }
}

#[test]
fn a_source_silent_for_minutes_is_heard_again_at_once() {
    // How much of the pause its timestamps count, in thousandths: all, with drift, none, too much.
    for counted in [1000, 999, 1001, 0, 5000] {
        let mut call = Call::new();
        call.talk(100, 5000);
        call.silence(15_000);
        call.timestamp = call.timestamp.wrapping_add(15 * 160 * counted);
        let turns = call.turns_until_heard(7000);
        println!("5 minutes, {counted} thousandths of them counted: heard in turn {turns}");
        assert!(turns <= 3, "{turns}");
    }
}

#[test]
fn the_depth_learnt_is_kept_over_a_pause_and_bounds_the_wait() {
    let mut call = Call::new();
    for _ in 0..10 {
        call.talk(10, 5000);
        // Two turns without a packet, then three at once.
        call.pull();
        call.pull();
        for _ in 0..2 {
            let says = [5000; 320];
            call.buffer
                .push(call.now + MS(5), call.sequence, call.timestamp, &says);
            call.skip(1);
        }
    }
    let depth = call.buffer.depth();
    call.silence(15_000);
    call.skip(15_000);
    let turns = call.turns_until_heard(7000);
    println!("depth {depth:?}, heard in turn {turns}");
    assert!(depth >= MS(55) && call.buffer.depth() >= MS(55));
    assert!(MS(20) * turns <= depth + MS(20) + MS(20));
}

#[test]
fn a_jump_of_the_timestamp_is_another_stream() {
    for jump in [i32::MIN, 1 << 30, 90_000, 4000, 1500, -800, -4000, -90_000] {
        let mut call = Call::new();
        call.talk(100, 5000);
        call.timestamp = call.timestamp.wrapping_add(jump as u32);
        let turns = call.turns_until_heard(-5000);
        println!("jump by {jump}: heard in turn {turns}");
        assert!(turns <= 8, "{turns}");
        let played = call.talk(100, -5000);
        assert!(played.iter().all(|&p| p == Played::Sound), "{played:?}");
    }
}

#[test]
fn a_source_that_begins_anew_a_few_numbers_back_is_no_copy() {
    let mut call = Call::new();
    call.talk(100, 5000);
    call.sequence = call.sequence.wrapping_sub(30);
    call.timestamp = call.timestamp.wrapping_add(1 << 30);
    assert!(call.turns_until_heard(-5000) <= 3);
    let played = call.talk(100, -5000);
    assert!(played.iter().all(|&p| p == Played::Sound), "{played:?}");
}

#[test]
fn stray_packets_do_not_disturb() {
    let mut call = Call::new();
    call.talk(100, 5000);
    let (at, timestamp) = (call.now + MS(1), call.timestamp.wrapping_add(1 << 30));
    // Alike in time, but not one after the other.
    for sequence in [9, 500, 77] {
        call.buffer.push(at, sequence, timestamp, &[-9000; 320]);
    }
    let played = call.talk(100, 5000);
    assert!(played.iter().all(|&p| p == Played::Sound));
}

#[test]
fn a_restart_takes_any_counters_at_once_and_drops_what_waits() {
    let mut call = Call::new();
    call.talk(100, 5000);
    call.buffer.restart();
    call.sequence = call.sequence.wrapping_sub(3);
    call.timestamp = call.timestamp.wrapping_sub(1000);
    let turns = call.turns_until_heard(-5000);
    println!("restart: heard in turn {turns}");
    assert!(turns <= 3, "{turns}");
}

#[test]
fn the_delay_grows_at_once_and_shrinks_slowly() {
    let mut random = Random::new(4);
    let mut packets = Path::default().packets(120, &mut random);
    // From 10 s to 40 s, 0 to 80 ms of jitter.
    for packet in &mut packets {
        if (10_000_000..40_000_000).contains(&packet.arrives_us) {
            packet.arrives_us += random.below(80_000);
        }
    }
    packets.sort_by_key(|packet| packet.arrives_us);
    let (mut made_up, mut waits) = (Vec::new(), Vec::new());
    let sound = |n| sine(437.0, 10_000.0, n);
    let mut buffer = JitterBuffer::new();
    play(&mut buffer, &packets, sound, |now, played, _, buffer| {
        if played != Played::Sound && now > MS(200) && now < MS(119_000) {
            made_up.push(now);
        }
        if now.as_millis() % 10_000 == 0 {
            waits.push((buffer.end - buffer.next) / 16);
        }
    });
    println!("80 ms of jitter from 10 s to 40 s: made up at {made_up:?}");
    println!("waiting every 10 s, in ms: {waits:?}");
    assert!(made_up.len() <= 8, "{}", made_up.len());
    assert!(made_up.iter().all(|&at| at < MS(12_000)));
    assert!(
        waits[1] <= 40 && waits[5] >= 35 && waits[11] <= 40,
        "{waits:?}"
    );
}

#[test]
fn after_a_stall_the_delay_is_within_40_ms_of_what_it_was() {
    let sound = |n| sine(437.0, 10_000.0, n);
    for stall_ms in [900, 1000, 1060, 1500] {
        let mut packets = Path::default().packets(20, &mut Random::new(6));
        let until = 10_000_000 + stall_ms * 1000;
        for packet in &mut packets {
            if (10_000_000..until).contains(&packet.arrives_us) {
                packet.arrives_us = until;
            }
        }
        let (mut longest, mut heard) = (0, Vec::new());
        let mut buffer = JitterBuffer::new();
        play(&mut buffer, &packets, sound, |now, _, out, buffer| {
            heard.extend(out);
            if now > Duration::from_micros(until) {
                longest = longest.max((buffer.end - buffer.next) / 16);
            }
        });
        println!("{stall_ms} ms at once: at most {longest} ms wait after it");
        // 12 ms wait after a turn on this path without a stall.
        assert!(longest <= 12 + BURST / 16, "{longest}");
        assert!(largest_step(&heard) <= 1715 * 13 / 10 + 50);
    }
}

#[test]
fn a_copy_that_comes_late_does_not_deepen_the_buffer() {
    let mut packets = Path::default().packets(20, &mut Random::new(1));
    let copies: Vec<_> = packets
        .iter()
        .map(|&packet| Packet {
            arrives_us: packet.arrives_us + 110_000,
            ..packet
        })
        .collect();
    let length = packets.len() * 320;
    packets.extend(copies);
    packets.sort_by_key(|packet| packet.arrives_us);
    let mut buffer = JitterBuffer::new();
    let heard = all_heard(&mut buffer, &packets, noise);
    assert!(exact_after(&heard, length).is_some());
    assert!(buffer.depth() < MS(30), "{:?}", buffer.depth());
}

#[test]
fn early_packets_in_a_stream_that_has_just_begun_wait_no_longer_than_the_limit() {
    let mut call = Call::new();
    let says = [5000; MAX_PACKET];
    let first = call.timestamp;
    // One almost too late makes the depth the greatest; then one comes far too early.
    for (n, behind) in [0, 1200, -1450].into_iter().enumerate() {
        let timestamp = first.wrapping_sub(behind as u32);
        let sequence = call.sequence + n as u16;
        let at = call.now + MS(19);
        call.buffer.push(at, sequence, timestamp, &says);
        assert_within_limits(&call.buffer);
    }
}

#[test]
fn sound_stretched_among_many_gaps_does_not_click() {
    for drift_ppm in [-1000, 1000] {
        let path = Path {
            drift_ppm,
            lost_percent: 15,
            ..Path::default()
        };
        let packets = path.packets(600, &mut Random::new(8));
        let sound = |n| sine(437.0, 10_000.0, n);
        let heard = all_heard(&mut JitterBuffer::new(), &packets, sound);
        let step = largest_step(&heard);
        println!("15 % lost, {drift_ppm} ppm: largest step {step}, own 1715");
        assert!(step <= 1715 * 13 / 10 + 50, "{step}");
    }
}

#[test]
fn jitter_beyond_the_limit_costs_packets_and_not_delay() {
    let path = Path {
        jitter_us: 400_000,
        ..Path::default()
    };
    let packets = path.packets(120, &mut Random::new(8));
    let (mut concealed, mut turns, mut longest) = (0, 0, 0);
    let mut buffer = JitterBuffer::new();
    play(&mut buffer, &packets, noise, |now, played, _, buffer| {
        if now > MS(5000) && now < MS(120_000) {
            turns += 1;
            concealed += u32::from(played != Played::Sound);
            longest = longest.max((buffer.end - buffer.next) / 16);
        }
    });
    println!("jitter of 0 to 400 ms: {concealed} of {turns} turns not whole, {longest} ms wait");
    assert!(longest <= 200 && concealed < turns * 95 / 100);
}
