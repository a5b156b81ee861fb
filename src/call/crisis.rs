//! Putting a caller through to the crisis line of their region.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::flow::{Priority, Utterance};
use crate::identity::Number;
use crate::queue::Wanted;
use crate::settings::was_taken;
use crate::sip::Line;
use crate::sip::leg::Side;

use super::announce::{CRISIS_CONNECTING, CRISIS_NO_ANSWER};
use super::case::{Case, Gone};
use super::conversation::ended_by;
use super::identity_out;
use super::outliving::At;
use super::outward::Outward;
use super::parties::{Happening, PartyId};
use super::passage::Part;

impl Case {
    /// Dials the crisis line; where it does not answer, the caller waits for a handler with `skill`.
    pub(super) async fn crisis_line(&mut self, skill: &str) -> Result<&'static str, Gone> {
        self.passage.enter(self.clock.now(), Part::CrisisLine);
        self.comes_to(At::CrisisLine {
            skill: skill.to_owned(),
            answered: None,
        });
        self.say(&[Utterance::prompt(CRISIS_CONNECTING)]);
        if let Some((line, _place)) = self.dial_crisis_line()
            && self.is_answered(line).await?
        {
            let now = self.clock.now();
            return self.with_crisis_line(skill, line, now).await;
        }
        self.crisis_line_failed(skill).await
    }

    /// Talks with the crisis line, which has answered then.
    pub(super) async fn with_crisis_line(
        &mut self,
        skill: &str,
        line: PartyId,
        since: Timestamp,
    ) -> Result<&'static str, Gone> {
        self.comes_to(At::CrisisLine {
            skill: skill.to_owned(),
            answered: Some((line.number(), since)),
        });
        self.passage.served();
        let cause = self.talk(line).await?;
        let lost = cause.by == Side::Network;
        let talked = Duration::try_from(self.clock.now().duration_since(since));
        if was_taken(talked.unwrap_or_default(), lost) {
            return Ok(ended_by(&cause));
        }
        self.passage.unserved();
        self.crisis_line_failed(skill).await
    }

    async fn crisis_line_failed(&mut self, skill: &str) -> Result<&'static str, Gone> {
        self.log.happened("crisis-line", "not reached");
        let fallback = self.plan.flow.fallback_skill();
        let wanted = Wanted::by_skill(skill, fallback, Priority::Ordinary);
        self.wait_for_handler(wanted, &[CRISIS_NO_ANSWER]).await
    }

    fn dial_crisis_line(&mut self) -> Option<(PartyId, Line)> {
        let crisis = self.region_table()?.crisis.clone()?;
        let trunk = crisis.trunk.get_ref();
        let number = Number::parse(crisis.number.get_ref()).ok()?;
        let place = self.service.lines.line(trunk)?;
        self.log
            .happened("crisis-line", format!("dialled by {trunk}"));
        let who = self.who.clone();
        let outward = Outward {
            trunk,
            number: number.e164(),
            name: "crisis line",
            shown: &move |ours| identity_out::of_caller(&who, ours),
            codec: self.parties.codec(self.caller),
        };
        let line = outward.dial(&self.service, &mut self.parties)?;
        Some((line, place))
    }

    /// Whether the line answers while it may ring. The caller hears that they are being put through,
    /// then the ringing tone, or what the line's own network lets them hear.
    async fn is_answered(&mut self, line: PartyId) -> Result<bool, Gone> {
        let ring = self.plan.settings.crisis.ring.get();
        let ring = SignedDuration::try_from(ring).unwrap_or(SignedDuration::from_secs(30));
        let until = self.clock.now().checked_add(ring).ok();
        let clock = self.clock;
        let (mut said, mut early) = (false, false);
        loop {
            tokio::select! {
                happening = self.next() => match happening? {
                    Happening::Answered(id) if id == line => return Ok(true),
                    Happening::Ended(id, _) if id == line => return Ok(false),
                    Happening::Ready(id) if id == line => {
                        early = true;
                        if said {
                            self.parties.hear_early(self.caller, line);
                        }
                    }
                    happening if self.is_said(&happening) && early => {
                        self.parties.hear_early(self.caller, line);
                    }
                    happening if self.is_said(&happening) => {
                        said = true;
                        let ringing = self.plan.ringing(&self.language, None);
                        self.parties.play(self.caller, ringing);
                    }
                    _ => {}
                },
                () = clock.at(until) => {
                    self.parties.hang_up(line);
                    return Ok(false);
                }
            }
        }
    }
}
