//! One side of a call, as the call holds it.

use std::net::IpAddr;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::mpsc;

use super::{
    command::{Command, Order},
    conference::{Audience, Conference},
    lane::Lane,
    leg_id::LegId,
    standing::Standing,
};
use crate::media::{
    clip::{Clip, Playlist},
    codec::Codec,
    dtmf::{Key, SineTone},
    event::Heard,
    meter::Meter,
    record::{RecordError, Recorder},
    sdp::{SdpError, Session},
};

/// A leg of the [`Engine`](super::Engine). Clones are the same leg; it is closed by
/// [`close`](Leg::close) or when the last clone is dropped. Nothing here waits, unless
/// 4,096 commands are before it, and nothing has an effect once the leg is closed.
#[derive(Clone, Debug)]
pub struct Leg(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    lane: Lane,
    id: LegId,
    standing: Mutex<Standing>,
    closed: AtomicBool,
}

impl Leg {
    pub(super) fn new(lane: Lane, id: LegId, standing: Standing) -> Leg {
        Leg(Arc::new(Inner {
            lane,
            id,
            standing: Mutex::new(standing),
            closed: AtomicBool::new(false),
        }))
    }

    /// The leg's name in its events.
    pub fn id(&self) -> LegId {
        self.0.id
    }

    /// Our RTP port; RTCP is one above.
    pub fn port(&self) -> u16 {
        self.standing_now().port()
    }

    /// The peer's signalling comes from this address. Its sound may then come from there as well as
    /// from the address that it offers, which is of no use where the peer is behind a NAT. Sound
    /// from anywhere else is not the peer's.
    pub fn signals_from(&self, address: IpAddr) {
        self.standing_now().signals_from(address);
        self.order(Order::SignalsFrom(address));
    }

    /// The codecs to take here, the best first; without this all are, in the order of
    /// [`Codec::ALL`]. Right before the first offer or answer.
    pub fn speak(&self, codecs: &[Codec]) {
        self.standing_now().session.speak(codecs);
    }

    /// An offer (RFC 3264 section 5) of the codecs taken here and telephone-event; `first` goes before
    /// the other codecs, so that a leg can be asked for what the leg it is to be joined with speaks.
    /// Also right as a re-offer.
    pub fn offer(&self, first: Option<Codec>) -> String {
        self.standing_now().session.offer(first)
    }

    /// Answers the peer's offer, the first or a later one (RFC 3264 sections 6 and 8). A refused
    /// offer changes nothing.
    pub fn answer(&self, offer: &str) -> Result<String, SdpError> {
        let mut standing = self.standing_now();
        let answer = standing.session.answer(offer)?;
        self.agree(&standing.session);
        Ok(answer)
    }

    /// Takes the peer's answer to our last offer.
    pub fn accept_answer(&self, answer: &str) -> Result<(), SdpError> {
        let mut standing = self.standing_now();
        standing.session.accept_answer(answer)?;
        self.agree(&standing.session);
        Ok(())
    }

    /// Takes the peer's answer to our last offer while it still rings, so that its early media (RFC 3960)
    /// is heard. The answer that comes in the end may be the same or another.
    pub fn accept_early(&self, answer: &str) -> Result<(), SdpError> {
        let mut standing = self.standing_now();
        standing.session.accept_early(answer)?;
        self.agree(&standing.session);
        Ok(())
    }

    /// Whether the peer holds us: it takes no sound (RFC 3264 section 8.4).
    pub fn is_held(&self) -> bool {
        self.standing_now()
            .session
            .agreement()
            .is_some_and(|agreement| !agreement.direction.sends)
    }

    /// The codec this leg sends, once agreed.
    pub fn codec(&self) -> Option<Codec> {
        self.standing_now()
            .session
            .agreement()
            .map(|agreement| agreement.codec)
    }

    /// Whether telephone-event was agreed; without it keys are looked for in the sound.
    pub fn has_telephone_event(&self) -> bool {
        self.standing_now()
            .session
            .agreement()
            .is_some_and(|agreement| agreement.send.event.is_some())
    }

    /// What another process needs to go on with the leg, along with its [`Position`](crate::media::Position).
    /// It changes with every offer and answer, and with [`signals_from`](Leg::signals_from).
    pub fn standing(&self) -> Standing {
        self.standing_now().clone()
    }

    /// Plays a list in place of what is being played, beginning with its first frame once the
    /// peer's address is known. While the peer holds us, the list stands still.
    pub fn play(&self, playlist: Playlist) {
        self.order(Order::Play(playlist));
    }

    /// Plays one clip once.
    pub fn send_clip(&self, clip: Clip, id: u64) {
        self.play(Playlist {
            clips: vec![clip],
            repeat: false,
            id,
        });
    }

    /// Sends a steady tone of `hertz` at `level` dBm0 in place of what is being played.
    pub fn tone(&self, hertz: f32, level: f32) {
        self.order(Order::Tone(SineTone::new(hertz, level)));
    }

    /// Stops what is being played, at once. The list that is cut off does not report `Played`.
    pub fn stop(&self) {
        self.order(Order::Stop);
    }

    /// Joins this leg with another of the same [`Lane`]: what either receives the other sends.
    /// Either is parted first from whom it was joined with. What a leg plays goes before what it
    /// relays. Two legs of different lanes are left as they are, which is an error in the log.
    pub fn join(&self, other: &Leg) {
        if self.0.id.thread == other.0.id.thread {
            self.order(Order::Join(other.0.id));
        } else {
            tracing::error!(one = ?self.0.id, other = ?other.0.id, "legs of two lanes cannot be joined");
        }
    }

    /// Brings this leg into a conference of its [`Lane`], from wherever it was, or gives it another
    /// audience there. What the leg plays goes before what it hears of the others; keys are not passed
    /// on. A conference that is full already, or of another lane, or for whose only listener that is so,
    /// leaves the leg where it was, which is an error in the log.
    pub fn enter(&self, conference: &Conference, audience: Audience) {
        let here = self.0.id.thread;
        let listener_is_here = !matches!(audience, Audience::Only(leg) if leg.thread != here);
        if conference.thread == here && listener_is_here {
            self.order(Order::Enter(*conference, audience));
        } else {
            tracing::error!(leg = ?self.0.id, "a conference of another lane cannot be entered");
        }
    }

    /// Ends the joining, or leaves the conference.
    pub fn part(&self) {
        self.order(Order::Part);
    }

    /// A key that the peer sent by SIP INFO: it is reported unless the same press has come by
    /// another carrier.
    pub fn info_key(&self, key: Key) {
        self.order(Order::Info(key));
    }

    /// Presses a key for `ms` milliseconds (40 to 8,000; other values are brought within), after
    /// those pressed before: as a telephone-event (RFC 4733), or as tones where none was agreed.
    pub fn press(&self, key: Key, ms: u16) {
        self.order(Order::Press(key, ms));
    }

    /// Hands out what is received, decoded. A frame that finds the channel full is lost. A second
    /// tap replaces the first.
    pub fn tap(&self, to: mpsc::Sender<Heard>) {
        self.order(Order::Tap(to));
    }

    /// Records what comes in and what is sent from now on, into a new file of this name: see
    /// [`Recorder::begin`]. A second recording ends the first.
    pub fn record(&self, recorder: &Recorder, name: &str) -> Result<(), RecordError> {
        let track = recorder.begin(name, self.0.lane.now())?;
        self.order(Order::Record(Box::new(track)));
        Ok(())
    }

    /// Measures what comes in from now on, along with whatever other legs the meter is given to.
    pub fn measure(&self, meter: Arc<Meter>) {
        self.order(Order::Measure(meter));
    }

    /// Sends the time at which each packet leaves in place of what is being played: a leg of the
    /// same engine that receives it and [measures](Leg::measure) learns how long it took.
    pub fn stamps(&self) {
        self.order(Order::Stamps);
    }

    /// Says goodbye by RTCP, closes the sockets and gives the ports back.
    pub fn close(&self) {
        self.0.close();
    }

    #[cfg(test)]
    pub(super) fn fault(&self) {
        self.order(Order::Fault);
    }

    #[cfg(test)]
    pub(super) fn fault_in_mix(&self) {
        self.order(Order::FaultInMix);
    }

    fn standing_now(&self) -> MutexGuard<'_, Standing> {
        self.0
            .standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the thread while the session is still locked, so that agreements arrive in order.
    fn agree(&self, session: &Session) {
        if let Some(agreement) = session.agreement() {
            self.order(Order::Agree(agreement.clone()));
        }
    }

    fn order(&self, order: Order) {
        self.0.lane.send(Command::Order(self.0.id, order));
    }
}

impl Inner {
    fn close(&self) {
        if !self.closed.swap(true, Ordering::AcqRel) {
            self.lane.expect_back();
            self.lane.send(Command::Order(self.id, Order::Close));
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}
