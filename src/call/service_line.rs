//! Putting a caller through to a service of the directory.

use std::time::Duration;

use jiff::Timestamp;

use crate::directory::Service;
use crate::flow::{ENGLISH, Utterance};
use crate::queue::Wanted;
use crate::settings::was_taken;
use crate::sip::Line;
use crate::sip::leg::Side;
use crate::transfer::ServiceLine;

use super::announce::{DIRECTORY_BACK, DIRECTORY_CONNECTING};
use super::case::{Case, Gone};
use super::conversation::ended_by;
use super::desks::{About, Answer, Reply};
use super::identity_out;
use super::outliving::At;
use super::outward::Outward;
use super::parties::{Happening, PartyId};
use super::plan::Plan;

/// A service that is being rung for a caller, or has answered.
pub(super) struct RungService {
    /// Its id.
    pub(super) service: String,
    /// Its side of the call.
    pub(super) line: PartyId,
    /// Whoever has ordered it hears of what comes of it; where this is dropped, that it came to nothing.
    reply: Option<Reply>,
    /// The announcement is over, so that the caller may hear what comes from there.
    said: bool,
    /// Something comes from there before it answers.
    early: bool,
    /// Kept for as long as the call to it is: its place among the trunk's calls.
    _place: Line,
}

/// What a happening says of a service that is being rung.
pub(super) enum Rung {
    Answered,
    NotAnswered,
    /// Nothing, but that it was about that service.
    Nothing,
}

impl RungService {
    /// The caller is with it: whoever has ordered it hears so.
    pub(super) fn is_joined(&mut self) {
        if let Some(reply) = self.reply.take() {
            reply.send(Answer::Done);
        }
    }
}

impl Plan {
    /// How a service of the directory is rung, and what a caller is told on the way: its name where that was recorded,
    /// else what type it is of.
    pub fn line_of(&self, service: &Service) -> ServiceLine {
        let settings = &self.settings.directory;
        let usual = || settings.trunk.get_ref().clone();
        let name = format!("service-{}", service.id);
        let name = match self.prompts.has(ENGLISH, &name) {
            true => name,
            false => format!("service-type-{}", service.kind),
        };
        ServiceLine {
            service: service.id.to_string(),
            trunk: service.trunk.clone().unwrap_or_else(usual),
            number: service.phone.clone(),
            ring: settings.ring.get(),
            announced: vec![DIRECTORY_CONNECTING.to_owned(), name],
        }
    }
}

impl Case {
    /// The caller, as a desk sees them.
    pub(super) fn about(&self) -> About {
        About {
            reference: self.log.reference(),
            region: self.region.region.to_string(),
            outward: self.whereabouts.keyed.clone(),
            language: self.language.clone(),
        }
    }

    /// Rings a service, and tells the caller so. None where it cannot be dialled.
    pub(super) fn ring_service(
        &mut self,
        to: &ServiceLine,
        reply: Option<Reply>,
    ) -> Option<RungService> {
        let place = self.service.lines.line(&to.trunk)?;
        let dialled = format!("{} is dialled by {}", to.service, to.trunk);
        self.log.happened("directory", dialled);
        let who = self.who.clone();
        let name = format!("service {}", to.service);
        let outward = Outward {
            trunk: &to.trunk,
            number: to.number.e164(),
            name: &name,
            shown: &move |ours| identity_out::of_caller(&who, ours),
            codec: self.parties.codec(self.caller),
        };
        let line = outward.dial(&self.service, &mut self.parties)?;
        let announced = to.announced.iter().map(|name| Utterance::prompt(name));
        self.say(&announced.collect::<Vec<_>>());
        Some(RungService {
            service: to.service.clone(),
            line,
            reply,
            said: false,
            early: false,
            _place: place,
        })
    }

    /// What a happening says of a service that is being rung; none where it is about something else. The caller
    /// hears the announcement, then the ringing tone, or what the service's own network lets them hear.
    pub(super) fn rung(&mut self, rung: &mut RungService, happening: &Happening) -> Option<Rung> {
        match happening {
            Happening::Answered(id) if *id == rung.line => Some(Rung::Answered),
            Happening::Ended(id, _) if *id == rung.line => Some(Rung::NotAnswered),
            Happening::Ready(id) if *id == rung.line => {
                rung.early = true;
                if rung.said {
                    self.parties.hear_early(self.caller, rung.line);
                }
                Some(Rung::Nothing)
            }
            happening if self.is_said(happening) => {
                rung.said = true;
                match rung.early {
                    true => self.parties.hear_early(self.caller, rung.line),
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

    /// Talks with a service that has answered then. Gives how that ended; none where it was over before it was a
    /// conversation, so that the caller needs somebody else.
    pub(super) async fn with_service(
        &mut self,
        (service, line): (&str, PartyId),
        wanted: Wanted,
        since: Timestamp,
    ) -> Result<Option<&'static str>, Gone> {
        self.comes_to(At::Service {
            service: service.to_owned(),
            wanted,
            answered: (line.number(), since),
        });
        self.passage.served();
        let cause = self.talk(line).await?;
        let lost = cause.by == Side::Network;
        let talked = Duration::try_from(self.clock.now().duration_since(since));
        if was_taken(talked.unwrap_or_default(), lost) {
            return Ok(Some(ended_by(&cause)));
        }
        self.passage.unserved();
        self.log
            .happened("directory", format!("{service} has not taken the caller"));
        Ok(None)
    }

    /// The same for a call that another process has begun; whoever is not with the service waits for a handler.
    pub(super) async fn with_service_again(
        &mut self,
        service: &str,
        wanted: Wanted,
        answered: Option<(PartyId, Timestamp)>,
    ) -> Result<&'static str, Gone> {
        if let Some((line, since)) = answered {
            let talk = self.with_service((service, line), wanted.clone(), since);
            if let Some(why) = Box::pin(talk).await? {
                return Ok(why);
            }
        }
        Box::pin(self.wait_for_handler(wanted, &[DIRECTORY_BACK])).await
    }
}
