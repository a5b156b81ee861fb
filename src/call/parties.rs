//! The people in one call: each a signalling leg and a leg of sound, kept together here. What two
//! protocols settle between themselves (offers, answers, holds, keys by INFO) is settled here; what the
//! call must know comes out as a [`Happening`].

use std::time::Duration;

use crate::flow::Key;
use crate::mailbox::{self, mailbox};
use crate::media::{self, Codec, Engine, Lane, MediaError, Playlist, Recorder, dtmf};
use crate::sip::leg::{self, Cause, Dial, LegEvent, LegEvents, LegId, ReferId, Side};
use crate::sip::{Invitation, Line, Replaces, Wire};

mod outliving;
mod referrals;
mod together;
mod visitor;

pub(super) use together::Hearers;

use super::log::Log;
use super::outliving::LegState;
use super::voice::Voice;

/// Signalling events of one call that it has not yet looked at.
const SIGNALS: usize = 64;
/// Sound events of one call that it has not yet looked at.
const SOUND_EVENTS: usize = 256;
/// How long the legs of a call that is over may take to give their figures.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Names a party within its call.
pub(super) type PartyId = LegId;

/// Something that happened to a party.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Happening {
    /// A party that came in can hear and be heard: acknowledged, or its sound has come.
    Ready(PartyId),
    /// A party that is being dialled has the request (100).
    Responded(PartyId),
    /// A party that is being dialled is ringing.
    Rang(PartyId),
    /// A party that was dialled has answered.
    Answered(PartyId),
    /// Sound has come from a party that was to [be proved](Parties::prove), since it answered; with more than
    /// silence in it, or without.
    Heard(PartyId, bool),
    /// A key, by whichever carrier.
    Key(PartyId, Key),
    /// A playlist has been played to its end.
    Played(PartyId, u64),
    /// A party holds the call: it hears nothing.
    Held(PartyId),
    /// A party that held the call is back.
    Retrieved(PartyId),
    /// What another process needs to go on with a party has changed.
    Changed(PartyId),
    /// The phone of one of our own people refers the call to somebody.
    Referred(PartyId, Referral),
    /// A party has gone, and is forgotten.
    Ended(PartyId, Cause),
}

/// A wish that the call be transferred (RFC 3515).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Referral {
    refer: ReferId,
    /// The user part of the target.
    pub(super) user: String,
    /// The dialog that the call is to take the place of.
    pub(super) replaces: Option<Replaces>,
}

struct Party {
    id: PartyId,
    /// For the timeline; never a caller's number.
    name: String,
    signalling: leg::Leg,
    sound: media::Leg,
    /// What another process needs to go on with its signalling, once there is something to go on with.
    standing: Option<LegState>,
    /// It holds us.
    holds: bool,
    /// The session description of an early response, for an answer that brings none.
    early: Option<String>,
    /// An answer to an offer of ours is to come in an ACK.
    awaits_answer: bool,
    /// We have called them.
    dialled: bool,
    /// They have answered us, or we them.
    answered: bool,
    /// They have been asked whether they are there since sound came from them last.
    asked: bool,
    /// They go when what is played to them has been heard.
    leaving: bool,
    /// They stay though they are never heard.
    kept_unheard: bool,
    /// Their place among the calls of where they come from, where another call came in for this one.
    _line: Option<Line>,
}

/// All parties of a call. Dropping it hangs all of them up.
pub(super) struct Parties {
    wire: Wire,
    lane: Lane,
    log: Log,
    present: Vec<Party>,
    /// Legs of sound that have been closed and have not given their figures yet.
    closing: Vec<(media::LegId, String)>,
    signals: Signals,
    sounds: Sounds,
    /// Whose life is in danger: what is kept for that may be used.
    in_emergency: bool,
    /// What another process needs has changed.
    news: bool,
    /// Referrals that have been told to the call, by their numbers.
    referrals: Vec<(PartyId, ReferId)>,
}

type Signals = (LegEvents, mailbox::Receiver<(LegId, LegEvent)>);
type Sounds = (
    mailbox::Sender<(media::LegId, media::Event)>,
    mailbox::Receiver<(media::LegId, media::Event)>,
);

impl Parties {
    /// Nobody yet.
    pub(super) fn new(edges: (Wire, Engine), log: Log) -> Self {
        Self::with_signals(edges, log, mailbox(SIGNALS))
    }

    fn with_signals((wire, engine): (Wire, Engine), log: Log, signals: Signals) -> Self {
        Parties {
            wire,
            lane: engine.lane(),
            log,
            present: Vec::new(),
            closing: Vec::new(),
            signals,
            sounds: mailbox(SOUND_EVENTS),
            in_emergency: false,
            news: false,
            referrals: Vec::new(),
        }
    }

    /// Answers a caller: 180, then 200 with our answer, or our offer where the INVITE brought none. A
    /// session that cannot be agreed on is refused, and the error is the status.
    pub(super) fn answer(
        edges: (Wire, Engine),
        log: Log,
        signalling: leg::Leg,
        invitation: &Invitation,
        voice: &Voice,
        signals: Signals,
    ) -> Result<(Self, PartyId), u16> {
        let mut parties = Self::with_signals(edges, log, signals);
        let (name, line) = ("caller".to_owned(), None);
        let id = parties.take_in(signalling, invitation, &voice.codecs, name, line)?;
        Ok((parties, id))
    }

    /// From now on everybody in this call gets a port, as long as any is left.
    pub(super) fn in_emergency(&mut self) {
        self.in_emergency = true;
    }

    fn open_sound(&self) -> Result<media::Leg, MediaError> {
        let events = self.sounds.0.clone();
        let sound = match self.in_emergency {
            true => self.lane.open_in_emergency(events),
            false => self.lane.open(events),
        };
        if let Err(error) = &sound {
            tracing::error!(%error, "no sound for a call");
        }
        sound
    }

    /// Dials somebody. The offer is put into `dial` here. Fails when no port is free.
    pub(super) fn dial(
        &mut self,
        name: String,
        mut dial: Dial,
        voice: &Voice,
    ) -> Result<PartyId, MediaError> {
        let sound = self.open_sound()?;
        sound.speak(&voice.codecs);
        for hop in dial.targets.iter().filter_map(|target| target.hop.as_ref()) {
            sound.signals_from(hop.address.ip());
        }
        dial.offer = sound.offer(voice.first);
        let signalling = leg::dial(&self.wire, dial, self.signals.0.clone());
        let id = signalling.id();
        self.present.push(Party {
            id,
            name,
            signalling,
            sound,
            standing: None,
            holds: false,
            early: None,
            awaits_answer: false,
            dialled: true,
            answered: false,
            asked: false,
            leaving: false,
            kept_unheard: false,
            _line: None,
        });
        Ok(id)
    }

    /// What happens next. Losing this future loses nothing.
    pub(super) async fn next(&mut self) -> Happening {
        loop {
            let happening = tokio::select! {
                Some((id, event)) = self.signals.1.recv() => self.signalled(id, event),
                Some((id, event)) = self.sounds.1.recv() => self.sounded(id, event),
            };
            if let Some(happening) = happening {
                return happening;
            }
        }
    }

    fn party(&mut self, id: PartyId) -> Option<&mut Party> {
        self.present.iter_mut().find(|party| party.id == id)
    }

    fn signalled(&mut self, id: PartyId, event: LegEvent) -> Option<Happening> {
        let log = self.log.clone();
        // Nearly every one of them changes something, and there are few of them.
        self.news = true;
        let party = self.party(id)?;
        match event {
            LegEvent::Progress { status, sdp } => {
                if let Some(sdp) = sdp {
                    if let Err(error) = party.sound.accept_early(&sdp) {
                        log.happened("early-media", format!("{}: {error}", party.name));
                    }
                    party.early = Some(sdp);
                }
                Some(match status {
                    100 => Happening::Responded(id),
                    _ => Happening::Rang(id),
                })
            }
            LegEvent::Answered { sdp } => {
                let sdp = sdp.or(party.early.take()).unwrap_or_default();
                if let Err(error) = party.sound.accept_answer(&sdp) {
                    log.happened("refused", format!("{}: {error}", party.name));
                    return Some(self.unusable(id));
                }
                party.answered = true;
                party.holds = party.sound.is_held();
                Some(Happening::Answered(id))
            }
            LegEvent::Acknowledged { sdp } => {
                if std::mem::take(&mut party.awaits_answer)
                    && let Err(error) = party.sound.accept_answer(&sdp.unwrap_or_default())
                {
                    log.happened("refused", format!("{}: {error}", party.name));
                    // Without a session nothing can be said to them, and nothing heard.
                    if party.sound.codec().is_none() {
                        return Some(self.unusable(id));
                    }
                }
                self.hold(id).or(Some(Happening::Ready(id)))
            }
            LegEvent::Offer { id: offer, sdp } => {
                let answer = match &sdp {
                    Some(sdp) => party.sound.answer(sdp).map_err(|error| {
                        log.happened("refused", format!("{}: {error}", party.name));
                        488
                    }),
                    None => {
                        party.awaits_answer = true;
                        Ok(party.sound.offer(party.sound.codec()))
                    }
                };
                party.signalling.reply(offer, answer.map(Some));
                self.hold(id)
            }
            LegEvent::Changed { sdp } => {
                if let Some(sdp) = sdp
                    && let Err(error) = party.sound.accept_answer(&sdp)
                {
                    log.happened("refused", format!("{}: {error}", party.name));
                }
                self.hold(id)
            }
            LegEvent::Info { content_type, body } => {
                if let Some(key) = dtmf::key_of_info(&content_type, &body) {
                    party.sound.info_key(key);
                }
                None
            }
            LegEvent::Refer {
                id: refer,
                to,
                replaces,
            } => {
                let user = to.user;
                let referral = Referral {
                    refer,
                    user,
                    replaces,
                };
                Some(Happening::Referred(id, referral))
            }
            LegEvent::Dialled(dialled) => {
                party.standing = Some(LegState::Dialled(*dialled));
                Some(Happening::Changed(id))
            }
            LegEvent::Standing(standing) => {
                party.standing = Some(LegState::Answered(standing));
                Some(Happening::Changed(id))
            }
            LegEvent::Ended(cause) => {
                self.forget(id);
                Some(Happening::Ended(id, cause))
            }
        }
    }

    /// Whether a party holds the call, where that has changed.
    fn hold(&mut self, id: PartyId) -> Option<Happening> {
        let party = self.party(id)?;
        let holds = party.sound.is_held();
        if std::mem::replace(&mut party.holds, holds) == holds {
            return None;
        }
        let (kind, name) = (if holds { "held" } else { "retrieved" }, party.name.clone());
        self.log.happened(kind, name);
        Some(match holds {
            true => Happening::Held(id),
            false => Happening::Retrieved(id),
        })
    }

    /// Hangs up a party with whom no session could be agreed on.
    fn unusable(&mut self, id: PartyId) -> Happening {
        let text = "its session description cannot be used";
        self.give_up(id, Side::Near, Some(488), text)
    }

    fn give_up(
        &mut self,
        id: PartyId,
        by: Side,
        status: Option<u16>,
        text: &'static str,
    ) -> Happening {
        self.hang_up(id);
        Happening::Ended(id, Cause { by, status, text })
    }

    fn sounded(&mut self, id: media::LegId, event: media::Event) -> Option<Happening> {
        if let media::Event::Closed(summary) = event {
            return self.sound_closed(id, &summary);
        }
        let mut present = self.present.iter_mut();
        let party = present.find(|party| party.sound.id() == id)?;
        match event {
            media::Event::Key { key, carrier } => {
                // Which key it was is personal data.
                let detail = format!("{}: a key by {carrier:?}", party.name);
                self.log.happened("key", detail);
                Some(Happening::Key(party.id, Key::new(key.as_char())?))
            }
            media::Event::Played { .. } if party.leaving => {
                let leaves = party.id;
                self.hang_up(leaves);
                None
            }
            media::Event::Played { id } => Some(Happening::Played(party.id, id)),
            media::Event::Flowing { .. } => Some(Happening::Ready(party.id)),
            media::Event::Heard { sounding } => Some(Happening::Heard(party.id, sounding)),
            media::Event::Silent { for_ms, heard } => self.silent(id, for_ms, heard),
            media::Event::Resumed => {
                party.asked = false;
                let detail = format!("{}: heard again", party.name);
                self.log.happened("resumed", detail);
                None
            }
            media::Event::Closed(_) => None,
        }
    }

    /// Nothing comes from a party. Whoever is still there answers an offer; whoever is not is gone then.
    /// Somebody whom we have called, who has answered and of whom nothing has been heard since, is of no use
    /// to anybody: they are let go as if they were lost.
    fn silent(&mut self, id: media::LegId, for_ms: u64, heard: bool) -> Option<Happening> {
        let mut present = self.present.iter_mut();
        let party = present.find(|party| party.sound.id() == id && party.answered)?;
        let again = std::mem::replace(&mut party.asked, true);
        if again && party.dialled && !heard && !party.kept_unheard {
            let (never_heard, detail) = (party.id, format!("{}: never heard", party.name));
            self.log.happened("silent", detail);
            metrics::counter!("ivr111_never_heard_total").increment(1);
            return Some(self.give_up(never_heard, Side::Network, None, "never heard"));
        }
        if !again {
            let detail = format!("{}: nothing heard for {for_ms} ms", party.name);
            self.log.happened("silent", detail);
            metrics::counter!("ivr111_silent_total").increment(1);
        }
        let offer = party.sound.offer(party.sound.codec());
        party.signalling.offer(offer);
        None
    }

    fn sound_closed(&mut self, id: media::LegId, summary: &media::Summary) -> Option<Happening> {
        let closing = self.closing.iter().position(|(closed, _)| *closed == id);
        if let Some(place) = closing {
            let (_, name) = self.closing.swap_remove(place);
            self.log.happened("sound", figures(&name, summary));
            return None;
        }
        // Not by our wish: the media thread has given the leg up. Nobody shall hold a dead line.
        let party = self.present.iter().find(|party| party.sound.id() == id)?;
        let (lost, detail) = (party.id, format!("{}: its sound was lost", party.name));
        self.log.happened("sound", detail);
        let ended = self.give_up(lost, Side::Network, None, "its sound was lost");
        self.closing.retain(|(closing, _)| *closing != id);
        Some(ended)
    }

    /// Hangs a party up, in whatever way its state calls for. Its end is not reported.
    pub(super) fn hang_up(&mut self, id: PartyId) {
        if let Some(party) = self.party(id) {
            party.signalling.hang_up();
            self.forget(id);
        }
    }

    /// Hangs everybody up.
    pub(super) fn hang_up_all(&mut self) {
        while let Some(party) = self.present.last() {
            self.hang_up(party.id);
        }
    }

    fn forget(&mut self, id: PartyId) {
        if let Some(place) = self.present.iter().position(|party| party.id == id) {
            let party = self.present.swap_remove(place);
            self.news = true;
            self.closing.push((party.sound.id(), party.name.clone()));
            party.sound.close();
        }
    }

    /// Records what a party says and hears from now on. A call goes on without where that fails.
    pub(super) fn record(&self, id: PartyId, recorder: &Recorder, name: &str) {
        let Some(party) = self.present.iter().find(|party| party.id == id) else {
            return;
        };
        let detail = match party.sound.record(recorder, name) {
            Ok(()) => format!("{}: recorded as {name}.wav", party.name),
            Err(error) => {
                tracing::error!(%error, "a call is not recorded");
                format!("{}: not recorded: {error}", party.name)
            }
        };
        self.log.happened("recording", detail);
    }

    /// Plays a list to a party in place of what it hears from us.
    pub(super) fn play(&self, id: PartyId, playlist: Playlist) {
        if let Some(party) = self.present.iter().find(|party| party.id == id) {
            party.sound.play(playlist);
        }
    }

    /// Stops what is played to a party.
    pub(super) fn silence(&self, id: PartyId) {
        if let Some(party) = self.present.iter().find(|party| party.id == id) {
            party.sound.stop();
        }
    }

    /// A party is reported as soon as it is [heard](Happening::Heard) after its answer, and stays where it
    /// never is: it may hear us.
    pub(super) fn prove(&mut self, id: PartyId) {
        if let Some(party) = self.party(id) {
            party.kept_unheard = true;
            party.sound.prove();
        }
    }

    /// Whether a party holds the call.
    pub(super) fn holds(&self, id: PartyId) -> bool {
        let party = self.present.iter().find(|party| party.id == id);
        party.is_some_and(|party| party.holds)
    }

    /// What a party speaks.
    pub(super) fn codec(&self, id: PartyId) -> Option<Codec> {
        let party = self.present.iter().find(|party| party.id == id)?;
        party.sound.codec()
    }

    /// Hangs everybody up and writes the figures of their sound down.
    pub(super) async fn finish(mut self) {
        self.hang_up_all();
        let last_words = async {
            while !self.closing.is_empty() {
                if let Some((id, event)) = self.sounds.1.recv().await {
                    self.sounded(id, event);
                }
            }
        };
        let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
    }
}

fn figures(name: &str, summary: &media::Summary) -> String {
    let mut text = format!(
        "{name}: {} packets out, {} in, {} lost, jitter {} us",
        summary.sent,
        summary.received,
        summary.lost,
        u64::from(summary.jitter) * 125
    );
    if summary.strangers + summary.invalid > 0 {
        let dropped = summary.strangers + summary.invalid;
        text.push_str(&format!(", {dropped} not from the peer"));
    }
    if let Some(ms) = summary.round_trip_ms {
        text.push_str(&format!(", round trip {ms} ms"));
    }
    let directions = [("heard", summary.heard()), ("sounded", summary.sounded())];
    for (direction, quality) in directions {
        if let Some(quality) = quality {
            text.push_str(&format!(", {direction} with a MOS of {:.2}", quality.score));
        }
    }
    text
}
