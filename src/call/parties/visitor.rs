//! A call that came in by itself and belongs into another one.

use crate::media::{Codec, Playlist};
use crate::sip::leg;
use crate::sip::{Incoming, Invitation, Line};

use super::super::voice::Voice;
use super::{Parties, Party, PartyId};

impl Parties {
    /// Answers a call of one of our own people and takes it into this one. A session that cannot be agreed
    /// on is refused, and the error is the status.
    pub(in crate::call) fn adopt(
        &mut self,
        incoming: Incoming,
        name: String,
    ) -> Result<PartyId, u16> {
        let Incoming {
            invitation,
            leg,
            line,
            events: (_, mut events),
        } = incoming;
        let codecs = Voice::of_phone(None).codecs;
        let id = self.take_in(leg, &invitation, &codecs, name, Some(line))?;
        // It came with a channel of its own, and is heard along with all others from now on.
        let signals = self.signals.0.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if signals.send(event).await.is_err() {
                    return;
                }
            }
        });
        Ok(id)
    }

    /// Answers a call: 180, then 200 with our answer, or our offer where the INVITE brought none. A session
    /// that cannot be agreed on is refused, and the error is the status.
    pub(super) fn take_in(
        &mut self,
        signalling: leg::Leg,
        invitation: &Invitation,
        codecs: &[Codec],
        name: String,
        line: Option<Line>,
    ) -> Result<PartyId, u16> {
        let refuse = |status| {
            signalling.reject(status);
            status
        };
        let sound = self.open_sound().map_err(|_| refuse(503))?;
        sound.signals_from(invitation.source.ip());
        sound.speak(codecs);
        let description = match &invitation.sdp {
            Some(offer) => sound.answer(offer).map_err(|error| {
                self.log.happened("refused", error.to_string());
                refuse(488)
            })?,
            None => sound.offer(None),
        };
        signalling.ring();
        signalling.answer(description);
        let id = signalling.id();
        self.present.push(Party {
            id,
            name,
            signalling,
            sound,
            standing: None,
            holds: false,
            early: None,
            awaits_answer: invitation.sdp.is_none(),
            dialled: false,
            answered: true,
            asked: false,
            leaving: false,
            kept_unheard: false,
            _line: line,
        });
        Ok(id)
    }

    /// Plays a list to a party, and hangs up once it has been heard.
    pub(in crate::call) fn farewell(&mut self, id: PartyId, playlist: Playlist) {
        if let Some(party) = self.party(id) {
            party.leaving = true;
            party.sound.play(playlist);
        }
    }
}
