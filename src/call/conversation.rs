use crate::media::Playlist;
use crate::sip::leg::{Cause, Side};

use super::case::{Case, Gone};
use super::parties::{Happening, Parties, PartyId};

impl Case {
    /// Lets the caller and somebody else hear each other. What was being said to the caller is over.
    pub(super) fn join(&mut self, with: PartyId) {
        self.said += 1;
        let music = || self.plan.hold_music(&self.language);
        join(&self.parties, [self.caller, with], music);
    }

    /// Lets the caller and several others hear each other.
    pub(super) fn confer(&mut self, with: &[PartyId]) {
        self.said += 1;
        self.parties.confer(self.caller, with);
    }

    /// Lets the caller and somebody else talk, until the other one has gone. The caller's own end is an
    /// error, as everywhere.
    pub(super) async fn talk(&mut self, with: PartyId) -> Result<Cause, Gone> {
        self.join(with);
        loop {
            match self.next().await? {
                Happening::Ended(id, cause) if id == with => return Ok(cause),
                happening => self.on_hold(with, &happening),
            }
        }
    }

    /// Where the caller or whoever they talk with holds the call, the other one hears music meanwhile.
    pub(super) fn on_hold(&self, with: PartyId, happening: &Happening) {
        let music = || self.plan.hold_music(&self.language);
        on_hold(&self.parties, [self.caller, with], happening, music);
    }
}

/// Lets two hear each other. Where one of them holds the call already, the other hears music.
pub(super) fn join(
    parties: &Parties,
    two @ [one, other]: [PartyId; 2],
    music: impl Fn() -> Playlist,
) {
    parties.join(one, other);
    for id in two.into_iter().filter(|id| parties.holds(*id)) {
        on_hold(parties, two, &Happening::Held(id), &music);
    }
}

/// Where one of two who talk holds the call, the other hears music until they are back.
pub(super) fn on_hold(
    parties: &Parties,
    [one, other]: [PartyId; 2],
    happening: &Happening,
    music: impl FnOnce() -> Playlist,
) {
    let waits = |holds: PartyId| match holds {
        id if id == one => Some(other),
        id if id == other => Some(one),
        _ => None,
    };
    match happening {
        Happening::Held(id) => {
            if let Some(waiting) = waits(*id) {
                parties.play(waiting, music());
            }
        }
        Happening::Retrieved(id) => {
            if let Some(waiting) = waits(*id) {
                parties.silence(waiting);
            }
        }
        _ => {}
    }
}

/// Who ended a conversation, for the timeline.
pub(super) fn ended_by(cause: &Cause) -> &'static str {
    match cause.by {
        Side::Far => "the other side hung up",
        Side::Near => "we hung up",
        Side::Network => "the other side was lost",
    }
}
