//! The stream itself.

use std::{net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{
    Outlet,
    conferring::Conferring,
    keypress::Keypresses,
    latch::Latch,
    metering::Metering,
    proof::Proof,
    relay::{Anchor, Frame},
    reports::{self, Reports},
    sender::{Sender, Starts},
    source::Source,
    tap::Tap,
    watch::{Notice, Watch},
};
use crate::media::{
    clip::{Cursor, Playlist},
    codec::Codec,
    dtmf::{Carrier, EventReceiver, Key, Merge, SineTone, ToneDetector},
    event::{Event, Heard, Summary},
    meter::Meter,
    mix::{self, Room},
    record::Track,
    rtp::{self, Reception, SenderInfo},
    sdp::Agreement,
    voice::{Band, Decoder, Encoder, Translator},
};

/// Time limits of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How long nothing may come in before it is reported.
    pub silence: Duration,
    /// How long the first playlist waits for the peer's first packet, which shows that a NAT on the
    /// way is open.
    pub settle: Duration,
}

/// One leg's RTP session.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(super) limits: Limits,
    pub(super) cname: Bytes,
    pub(super) ntp_epoch: u64,
    pub(super) agreement: Option<Agreement>,
    pub(super) agreed_at: Duration,
    pub(super) latch: Latch,
    pub(super) sender: Sender,
    pub(super) source: Source,
    /// For sound that is made here.
    pub(super) encoder: Encoder,
    pub(super) keypresses: Keypresses,
    /// The next packet of our own begins a talkspurt.
    pub(super) fresh: bool,
    pub(super) joined: bool,
    pub(super) conferring: Option<Box<Conferring>>,
    pub(super) anchor: Option<Anchor>,
    pub(super) relayed_at: Option<Duration>,
    /// For sound of a joined leg that speaks another codec.
    pub(super) translator: Option<Translator>,
    pub(super) reception: Option<Reception>,
    pub(super) events: EventReceiver,
    /// For sound that is listened to here.
    pub(super) ear: Option<Decoder>,
    pub(super) tones: Option<Box<ToneDetector>>,
    pub(super) merge: Merge,
    pub(super) tap: Option<Box<Tap>>,
    pub(super) metering: Option<Box<Metering>>,
    pub(super) track: Option<Box<Track>>,
    pub(super) watch: Watch,
    /// Where it is to be told that the peer can be heard.
    pub(super) proof: Option<Proof>,
    pub(super) reports: Reports,
    pub(super) counts: Summary,
    /// Loss of streams before the one now counted.
    pub(super) lost_before: u32,
}

impl Stream {
    pub(crate) fn new(starts: &Starts, limits: Limits) -> Stream {
        Stream {
            limits,
            cname: starts.cname.clone(),
            ntp_epoch: starts.ntp_epoch,
            agreement: None,
            agreed_at: Duration::ZERO,
            latch: Latch::default(),
            sender: Sender::new(starts),
            source: Source::Idle,
            encoder: Encoder::new(Codec::Pcma, Band::Narrow),
            keypresses: Keypresses::default(),
            fresh: true,
            joined: false,
            conferring: None,
            anchor: None,
            relayed_at: None,
            translator: None,
            reception: None,
            events: EventReceiver::default(),
            ear: None,
            tones: None,
            merge: Merge::default(),
            tap: None,
            metering: None,
            track: None,
            watch: Watch::new(limits.silence),
            proof: None,
            reports: Reports::new(starts.seed),
            counts: Summary::default(),
            lost_before: 0,
        }
    }

    /// Offer and answer have come to a result, the first or a new one.
    pub(crate) fn agree(&mut self, now: Duration, agreement: Agreement) {
        if self.agreement.is_none() {
            self.agreed_at = now;
        }
        self.latch.offered(now, agreement.remote);
        // Who rings need not be heard.
        let expected = agreement.direction.receives && !agreement.early;
        self.watch.expect(now, expected);
        let before = self.agreement.as_ref().map(|a| a.send.event.is_some());
        if before.is_some_and(|as_event| as_event != agreement.send.event.is_some()) {
            self.keypresses.abandon();
        }
        let by_tone = agreement.receive.event.is_none();
        if by_tone != self.tones.is_some() {
            self.tones = by_tone.then(Box::default);
        }
        if agreement.codec != self.encoder.codec() {
            self.encoder = Encoder::new(agreement.codec, Band::Narrow);
        }
        self.agreement = Some(agreement);
    }

    /// The peer's signalling comes from this address.
    pub(crate) fn signals_from(&mut self, address: IpAddr) {
        self.latch.signals_from(address);
    }

    pub(crate) fn play(&mut self, playlist: Playlist) {
        self.source = Source::Clips(Cursor::new(playlist));
        self.fresh = true;
    }

    pub(crate) fn tone(&mut self, tone: SineTone) {
        self.source = Source::Tone(tone);
        self.fresh = true;
    }

    pub(crate) fn stop(&mut self) {
        self.source = Source::Idle;
    }

    pub(crate) fn press(&mut self, key: Key, ms: u16) {
        self.keypresses.push(key, ms);
    }

    pub(crate) fn tap(&mut self, to: mpsc::Sender<Heard>) {
        self.tap = Some(Box::new(Tap::new(to)));
    }

    pub(crate) fn record(&mut self, track: Box<Track>) {
        self.track = Some(track);
    }

    pub(crate) fn measure(&mut self, meter: Arc<Meter>) {
        self.metering = Some(Box::new(Metering::new(meter)));
    }

    pub(crate) fn stamps(&mut self) {
        self.source = Source::Stamps;
        self.fresh = true;
    }

    /// Tells from now on when the peer is heard.
    pub(crate) fn prove(&mut self) {
        self.proof = Some(Proof::default());
    }

    /// From now on another leg's packets are to be sent, or no longer.
    pub(crate) fn set_joined(&mut self, joined: bool) {
        self.joined = joined;
        self.anchor = None;
        self.relayed_at = None;
        self.translator = None;
        self.fresh = true;
    }

    /// From now on the leg is in a conference, or no longer.
    pub(crate) fn set_conferring(&mut self, conferring: bool) {
        let codec = self.encoder.codec();
        self.conferring = conferring.then(|| Box::new(Conferring::new(codec)));
        self.fresh = true;
    }

    /// Says what was received in the conference, where the leg is a member of this name.
    pub(crate) fn say(&mut self, now: Duration, frame: &Frame<'_>, room: &mut Room, member: usize) {
        if let Some(conferring) = &mut self.conferring {
            conferring.say(now, frame, room, member);
        }
    }

    /// Takes what the leg is to hear of its conference in a turn.
    pub(crate) fn on_turn(&mut self, heard: &[i16; mix::TURN]) {
        if let Some(conferring) = &mut self.conferring {
            conferring.on_turn(heard);
        }
    }

    /// Reports a key, unless another carrier has done so already.
    pub(super) fn on_key(
        &mut self,
        now: Duration,
        key: Key,
        carrier: Carrier,
        out: &mut impl Outlet,
    ) {
        if self.merge.on_key(now, key, carrier) {
            out.event(Event::Key { key, carrier });
        }
    }

    /// A key that came by SIP INFO.
    pub(crate) fn on_info(&mut self, now: Duration, key: Key, out: &mut impl Outlet) {
        self.on_key(now, key, Carrier::Info, out);
    }

    pub(super) fn ntp(&self, now: Duration) -> u64 {
        self.ntp_epoch.wrapping_add(reports::ntp_span(now))
    }

    /// Sends a report when one is due, and in any case with the goodbye.
    pub(super) fn report(&mut self, now: Duration, bye: bool, out: &mut impl Outlet) {
        let Some(agreement) = &self.agreement else {
            return;
        };
        let Some(to) = self.latch.rtcp_target(agreement.remote_rtcp) else {
            return;
        };
        if !bye && !self.reports.is_due(now) {
            return;
        }
        let info = self
            .reports
            .is_sender(self.sender.packets)
            .then(|| SenderInfo {
                ntp: self.ntp(now),
                timestamp: self.sender.timestamp(now),
                packets: self.sender.packets,
                octets: self.sender.octets,
            });
        let block = self
            .reception
            .as_mut()
            .map(|reception| self.reports.block(now, reception));
        if let Some(packet) = rtp::compound(self.sender.ssrc, &self.cname, info, block, bye) {
            out.rtcp(to, &packet);
        }
    }

    /// Says goodbye and sums up.
    pub(crate) fn close(&mut self, now: Duration, out: &mut impl Outlet) {
        self.report(now, true, out);
        if let Some(track) = self.track.take() {
            track.finish(now);
        }
        out.event(Event::Closed(self.summary()));
    }

    pub(crate) fn summary(&self) -> Summary {
        let reception = self.reception.as_ref();
        Summary {
            lost: self
                .lost_before
                .saturating_add(reception.map_or(0, Reception::lost)),
            jitter: reception.map_or(0, Reception::jitter),
            lost_at_peer: self.reports.lost_at_peer,
            jitter_at_peer: self.reports.jitter_at_peer,
            round_trip_ms: self.reports.round_trip_ms,
            ..self.counts
        }
    }
}

impl From<Notice> for Event {
    fn from(notice: Notice) -> Event {
        match notice {
            Notice::Silent { for_ms, heard } => Event::Silent { for_ms, heard },
            Notice::Resumed => Event::Resumed,
        }
    }
}
