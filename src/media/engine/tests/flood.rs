//! Strangers who send to a leg as fast as they can.

use super::{brake::Brake, waiting::next_event, *};
use crate::media::dtmf::EventPacket;

/// Datagrams of strangers at once: what a socket's buffer has room for, whatever the machine.
const FLOOD: usize = 100;

/// A datagram of a phone that keeps its own numbers.
struct Own {
    phone: Phone,
    ssrc: u32,
    keys: String,
    /// The payloads of its sound, in order.
    said: Vec<Vec<u8>>,
}

impl Own {
    fn new(ssrc: u32) -> Own {
        Own {
            phone: Phone::new(Codec::Pcma),
            ssrc,
            keys: String::new(),
            said: Vec::new(),
        }
    }

    fn send(&mut self, payload_type: u8, payload: &[u8]) {
        let mut packet = vec![0; HEADER];
        let header = Header {
            marker: false,
            payload_type,
            sequence: self.phone.sequence,
            timestamp: u32::from(self.phone.sequence) * 160,
            ssrc: self.ssrc,
        };
        header.write(packet.first_chunk_mut().unwrap());
        packet.extend_from_slice(payload);
        let to = self.phone.target.unwrap();
        self.phone.socket.send_to(&packet, to).unwrap();
        self.phone.sequence += 1;
    }

    /// Sound that can be told from silence and from all other.
    fn say(&mut self) {
        let (sequence, ssrc) = (self.phone.sequence.to_be_bytes(), self.ssrc as u8);
        let mut payload = vec![1, ssrc, sequence[0], sequence[1]];
        payload.resize(160, 0x55);
        self.send(8, &payload);
        self.said.push(payload);
    }

    /// A key of which one packet has arrived.
    fn key(&mut self, name: char) {
        self.send(101, &key_packet(name));
        self.keys.push(name);
    }

    /// What it has heard of another's sound.
    fn heard_of(&self, other: &Own) -> Vec<Vec<u8>> {
        let payloads = self.phone.heard.iter().map(|(_, _, payload)| payload);
        let theirs = payloads.filter(|p| p.len() == 160 && p[..2] == [1, other.ssrc as u8]);
        theirs.cloned().collect()
    }
}

fn key_packet(name: char) -> [u8; 4] {
    let code = Key::from_char(name).unwrap().code();
    EventPacket {
        code,
        end: true,
        volume: 8,
        duration: 800,
    }
    .write()
}

/// Sends a leg's flood: sound, keys, and what is no RTP at all.
fn flood(stranger: &mut Own) {
    for n in 0..FLOOD {
        match n % 3 {
            0 => stranger.send(8, &[0x2A; 160]),
            1 => stranger.send(101, &key_packet('9')),
            _ => {
                let to = stranger.phone.target.unwrap();
                stranger.phone.socket.send_to(&[0x80; 7], to).unwrap();
            }
        }
    }
}

/// Legs with their phones, joined in pairs but for the first; each phone has been heard.
fn call(engine: &Bench, to: &mailbox::Sender<(LegId, Event)>) -> (Vec<Leg>, Vec<Own>) {
    let mut phones: Vec<Own> = (1..=5).map(Own::new).collect();
    let open = |own: &mut Own| {
        let leg = engine.open(to.clone()).unwrap();
        own.phone.call(&leg);
        leg
    };
    let legs: Vec<Leg> = phones.iter_mut().map(open).collect();
    legs[1].join(&legs[2]);
    legs[3].join(&legs[4]);
    let before = engine.stats().packets_in;
    for own in &mut phones {
        own.send(8, &[0xD5; 160]);
    }
    wait_until(|| engine.stats().packets_in == before + 5);
    (legs, phones)
}

fn stranger_at(leg: &Leg) -> Own {
    let mut stranger = Own::new(99);
    stranger.phone.target = Some((LOCAL, leg.port()).into());
    stranger
}

#[test]
fn strangers_take_nothing_from_a_legs_own_peer_nor_from_another_leg() {
    let engine = engine(18_520..=18_539);
    let (to, mut events) = mailbox(1_000);
    let (legs, mut phones) = call(&engine, &to);
    let mut strangers = [&legs[0], &legs[1]].map(stranger_at);
    let mut sent = engine.stats().packets_in;
    for name in "1590*#37DA2".chars() {
        for (n, stranger) in strangers.iter_mut().enumerate() {
            flood(stranger);
            phones[n].key(name);
            phones[n].say();
            phones[3].say();
            sent += FLOOD as u64 + 3;
            wait_until(|| engine.stats().packets_in == sent);
        }
    }
    let heard = |phones: &mut [Own], who: usize, whom: usize| {
        let wanted = phones[whom].said.len();
        wait_until(|| {
            phones[who].phone.listen();
            phones[who].heard_of(&phones[whom]).len() == wanted
        });
        phones[who].heard_of(&phones[whom])
    };
    // Everything of those that were joined has come, in order and as it was.
    for (who, whom) in [(2, 1), (4, 3)] {
        assert_eq!(heard(&mut phones, who, whom), phones[whom].said);
    }
    legs.iter().for_each(Leg::close);
    let (mut keys, mut closed) = ([const { String::new() }; 5], 0);
    let mut summaries = [None; 5];
    while closed < 5 {
        let (id, event) = next_event(&mut events);
        let place = legs.iter().position(|leg| leg.id() == id).unwrap();
        match event {
            Event::Key { key, .. } => keys[place].push(key.as_char()),
            Event::Closed(summary) => {
                summaries[place] = Some(summary);
                closed += 1;
            }
            _ => {}
        }
    }
    for (place, summary) in summaries.into_iter().enumerate() {
        let (summary, own) = (summary.unwrap(), &phones[place]);
        assert_eq!(keys[place], own.keys);
        assert_eq!(summary.received, u64::from(own.phone.sequence) - 1);
        // Of each flood, but for what is no RTP.
        let floods = if place < 2 { 11 } else { 0 };
        let (invalid, all) = (FLOOD / 3, FLOOD);
        assert_eq!(summary.invalid, (floods * invalid) as u64);
        assert_eq!(summary.strangers, (floods * (all - invalid)) as u64);
        assert_eq!(summary.lost, 0);
    }
}

#[test]
fn who_has_one_packet_does_not_wait_for_the_end_of_a_flood() {
    let engine = engine(18_540..=18_559);
    let (to, mut events) = mailbox(1_000);
    let (legs, mut phones) = call(&engine, &to);
    let mut brake = Brake::new(&engine);
    let mut stranger = stranger_at(&legs[1]);
    for _ in 0..5 {
        let held = brake.hold();
        // The flood is there first, and its own peer's key behind it.
        flood(&mut stranger);
        phones[1].key('1');
        phones[3].key('3');
        drop(held);
        let mut order = Vec::new();
        while order.len() < 2 {
            if let (id, Event::Key { key, .. }) = next_event(&mut events) {
                order.push((id, key.as_char()));
            }
        }
        assert_eq!(order, [(legs[3].id(), '3'), (legs[1].id(), '1')]);
    }
}
