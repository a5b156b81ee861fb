//! Ringing somebody outside for a caller, and the talk with them: a crisis line, or a service of the directory.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::flow::Utterance;
use crate::settings::was_taken;
use crate::sip::Line;
use crate::sip::leg::Side;

use super::case::{Case, Gone};
use super::conversation::ended_by;
use super::identity_out;
use super::outward::Outward;
use super::parties::{Happening, PartyId};

/// Whom to ring.
pub(super) struct Outside<'a> {
    /// The trunk by which they are dialled.
    pub(super) trunk: &'a str,
    /// The number, as it is dialled.
    pub(super) number: &'a str,
    /// Who that is, for the timeline.
    pub(super) name: &'a str,
    /// The prompts by which the caller is told that they are being put through.
    pub(super) announced: &'a [&'a str],
}

/// Somebody outside who is being rung for a caller, or has answered.
pub(super) struct RungLine {
    /// Their side of the call.
    pub(super) party: PartyId,
    /// The announcement is over, so that the caller may hear what comes from there.
    said: bool,
    /// Something comes from there before they answer.
    early: bool,
    /// Held for as long as the call to them is: its place among the trunk's calls. A call that another process has
    /// begun goes on without one where the trunk is full.
    _place: Option<Line>,
}

/// What a happening says of somebody who is being rung.
pub(super) enum Rung {
    Answered,
    NotAnswered,
    /// Nothing, but that it was about them.
    Nothing,
}

impl Case {
    /// Rings somebody, and tells the caller so. None where they cannot be dialled, or the trunk is full.
    pub(super) fn ring_outside(&mut self, to: &Outside<'_>) -> Option<RungLine> {
        let place = self.service.lines.line(to.trunk)?;
        let who = self.who.clone();
        let outward = Outward {
            trunk: to.trunk,
            number: to.number,
            name: to.name,
            shown: &move |ours| identity_out::of_caller(&who, ours),
            codec: self.parties.codec(self.caller),
        };
        let party = outward.dial(&self.service, &mut self.parties)?;
        let announced = to.announced.iter().map(|name| Utterance::prompt(name));
        self.say(&announced.collect::<Vec<_>>());
        Some(RungLine {
            party,
            said: false,
            early: false,
            _place: Some(place),
        })
    }

    /// Somebody who has answered in another process: here they take a place on their trunk anew, where the tables
    /// still tell which that is.
    pub(super) fn outside_again(&self, trunk: Option<&str>, party: PartyId) -> RungLine {
        RungLine {
            party,
            said: true,
            early: false,
            _place: trunk.and_then(|trunk| self.service.lines.line(trunk)),
        }
    }

    /// What a happening says of somebody who is being rung; none where it is about something else. The caller hears
    /// the announcement, then the ringing tone, or what the network of those who are rung lets them hear.
    pub(super) fn rung(&mut self, line: &mut RungLine, happening: &Happening) -> Option<Rung> {
        match happening {
            Happening::Answered(id) if *id == line.party => Some(Rung::Answered),
            Happening::Ended(id, _) if *id == line.party => Some(Rung::NotAnswered),
            Happening::Ready(id) if *id == line.party => {
                line.early = true;
                if line.said {
                    self.parties.hear_early(self.caller, line.party);
                }
                Some(Rung::Nothing)
            }
            happening if self.is_said(happening) => {
                line.said = true;
                match line.early {
                    true => self.parties.hear_early(self.caller, line.party),
                    false => {
                        let ringing = self.plan.ringing(&self.language, None);
                        self.parties.play(self.caller, ringing);
                    }
                }
                Some(Rung::Nothing)
            }
            _ => None,
        }
    }

    /// Whether they answer while they may ring. Whoever has not by then is hung up.
    pub(super) async fn is_answered(
        &mut self,
        line: &mut RungLine,
        ring: Duration,
    ) -> Result<bool, Gone> {
        let ring = SignedDuration::try_from(ring).unwrap_or(SignedDuration::from_secs(30));
        let until = self.clock.now().checked_add(ring).ok();
        let clock = self.clock;
        loop {
            tokio::select! {
                happening = self.next() => {
                    let happening = happening?;
                    match self.rung(line, &happening) {
                        Some(Rung::Answered) => return Ok(true),
                        Some(Rung::NotAnswered) => return Ok(false),
                        Some(Rung::Nothing) | None => {}
                    }
                }
                () = clock.at(until) => {
                    self.parties.hang_up(line.party);
                    return Ok(false);
                }
            }
        }
    }

    /// Lets the caller talk with somebody who has answered then. Gives how that ended; none where it was over before
    /// it was a conversation, so that the caller needs somebody else.
    pub(super) async fn talks_outside(
        &mut self,
        line: RungLine,
        since: Timestamp,
    ) -> Result<Option<&'static str>, Gone> {
        self.passage.served();
        let cause = self.talk(line.party).await?;
        // Its place on the trunk is free for whom the caller needs next.
        drop(line);
        let lost = cause.by == Side::Network;
        let talked = Duration::try_from(self.clock.now().duration_since(since));
        if was_taken(talked.unwrap_or_default(), lost) {
            return Ok(Some(ended_by(&cause)));
        }
        self.passage.unserved();
        Ok(None)
    }
}
