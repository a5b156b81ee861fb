//! What comes in.

use std::{net::SocketAddr, time::Duration};

use super::{MAX_PAYLOAD, Outlet, latch, relay::Frame, state::Stream};
use crate::media::{
    clip::FRAME,
    codec::Codec,
    dtmf::{Carrier, EventPacket, Key},
    event::Event,
    record::Channel,
    rtp::{self, Header, Reception},
    sdp::Kind,
    voice::{Band, Decoder},
};

impl Stream {
    /// Takes an RTP datagram. What comes back is to be sent by the leg this one is joined with, or said in
    /// its conference.
    pub(crate) fn on_rtp<'d>(
        &mut self,
        now: Duration,
        from: SocketAddr,
        datagram: &'d [u8],
        out: &mut impl Outlet,
    ) -> Option<Frame<'d>> {
        let read = Header::read(datagram).and_then(|(header, payload)| {
            let kind = self.agreement.as_ref()?.kind(header.payload_type)?;
            let lawful = !payload.is_empty() && payload.len() <= MAX_PAYLOAD;
            lawful.then_some((header, kind, payload))
        });
        let Some((header, kind, payload)) = read else {
            self.counts.invalid += 1;
            return None;
        };
        match self.latch.on_rtp(now, from) {
            latch::Source::Stranger => {
                self.counts.strangers += 1;
                return None;
            }
            latch::Source::New => out.event(Event::Flowing { from }),
            latch::Source::Known => {}
        }
        self.counts.received += 1;
        if let Some(notice) = self.watch.on_packet(now) {
            out.event(notice.into());
        }
        if self.watch.is_expecting()
            && let Some(proof) = &mut self.proof
            && let Some(event) = proof.on_packet(kind, payload)
        {
            out.event(event);
        }
        self.count(now, &header);
        let key = match kind {
            Kind::Event => self.on_event(now, &header, payload, out),
            Kind::Voice(codec) => {
                self.on_voice(now, &header, codec, payload, out);
                None
            }
        };
        let passes_on = self.joined || self.conferring.is_some();
        passes_on.then_some(Frame {
            header,
            kind,
            payload,
            key,
        })
    }

    fn count(&mut self, now: Duration, header: &Header) {
        match &mut self.reception {
            Some(reception) if reception.ssrc() == header.ssrc => {
                reception.packet(header.sequence, header.timestamp, now);
            }
            other => {
                let lost = other.as_ref().map_or(0, Reception::lost);
                self.lost_before = self.lost_before.saturating_add(lost);
                *other = Some(Reception::new(
                    header.ssrc,
                    header.sequence,
                    header.timestamp,
                    now,
                ));
            }
        }
    }

    fn on_event(
        &mut self,
        now: Duration,
        header: &Header,
        payload: &[u8],
        out: &mut impl Outlet,
    ) -> Option<Key> {
        let packet = EventPacket::read(payload)?;
        let first = self.events.on_packet(header.timestamp, packet);
        match first {
            Some(key) => self.on_key(now, key, Carrier::Event, out),
            None if !packet.end => {
                if let Some(key) = Key::from_code(packet.code) {
                    self.merge.on_held(now, key, Carrier::Event);
                }
            }
            None => {}
        }
        first
    }

    fn on_voice(
        &mut self,
        now: Duration,
        header: &Header,
        codec: Codec,
        payload: &[u8],
        out: &mut impl Outlet,
    ) {
        if let Some(track) = &mut self.track {
            track.put(Channel::Said, now, header.timestamp, codec, payload);
        }
        if let Some(metering) = &mut self.metering {
            metering.on_voice(now, header, payload);
        }
        if self.tap.is_none() && self.tones.is_none() {
            return;
        }
        let mut ear = match self.ear.take() {
            Some(ear) if ear.codec() == codec => ear,
            _ => Decoder::new(codec, Band::Narrow),
        };
        let (mut samples, mut timestamp) = ([0; FRAME], header.timestamp);
        for payload in payload.chunks(FRAME) {
            let samples = ear.decode(payload, &mut samples);
            self.listen(now, timestamp, samples, out);
            timestamp = timestamp.wrapping_add(samples.len() as u32);
        }
        self.ear = Some(ear);
    }

    /// What is heard goes to whoever listens.
    fn listen(&mut self, now: Duration, timestamp: u32, samples: &[i16], out: &mut impl Outlet) {
        if let Some(tap) = &mut self.tap
            && !tap.on_voice(timestamp, samples)
        {
            self.tap = None;
        }
        let Some(mut tones) = self.tones.take() else {
            return;
        };
        for &sample in samples {
            if let Some(key) = tones.on_sample(sample) {
                self.on_key(now, key, Carrier::Tone, out);
            }
        }
        if let Some(key) = tones.down() {
            self.merge.on_held(now, key, Carrier::Tone);
        }
        self.tones = Some(tones);
    }

    /// Takes an RTCP datagram.
    pub(crate) fn on_rtcp(&mut self, now: Duration, from: SocketAddr, datagram: &[u8]) {
        let Some(agreement) = &self.agreement else {
            self.counts.invalid += 1;
            return;
        };
        let Some(about) = rtp::read(datagram, self.sender.ssrc) else {
            self.counts.invalid += 1;
            return;
        };
        if !self.latch.on_rtcp(from, agreement.remote_rtcp) {
            self.counts.strangers += 1;
            return;
        }
        self.reports.on_report(now, self.ntp(now), &about);
    }
}
