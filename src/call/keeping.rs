//! A waiting caller keeps their place: the number is confirmed, the place is written down, and only then
//! is the caller told. Until they hang up, a handler who comes free is theirs all the same.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use crate::flow::{self, Destination, Run, Utterance};
use crate::identity::Number;
use crate::queue::KeptPlace;

use super::announce::{CALLBACK_NOT_BOOKED, QUEUE_KEPT, QUEUE_KEPT_NUMBER_UNKNOWN};
use super::case::Case;
use super::wait::{Stage, Wait};

/// A caller is not left in silence for longer than this while their place is written down.
const WRITING: Duration = Duration::from_secs(3);

impl Case {
    /// The caller has chosen to keep the place: the number on which to call them is confirmed.
    pub(super) fn begin_to_confirm(&mut self, wait: &mut Wait) {
        let facts = self.facts();
        let is_unknown = facts.number.is_none();
        let mut run = Run::about_number(Arc::clone(&self.plan.flow), facts, &self.language);
        let mut actions = run.on(self.clock.now(), flow::Event::Start);
        if is_unknown && let Some(flow::Action::Say { utterances, .. }) = actions.first_mut() {
            utterances.insert(0, Utterance::prompt(QUEUE_KEPT_NUMBER_UNKNOWN));
        }
        self.log.happened("kept-place", "wanted");
        wait.stage = Stage::Confirming(Box::new(run));
        self.confirmed(wait, actions);
    }

    /// Tells the flow what has happened while the number is being confirmed.
    pub(super) fn confirm(&mut self, wait: &mut Wait, event: flow::Event) {
        if let Stage::Confirming(run) = &mut wait.stage {
            let actions = run.on(self.clock.now(), event);
            self.confirmed(wait, actions);
        }
    }

    fn confirmed(&mut self, wait: &mut Wait, actions: Vec<flow::Action>) {
        match self.carry_out(actions) {
            None => {}
            Some((Destination::Callback { number }, _)) => self.write_down(wait, number),
            Some((_, why)) => {
                let detail = format!("the number is not confirmed: {}", why.words());
                self.log.happened("kept-place", detail);
                self.listens(wait);
            }
        }
    }

    fn write_down(&mut self, wait: &mut Wait, number: Number) {
        let place = self.place(wait, number);
        let written = self.service.places.keep(place.clone());
        let within = SignedDuration::try_from(WRITING).unwrap_or(SignedDuration::ZERO);
        let now = self.clock.now();
        wait.stage = Stage::Writing {
            place: Box::new(place),
            written,
            until: now.checked_add(within).unwrap_or(now),
        };
    }

    /// The place has been written down, or the store does not answer: then the caller stays on the line.
    pub(super) fn is_written(&mut self, wait: &mut Wait, written: bool) {
        if !written {
            tracing::error!("a place could not be kept: the store does not answer");
            self.log.happened("kept-place", "not written down");
            self.do_not_keep(wait);
            wait.first.push(Utterance::prompt(CALLBACK_NOT_BOOKED));
            return self.listens(wait);
        }
        if let Stage::Writing { place, .. } = std::mem::replace(&mut wait.stage, Stage::Listening) {
            wait.stage = Stage::Told(place);
            self.say(&[Utterance::prompt(QUEUE_KEPT)]);
        }
    }

    /// What has been written down of the place is not to be there after a restart.
    pub(super) fn do_not_keep(&self, wait: &Wait) {
        if matches!(wait.stage, Stage::Writing { .. } | Stage::Told(_)) {
            drop(self.service.places.forget(self.log.reference()));
        }
    }

    /// The place of somebody who has hung up on the way to keeping it: nobody is lost who can be called.
    pub(super) fn place_of_gone(&self, wait: &Wait) -> Option<KeptPlace> {
        match &wait.stage {
            Stage::Listening => None,
            Stage::Confirming(_) => Some(self.place(wait, self.facts().number?)),
            Stage::Writing { place, .. } | Stage::Told(place) => Some(KeptPlace::clone(place)),
        }
    }

    fn place(&self, wait: &Wait, number: Number) -> KeptPlace {
        let ticket = wait.offers.ticket();
        KeptPlace {
            reference: self.log.reference(),
            number,
            text_relay: self.who.text_relay,
            language: self.language.clone(),
            display: self.display(),
            wanted: ticket.wanted().clone(),
            since: ticket.since(),
            tries: 0,
        }
    }
}
