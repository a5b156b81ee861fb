//! Waiting for a handler, until one has taken the call, or the caller has chosen to be called back.

use std::sync::Arc;

use crate::flow::{Priority, Utterance};
use crate::queue::announcer::{self, Announcer};
use crate::queue::shared::Contact;
use crate::queue::{Action, Place, Wanted};
use crate::store::TimelineEntry;

use super::announce::{CALLBACK_NOT_BOOKED, DIRECTORY_BACK, QUEUE_FULL_CALLBACK};
use super::case::{Case, Gone};
use super::clock::Clock;
use super::conversation::ended_by;
use super::handling::Handled;
use super::identity_out;
use super::kept_place::{self, KeptPlace};
use super::log::Log;
use super::offers::{Offers, Shown, Taken};
use super::outliving::{self, At};
use super::parties::Happening;
use super::passage::Part;
use super::promise::BOOKED;
use super::wait::{Stage, Turn, Wait};
use super::waited::{self, How};
use super::waiting_room::Ticket;

/// On the display of a handler who is given a caller whom somebody else was to have.
pub(super) const RETURNED: &str = "RETURNED - ";

impl Case {
    /// Waits in the queue and talks to whoever takes the call. `first` is said before the caller is
    /// told that they are in the queue.
    pub(super) async fn wait_for_handler(
        &mut self,
        wanted: Wanted,
        first: &[&str],
    ) -> Result<&'static str, Gone> {
        let wait = Box::new(self.wait(wanted, first));
        self.wait_on(wait, None).await
    }

    /// Waits on, or talks on with whoever has taken the call already: with whether they hold it.
    pub(super) async fn wait_on(
        &mut self,
        mut wait: Box<Wait>,
        taken: Option<(Taken, bool)>,
    ) -> Result<&'static str, Gone> {
        self.passage.enter(self.clock.now(), Part::Queue);
        let (mut given, mut held) = match taken {
            Some((taken, held)) => (Some(taken), held),
            None => (None, false),
        };
        if given.is_none() {
            self.listens(&mut wait);
        }
        loop {
            let taken = match given.take() {
                Some(taken) => taken,
                None => match self.until_turn(&mut wait).await {
                    Ok(Turn::Taken(taken)) => taken,
                    Ok(Turn::Kept(contact)) => {
                        self.hand_over(*contact, wait.offers);
                        return Ok("the place in the queue is kept");
                    }
                    Ok(Turn::Full) => {
                        let priority = wait.offers.ticket().wanted().priority;
                        if self.is_called_back_instead(priority).await? {
                            return Ok(BOOKED);
                        }
                        // Nobody is turned away: at the end, and more than should be.
                        wait.offers.ticket().rejoin();
                        self.listens(&mut wait);
                        continue;
                    }
                    Err(gone) => {
                        if let Some(contact) = self.place_of_gone(&wait) {
                            self.hand_over(contact, wait.offers);
                        }
                        return Err(gone);
                    }
                },
            };
            self.passage.served();
            let talk = self.begins_to_talk(&taken);
            self.talks(&wait, &taken, held);
            let held = std::mem::take(&mut held);
            let handled = match self.with_handler(&mut wait.offers, taken, held).await {
                Ok(handled) => handled,
                Err((Gone(cause), with_handler)) => {
                    let talk = talk.filter(|_| with_handler);
                    self.has_talked(talk, &cause).await;
                    return Err(Gone(cause));
                }
            };
            match handled {
                Handled::Over(taken, cause) => {
                    if !wait.offers.waits_again_without(taken, &cause) {
                        self.has_talked(talk, &cause).await;
                        return Ok(ended_by(&cause));
                    }
                    self.log
                        .happened("queue", "the handler has gone; the caller waits again");
                    // For whom they waited at first: whoever they were handed to has not come of it.
                    let place = if wait.returned {
                        Place::Top
                    } else {
                        Place::Anyway
                    };
                    wait.offers.wait_at(place);
                }
                Handled::Given(taken) => {
                    let whom = taken.handler().to_string();
                    self.log.happened("transfer", format!("to {whom}"));
                    given = Some(taken);
                    wait.returned = true;
                    continue;
                }
                Handled::Service(rung) => {
                    let wanted = wait.offers.ticket().wanted().clone();
                    let since = self.clock.now();
                    let talk = Box::pin(self.with_service(rung, wanted, since));
                    if let Some(why) = talk.await? {
                        wait.offers.leave();
                        return Ok(why);
                    }
                    wait.first.push(Utterance::prompt(DIRECTORY_BACK));
                    wait.returned = true;
                    wait.offers.wait_at(Place::Top);
                }
                Handled::Return => {
                    self.log
                        .happened("transfer", "failed; the caller waits again, first of all");
                    wait.returned = true;
                }
                // Said only of somebody whom we have rung.
                Handled::Voicemail(taken) => {
                    self.parties.hang_up(taken.phone);
                    wait.offers.leave();
                    return Ok("there was nobody but a machine");
                }
                Handled::Callback => {
                    self.log.happened("transfer", "to a callback");
                    let priority = wait.offers.ticket().wanted().priority;
                    if self.callback_by_handler(priority).await? {
                        return Ok(BOOKED);
                    }
                    wait.first.push(Utterance::prompt(CALLBACK_NOT_BOOKED));
                    wait.returned = true;
                    wait.offers.wait_at(Place::Top);
                }
                Handled::Emergency(company) => {
                    self.log.happened("transfer", "to 999");
                    drop(wait);
                    return Box::pin(self.emergency(company)).await;
                }
            }
            self.passage.unserved();
            self.listens(&mut wait);
        }
    }

    fn wait(&mut self, wanted: Wanted, first: &[&str]) -> Wait {
        let (reference, contact) = (self.log.reference(), self.contact());
        let wanted = self.wanted_here(wanted);
        self.log.record(TimelineEntry::Queued);
        let ticket = match self.takes_up_place(wanted.clone()) {
            Some(ticket) => ticket,
            None => {
                let room = &self.service.waiting_room;
                room.join(reference, wanted, contact.clone())
            }
        };
        self.wait_with(ticket, contact, first)
    }

    /// The wait of somebody who has a place already.
    pub(super) fn wait_again(
        &self,
        ticket: Ticket,
        returned: bool,
        was_answered: bool,
    ) -> Box<Wait> {
        let contact = self.contact();
        ticket.contact(contact.clone());
        Box::new(Wait {
            returned,
            was_answered,
            ..self.wait_with(ticket, contact, &[])
        })
    }

    fn wait_with(&self, ticket: Ticket, contact: Contact, first: &[&str]) -> Wait {
        let settings = &self.plan.settings.queue.announce;
        let facts = announcer::Facts {
            can_keep: settings.offer_keep,
            text_relay: self.who.text_relay,
        };
        Wait {
            offers: Offers::new(ticket),
            contact,
            announcer: Announcer::new(settings.times(), facts),
            stage: Stage::Listening,
            first: first.iter().map(|name| Utterance::prompt(name)).collect(),
            was_answered: false,
            returned: false,
        }
    }

    async fn until_turn(&mut self, wait: &mut Wait) -> Result<Turn, Gone> {
        let shown = self.shown_to_handler(if wait.returned { RETURNED } else { "" });
        let clock = self.clock;
        loop {
            let deadline = wait.deadline();
            let Wait { offers, stage, .. } = wait;
            tokio::select! {
                biased;
                action = offers.next() => {
                    if matches!(action, Action::Full { .. }) {
                        return Ok(Turn::Full);
                    }
                    let (parties, service) = (&mut self.parties, &*self.service);
                    let taken =
                        offers.carry_out(action, parties, service, Some(self.caller), &*shown);
                    if let Some(taken) = taken {
                        self.is_taken(wait);
                        return Ok(Turn::Taken(taken));
                    }
                }
                happening = self.next() => {
                    if let Some(turn) = self.while_waiting(wait, &happening?) {
                        return Ok(turn);
                    }
                }
                () = stage.written() => self.is_written(wait, true),
                () = clock.at(deadline) => self.time_passes(wait),
            }
        }
    }

    /// The caller is with a handler from now on.
    fn talks(&mut self, wait: &Wait, taken: &Taken, held: bool) {
        let ticket = wait.offers.ticket();
        let place = outliving::Place::of(ticket, wait.returned, wait.was_answered);
        self.comes_to(At::Talking {
            place,
            handler: taken.handler().to_string(),
            phone: taken.phone.number(),
            since: self.clock.now(),
            held,
        });
    }

    /// What a happening means to somebody who waits.
    fn while_waiting(&mut self, wait: &mut Wait, happening: &Happening) -> Option<Turn> {
        if self.is_said(happening) {
            return self.has_heard_all(wait);
        }
        match happening {
            Happening::Key(id, key) if *id == self.caller => match wait.stage {
                Stage::Listening => self.announce(wait, announcer::Event::Key(*key)),
                Stage::Confirming(_) => self.confirm(wait, crate::flow::Event::Key(*key)),
                Stage::Writing { .. } | Stage::Told(_) => {}
            },
            happening => {
                wait.offers.happened(happening);
            }
        }
        None
    }

    fn has_heard_all(&mut self, wait: &mut Wait) -> Option<Turn> {
        match std::mem::replace(&mut wait.stage, Stage::Listening) {
            Stage::Told(contact) => return Some(Turn::Kept(contact)),
            stage => wait.stage = stage,
        }
        match wait.stage {
            Stage::Listening => self.announce(wait, announcer::Event::SaidAll),
            Stage::Confirming(_) => self.confirm(wait, crate::flow::Event::SaidAll),
            Stage::Writing { .. } | Stage::Told(_) => {}
        }
        None
    }

    fn time_passes(&mut self, wait: &mut Wait) {
        match wait.stage {
            Stage::Listening => self.announce(wait, announcer::Event::Tick),
            Stage::Confirming(_) => self.confirm(wait, crate::flow::Event::Tick),
            Stage::Writing { .. } => self.is_written(wait, false),
            Stage::Told(_) => {}
        }
    }

    /// The caller listens from now on, to where they stand first of all.
    pub(super) fn listens(&mut self, wait: &mut Wait) {
        wait.stage = Stage::Listening;
        let ticket = wait.offers.ticket();
        let place = outliving::Place::of(ticket, wait.returned, wait.was_answered);
        self.comes_to(At::Waiting(place));
        if let Some(standing) = wait.offers.ticket().standing() {
            self.announce(wait, announcer::Event::Started(standing));
        }
    }

    /// Tells the announcer what has happened, and does what it says.
    fn announce(&mut self, wait: &mut Wait, event: announcer::Event) {
        let now = self.clock.now();
        let mut actions = wait.announcer.on(now, event);
        while !actions.is_empty() {
            for action in std::mem::take(&mut actions) {
                match action {
                    announcer::Action::Say(words) => {
                        let said: Vec<Utterance> = wait.first.drain(..).chain(words).collect();
                        self.say(&said);
                    }
                    announcer::Action::Music => {
                        let music = self.plan.hold_music(&self.language);
                        self.parties.play(self.caller, music);
                    }
                    announcer::Action::Hush => self.parties.silence(self.caller),
                    announcer::Action::AskStanding => {
                        let standing = wait.offers.ticket().standing();
                        let event = standing.map(announcer::Event::Standing);
                        actions.extend(event.into_iter().flat_map(|e| wait.announcer.on(now, e)));
                    }
                    announcer::Action::Keep => self.begin_to_confirm(wait),
                }
            }
        }
        self.record_figures(wait);
    }

    /// What the caller has been told of their place and wait, to be compared with what comes.
    fn record_figures(&self, wait: &mut Wait) {
        let Some(told) = wait.announcer.take_told() else {
            return;
        };
        self.log.record(TimelineEntry::Announced {
            position: told.position,
            wait: told.wait,
            estimate: told.estimate,
        });
    }

    /// A handler has answered.
    fn is_taken(&mut self, wait: &mut Wait) {
        self.do_not_keep(wait);
        wait.stage = Stage::Listening;
        self.announce(wait, announcer::Event::Stopped);
        if !std::mem::replace(&mut wait.was_answered, true) {
            let since = wait.offers.ticket().since();
            waited::record(
                &self.log,
                self.clock.now().duration_since(since),
                How::OnTheLine,
            );
        }
    }

    /// Where the queue is full, a caller who can be called back is, by a clinician. Gives whether that has
    /// been promised.
    async fn is_called_back_instead(&mut self, priority: Priority) -> Result<bool, Gone> {
        let Some(number) = self.facts().number else {
            self.log
                .happened("queue", "full; the caller waits all the same");
            return Ok(false);
        };
        self.log.happened("queue", "full");
        Box::pin(self.book(number, priority, QUEUE_FULL_CALLBACK)).await
    }

    /// Ends the call, but not the wait, where the caller can be called back.
    fn hand_over(&mut self, contact: Contact, mut offers: Offers) {
        let Some(place) = KeptPlace::of(contact) else {
            return;
        };
        offers.stop(&mut self.parties);
        // The line is free before the turn can come.
        self.parties.hang_up_all();
        self.passage.served();
        self.log
            .happened("kept-place", "the caller has hung up and keeps the place");
        offers.ticket().keeps();
        let service = Arc::clone(&self.service);
        let log = Log::continued(
            service.timeline.clone(),
            self.log.reference(),
            Clock::start(),
        );
        tokio::spawn(kept_place::hold(service, log, place, offers));
    }

    /// This caller on a handler's display, after some words of warning where there are any.
    pub(super) fn shown_to_handler(&self, warning: &str) -> Box<Shown> {
        let display = format!("{warning}{}", self.display());
        let who = self.who.clone();
        Box::new(move |ours| identity_out::for_handler(&who, &display, ours))
    }
}
