//! Putting a caller through to the crisis line of their region.

use jiff::Timestamp;

use crate::flow::Priority;
use crate::identity::Number;
use crate::queue::Wanted;

use super::announce::{CRISIS_CONNECTING, CRISIS_NO_ANSWER};
use super::case::{Case, Gone};
use super::outliving::At;
use super::outside::{Outside, RungLine};
use super::parties::PartyId;
use super::passage::Part;

impl Case {
    /// Dials the crisis line; where it does not answer, the caller waits for a handler with `skill`.
    pub(super) async fn crisis_line(&mut self, skill: &str) -> Result<&'static str, Gone> {
        self.passage.enter(self.clock.now(), Part::CrisisLine);
        self.comes_to(At::CrisisLine {
            skill: skill.to_owned(),
            answered: None,
        });
        let ring = self.plan.settings.crisis.ring.get();
        if let Some(mut line) = self.ring_crisis_line()
            && self.is_answered(&mut line, ring).await?
        {
            let now = self.clock.now();
            return self.with_crisis_line(skill, line, now).await;
        }
        self.crisis_line_failed(skill).await
    }

    /// The same for a call that another process has begun: they talk with the crisis line, where it has answered then.
    pub(super) async fn crisis_line_again(
        &mut self,
        skill: &str,
        answered: Option<(PartyId, Timestamp)>,
    ) -> Result<&'static str, Gone> {
        let Some((party, since)) = answered else {
            return self.crisis_line(skill).await;
        };
        let crisis = self
            .region_table()
            .and_then(|region| region.crisis.as_ref());
        let trunk = crisis.map(|crisis| crisis.trunk.get_ref().as_str());
        let line = self.outside_again(trunk, party);
        self.with_crisis_line(skill, line, since).await
    }

    /// Talks with the crisis line, which has answered then.
    async fn with_crisis_line(
        &mut self,
        skill: &str,
        line: RungLine,
        since: Timestamp,
    ) -> Result<&'static str, Gone> {
        self.comes_to(At::CrisisLine {
            skill: skill.to_owned(),
            answered: Some((line.party.number(), since)),
        });
        match self.talks_outside(line, since).await? {
            Some(why) => Ok(why),
            None => self.crisis_line_failed(skill).await,
        }
    }

    async fn crisis_line_failed(&mut self, skill: &str) -> Result<&'static str, Gone> {
        self.log.happened("crisis-line", "not reached");
        let fallback = self.plan.flow.fallback_skill();
        let wanted = Wanted::by_skill(skill, fallback, Priority::Ordinary);
        self.wait_for_handler(wanted, &[CRISIS_NO_ANSWER]).await
    }

    fn ring_crisis_line(&mut self) -> Option<RungLine> {
        let crisis = self.region_table()?.crisis.clone()?;
        let trunk = crisis.trunk.get_ref();
        let number = Number::parse(crisis.number.get_ref()).ok()?;
        let line = self.ring_outside(&Outside {
            trunk,
            number: number.e164(),
            name: "crisis line",
            announced: &[CRISIS_CONNECTING],
        })?;
        self.log
            .happened("crisis-line", format!("dialled by {trunk}"));
        Some(line)
    }
}
