//! A jitter buffer on paths of every kind.

use super::*;
use crate::media::mix::testing::{Random, largest_step, sine};

mod hostile;
mod hour;
mod steps;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A packet under way: when it arrives, and which samples of the sound it carries.
#[derive(Clone, Copy, Debug)]
struct Packet {
    arrives_us: u64,
    sequence: u16,
    timestamp: u32,
    from: usize,
    length: usize,
}

/// What a path does to packets.
struct Path {
    packet_ms: u64,
    /// How much slower the sender's clock is than ours.
    drift_ppm: i64,
    jitter_us: u64,
    lost_percent: u64,
    twice_percent: u64,
    first_sequence: u16,
    first_timestamp: u32,
    /// When the first packet leaves.
    phase_us: u64,
}

impl Default for Path {
    fn default() -> Path {
        Path {
            packet_ms: 20,
            drift_ppm: 0,
            jitter_us: 0,
            lost_percent: 0,
            twice_percent: 0,
            first_sequence: 100,
            first_timestamp: 5000,
            phase_us: 7000,
        }
    }
}

impl Path {
    /// A stretch of packets, as they arrive.
    fn packets(&self, seconds: u64, random: &mut Random) -> Vec<Packet> {
        let length = self.packet_ms as usize * 16;
        let mut packets = Vec::new();
        for n in 0..seconds * 1000 / self.packet_ms {
            let spoken_us = (n + 1) * self.packet_ms * 1000;
            let drifted = spoken_us as i64 + spoken_us as i64 * self.drift_ppm / 1_000_000;
            let copies = 1 + usize::from(random.below(100) < self.twice_percent);
            if random.below(100) < self.lost_percent {
                continue;
            }
            for _ in 0..copies {
                packets.push(Packet {
                    arrives_us: self.phase_us + drifted as u64 + random.below(self.jitter_us + 1),
                    sequence: self.first_sequence.wrapping_add(n as u16),
                    timestamp: self
                        .first_timestamp
                        .wrapping_add((n * self.packet_ms * 8) as u32),
                    from: n as usize * length,
                    length,
                });
            }
        }
        packets.sort_by_key(|packet| packet.arrives_us);
        packets
    }
}

/// Plays packets of a sound into a buffer, and shows each turn.
fn play(
    buffer: &mut JitterBuffer,
    packets: &[Packet],
    sound: impl Fn(usize) -> i16,
    mut each: impl FnMut(Duration, Played, &[i16; TURN], &JitterBuffer),
) {
    let Some(last) = packets.last() else { return };
    let mut waiting = packets.iter().peekable();
    for turn in 0..last.arrives_us / 20_000 + 15 {
        let now = MS(20 * turn);
        while let Some(packet) = waiting.next_if(|p| Duration::from_micros(p.arrives_us) <= now) {
            let samples: Vec<i16> = (packet.from..packet.from + packet.length)
                .map(&sound)
                .collect();
            let at = Duration::from_micros(packet.arrives_us);
            buffer.push(at, packet.sequence, packet.timestamp, &samples);
            assert_within_limits(buffer);
        }
        let mut out = [0; TURN];
        let played = buffer.pull(now, &mut out);
        each(now, played, &out, buffer);
    }
}

/// No sound waits longer than the limit and its own packet; the ring is not overrun.
fn assert_within_limits(buffer: &JitterBuffer) {
    let waits = (buffer.end - buffer.next).max(0);
    assert!(waits <= MAX_DELAY + MAX_PACKET as i64, "{waits}");
    assert!(buffer.depth() >= MS(20) && buffer.depth() <= MS(200));
    assert!(buffer.heard <= buffer.next && buffer.next % 2 == 0);
    assert_eq!(buffer.clear, buffer.next - BEHIND);
}

/// Noise that is the same each time: sample `n`.
fn noise(n: usize) -> i16 {
    Random::new(n as u64).sample() / 2
}

fn all_heard(
    buffer: &mut JitterBuffer,
    packets: &[Packet],
    sound: impl Fn(usize) -> i16,
) -> Vec<i16> {
    let mut heard = Vec::new();
    play(buffer, packets, sound, |_, _, out, _| heard.extend(out));
    heard
}

/// After how many samples what is heard is exactly what was sent, all but the 5 ms of fading in.
fn exact_after(heard: &[i16], length: usize) -> Option<usize> {
    let first = heard.iter().position(|&sample| sample != 0)?;
    let early = first.saturating_sub(80);
    (early..=first).find(|delay| (80..length).all(|n| heard.get(n + delay) == Some(&noise(n))))
}

#[test]
fn even_packets_come_out_exactly_after_the_first_delay() {
    for packet_ms in [10, 20, 30, 40, 60] {
        for phase_us in [0, 1, 7000, 13_333, 19_999] {
            let path = Path {
                packet_ms,
                phase_us,
                ..Path::default()
            };
            let packets = path.packets(20, &mut Random::new(1));
            let heard = all_heard(&mut JitterBuffer::new(), &packets, noise);
            let delay = exact_after(&heard, packets.len() * packet_ms as usize * 16);
            let delay = delay.expect("exact") as u64 * 125 / 2 - phase_us - packet_ms * 1000;
            println!("{packet_ms} ms packets, phase {phase_us} us: wait {delay} us");
            assert!((19_900..=45_000).contains(&delay), "{delay}");
        }
    }
}

#[test]
fn a_buffer_is_small() {
    let inline = size_of::<JitterBuffer>();
    println!("{inline} bytes and the ring of 16384");
    assert!(inline <= 3 * 1024);
}

#[test]
fn both_counters_wrap_unheard() {
    let path = Path {
        first_sequence: 65_500,
        first_timestamp: u32::MAX - 20_000,
        ..Path::default()
    };
    let packets = path.packets(10, &mut Random::new(1));
    assert!(packets.iter().any(|p| p.sequence == 0) && packets.iter().any(|p| p.timestamp < 160));
    let heard = all_heard(&mut JitterBuffer::new(), &packets, noise);
    assert!(exact_after(&heard, packets.len() * 320).is_some());
}

#[test]
fn reordered_and_duplicated_packets_come_out_exactly_once_the_depth_is_there() {
    let path = Path {
        jitter_us: 50_000,
        twice_percent: 20,
        ..Path::default()
    };
    let packets = path.packets(20, &mut Random::new(5));
    assert!(packets.windows(2).any(|w| w[0].sequence > w[1].sequence));
    let mut made_up = Vec::new();
    play(
        &mut JitterBuffer::new(),
        &packets,
        noise,
        |now, played, _, _| {
            if now > MS(200) && now < MS(20_000) && played != Played::Sound {
                made_up.push(now);
            }
        },
    );
    println!("jitter of 0 to 50 ms: turns concealed in 20 s: {made_up:?}");
    assert!(made_up.len() <= 5);
    assert!(made_up.iter().all(|&at| at < MS(3000)), "{made_up:?}");
}

#[test]
fn concealment_fades_out_and_what_comes_again_fades_in() {
    let sound = |n| sine(437.0, 20_000.0, n);
    let mut packets = Path::default().packets(4, &mut Random::new(1));
    packets.retain(|p| !(16_000..32_000).contains(&p.from));
    let (mut heard, mut kinds) = (Vec::new(), Vec::new());
    play(
        &mut JitterBuffer::new(),
        &packets,
        sound,
        |_, played, out, _| {
            heard.extend(out);
            kinds.push(played);
        },
    );
    let concealed = kinds.iter().filter(|&&k| k == Played::Concealed).count();
    let silent = kinds[20..kinds.len() - 20]
        .iter()
        .filter(|&&k| k == Played::Silence)
        .count();
    let own = largest_step(&(0..16_000).map(sound).collect::<Vec<_>>());
    println!(
        "a gap of 1 s: {concealed} concealed, {silent} silent turns; step {} of {own}",
        largest_step(&heard)
    );
    // One gap in the midst, one at the end.
    assert!((6..=8).contains(&concealed), "{concealed}");
    assert!((46..=47).contains(&silent), "{silent}");
    assert!(largest_step(&heard) < own * 13 / 10);
}

#[test]
fn a_turn_that_is_late_or_left_out_costs_a_little_delay_for_a_while() {
    let mut random = Random::new(9);
    let packets = Path {
        jitter_us: 5000,
        ..Path::default()
    }
    .packets(60, &mut random);
    let mut buffer = JitterBuffer::new();
    let mut waiting = packets.iter().peekable();
    let mut heard = Vec::new();
    let (mut concealed, mut longest) = (0, 0);
    let sound = |n| sine(300.0, 8000.0, n);
    for turn in 0..3000u64 {
        let now = MS(20 * turn + random.below(15));
        if turn % 500 == 499 || (1000..1003).contains(&turn) {
            continue;
        }
        while let Some(p) = waiting.next_if(|p| Duration::from_micros(p.arrives_us) <= now) {
            let samples: Vec<i16> = (p.from..p.from + p.length).map(sound).collect();
            buffer.push(
                Duration::from_micros(p.arrives_us),
                p.sequence,
                p.timestamp,
                &samples,
            );
            assert_within_limits(&buffer);
        }
        let mut out = [0; TURN];
        let played = buffer.pull(now, &mut out);
        heard.extend(out);
        concealed += u32::from(turn > 10 && played != Played::Sound);
        longest = longest.max(buffer.end - buffer.next);
    }
    let left = (buffer.end - buffer.next) / 16;
    println!(
        "late and missed turns: {concealed} concealed; at most {longest} samples wait, {left} ms at last"
    );
    assert!(concealed <= 6, "{concealed}");
    assert!(left <= 70, "{left}");
    assert!(largest_step(&heard) < 1500);
}

#[test]
fn turns_left_out_are_made_up_for_within_seconds() {
    for left_out in [1, 4, 50] {
        let packets = Path::default().packets(20, &mut Random::new(1));
        let mut buffer = JitterBuffer::new();
        let mut waiting = packets.iter().peekable();
        let mut waits = Vec::new();
        for turn in 0..900 {
            let now = MS(20 * turn);
            if (500..500 + left_out).contains(&turn) {
                continue;
            }
            while let Some(p) = waiting.next_if(|p| Duration::from_micros(p.arrives_us) <= now) {
                let at = Duration::from_micros(p.arrives_us);
                let says: Vec<i16> = (p.from..p.from + 320)
                    .map(|n| sine(300.0, 8000.0, n))
                    .collect();
                buffer.push(at, p.sequence, p.timestamp, &says);
            }
            buffer.pull(now, &mut [0; TURN]);
            waits.push((buffer.end - buffer.next) / 16);
        }
        let (before, after) = (waits[499], waits[650]);
        println!("{left_out} turns left out: {before} ms wait before, {after} ms 3 s later");
        assert!((before - 5..=before + 6).contains(&after));
    }
}
