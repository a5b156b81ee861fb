//! A leg's part in a conference: what it says goes into the room, what it hears out to its peer.

use std::time::Duration;

use super::relay::Frame;
use crate::media::{
    codec::Codec,
    mix::{Room, TURN},
    sdp::Kind,
    voice::{Band, Decoder, Encoder},
};

/// Samples of the longest packet, 60 ms at 16 kHz.
const LONGEST: usize = 960;
/// Samples that may wait: the longest packet, and the turns that come until it is taken.
const WAITING: usize = LONGEST + 2 * TURN;

/// The memory of a leg that is in a conference.
#[derive(Debug)]
pub(crate) struct Conferring {
    /// The stream that was heard last.
    ssrc: Option<u32>,
    ear: Option<Decoder>,
    mouth: Encoder,
    /// What the room has made and the leg has not sent.
    waiting: Vec<i16>,
    /// What the leg's next packet is of; nothing, when too little was waiting.
    next: Vec<i16>,
}

impl Conferring {
    pub(crate) fn new(codec: Codec) -> Conferring {
        Conferring {
            ssrc: None,
            ear: None,
            mouth: Encoder::new(codec, Band::Wide),
            waiting: Vec::with_capacity(WAITING),
            next: Vec::with_capacity(LONGEST),
        }
    }

    /// Says a received packet in the room. More than 60 ms of it is not heard.
    pub(crate) fn say(&mut self, now: Duration, frame: &Frame<'_>, room: &mut Room, member: usize) {
        // A key is for whoever carries out what it asks for: the others only hear a pause.
        let Kind::Voice(codec) = frame.kind else {
            return;
        };
        let header = &frame.header;
        if self.ssrc.replace(header.ssrc) != Some(header.ssrc) {
            room.restart(member);
        }
        let ear = match &mut self.ear {
            Some(ear) if ear.codec() == codec => ear,
            other => other.insert(Decoder::new(codec, Band::Wide)),
        };
        let mut samples = [0; LONGEST];
        let samples = ear.decode(frame.payload, &mut samples);
        room.push(member, now, header.sequence, header.timestamp, samples);
    }

    /// Takes what the room has made for this leg in a turn. What it does not send in time is left out
    /// from the oldest on.
    pub(crate) fn on_turn(&mut self, heard: &[i16; TURN]) {
        let excess = (self.waiting.len() + TURN).saturating_sub(WAITING);
        self.waiting.drain(..excess);
        self.waiting.extend_from_slice(heard);
    }

    /// Moves on by one packet, whether it is to be heard or something else is sent in its place.
    pub(crate) fn advance(&mut self, samples: usize) {
        self.next.clear();
        if samples <= self.waiting.len().min(LONGEST) {
            self.next.extend(self.waiting.drain(..samples));
        }
    }

    /// Fills a payload with what the leg hears now.
    pub(crate) fn hear(&mut self, codec: Codec, payload: &mut [u8]) {
        if self.mouth.codec() != codec {
            self.mouth = Encoder::new(codec, Band::Wide);
        }
        self.mouth.encode(&self.next, payload);
    }
}
