//! Crisis lines.

use crate::flow::{Priority, Utterance};
use crate::queue::{Place, Wanted};

use super::draws::For;
use super::moment::later;
use super::world::{CallId, Next, Stage, World};

impl World<'_> {
    /// Dials the crisis line of the caller's region.
    pub(super) fn goes_to_crisis_line(&mut self, call: CallId, skill: String) {
        let talks = false;
        self.comes_to(call, Stage::Crisis { skill, talks });
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let region = self.service.tables.region(&caller.region.region);
        if region.is_none_or(|region| region.crisis.is_none()) {
            return self.crisis_line(call, false);
        }
        let table = &self.people.scenario.crisis;
        let draws = &caller.person.draws;
        let after = table.answers_after.draw(draws.two(For::CrisisTalk, 0));
        let ring = self.service.settings.crisis.ring.get();
        let answers = draws.happens(For::Crisis, table.answered) && after <= ring;
        let after = if answers { after } else { ring };
        let language = caller.language.clone();
        let said = [Utterance::prompt(crate::call::CRISIS_CONNECTING)];
        self.say(call, &language, &said);
        let serial = self.calls[call].serial;
        let at = later(self.now, after);
        self.agenda.plan(at, Next::Crisis(call, serial, answers));
    }

    /// It has answered, or has not; or the conversation is over.
    pub(super) fn crisis_line(&mut self, call: CallId, answers: bool) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let Stage::Crisis { skill, talks } = &caller.stage else {
            return;
        };
        let skill = skill.clone();
        if *talks {
            return self.ends(call);
        }
        if answers {
            let talk = self.people.scenario.crisis.talk;
            let talk = talk.draw(caller.person.draws.two(For::Talk, 0));
            let talks = true;
            self.comes_to(call, Stage::Crisis { skill, talks });
            let serial = self.calls[call].serial;
            let at = later(self.now, talk);
            return self.agenda.plan(at, Next::Crisis(call, serial, true));
        }
        let fallback = self.service.flow.fallback_skill();
        let wanted = Wanted::by_skill(&skill, fallback, Priority::Ordinary);
        let first = [crate::call::CRISIS_NO_ANSWER];
        self.waits_for(call, wanted, &first, Place::InTurn);
    }
}
