//! Ten minutes of a call over a bad line, through the thread into a file.

use super::*;

/// Packets of each channel: ten minutes.
const PACKETS: u64 = 30_000;
/// The peer's clock is so much too fast, in parts per million.
const DRIFT: u64 = 100;
/// The shortest time on the way to us, in milliseconds.
const WAY: u64 = 35;
/// Samples that a burst of tone lasts.
const BURST: u64 = 800;

/// When bursts begin, in milliseconds of the recording, in both channels alike: near the start, and
/// every 5 s.
fn bursts() -> impl Iterator<Item = u64> {
    std::iter::once(200).chain((1..120).map(|n| n * 5_000))
}

/// The payload of a packet from this sample on of a stream whose bursts begin at these samples.
fn payload(codec: Codec, from: u64, onsets: &[u64]) -> (Vec<u8>, bool) {
    let levels = [12_000, 0, -12_000, 0].map(|level| encode(codec, level));
    let silence = encode(codec, 0);
    let of = |at: u64| {
        let onset = onsets[onsets
            .partition_point(|&onset| onset <= at)
            .saturating_sub(1)];
        match at.checked_sub(onset) {
            Some(since) if since < BURST => levels[(since % 4) as usize],
            _ => silence,
        }
    };
    let begins = onsets
        .iter()
        .any(|onset| (from..from + 160).contains(onset));
    ((from..from + 160).map(of).collect(), begins)
}

struct Packet {
    at_us: u64,
    channel: Channel,
    timestamp: u32,
    codec: Codec,
    payload: Vec<u8>,
}

/// What the caller says: lost, held up, reordered and doubled on its way.
fn said(dice: &mut Dice) -> Vec<Packet> {
    // A sample of the peer lasts less than one of ours.
    let to_peer = |ms: u64| (ms - WAY) * 8 * (1_000_000 + DRIFT) / 1_000_000;
    let onsets: Vec<u64> = bursts().map(to_peer).collect();
    let mut packets = Vec::new();
    for n in 0..PACKETS {
        let (payload, begins) = payload(Codec::Pcmu, n * 160, &onsets);
        // A burst whose beginning is lost tells nothing of where it is.
        if dice.below(100) == 0 && !begins {
            continue;
        }
        let sent = n * 20_000 * 1_000_000 / (1_000_000 + DRIFT);
        let copies = if dice.below(50) == 0 { 2 } else { 1 };
        for _ in 0..copies {
            let held_up = if dice.below(100) == 0 { 200_000 } else { 0 };
            packets.push(Packet {
                at_us: sent + WAY * 1_000 + dice.below(60_000) + held_up,
                channel: Channel::Said,
                timestamp: (n as u32).wrapping_mul(160).wrapping_sub(1_000_000),
                codec: Codec::Pcmu,
                payload: payload.clone(),
            });
        }
    }
    packets
}

/// What the caller hears: our own packets, as they leave.
fn heard(dice: &mut Dice) -> Vec<Packet> {
    let onsets: Vec<u64> = bursts().map(|ms| ms * 8).collect();
    let packet = |n: u64| Packet {
        at_us: n * 20_000 + dice.below(2_000),
        channel: Channel::Heard,
        timestamp: (n as u32).wrapping_mul(160).wrapping_add(0xFFF0_0000),
        codec: Codec::Pcma,
        payload: payload(Codec::Pcma, n * 160, &onsets).0,
    };
    (0..PACKETS).map(packet).collect()
}

/// How far from where it should be the burst at a time is found, in samples.
fn found(channel: &[i16], ms: u64) -> i64 {
    let from = (ms * 8).saturating_sub(1_600) as usize;
    let after = &channel[from..from + 4_000];
    let onset = after.iter().position(|&sample| sample > 8_000).unwrap();
    (from + onset) as i64 - (ms * 8) as i64
}

#[test]
fn bursts_in_both_channels_are_where_they_should_be_for_ten_minutes() {
    const BEGUN: Duration = Duration::from_millis(1_234);
    let dice = &mut Dice(20);
    let mut packets = said(dice);
    packets.extend(heard(dice));
    packets.sort_by_key(|packet| packet.at_us);

    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        at_once: 1,
        queue: 70_000,
        longest: 3_600,
    };
    let recorder = Recorder::start_within(folder.path(), limits).unwrap();
    let mut track = recorder.begin("call", BEGUN).unwrap();
    for packet in &packets {
        track.put(
            packet.channel,
            BEGUN + Duration::from_micros(packet.at_us),
            packet.timestamp,
            packet.codec,
            &packet.payload,
        );
    }
    track.finish(BEGUN + MILLIS(20 * PACKETS));
    settle(&recorder);
    assert_eq!(recorder.stats().lost, 0);
    let sound = Sound::read(&fs::read(folder.path().join("call.wav")).unwrap());
    assert_eq!(sound.len() as u64, PACKETS * 160);

    let off: Vec<(i64, i64)> = bursts()
        .map(|ms| (found(&sound.channels[0], ms), found(&sound.channels[1], ms)))
        .collect();
    let ms = |samples: i64| samples as f64 / MS as f64;
    let worst = |of: fn(&(i64, i64)) -> i64| ms(off.iter().map(|o| of(o).abs()).max().unwrap());
    for (place, (said, heard)) in [("first", off[0]), ("last", off[off.len() - 1])] {
        println!(
            "{place} of {} bursts: said {:.2} ms, heard {:.2} ms from the truth",
            off.len(),
            ms(said),
            ms(heard)
        );
    }
    println!(
        "at worst: said {:.2} ms, heard {:.2} ms from the truth, {:.2} ms from each other",
        worst(|o| o.0),
        worst(|o| o.1),
        worst(|o| o.0 - o.1)
    );
    for (said, heard) in off {
        assert!(said.abs() <= 20 * MS && heard.abs() <= 20 * MS);
        assert!((said - heard).abs() <= 20 * MS);
    }
}
