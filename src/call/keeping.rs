//! A waiting caller keeps their place: the number is confirmed, the place is written down, and only then
//! is the caller told. Until they hang up, a handler who comes free is theirs all the same.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use crate::flow::{self, Destination, Run, Utterance};
use crate::identity::Number;
use crate::queue::shared::Contact;

use super::announce::{CALLBACK_NOT_BOOKED, QUEUE_KEPT};
use super::case::Case;
use super::wait::{Stage, Wait};

/// A caller is not left in silence for longer than this while their place is written down.
const WRITING: Duration = Duration::from_secs(3);

impl Case {
    /// The caller has chosen to keep the place: the number on which to call them is confirmed.
    pub(super) fn begin_to_confirm(&mut self, wait: &mut Wait) {
        let facts = self.facts();
        let mut run = Run::about_number(Arc::clone(&self.plan.flow), facts, &self.language);
        let actions = run.on(self.clock.now(), flow::Event::Start);
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
            Some((Destination::Callback { number, .. }, _)) => self.write_down(wait, number),
            Some((_, why)) => {
                let detail = format!("the number is not confirmed: {}", why.words());
                self.log.happened("kept-place", detail);
                self.listens(wait);
            }
        }
    }

    /// The store has the caller from now on with the number that they have confirmed.
    fn write_down(&mut self, wait: &mut Wait, number: Number) {
        let contact = Contact {
            number: Some(number),
            text_relay: self.who.text_relay,
            ..wait.contact.clone()
        };
        let ticket = wait.offers.ticket();
        ticket.contact(contact.clone());
        let within = SignedDuration::try_from(WRITING).unwrap_or(SignedDuration::ZERO);
        let now = self.clock.now();
        wait.stage = Stage::Writing {
            contact: Box::new(contact),
            stored: Box::new(ticket.stored()),
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
        if let Stage::Writing { contact, .. } = std::mem::replace(&mut wait.stage, Stage::Listening)
        {
            wait.stage = Stage::Told(contact);
            self.say(&[Utterance::prompt(QUEUE_KEPT)]);
        }
    }

    /// The number that was confirmed is of no account any more.
    pub(super) fn do_not_keep(&self, wait: &Wait) {
        if matches!(wait.stage, Stage::Writing { .. } | Stage::Told(_)) {
            wait.offers.ticket().contact(wait.contact.clone());
        }
    }

    /// How somebody is to be reached who has hung up on the way to keeping the place: nobody is lost who
    /// can be called.
    pub(super) fn place_of_gone(&self, wait: &Wait) -> Option<Contact> {
        match &wait.stage {
            Stage::Listening => self.kept_contact(),
            Stage::Confirming(_) => Some(wait.contact.clone()),
            Stage::Writing { contact, .. } | Stage::Told(contact) => Some(Contact::clone(contact)),
        }
    }

    /// How the caller can be reached if the call breaks off.
    pub(super) fn contact(&self) -> Contact {
        Contact {
            number: self.facts().number,
            text_relay: self.who.text_relay,
            language: self.language.clone(),
            display: self.display(),
            postcode: self.whereabouts.keyed.clone(),
            promised: false,
        }
    }
}
