use std::{
    f32::consts::TAU,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use super::*;
use crate::mailbox::{self, mailbox};
use crate::media::{
    Clip, Codec, Event, Key, MediaError, Playlist,
    dtmf::SineTone,
    rtp::{HEADER, Header},
    voice::{Band, Decoder, Encoder},
};

mod brake;
mod conference;
mod faults;
mod flood;
mod held;
mod outlived;
mod prompts;
mod recording;
mod waiting;

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// An engine of one thread, and its lane.
struct Bench {
    engine: Engine,
    lane: Lane,
}

impl Bench {
    fn open(&self, events: mailbox::Sender<(LegId, Event)>) -> Result<Leg, MediaError> {
        self.lane.open(events)
    }

    fn stats(&self) -> Stats {
        self.engine.stats()
    }
}

fn engine(ports: RangeInclusive<u16>) -> Bench {
    let engine = Engine::start(EngineConfig::new(LOCAL, ports)).unwrap();
    let lane = engine.lane();
    Bench { engine, lane }
}

type Events = (
    mailbox::Sender<(LegId, Event)>,
    mailbox::Receiver<(LegId, Event)>,
);

fn events() -> Events {
    mailbox(64)
}

/// A telephone with one plain socket.
struct Phone {
    socket: UdpSocket,
    formats: &'static str,
    codec: Codec,
    mouth: Encoder,
    sequence: u16,
    target: Option<SocketAddr>,
    heard: Vec<(Instant, Header, Vec<u8>)>,
}

impl Phone {
    fn new(codec: Codec) -> Phone {
        let socket = UdpSocket::bind((LOCAL, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let formats = match codec {
            Codec::Pcma => "8 101\r\na=rtpmap:101 telephone-event/8000",
            Codec::Pcmu => "0 101\r\na=rtpmap:101 telephone-event/8000",
            Codec::G722 => "9 101\r\na=rtpmap:101 telephone-event/8000",
        };
        Phone {
            socket,
            formats,
            codec,
            mouth: Encoder::new(codec, Band::Narrow),
            sequence: 1,
            target: None,
            heard: Vec::new(),
        }
    }

    fn sdp(&self) -> String {
        let port = self.socket.local_addr().unwrap().port();
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP {}\r\n",
            self.formats
        )
    }

    /// Offers to a leg.
    fn call(&mut self, leg: &Leg) {
        let answer = leg.answer(&self.sdp()).unwrap();
        assert!(answer.contains(&format!("m=audio {} RTP/AVP", leg.port())));
        self.target = Some((LOCAL, leg.port()).into());
    }

    fn send(&mut self, payload: &[u8]) {
        let mut packet = vec![0; HEADER];
        let header = Header {
            marker: false,
            payload_type: self.codec.payload_type(),
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * 160,
            ssrc: 9,
        };
        header.write(packet.first_chunk_mut().unwrap());
        packet.extend_from_slice(payload);
        self.socket.send_to(&packet, self.target.unwrap()).unwrap();
        self.sequence += 1;
    }

    fn listen(&mut self) {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            // Its port may have been another phone's, whose leg still speaks.
            if self.target.is_some_and(|target| target != from) {
                continue;
            }
            let (header, payload) = Header::read(&buffer[..length]).unwrap();
            self.heard.push((Instant::now(), header, payload.to_vec()));
        }
    }

    fn samples(&self) -> Vec<f32> {
        let mut ear = Decoder::new(self.codec, Band::Narrow);
        let mut samples = Vec::new();
        for (_, _, payload) in &self.heard {
            let mut frame = vec![0; payload.len()];
            samples.extend(
                ear.decode(payload, &mut frame)
                    .iter()
                    .map(|&s| f32::from(s)),
            );
        }
        samples
    }
}

/// The part of the energy that is at a frequency.
fn share_of(samples: &[f32], hertz: f32) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let turn = TAU * hertz * n as f32 / 8000.0;
        re += sample * turn.cos();
        im += sample * turn.sin();
    }
    let energy: f32 = samples.iter().map(|s| s * s).sum();
    2.0 * (re * re + im * im) / (samples.len() as f32 * energy)
}

/// The same, as the mean of all frames that are not silent: a pause, where a sender was held up,
/// shifts the tone behind it and says nothing of what was heard.
fn share_heard(phone: &Phone, hertz: f32) -> f32 {
    share_of_frames(&phone.samples(), hertz)
}

fn share_of_frames(samples: &[f32], hertz: f32) -> f32 {
    let frames = samples.chunks_exact(160);
    let loud = frames.filter(|frame| frame.iter().any(|s| s.abs() > 500.0));
    let shares: Vec<f32> = loud.map(|frame| share_of(frame, hertz)).collect();
    shares.iter().sum::<f32>() / shares.len().max(1) as f32
}

/// Runs phones for a number of frames, and on until each has heard as many as `heard` says; each
/// sends a tone if it has one.
fn run(phones: &mut [(&mut Phone, Option<SineTone>)], frames: usize, heard: usize) {
    let start = Instant::now();
    let mut n = 0;
    while n < frames || phones.iter().any(|(phone, _)| phone.heard.len() < heard) {
        assert!(start.elapsed() < Duration::from_secs(20), "heard in vain");
        for (phone, tone) in phones.iter_mut() {
            if let Some(tone) = tone {
                let samples: Vec<i16> = (0..160).map(|_| tone.next_rounded()).collect();
                let mut payload = [0; 160];
                phone.mouth.encode(&samples, &mut payload);
                phone.send(&payload);
            }
            phone.listen();
        }
        n += 1;
        let next = start + Duration::from_millis(20) * n as u32;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

#[test]
fn joined_legs_hear_each_others_tone_both_ways_across_codecs() {
    let engine = engine(18_000..=18_019);
    let (mut caller, mut handler) = (Phone::new(Codec::Pcma), Phone::new(Codec::Pcmu));
    let (one, two) = (
        engine.open(events().0).unwrap(),
        engine.open(events().0).unwrap(),
    );
    caller.call(&one);
    handler.call(&two);
    one.join(&two);
    let (low, high) = (SineTone::new(440.0, -10.0), SineTone::new(1000.0, -10.0));
    run(
        &mut [(&mut caller, Some(high)), (&mut handler, Some(low))],
        60,
        60,
    );
    for (phone, own, other) in [(&caller, 1000.0, 440.0), (&handler, 440.0, 1000.0)] {
        let (theirs, ours) = (share_heard(phone, other), share_heard(phone, own));
        assert!(theirs > 0.9 && ours < 0.01, "{theirs} and {ours}");
    }
    assert!(engine.stats().relayed >= 100);
    one.part();
    let low = SineTone::new(440.0, -10.0);
    run(&mut [(&mut caller, None), (&mut handler, Some(low))], 5, 0);
    caller.heard.clear();
    let low = SineTone::new(440.0, -10.0);
    run(
        &mut [(&mut caller, None), (&mut handler, Some(low))],
        15,
        10,
    );
    // Silence comes, and nothing else.
    assert!(caller.heard.len() >= 10);
    let loudest = caller
        .samples()
        .into_iter()
        .fold(0.0, |m: f32, s| m.max(s.abs()));
    assert!(loudest < 100.0, "{loudest}");
}

#[test]
fn an_offer_of_ours_is_answered_and_sound_flows() {
    let engine = engine(18_040..=18_049);
    let mut phone = Phone::new(Codec::Pcmu);
    let leg = engine.open(events().0).unwrap();
    let offer = leg.offer(Some(Codec::Pcmu));
    assert!(offer.contains(" RTP/AVP 0 8 9 101\r\n"));
    assert_eq!(leg.codec(), None);
    leg.accept_answer(&phone.sdp()).unwrap();
    assert_eq!(leg.codec(), Some(Codec::Pcmu));
    assert!(leg.has_telephone_event());
    leg.tone(800.0, -10.0);
    run(&mut [(&mut phone, None)], 0, 30);
    let samples = phone.samples();
    assert!(share_of(&samples[15 * 160..], 800.0) > 0.9);
}

#[test]
fn a_stranger_is_not_heard_and_gets_nothing() {
    let engine = engine(18_060..=18_069);
    let mut phone = Phone::new(Codec::Pcma);
    let (to, mut events) = events();
    let leg = engine.open(to).unwrap();
    phone.call(&leg);
    run(&mut [(&mut phone, Some(SineTone::new(440.0, -10.0)))], 5, 5);
    let from = phone.socket.local_addr().unwrap();
    assert_eq!(
        events.blocking_recv(),
        Some((leg.id(), Event::Flowing { from }))
    );
    let mut stranger = Phone::new(Codec::Pcma);
    stranger.target = phone.target;
    run(
        &mut [(&mut stranger, Some(SineTone::new(440.0, -10.0)))],
        5,
        0,
    );
    assert!(stranger.heard.is_empty());
    let sent = [&phone, &stranger].map(|phone| u64::from(phone.sequence) - 1);
    wait_until(|| engine.stats().packets_in == sent[0] + sent[1]);
    leg.close();
    let Some((_, Event::Closed(summary))) = events.blocking_recv() else {
        panic!("no summary");
    };
    assert_eq!([summary.received, summary.strangers], sent);
}

#[test]
fn a_prompt_arrives_bit_exact_from_its_first_packet_to_its_last() {
    let engine = engine(18_080..=18_089);
    let mut phone = Phone::new(Codec::Pcma);
    let (to, mut events) = events();
    let leg = engine.open(to).unwrap();
    let samples: Vec<i16> = (0..160 * 30)
        .map(|n| (n * 7919 % 20_011) as i16 - 10_000)
        .collect();
    let clip = Clip::from_samples(&samples);
    leg.play(Playlist {
        clips: vec![clip.clone()],
        repeat: false,
        id: 4,
    });
    phone.call(&leg);
    run(&mut [(&mut phone, None)], 0, 50);
    assert_eq!(
        events.blocking_recv(),
        Some((leg.id(), Event::Played { id: 4 }))
    );
    let heard: Vec<u8> = phone.heard.iter().flat_map(|(_, _, p)| p.clone()).collect();
    let whole = heard
        .windows(clip.alaw.len())
        .any(|window| window == &clip.alaw[..]);
    assert!(whole, "the prompt is not whole in {} bytes", heard.len());
}

#[test]
fn a_key_pressed_on_one_engine_is_one_key_on_another() {
    let (one, two) = (engine(18_100..=18_109), engine(18_120..=18_129));
    let (to, mut events) = events();
    let (caller, line) = (one.open(self::events().0).unwrap(), two.open(to).unwrap());
    let offer = caller.offer(None);
    caller.accept_answer(&line.answer(&offer).unwrap()).unwrap();
    for name in ['1', '1', '9'] {
        caller.press(Key::from_char(name).unwrap(), 60);
    }
    let mut keys = String::new();
    while keys.len() < 3 {
        if let (_, Event::Key { key, .. }) = events.blocking_recv().expect("the leg is open") {
            keys.push(key.as_char());
        }
    }
    assert_eq!(keys, "119");
}

#[test]
fn ports_run_out_and_come_back() {
    let engine = engine(18_140..=18_159);
    let legs: Vec<Leg> = (0..10).map(|_| engine.open(events().0).unwrap()).collect();
    let mut ports: Vec<u16> = legs.iter().map(Leg::port).collect();
    ports.sort_unstable();
    assert!(
        ports
            .iter()
            .zip(0..)
            .all(|(&port, n)| port == 18_140 + 2 * n)
    );
    assert!(matches!(
        engine.open(events().0),
        Err(MediaError::NoPort { pairs: 10 })
    ));
    assert_eq!(engine.stats().ports, 20);
    drop(legs);
    // A leg's ports are free when the thread has closed it, which may have its time elsewhere.
    let open = || {
        let mut leg = None;
        wait_until(|| {
            leg = engine.open(events().0).ok();
            leg.is_some()
        });
        leg.unwrap()
    };
    for _ in 0..1000 {
        open().offer(None);
    }
    let all: Vec<Leg> = (0..10).map(|_| open()).collect();
    assert_eq!(all.len(), 10);
    drop(all);
    wait_until(|| engine.stats().ports == 0 && engine.stats().legs == 0);
}

fn wait_until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_port_held_by_another_process_is_passed_over() {
    let rtp = UdpSocket::bind((LOCAL, 18_180)).unwrap();
    let rtcp = UdpSocket::bind((LOCAL, 18_183)).unwrap();
    let engine = engine(18_180..=18_185);
    let leg = engine.open(events().0).unwrap();
    assert_eq!(leg.port(), 18_184);
    assert!(matches!(
        engine.open(events().0),
        Err(MediaError::NoPort { .. })
    ));
    drop((rtp, rtcp));
    assert!(engine.open(events().0).is_ok());
}

#[test]
fn events_that_find_the_channel_full_are_counted() {
    let engine = engine(18_200..=18_209);
    let (to, mut events) = mailbox(1);
    let leg = engine.open(to).unwrap();
    leg.info_key(Key::from_char('1').unwrap());
    leg.info_key(Key::from_char('2').unwrap());
    wait_until(|| engine.stats().events_lost == 1);
    assert!(matches!(events.try_recv(), Some((_, Event::Key { .. }))));
}

#[test]
fn the_thread_ends_with_the_last_handle() {
    let engine = engine(18_220..=18_229);
    let leg = engine.open(events().0).unwrap();
    let counters = engine.lane.counters();
    drop(engine);
    std::thread::sleep(Duration::from_millis(20));
    assert!(counters.read(0).running, "a leg is still open");
    drop(leg);
    wait_until(|| !counters.read(0).running);
    wait_until(|| UdpSocket::bind((LOCAL, 18_220)).is_ok());
}

/// Where in the 20 ms a leg's packets leave is the wheel's test; here, that no leg is forgotten and
/// that what it sends keeps step with the clock.
#[test]
fn packets_of_many_legs_keep_step_with_the_clock() {
    let engine = engine(18_300..=18_399);
    let mut phones: Vec<Phone> = (0..40).map(|_| Phone::new(Codec::Pcma)).collect();
    let start = Instant::now();
    let legs: Vec<Leg> = phones
        .iter_mut()
        .map(|phone| {
            let leg = engine.open(events().0).unwrap();
            phone.call(&leg);
            leg
        })
        .collect();
    let mut all: Vec<_> = phones.iter_mut().map(|phone| (phone, None)).collect();
    run(&mut all, 0, 100);
    let passed = start.elapsed().as_millis() as u64;
    let mut missing = 0;
    for phone in &phones {
        let times: Vec<u32> = phone.heard.iter().map(|(_, h, _)| h.timestamp).collect();
        for pair in times.windows(2) {
            let step = pair[1].wrapping_sub(pair[0]);
            assert!(step >= 160 && step.is_multiple_of(160), "{times:?}");
            missing += u64::from(step / 160 - 1);
        }
        let span = u64::from(times[times.len() - 1].wrapping_sub(times[0])) / 8;
        assert!(span <= passed + 60, "{span} ms of sound in {passed} ms");
    }
    let skipped = engine.stats().skipped_ticks;
    assert!(
        missing <= skipped,
        "{missing} frames missing, {skipped} counted"
    );
    drop(legs);
}
