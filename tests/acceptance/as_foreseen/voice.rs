//! The sound of many people at once in one thread: each says a tone, presses keys, and recognises other people's tones.

use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use crate::support::{network, sound};

/// Samples of a packet of 20 ms.
const PACKET: usize = 160;
/// So many packets one after the other make a tone: a prompt has none of a tenth of a second.
const TONE: usize = 5;
/// Packets of a key, and of its end.
const KEY: u16 = 5;
const KEY_END: u16 = 3;

/// A tone that somebody says. Multiples of 50 Hz have whole periods in a packet, so that all packets are alike, and
/// no two of them are mistaken for each other.
#[derive(Clone)]
pub struct Tone {
    coefficient: f64,
    packet: Vec<u8>,
}

impl Tone {
    pub fn new(hz: u32) -> Self {
        assert_eq!(hz % 50, 0);
        let samples = sound::tone(f64::from(hz), PACKET, 8_000.0);
        Tone {
            coefficient: 2.0 * (TAU * f64::from(hz) / 8_000.0).cos(),
            packet: samples.into_iter().map(sound::alaw_encode).collect(),
        }
    }

    /// The share of a packet's energy that is this tone (Goertzel), 0 to 1.
    fn share(&self, samples: &[f64]) -> f64 {
        let (mut last, mut before) = (0.0, 0.0);
        let mut energy = 0.0;
        for sample in samples {
            (last, before) = (sample + self.coefficient * last - before, last);
            energy += sample * sample;
        }
        let power = last * last + before * before - self.coefficient * last * before;
        match energy > 0.0 {
            true => 2.0 * power / (samples.len() as f64 * energy),
            false => 0.0,
        }
    }
}

/// A key that is being pressed: its event of RFC 4733, and how many packets of it have been sent.
struct Pressed {
    event: u8,
    sent: u16,
}

/// One side of a call.
pub struct Voice {
    pub port: u16,
    socket: UdpSocket,
    peer: Option<SocketAddr>,
    says: Tone,
    pressed: Option<Pressed>,
    /// Keys that come after that one.
    keys: VecDeque<u8>,
    sequence: u16,
    timestamp: u32,
    /// When the first sound came.
    pub began: Option<Instant>,
    /// The tone that was heard last, by its place, in how many packets, and since when.
    run: Option<(usize, usize, Instant)>,
    /// The first tone that was recognised: which, and since when.
    pub heard: Option<(usize, Instant)>,
}

impl Voice {
    pub fn open(says: &Tone) -> Self {
        network::enter();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        Voice {
            port: socket.local_addr().unwrap().port(),
            socket,
            peer: None,
            says: says.clone(),
            pressed: None,
            keys: VecDeque::new(),
            sequence: 1,
            timestamp: 1_000,
            began: None,
            run: None,
            heard: None,
        }
    }

    /// Presses a key, once the one before is released.
    pub fn press(&mut self, key: char) {
        let event = "0123456789*#".find(key).unwrap() as u8;
        self.keys.push_back(event);
    }

    /// Takes what has come, and looks for tones in it until one has been recognised.
    pub fn listen(&mut self, tones: &[Tone]) {
        let mut buffer = [0; 2_048];
        loop {
            let (length, from) = match self.socket.recv_from(&mut buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // A port that is there no longer says so by a packet of its own.
                Err(_) => continue,
            };
            let is_sound = length == 12 + PACKET && buffer[1] & 0x7f == 8;
            if !is_sound {
                continue;
            }
            let now = Instant::now();
            self.peer.get_or_insert(from);
            self.began.get_or_insert(now);
            if self.heard.is_none() {
                self.recognise(&buffer[12..length], tones, now);
            }
        }
    }

    fn recognise(&mut self, payload: &[u8], tones: &[Tone], now: Instant) {
        let decoded = payload.iter().map(|byte| sound::alaw_decode(*byte));
        let samples: Vec<f64> = decoded.map(f64::from).collect();
        let found = tones.iter().position(|tone| tone.share(&samples) > 0.9);
        self.run = match (found, self.run) {
            (Some(found), Some((last, packets, since))) if found == last => {
                Some((found, packets + 1, since))
            }
            (Some(found), _) => Some((found, 1, now)),
            (None, _) => None,
        };
        if let Some((tone, TONE, since)) = self.run {
            self.heard = Some((tone, since));
        }
    }

    /// Says 20 ms: of a key, where one is pressed, else of the tone. Nothing, before anything has come.
    pub fn speak(&mut self) {
        let Some(peer) = self.peer else {
            return;
        };
        let next = self.keys.front().map(|event| Pressed {
            event: *event,
            sent: 0,
        });
        let Some(Pressed { event, sent }) = self.pressed.take().or(next) else {
            let payload = self.says.packet.clone();
            self.send(peer, 8, &payload);
            self.timestamp = self.timestamp.wrapping_add(PACKET as u32);
            return;
        };
        let is_end = sent >= KEY;
        let duration = (sent.min(KEY - 1) + 1) * PACKET as u16;
        let [high, low] = duration.to_be_bytes();
        let marker = if sent == 0 { 0x80 } else { 0 };
        let end = if is_end { 0x80 } else { 0 };
        self.send(peer, marker | 101, &[event, end | 10, high, low]);
        match sent + 1 < KEY + KEY_END {
            true => {
                self.pressed = Some(Pressed {
                    event,
                    sent: sent + 1,
                });
            }
            false => {
                self.keys.pop_front();
                let packets = u32::from(KEY + KEY_END);
                self.timestamp = self.timestamp.wrapping_add(packets * PACKET as u32);
            }
        }
    }

    fn send(&mut self, peer: SocketAddr, second: u8, payload: &[u8]) {
        let mut packet = vec![0x80, second];
        packet.extend_from_slice(&self.sequence.to_be_bytes());
        packet.extend_from_slice(&self.timestamp.to_be_bytes());
        packet.extend_from_slice(&0x1234_5678_u32.to_be_bytes());
        packet.extend_from_slice(payload);
        let _ = self.socket.send_to(&packet, peer);
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// Says something to where it is to be sent, whoever has spoken first.
    pub fn speaks_to(&mut self, port: u16) {
        self.peer = Some(SocketAddr::from(([127, 0, 0, 1], port)));
    }
}
