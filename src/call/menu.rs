//! The menus, carried out.

use std::sync::Arc;

use crate::flow::{Action, Destination, Event, Facts, Run, Why};
use crate::routing::{Keyed, RegionId, Rule};
use crate::store::TimelineEntry;

use super::again;
use super::case::{Case, Gone};
use super::outliving::At;
use super::parties::Happening;
use super::passage::Part;

impl Case {
    /// Leads the caller through the flow, to where it ends.
    pub(super) async fn menu(&mut self) -> Result<Destination, Gone> {
        let run = Run::new(Arc::clone(&self.plan.flow), self.facts());
        self.menu_from(run, Event::Start).await
    }

    /// The same from where somebody has got to.
    pub(super) async fn menu_from(&mut self, run: Run, event: Event) -> Result<Destination, Gone> {
        let (destination, why) = Box::pin(self.follow_from(run, event)).await?;
        let destination = Box::pin(self.sent_again(destination)).await;
        self.leave(&destination, why.words());
        Ok(destination)
    }

    /// Leads the caller through a flow, from where it begins.
    pub(super) async fn follow(&mut self, run: Run) -> Result<(Destination, Why), Gone> {
        self.follow_from(run, Event::Start).await
    }

    async fn follow_from(
        &mut self,
        mut run: Run,
        event: Event,
    ) -> Result<(Destination, Why), Gone> {
        let mut looking = self.take_looking();
        let mut actions = run.on(self.clock.now(), event);
        loop {
            let left = self.carry_out(actions);
            run.language().clone_into(&mut self.language);
            if let Some(left) = left {
                self.still_looking(looking);
                return Ok(left);
            }
            self.comes_to(At::Menu {
                run: run.standing(),
                priority: self.urgency,
            });
            let part = match run.is_about_number() {
                true => Part::Callback,
                false => Part::Menu,
            };
            self.passage.enter(self.clock.now(), part);
            let clock = self.clock;
            let event = tokio::select! {
                happening = self.next() => match happening? {
                    Happening::Key(_, key) => Some(Event::Key(key)),
                    happening => self.is_said(&happening).then_some(Event::SaidAll),
                },
                known = again::found(&mut looking) => {
                    Some(Event::Known(self.is_known(known).await))
                }
                () = clock.at(run.deadline()) => Some(Event::Tick),
            };
            let now = self.clock.now();
            actions = event.map_or(vec![], |event| run.on(now, event));
        }
    }

    /// What a flow has to know of the caller.
    pub(super) fn facts(&self) -> Facts {
        let number = self.who.best().cloned();
        Facts {
            dialled: self.dialled.service.clone(),
            text_relay: self.who.text_relay,
            region_known: self.region.is_known(),
            region_keyed: self.region.rule == Rule::Keyed,
            places: Arc::clone(&self.plan.places),
            number_refused: number.as_ref().is_some_and(|n| n.callable_back().is_err()),
            number: number.filter(|number| number.callable_back().is_ok()),
            before: self.before(),
        }
    }

    /// Does what a flow says. Gives the destination when it ends.
    pub(super) fn carry_out(&mut self, actions: Vec<Action>) -> Option<(Destination, Why)> {
        for action in actions {
            match action {
                Action::Silence => self.parties.silence(self.caller),
                Action::Say {
                    language,
                    utterances,
                } => {
                    self.language = language;
                    self.say(&utterances);
                }
                Action::Introduced => self.log.record(TimelineEntry::Introduced),
                Action::Entered(step) => self.log.happened("step", step),
                Action::Chose(label) => self.chosen = Some(label),
                Action::ByRelay => self.who.text_relay = true,
                Action::SpeaksNow => self.speaks_now(),
                Action::Region(region) => self.has_keyed(&Keyed::Region(RegionId::new(&region))),
                Action::Postcode(code) => self.has_keyed_postcode(code.as_str()),
                Action::Leave { destination, why } => return Some((destination, why)),
            }
        }
        None
    }

    fn leave(&mut self, destination: &Destination, why: &str) {
        self.parties.silence(self.caller);
        let region = &self.region.region;
        let turn = self.service.turn(region);
        let decided = self.plan.tables.provider(region, turn, self.clock.now());
        if let Some(decided) = decided {
            self.log
                .happened("provider", format!("{}: {}", decided.provider, decided.why));
            self.record_region(Some(decided.provider.clone()));
            self.provider = Some(decided.provider);
        }
        self.log.record(TimelineEntry::Destination {
            word: destination.word(),
            why: why.to_owned(),
        });
    }
}
