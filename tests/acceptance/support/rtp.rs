//! The sound side of a SIPp call: a socket whose port stands in SIPp's session description.

use std::net::{SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{network, sound};

/// One audio packet that arrived.
#[derive(Clone, Debug)]
pub struct Heard {
    pub at: Instant,
    pub sequence: u16,
    pub timestamp: u32,
    pub payload: Vec<u8>,
}

/// Packets of 20 ms in which a tone is told from anything else: a quarter of a second.
const TONE: usize = 12;

/// The second octet of RTCP packets.
const RTCP: RangeInclusive<u8> = 192..=223;

#[derive(Default)]
struct State {
    heard: Vec<Heard>,
    peer: Option<SocketAddr>,
    tone: Option<f64>,
    keys: Vec<char>,
    mute: bool,
}

/// Sends a tone (or silence) and keys by RFC 4733 as payload type 101, and keeps what it hears.
pub struct RtpPeer {
    pub port: u16,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl RtpPeer {
    /// Opens a port. It sends to whoever sent to it first.
    pub fn open() -> Self {
        network::enter();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        socket
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let listen = {
            let (socket, state, stop) = (socket.try_clone().unwrap(), state.clone(), stop.clone());
            std::thread::spawn(move || listen(&socket, &state, &stop))
        };
        let speak = {
            let (state, stop) = (state.clone(), stop.clone());
            std::thread::spawn(move || speak(&socket, &state, &stop))
        };
        RtpPeer {
            port,
            state,
            stop,
            threads: vec![listen, speak],
        }
    }

    pub fn send_tone(&self, hz: f64) {
        self.state.lock().unwrap().tone = Some(hz);
    }

    /// Sends nothing at all from now on.
    pub fn mute(&self) {
        self.state.lock().unwrap().mute = true;
    }

    /// Sends again.
    pub fn unmute(&self) {
        self.state.lock().unwrap().mute = false;
    }

    pub fn press(&self, keys: &str) {
        self.state.lock().unwrap().keys.extend(keys.chars());
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.state.lock().unwrap().heard.clone()
    }

    /// Forgets what has been heard so far.
    pub fn listens_anew(&self) {
        self.state.lock().unwrap().heard.clear();
    }

    /// Waits until something that has been heard pleases `wanted`.
    pub fn wait<T>(
        &self,
        limit: Duration,
        what: &str,
        wanted: impl Fn(&[Heard]) -> Option<T>,
    ) -> T {
        let end = Instant::now() + limit;
        loop {
            if let Some(found) = wanted(&self.state.lock().unwrap().heard) {
                return found;
            }
            assert!(Instant::now() < end, "never heard {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for a quarter of a second of a tone.
    pub fn wait_tone(&self, hz: f64, limit: Duration) {
        self.wait(limit, &format!("{hz} Hz"), |heard| {
            let last = heard.len().checked_sub(TONE)?;
            is_tone(&heard[last..], hz).then_some(())
        });
    }

    /// Waits for a quarter of a second of one of these tones, and gives its place among them.
    pub fn wait_one_of(&self, tones: &[f64], limit: Duration) -> usize {
        self.wait(limit, "any of the tones", |heard| {
            let last = heard.len().checked_sub(TONE)?;
            tones.iter().position(|hz| is_tone(&heard[last..], *hz))
        })
    }

    /// The same, in what is heard after so many packets.
    pub fn wait_tone_after(&self, packets: usize, hz: f64, limit: Duration) {
        self.wait(limit, &format!("{hz} Hz again"), |heard| {
            let mut parts = heard.get(packets..)?.windows(TONE);
            parts.any(|part| is_tone(part, hz)).then_some(())
        });
    }

    /// Waits for a quarter of a second of several tones at once, without the one that the peer sends.
    pub fn wait_tones(&self, tones: &[f64], own: f64, limit: Duration) {
        self.wait(limit, &format!("{tones:?} Hz"), |heard| {
            let samples = samples(&heard[heard.len().checked_sub(TONE)?..]);
            let share = |hz: &f64| sound::share_at(&samples, *hz);
            let together: f64 = tones.iter().map(share).sum();
            let least = 0.6 / tones.len() as f64;
            let all = tones.iter().all(|hz| share(hz) > least);
            (all && together > 0.8 && share(&own) < 0.05).then_some(())
        });
    }

    /// Waits for a quarter of a second of sound of which hardly anything is this tone.
    pub fn wait_other_sound(&self, hz: f64, limit: Duration) {
        self.wait(limit, &format!("anything but {hz} Hz"), |heard| {
            let samples = samples(&heard[heard.len().checked_sub(TONE)?..]);
            let is_loud = samples.iter().any(|sample| sample.abs() > 1000);
            (is_loud && sound::share_at(&samples, hz) < 0.05).then_some(())
        });
    }

    /// Waits until speech has been playing: any packet that is not silence.
    pub fn wait_sound(&self, limit: Duration) {
        self.wait(limit, "sound", |heard| {
            let loud = |h: &&Heard| {
                h.payload
                    .iter()
                    .any(|b| sound::alaw_decode(*b).abs() > 1000)
            };
            heard.iter().find(loud).map(|_| ())
        });
    }
}

fn is_tone(heard: &[Heard], hz: f64) -> bool {
    sound::share_at(&samples(heard), hz) > 0.7
}

fn samples(heard: &[Heard]) -> Vec<i16> {
    let bytes = heard.iter().flat_map(|h| h.payload.iter());
    bytes.map(|b| sound::alaw_decode(*b)).collect()
}

/// The packet with which the first quarter of a second of a tone begins.
pub fn tone_begins(heard: &[Heard], hz: f64) -> Option<usize> {
    heard.windows(TONE).position(|part| is_tone(part, hz))
}

/// The longest time between two packets.
pub fn longest_gap(heard: &[Heard]) -> Duration {
    let gaps = heard.windows(2).map(|two| two[1].at - two[0].at);
    gaps.max().unwrap_or_default()
}

/// How long the longest stretch is in which a tone was not to be heard, by the packets' own time and in steps of a
/// quarter of a second; packets that did not come count as well.
pub fn longest_without(heard: &[Heard], hz: f64) -> Duration {
    let end = |packet: &Heard| packet.timestamp.wrapping_add(packet.payload.len() as u32);
    let mut longest = 0;
    let mut last = heard.first().map_or(0, |packet| packet.timestamp);
    for part in heard.chunks_exact(TONE) {
        let begins = part[0].timestamp;
        if is_tone(part, hz) {
            longest = longest.max(begins.wrapping_sub(last));
            last = end(&part[TONE - 1]);
        }
    }
    let rest = heard
        .chunks_exact(TONE)
        .last()
        .map_or(last, |part| end(&part[TONE - 1]));
    longest = longest.max(rest.wrapping_sub(last));
    Duration::from_micros(u64::from(longest) * 125)
}

/// How long the longest stretch is in which nothing could be heard.
pub fn longest_quiet(heard: &[Heard]) -> Duration {
    let is_quiet = |packet: &Heard| {
        let mut bytes = packet.payload.iter();
        bytes.all(|b| sound::alaw_decode(*b).abs() < 500)
    };
    let stretches = heard.split(|packet| !is_quiet(packet));
    let samples = stretches.map(|packets| packets.iter().map(|p| p.payload.len()).sum::<usize>());
    Duration::from_micros(samples.max().unwrap_or_default() as u64 * 125)
}

impl Drop for RtpPeer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn listen(socket: &UdpSocket, state: &Mutex<State>, stop: &AtomicBool) {
    let mut buffer = [0; 2048];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let packet = &buffer[..length];
        // RTCP (RFC 5761 section 4) of a neighbour, whose port is the one below, says nothing of our peer.
        if length < 12 || packet[0] >> 6 != 2 || RTCP.contains(&packet[1]) {
            continue;
        }
        let mut state = state.lock().unwrap();
        state.peer.get_or_insert(from);
        if packet[1] & 0x7f == 8 {
            state.heard.push(Heard {
                at: Instant::now(),
                sequence: u16::from_be_bytes([packet[2], packet[3]]),
                timestamp: u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]),
                payload: packet[12..].to_vec(),
            });
        }
    }
}

struct Sender<'a> {
    socket: &'a UdpSocket,
    sequence: u16,
    timestamp: u32,
}

impl Sender<'_> {
    fn send(&mut self, to: SocketAddr, second: u8, timestamp: u32, payload: &[u8]) {
        let mut packet = vec![0x80, second];
        packet.extend_from_slice(&self.sequence.to_be_bytes());
        packet.extend_from_slice(&timestamp.to_be_bytes());
        packet.extend_from_slice(&0x1234_5678u32.to_be_bytes());
        packet.extend_from_slice(payload);
        let _ = self.socket.send_to(&packet, to);
        self.sequence = self.sequence.wrapping_add(1);
    }
}

fn speak(socket: &UdpSocket, state: &Mutex<State>, stop: &AtomicBool) {
    let table = sound::alaw_table();
    let mut sender = Sender {
        socket,
        sequence: 1,
        timestamp: 1000,
    };
    let mut next = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        next += Duration::from_millis(20);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        let (peer, tone, key) = {
            let mut state = state.lock().unwrap();
            let key =
                (state.peer.is_some() && !state.keys.is_empty()).then(|| state.keys.remove(0));
            (state.peer.filter(|_| !state.mute), state.tone, key)
        };
        let Some(peer) = peer else { continue };
        if let Some(key) = key {
            next += key_events(&mut sender, peer, key);
            continue;
        }
        let start = sender.timestamp;
        let payload: Vec<u8> = (0..160u32)
            .map(|n| {
                let phase = f64::from(start.wrapping_add(n));
                let sample = tone.map_or(0.0, |hz| {
                    8000.0 * (std::f64::consts::TAU * hz * phase / 8000.0).sin()
                });
                table[((sample as i32 + 32768) / 16) as usize]
            })
            .collect();
        sender.send(peer, 8, start, &payload);
        sender.timestamp = start.wrapping_add(160);
    }
}

/// One key of 160 ms: start with the marker, updates, three end packets.
fn key_events(sender: &mut Sender, peer: SocketAddr, key: char) -> Duration {
    let event = "0123456789*#ABCD".find(key).unwrap() as u8;
    let start = sender.timestamp;
    for n in 1..=8u16 {
        let duration = (n * 160).to_be_bytes();
        let marker = if n == 1 { 0x80 } else { 0 };
        let payload = [event, 10, duration[0], duration[1]];
        sender.send(peer, marker | 101, start, &payload);
        std::thread::sleep(Duration::from_millis(20));
    }
    let end = 1280u16.to_be_bytes();
    for _ in 0..3 {
        sender.send(peer, 101, start, &[event, 0x80 | 10, end[0], end[1]]);
    }
    // Keys that follow at once are told apart by a pause, as a finger makes it.
    std::thread::sleep(Duration::from_millis(120));
    sender.timestamp = start.wrapping_add(1280 + 960);
    Duration::from_millis(280)
}
