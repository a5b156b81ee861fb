//! A recording without a thread, its file in memory.

use proptest::prelude::*;

use super::super::{
    piece::{PIECE, Piece},
    recording::{Recording, Scratch},
};
use super::*;

/// A day: longer than any test.
const LONGEST: i64 = 24 * 3600 * RATE;

struct Rig {
    recording: Recording<Shared>,
    file: Shared,
    scratch: Scratch,
}

/// A file in memory that can be looked at after the recording is gone.
#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Cursor<Vec<u8>>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.lock().unwrap().seek(to)
    }
}

impl Rig {
    fn new(begun_us: u64, longest: i64) -> Rig {
        let file = Shared::default();
        Rig {
            recording: Recording::new(file.clone(), begun_us, longest).unwrap(),
            file,
            scratch: Scratch::default(),
        }
    }

    fn put(&mut self, channel: Channel, at_ms: u64, timestamp: u32, sample: i16) {
        let bytes = [encode(Codec::Pcma, sample); PIECE];
        let piece = Piece::new(0, channel, at_ms * 1_000, timestamp, Codec::Pcma).with(0, &bytes);
        self.recording.on_piece(&piece, &mut self.scratch).unwrap();
    }

    fn finish(mut self, end_ms: u64) -> Sound {
        self.recording
            .finish(end_ms * 1_000, &mut self.scratch)
            .unwrap();
        Sound::read(self.file.0.lock().unwrap().get_ref())
    }
}

/// The stretches of sound of a channel, from sample to sample.
fn stretches(channel: &[i16]) -> Vec<(usize, usize)> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (at, _) in channel.iter().enumerate().filter(|(_, s)| **s != 0) {
        match stretches.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => stretches.push((at, at + 1)),
        }
    }
    stretches
}

#[test]
fn a_gap_is_silence_of_its_own_length_in_both_channels() {
    let mut rig = Rig::new(5_000_000, LONGEST);
    for n in 0..500u32 {
        let at = 5_000 + u64::from(n) * 20;
        if !(100..250).contains(&n) {
            rig.put(Channel::Said, at, n * 160, 1_000);
        }
        if n != 300 {
            rig.put(
                Channel::Heard,
                at,
                n.wrapping_mul(160).wrapping_sub(7),
                -1_000,
            );
        }
    }
    let sound = rig.finish(15_000);
    assert_eq!(sound.len(), 80_000);
    let [said, heard] = sound.channels.map(|channel| stretches(&channel));
    assert_eq!(said, [(0, 16_000), (40_000, 80_000)]);
    assert_eq!(heard, [(0, 48_000), (48_160, 80_000)]);
}

#[test]
fn late_reordered_and_doubled_packets_leave_no_mark() {
    let mut rig = Rig::new(0, LONGEST);
    let level = |n: u32| 500 + 100 * (n % 50) as i16;
    let mut packets: Vec<(u64, u32)> = Vec::new();
    let mut dice = Dice(3);
    for n in 0..1_000u32 {
        // One of the first is quick, one of each ten comes twice, one very late.
        let late = if n == 2 { 0 } else { dice.below(60) };
        let very_late = if n % 10 == 7 { 400 } else { 0 };
        packets.push((u64::from(n) * 20 + late + very_late, n));
        if n % 10 == 3 {
            packets.push((u64::from(n) * 20 + 450, n));
        }
    }
    packets.sort_unstable();
    for (at, n) in packets {
        rig.put(Channel::Said, at, n * 160, level(n));
    }
    let sound = rig.finish(0);
    for (n, packet) in sound.channels[0].chunks_exact(160).enumerate().take(1_000) {
        let expected = Law::A.decode(encode(Codec::Pcma, level(n as u32)));
        assert_eq!(packet, [expected; 160], "packet {n}");
    }
}

#[test]
fn a_call_whose_first_packets_were_held_up_begins_whole() {
    let mut rig = Rig::new(0, LONGEST);
    let level = |n: u32| 500 + 400 * n as i16;
    for n in 0..20u32 {
        // The first five come together, the last of them at its time.
        let at = 200 + u64::from(n.max(4)) * 20;
        rig.put(Channel::Said, at, n * 160, level(n));
    }
    let sound = rig.finish(0);
    for (n, packet) in sound.channels[0].chunks_exact(160).skip(10).enumerate() {
        let expected = Law::A.decode(encode(Codec::Pcma, level(n as u32)));
        assert_eq!(packet, [expected; 160], "packet {n}");
    }
    assert_eq!(sound.len(), 30 * 160);
}

#[test]
fn steering_against_drift_leaves_no_hole() {
    for ppm in [-500, 500i64] {
        let mut rig = Rig::new(0, LONGEST);
        let bytes = [encode(Codec::Pcmu, 1_000); PIECE];
        for n in 0..6_000i64 {
            let at = (n * 20_000 * (1_000_000 + ppm) / 1_000_000) as u64;
            let piece = Piece::new(0, Channel::Heard, at, n as u32 * 160, Codec::Pcmu);
            let piece = piece.with(0, &bytes);
            rig.recording.on_piece(&piece, &mut rig.scratch).unwrap();
        }
        let sound = rig.finish(0);
        let len = sound.len();
        // Two minutes less or more 60 ms, but for what lags.
        assert!((len as i64 - 960_000 - ppm * 960 / 1_000).abs() < 20 * MS);
        assert_eq!(stretches(&sound.channels[1]), [(0, len)]);
    }
}

#[test]
fn a_jump_and_a_wrap_of_the_timestamp_leave_no_gap() {
    let mut rig = Rig::new(0, LONGEST);
    for n in 0..300u32 {
        let base = if n < 100 { u32::MAX - 8_000 } else { 12_345 };
        let timestamp = base.wrapping_add(n * 160);
        rig.put(Channel::Said, u64::from(n) * 20, timestamp, 1_000);
    }
    let sound = rig.finish(0);
    assert_eq!(stretches(&sound.channels[0]), [(0, 48_000)]);
}

#[test]
fn what_the_call_is_silent_after_belongs_to_it() {
    let mut rig = Rig::new(1_000_000, LONGEST);
    rig.put(Channel::Said, 1_000, 0, 1_000);
    assert_eq!(rig.finish(8_250).len(), 58_000);
    // Where no end is told, it is that of the sound.
    let mut rig = Rig::new(1_000_000, LONGEST);
    rig.put(Channel::Said, 4_000, 0, 1_000);
    assert_eq!(rig.finish(0).len(), 24_160);
    assert_eq!(Rig::new(1_000_000, LONGEST).finish(0).len(), 0);
}

#[test]
fn the_longest_recording_is_cut_to_the_sample() {
    let mut rig = Rig::new(0, 5 * RATE + 100);
    for n in 0..400u32 {
        rig.put(Channel::Said, u64::from(n) * 20, n * 160, 1_000);
        assert_eq!(rig.recording.is_full(), n * 20 >= 6_500, "{n}");
    }
    assert_eq!(rig.finish(100_000).len(), 40_100);
}

#[test]
fn a_recording_left_alone_is_playable_but_for_its_last_seconds() {
    let mut rig = Rig::new(0, LONGEST);
    for n in 0..2_000u32 {
        let at = u64::from(n) * 20;
        rig.put(Channel::Said, at, n * 160, 1_000);
        let file = rig.file.0.lock().unwrap();
        let file = file.get_ref();
        let told = u64::from(u32::from_le_bytes(file[40..44].try_into().unwrap()));
        assert!(told + 44 <= file.len() as u64);
        // Ten seconds of writing, one of gathering, half of holding back.
        assert!(told / 32 + 11_500 >= at, "{told} at {at}");
    }
}

/// Anything that a track can put into the queue within 20 s; times run on but for little.
fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let codec = prop_oneof![Just(Codec::Pcma), Just(Codec::Pcmu)];
    let channel = prop_oneof![Just(Channel::Said), Just(Channel::Heard)];
    let timestamp = prop_oneof![Just(None), any::<u32>().prop_map(Some)];
    let step = prop_oneof![9 => 0u64..60_000, 1 => 0u64..3_000_000];
    let part = (
        0u16..1_120,
        proptest::collection::vec(any::<u8>(), 0..PIECE + 20),
    );
    let piece = (step, 0u64..30_000, channel, timestamp, codec, part);
    proptest::collection::vec(piece, 0..250).prop_map(|pieces| {
        let mut now = 0;
        let mut made = Vec::new();
        for (step, back, channel, timestamp, codec, (skip, payload)) in pieces {
            now += step;
            let at = now.saturating_sub(back);
            let timestamp = timestamp.unwrap_or((at / 125) as u32);
            made.push(Piece::new(0, channel, at, timestamp, codec).with(skip, &payload));
        }
        made
    })
}

proptest! {
    #[test]
    fn whatever_comes_in_the_file_is_as_long_as_the_call(
        pieces in pieces(), begun in 0u64..100_000, end in 0u64..30_000_000,
    ) {
        let mut rig = Rig::new(begun, LONGEST);
        let mut last = 0;
        for piece in &pieces {
            rig.recording.on_piece(piece, &mut rig.scratch).unwrap();
            last = last.max(samples(piece.at));
            prop_assert!(rig.recording.held() <= 2 * RATE as usize);
        }
        let sound = rig.finish(end / 1_000);
        let begun = samples(begun);
        let told = (samples(end / 1_000 * 1_000).max(last) - begun).max(0);
        let len = sound.len() as i64;
        // Sound stands out from its arrival by 20 ms of steering and 160 ms of packet.
        prop_assert!((told..=told + 180 * MS).contains(&len), "{len} {told}");
    }

    #[test]
    fn no_time_is_too_absurd(
        times in proptest::collection::vec(any::<u64>(), 0..20), begun: u64, end: u64,
    ) {
        let longest = 30 * RATE;
        let mut rig = Rig::new(begun, longest);
        for at in times {
            let piece = Piece::new(0, Channel::Said, at, 0, Codec::Pcma).with(0, &[1; 160]);
            rig.recording.on_piece(&piece, &mut rig.scratch).unwrap();
        }
        prop_assert!(rig.finish(end / 1_000).len() as i64 <= longest);
    }
}
