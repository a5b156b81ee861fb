use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{
    relay::Frame,
    sender::Starts,
    state::{Limits, Stream},
    *,
};
use crate::media::{
    clip::{Clip, Playlist},
    codec::{Codec, Law},
    dtmf::{Carrier, DualTone, EventPacket, EventReceiver, Key, SineTone},
    event::{Event, Heard},
    rtp::{self, HEADER, Header},
    sdp::Session,
};

const FRAME: Duration = Duration::from_millis(20);
const BOTH: &str = "RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000";

mod disturbed;
mod hostile;
mod joined;
mod prompts;
mod silence;

/// What a stream has put out.
#[derive(Default)]
struct Out {
    rtp: Vec<(SocketAddr, Vec<u8>)>,
    rtcp: Vec<(SocketAddr, Vec<u8>)>,
    events: Vec<Event>,
}

impl Outlet for Out {
    fn rtp(&mut self, to: SocketAddr, packet: &[u8]) {
        self.rtp.push((to, packet.to_vec()));
    }

    fn rtcp(&mut self, to: SocketAddr, packet: &[u8]) {
        self.rtcp.push((to, packet.to_vec()));
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn moment(&self) -> Duration {
        Duration::ZERO
    }
}

impl Out {
    fn packets(&self) -> Vec<(Header, &[u8])> {
        self.rtp
            .iter()
            .filter_map(|(_, p)| Header::read(p))
            .collect()
    }
}

/// A stream with its session, its outputs and a clock.
struct Rig {
    stream: Stream,
    session: Session,
    out: Out,
    now: Duration,
    peer: SocketAddr,
    sequence: u16,
}

fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], port))
}

impl Rig {
    /// A stream that has agreed to an offer with this `m=` line from its protocol on.
    fn new(media: &str) -> Rig {
        let starts = Starts {
            ssrc: 0xABCD,
            sequence: 65_530,
            timestamp: u32::MAX - 400,
            cname: Bytes::from("name"),
            seed: 5,
            ntp_epoch: 1 << 40,
        };
        let limits = Limits {
            silence: Duration::from_secs(10),
            settle: Duration::from_millis(200),
        };
        let mut rig = Rig {
            stream: Stream::new(&starts, limits),
            session: Session::new([127, 0, 0, 1].into(), 20_000, 1),
            out: Out::default(),
            now: Duration::from_secs(1),
            peer: at(4000),
            sequence: 100,
        };
        rig.offer(4000, media);
        rig
    }

    fn offer(&mut self, port: u16, media: &str) {
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio {port} {media}\r\n"
        );
        self.session.answer(&offer).unwrap();
        let agreement = self.session.agreement().unwrap().clone();
        self.stream.agree(self.now, agreement);
    }

    fn tick(&mut self) {
        self.now += self.stream.tick(self.now, &mut self.out);
    }

    fn ticks(&mut self, count: usize) {
        for _ in 0..count {
            self.tick();
        }
    }

    fn packet(&mut self, payload_type: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        packet(self.sequence, payload_type, timestamp, payload)
    }

    /// Receives a packet; whether it is to be passed on.
    fn receive(
        &mut self,
        from: SocketAddr,
        payload_type: u8,
        timestamp: u32,
        payload: &[u8],
    ) -> bool {
        let packet = self.packet(payload_type, timestamp, payload);
        let frame = self.stream.on_rtp(self.now, from, &packet, &mut self.out);
        frame.is_some()
    }

    fn hear(&mut self, samples: &[i16]) {
        for (n, frame) in samples.chunks(160).enumerate() {
            let payload: Vec<u8> = frame.iter().map(|&s| Law::A.encode(s)).collect();
            self.receive(self.peer, 8, n as u32 * 160, &payload);
            self.now += FRAME;
        }
    }

    fn keys(&self) -> String {
        let key = |event: &Event| match event {
            Event::Key { key, .. } => Some(key.as_char()),
            _ => None,
        };
        self.out.events.iter().filter_map(key).collect()
    }

    fn report(&self) -> rtp::About {
        let (_, packet) = self.out.rtcp.last().unwrap();
        rtp::read(packet, 77).unwrap()
    }
}

fn packet(sequence: u16, payload_type: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; HEADER];
    let header = Header {
        marker: false,
        payload_type,
        sequence,
        timestamp,
        ssrc: 77,
    };
    header.write(packet.first_chunk_mut().unwrap());
    packet.extend_from_slice(payload);
    packet
}

fn key(name: char) -> Key {
    Key::from_char(name).unwrap()
}

fn event(name: char, end: bool, duration: u16) -> [u8; 4] {
    EventPacket {
        code: key(name).code(),
        end,
        volume: 8,
        duration,
    }
    .write()
}

fn noise_clip(frames: usize) -> Clip {
    let samples: Vec<i16> = (0..frames * 160)
        .map(|n| ((n * 7919) % 20_011) as i16 - 10_000)
        .collect();
    Clip::from_samples(&samples)
}

fn playlist(clips: Vec<Clip>) -> Playlist {
    Playlist {
        clips,
        repeat: false,
        id: 9,
    }
}

/// The sound sent, silence before and after it left off.
fn sound(out: &Out, codec: Codec) -> Vec<u8> {
    let all: Vec<u8> = out.packets().iter().flat_map(|(_, p)| p.to_vec()).collect();
    let loud = |b: &u8| *b != codec.silence();
    let first = all.iter().position(loud).unwrap();
    let last = all.iter().rposition(loud).unwrap();
    all[first..=last].to_vec()
}

fn trimmed(clip: &Clip, codec: Codec) -> Vec<u8> {
    let bytes = clip.bytes(codec);
    let loud = |b: &u8| *b != codec.silence();
    let first = bytes.iter().position(loud).unwrap();
    let last = bytes.iter().rposition(loud).unwrap();
    bytes[first..=last].to_vec()
}

#[test]
fn a_prompt_leaves_bit_exact_from_its_first_packet_to_its_last() {
    let media = [
        (BOTH, Codec::Pcma),
        ("RTP/AVP 0", Codec::Pcmu),
        ("RTP/AVP 9", Codec::G722),
    ];
    for (media, codec) in media {
        for ptime in [10, 20, 30, 40, 60] {
            let mut rig = Rig::new(&format!("{media}\r\na=ptime:{ptime}"));
            rig.stream
                .play(playlist(vec![noise_clip(7), noise_clip(6)]));
            let mut until_played = 0;
            while rig.out.events.is_empty() {
                rig.tick();
                until_played += 1;
                assert!(until_played < 200);
            }
            assert_eq!(rig.out.events, [Event::Played { id: 9 }]);
            let both = [noise_clip(7).bytes(codec), noise_clip(6).bytes(codec)].concat();
            let packets = rig.out.packets();
            let sent: Vec<u8> = packets.iter().flat_map(|(_, p)| p.to_vec()).collect();
            let times = sent.windows(both.len()).filter(|w| *w == both).count();
            assert_eq!(times, 1, "{codec:?} {ptime}");
            assert!(packets.iter().all(|(_, p)| p.len() == ptime * 8));
        }
    }
}

#[test]
fn the_first_prompt_waits_for_the_peer_but_not_for_ever() {
    let mut rig = Rig::new(BOTH);
    rig.stream.play(playlist(vec![noise_clip(1)]));
    rig.ticks(10);
    assert!(rig.out.events.is_empty());
    rig.tick();
    assert_eq!(rig.out.events, [Event::Played { id: 9 }]);

    let mut rig = Rig::new(BOTH);
    rig.stream.play(playlist(vec![noise_clip(1)]));
    rig.receive(at(4000), 8, 0, &[1; 160]);
    rig.tick();
    assert_eq!(rig.out.events.last(), Some(&Event::Played { id: 9 }));
}

#[test]
fn packets_leave_without_a_break_with_sequence_and_timestamp_in_step() {
    let mut rig = Rig::new(BOTH);
    rig.ticks(20);
    rig.stream.play(playlist(vec![noise_clip(5)]));
    rig.ticks(20);
    let packets = rig.out.packets();
    assert_eq!(packets.len(), 40);
    assert!(packets[0].0.marker);
    assert!(packets[20].0.marker);
    assert_eq!(packets.iter().filter(|(h, _)| h.marker).count(), 2);
    for pair in packets.windows(2) {
        assert_eq!(pair[1].0.sequence, pair[0].0.sequence.wrapping_add(1));
        assert_eq!(pair[1].0.timestamp, pair[0].0.timestamp.wrapping_add(160));
    }
    assert!(packets[0].1.iter().all(|&b| b == Codec::Pcma.silence()));
}

#[test]
fn nothing_leaves_on_hold_and_the_prompt_goes_on_afterwards() {
    let mut rig = Rig::new(BOTH);
    rig.receive(at(4000), 8, 0, &[1; 160]);
    rig.stream.play(playlist(vec![noise_clip(10)]));
    rig.ticks(4);
    rig.offer(4000, &format!("{BOTH}\r\na=sendonly"));
    rig.ticks(50);
    assert_eq!(rig.out.rtp.len(), 4);
    rig.offer(4000, BOTH);
    rig.ticks(6);
    assert_eq!(
        sound(&rig.out, Codec::Pcma),
        trimmed(&noise_clip(10), Codec::Pcma)
    );
    let packets = rig.out.packets();
    assert!(packets[4].0.marker);
    let gap = packets[4].0.timestamp.wrapping_sub(packets[3].0.timestamp);
    assert_eq!(gap, 51 * 160);
}

#[test]
fn the_peer_latches_from_another_port_and_strangers_are_dropped() {
    let mut rig = Rig::new(BOTH);
    rig.stream.set_joined(true);
    assert!(
        !rig.receive(at(6666), 18, 0, &[1; 20]),
        "not a payload type of ours"
    );
    assert!(!rig.receive(at(6666), 8, 0, &[]), "no payload");
    assert!(rig.receive(at(5000), 8, 0, &[1; 160]));
    assert_eq!(rig.out.events, [Event::Flowing { from: at(5000) }]);
    rig.tick();
    assert_eq!(rig.out.rtp.last().unwrap().0, at(5000));

    assert!(!rig.receive(at(6666), 101, 0, &event('9', false, 160)));
    assert!(!rig.receive(at(6668), 8, 0, &[1; 160]));
    assert_eq!(rig.keys(), "");
    rig.tick();
    assert_eq!(rig.out.rtp.last().unwrap().0, at(5000));
    let summary = rig.stream.summary();
    assert_eq!(
        (summary.received, summary.strangers, summary.invalid),
        (1, 2, 2)
    );
}

#[test]
fn who_is_quicker_than_the_peer_is_not_taken_for_it() {
    let mut rig = Rig::new(BOTH);
    let elsewhere = SocketAddr::from(([203, 0, 113, 9], 4000));
    rig.stream.set_joined(true);
    assert!(!rig.receive(elsewhere, 8, 0, &[1; 160]));
    rig.tick();
    assert_eq!(rig.out.rtp.last().unwrap().0, at(4000));
    // From the peer's own machine another port is taken, until the offered one speaks.
    assert!(rig.receive(at(6666), 8, 0, &[1; 160]));
    assert!(rig.receive(at(4000), 8, 0, &[1; 160]));
    assert!(!rig.receive(at(6666), 8, 160, &[1; 160]));
    assert!(rig.receive(at(4000), 8, 160, &[1; 160]));
    rig.tick();
    assert_eq!(rig.out.rtp.last().unwrap().0, at(4000));
}

#[test]
fn a_peer_behind_a_nat_sends_from_where_its_signalling_comes_from() {
    let mut rig = Rig::new(BOTH);
    let nat = SocketAddr::from(([203, 0, 113, 9], 31_000));
    rig.stream.signals_from(nat.ip());
    rig.stream.set_joined(true);
    assert!(rig.receive(nat, 8, 0, &[1; 160]));
    rig.tick();
    assert_eq!(rig.out.rtp.last().unwrap().0, nat);
}

#[test]
fn a_latched_stream_moves_only_after_an_offer_with_another_address() {
    let mut rig = Rig::new(BOTH);
    rig.receive(at(5000), 8, 0, &[1; 160]);
    rig.offer(4000, BOTH);
    rig.receive(at(5002), 8, 0, &[1; 160]);
    rig.tick();
    assert_eq!(rig.out.rtp.last().unwrap().0, at(5000));

    rig.offer(4002, BOTH);
    rig.receive(at(5000), 8, 0, &[1; 160]);
    rig.tick();
    assert_eq!(
        rig.out.rtp.last().unwrap().0,
        at(4002),
        "a packet still under way"
    );
    rig.receive(at(5002), 8, 0, &[1; 160]);
    rig.tick();
    assert_eq!(rig.out.rtp.last().unwrap().0, at(5002));
}

#[test]
fn one_press_is_one_key_by_event_and_by_info() {
    let mut rig = Rig::new(BOTH);
    for n in 1..=5 {
        rig.receive(at(4000), 101, 800, &event('5', n == 5, n * 160));
    }
    rig.stream.on_info(rig.now + FRAME, key('5'), &mut rig.out);
    assert_eq!(rig.keys(), "5");
    let expected = Event::Key {
        key: key('5'),
        carrier: Carrier::Event,
    };
    assert!(rig.out.events.contains(&expected));
}

fn dialled(name: char) -> Vec<i16> {
    let mut tone = DualTone::new(key(name), -10.0, -10.0);
    let mut samples = vec![0; 320];
    samples.extend((0..640).map(|_| tone.next_sample()));
    samples.extend([0; 640]);
    samples
}

#[test]
fn tones_are_keys_only_where_no_telephone_event_was_agreed() {
    let mut without = Rig::new("RTP/AVP 8");
    without.hear(&dialled('7'));
    assert_eq!(without.keys(), "7");
    without
        .stream
        .on_info(without.now, key('7'), &mut without.out);
    assert_eq!(without.keys(), "7");
    let mut with = Rig::new(BOTH);
    with.hear(&dialled('7'));
    assert_eq!(with.keys(), "");
}

#[test]
fn keys_pressed_arrive_as_pressed_by_event_and_by_tone() {
    let mut rig = Rig::new(BOTH);
    for name in "1190#".chars() {
        rig.stream.press(key(name), 100);
    }
    rig.ticks(100);
    let mut receiver = EventReceiver::default();
    let keys: String = rig
        .out
        .packets()
        .iter()
        .filter(|(header, _)| header.payload_type == 101)
        .filter_map(|(h, p)| receiver.on_packet(h.timestamp, EventPacket::read(p)?))
        .map(Key::as_char)
        .collect();
    assert_eq!(keys, "1190#");
    let firsts = rig
        .out
        .packets()
        .iter()
        .filter(|(h, _)| h.payload_type == 101 && h.marker)
        .count();
    assert_eq!(firsts, 5);

    let mut rig = Rig::new("RTP/AVP 8");
    for name in "1190#".chars() {
        rig.stream.press(key(name), 60);
    }
    rig.ticks(100);
    let mut other = Rig::new("RTP/AVP 8");
    for (n, (_, payload)) in rig.out.packets().into_iter().enumerate() {
        other.now += FRAME;
        other.receive(at(4000), 8, n as u32 * 160, payload);
    }
    assert_eq!(other.keys(), "1190#");
}

#[test]
fn reports_leave_every_few_seconds_and_tell_of_loss_and_delay() {
    let mut rig = Rig::new(BOTH);
    let sender = rtp::SenderInfo {
        ntp: 0x0000_0011_2222_0000,
        timestamp: 0,
        packets: 1,
        octets: 1,
    };
    for n in 0..3000u32 {
        if n % 10 != 3 {
            let packet = packet(n as u16, 8, n * 160, &[1; 160]);
            rig.stream.on_rtp(rig.now, at(4000), &packet, &mut rig.out);
        }
        if n == 2500 {
            let report =
                rtp::compound(77, &Bytes::from("peer"), Some(sender), None, false).unwrap();
            rig.stream.on_rtcp(rig.now, at(4001), &report);
        }
        rig.tick();
    }
    assert!(
        (9..=18).contains(&rig.out.rtcp.len()),
        "{} in 60 s",
        rig.out.rtcp.len()
    );
    assert!(rig.out.rtcp.iter().all(|(to, _)| *to == at(4001)));
    let report = rig.report();
    let us = report.us.unwrap();
    assert!(report.sender_ntp.is_some());
    assert!(
        (24..=27).contains(&us.fraction_lost),
        "{}",
        us.fraction_lost
    );
    assert_eq!(us.last_sender_report, 0x0011_2222);
    assert!(us.delay > 0 && us.delay < 11 << 16);
    assert!(rig.stream.summary().lost >= 298);
}

#[test]
fn the_round_trip_is_taken_from_the_peers_report() {
    let mut rig = Rig::new(BOTH);
    let block = rtc_rtcp::reception_report::ReceptionReport {
        ssrc: 0xABCD,
        total_lost: 12,
        last_sender_report: (((1u64 << 40) + (1 << 32)) >> 16) as u32,
        delay: 1 << 15,
        ..Default::default()
    };
    let report = rtp::compound(77, &Bytes::from("peer"), None, Some(block), false).unwrap();
    rig.now = Duration::from_millis(1600);
    rig.stream.on_rtcp(rig.now, at(9999), &report);
    assert_eq!(rig.stream.summary().round_trip_ms, None, "from a stranger");
    rig.receive(at(4000), 8, 0, &[1; 160]);
    rig.stream.on_rtcp(rig.now, at(4001), &report);
    let summary = rig.stream.summary();
    assert_eq!(summary.lost_at_peer, Some(12));
    assert!((99..=100).contains(&summary.round_trip_ms.unwrap()));
}

#[test]
fn a_closed_stream_says_goodbye_and_sums_up() {
    let mut rig = Rig::new(BOTH);
    rig.receive(at(4000), 8, 0, &[1; 160]);
    rig.tick();
    rig.stream.close(rig.now, &mut rig.out);
    assert!(rig.report().bye);
    let Some(Event::Closed(summary)) = rig.out.events.last() else {
        panic!("no summary");
    };
    assert_eq!((summary.sent, summary.received), (1, 1));
}

#[test]
fn a_tap_hears_what_is_received_in_frames_with_gaps_shown() {
    let mut rig = Rig::new(BOTH);
    let (to, mut heard) = mpsc::channel(8);
    rig.stream.tap(to);
    let loud = Law::A.encode(8000);
    for timestamp in [0, 80, 160, 480] {
        rig.receive(at(4000), 8, timestamp, &[loud; 80]);
    }
    rig.receive(at(4000), 8, 560, &[loud; 80]);
    let frames: Vec<Heard> = std::iter::from_fn(|| heard.try_recv().ok()).collect();
    assert_eq!(
        frames.iter().map(|f| f.timestamp).collect::<Vec<_>>(),
        [0, 160, 480]
    );
    assert!(frames[0].samples.iter().all(|&s| s > 7000));
    assert_eq!(frames[1].samples[80], 0);
}
