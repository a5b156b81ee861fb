//! What goes out: at each tick our own sound, and in between what a joined leg received.

use std::{net::SocketAddr, time::Duration};

use super::{
    MAX_PAYLOAD, Outlet,
    relay::{Anchor, Frame},
    state::Stream,
};
use crate::media::{
    event::Event,
    record::Channel,
    rtp::HEADER,
    sdp::{Agreement, Kind},
    voice::Translator,
};

/// The longest payload sent of our own: 60 ms.
const MAX_OWN: usize = 480;
/// The longest a joined peer may pause before we fill in with silence: more than the longest
/// packet, less than a receiver takes for a broken stream.
const RELAY_PAUSE: Duration = Duration::from_millis(200);

impl Stream {
    /// Sends what is due now. Gives the time until the next call of this.
    pub(crate) fn tick(&mut self, now: Duration, out: &mut impl Outlet) -> Duration {
        if let Some(notice) = self.watch.on_time(now) {
            out.event(notice.into());
        }
        let Some(agreement) = &self.agreement else {
            return Duration::from_millis(20);
        };
        let ptime = agreement.ptime;
        self.report(now, false, out);
        self.send(now, usize::from(ptime) * 8, out);
        Duration::from_millis(u64::from(ptime))
    }

    /// Where our sound goes, while the peer takes any.
    fn target(&self) -> Option<(SocketAddr, &Agreement)> {
        let agreement = self.agreement.as_ref()?;
        let to = self.latch.target(agreement.remote?);
        agreement.direction.sends.then_some((to, agreement))
    }

    fn send(&mut self, now: Duration, samples: usize, out: &mut impl Outlet) {
        if let Some(conferring) = &mut self.conferring {
            conferring.advance(2 * samples);
        }
        let Some((to, agreement)) = self.target() else {
            self.fresh = true;
            return;
        };
        let (codec, numbers) = (agreement.codec, agreement.send);
        let timestamp = self.sender.begin(now);
        self.keypresses
            .start(now, timestamp, numbers.event.is_some());
        let mut packet = [0; HEADER + MAX_OWN];
        if let Some(number) = numbers.event
            && let Some(step) = self.keypresses.step(now, samples as u16)
        {
            let packet = &mut packet[..HEADER + 4];
            packet[HEADER..].copy_from_slice(&step.packet.write());
            self.sender
                .next(packet, number, step.marker, step.timestamp);
            let end = step.timestamp.wrapping_add(u32::from(step.packet.duration));
            self.sender.reached(end);
            self.sent_own(to, packet, out);
            self.fresh = true;
            return;
        }
        let Some(number) = numbers.get(Kind::Voice(codec)) else {
            return;
        };
        let packet = &mut packet[..HEADER + samples.min(MAX_OWN)];
        let payload = &mut packet[HEADER..];
        let idle = self.source.is_idle() || !self.is_settled(now);
        if !self.keypresses.fill(now, &mut self.encoder, payload) {
            if idle && self.is_relaying(now) {
                return;
            }
            match (idle, &mut self.conferring) {
                (true, Some(conferring)) => conferring.hear(codec, payload),
                (true, None) => self.encoder.silence(payload),
                (false, _) => self
                    .source
                    .fill(&mut self.encoder, || out.moment(), payload),
            }
        }
        let marker = std::mem::replace(&mut self.fresh, false);
        self.sender.next(packet, number, marker, timestamp);
        self.sender.reached(timestamp.wrapping_add(samples as u32));
        if let Some(track) = &mut self.track {
            track.put(Channel::Heard, now, timestamp, codec, &packet[HEADER..]);
        }
        self.sent_own(to, packet, out);
        if let Some(id) = self.source.take_played() {
            out.event(Event::Played { id });
        }
    }

    /// Sends a packet of our own; a relayed stream must then find its place anew.
    fn sent_own(&mut self, to: SocketAddr, packet: &[u8], out: &mut impl Outlet) {
        self.anchor = None;
        self.counts.sent += 1;
        out.rtp(to, packet);
    }

    fn is_settled(&self, now: Duration) -> bool {
        self.latch.is_latched() || now >= self.agreed_at + self.limits.settle
    }

    fn is_relaying(&self, now: Duration) -> bool {
        self.joined && self.relayed_at.is_some_and(|at| now < at + RELAY_PAUSE)
    }

    /// Sends a packet that the joined leg received; whether it has left. What this leg plays itself
    /// goes before it.
    pub(crate) fn relay(
        &mut self,
        now: Duration,
        frame: &Frame<'_>,
        out: &mut impl Outlet,
    ) -> bool {
        let Some((to, agreement)) = self.target() else {
            return false;
        };
        let spoken = agreement.codec;
        let (number, codec) = match frame.kind {
            Kind::Event => (agreement.send.event, None),
            Kind::Voice(codec) => match agreement.send.get(frame.kind) {
                Some(number) => (Some(number), None),
                None => (agreement.send.get(Kind::Voice(spoken)), Some(codec)),
            },
        };
        let Some(number) = number else {
            // No telephone-event on this side: the key goes on as tones.
            if let Some(key) = frame.key {
                self.keypresses.push(key, 100);
            }
            return false;
        };
        if !self.source.is_idle() || self.keypresses.is_active() {
            return false;
        }
        let Some(place) = Anchor::place(&mut self.anchor, &frame.header, now, &mut self.sender)
        else {
            return false;
        };
        let mut packet = [0; HEADER + MAX_PAYLOAD];
        let packet = &mut packet[..HEADER + frame.payload.len().min(MAX_PAYLOAD)];
        match codec {
            None => packet[HEADER..].copy_from_slice(frame.payload),
            Some(codec) => {
                let translator = match &mut self.translator {
                    Some(translator) if translator.is_between(codec, spoken) => translator,
                    other => other.insert(Translator::new(codec, spoken)),
                };
                translator.translate(frame.payload, &mut packet[HEADER..]);
            }
        }
        let marker = frame.header.marker || place.fresh;
        self.sender
            .write(packet, number, marker, place.sequence, place.timestamp);
        let samples = match frame.kind {
            Kind::Event => 0,
            Kind::Voice(heard) => {
                // As it is sent: in the codec of the other leg where that is spoken here too.
                let sent = codec.map_or(heard, |_| spoken);
                if let Some(track) = &mut self.track {
                    track.put(
                        Channel::Heard,
                        now,
                        place.timestamp,
                        sent,
                        &packet[HEADER..],
                    );
                }
                frame.payload.len() as u32
            }
        };
        self.sender.reached(place.timestamp.wrapping_add(samples));
        self.relayed_at = Some(now);
        self.fresh = true;
        self.counts.sent += 1;
        out.rtp(to, packet);
        true
    }
}
