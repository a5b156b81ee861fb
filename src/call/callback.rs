//! Making one callback: a clinician first, then the caller, then the two talk, and whomever the caller is
//! handed to.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::callback::{Callback, Event};
use crate::flow::{Priority, Utterance};
use crate::queue::shared::Contact;
use crate::queue::{Place, Wanted};
use crate::routing::RegionId;
use crate::sip::leg::Side;

use super::announce::CALLBACK_CLINICIAN;
use super::clock::Clock;
use super::log::Log;
use super::offers::{Offers, Taken};
use super::outreach::{Found, Outreach, Rung, Talked, Whom};
use super::parties::{Happening, Parties, PartyId};
use super::service::{Running, Service, Stage};

/// Makes a callback, and tells the book how it went. `leave` comes when the try has been written down
/// and the caller may be rung; it breaks off where the callback is not to be made here any more.
pub(super) async fn make(service: Arc<Service>, callback: Callback, leave: oneshot::Receiver<()>) {
    let log = Log::continued(service.timeline.clone(), callback.reference, Clock::start());
    let whom = Whom {
        number: callback.number.clone(),
        text_relay: callback.text_relay,
        language: callback.language.clone(),
        region: callback.region.clone(),
        provider: None,
        display: display(&service, &callback),
        is_promised: true,
    };
    let mut maker = Maker {
        outreach: Outreach::new(&service, log, whom),
        callback,
        running: None,
    };
    let outcome = tokio::select! {
        outcome = maker.make(leave) => outcome,
        // What is under way is taken up again after the restart.
        () = service.reaches(Stage::Stopping) => None,
    };
    // Counted until the book has heard of it: whoever waits for the last call waits for the book too.
    let _running = maker.running.take();
    maker.outreach.case.parties.finish().await;
    if let Some(event) = outcome {
        service.book.tell(event).await;
    }
}

fn display(service: &Service, callback: &Callback) -> String {
    let plan = service.plan.load();
    let region = plan.tables.region(&RegionId::new(&callback.region));
    format!("{}: call back", region.map_or("", |region| &region.name))
}

struct Maker<'a> {
    outreach: Outreach<'a>,
    callback: Callback,
    /// Once a clinician has been found.
    running: Option<Running<'a>>,
}

impl Maker<'_> {
    async fn make(&mut self, mut leave: oneshot::Receiver<()>) -> Option<Event> {
        let service = self.outreach.service;
        let (mut offers, clinician) = tokio::select! {
            found = self.find_clinician() => found?,
            // Not before a clinician is there, but where the callback is not this node's any more.
            _ = &mut leave => return None,
            () = service.reaches(Stage::Draining) => return None,
        };
        self.running = Some(service.count());
        match self.ring(clinician.phone, leave).await {
            None => self.talk(&mut offers, clinician).await,
            missed => {
                self.let_go(&offers, clinician);
                missed
            }
        }
    }

    async fn find_clinician(&mut self) -> Option<(Offers, Taken)> {
        let wanted = Wanted::for_callback(self.callback.priority);
        // A promise is kept however many wait.
        let room = &self.outreach.service.waiting_room;
        // Without the number: it is the book that sees to the promise, wherever this node ends.
        let contact = Contact {
            language: self.callback.language.clone(),
            display: display(self.outreach.service, &self.callback),
            promised: true,
            ..Contact::default()
        };
        let ticket = room.join_anyway(self.callback.reference, wanted, contact);
        let mut offers = Offers::new(ticket);
        match self.outreach.find(&mut offers).await {
            Found::Taken(taken) => Some((offers, taken)),
            // Of nobody who is not on the line, and keeps no place.
            Found::GivenUp | Found::CallerGone | Found::TakenOver => None,
        }
    }

    /// Lets somebody go who has, or was to have, the caller: their phone before themselves.
    fn let_go(&mut self, offers: &Offers, clinician: Taken) {
        self.outreach.case.parties.hang_up(clinician.phone);
        // It is not the clinician who broke it off.
        offers.leave();
        drop(clinician);
    }

    /// Rings the caller. Gives how that went where they are not on the line.
    async fn ring(&mut self, clinician: PartyId, leave: oneshot::Receiver<()>) -> Option<Event> {
        let reference = self.callback.reference;
        let gone = Event::ClinicianGone(reference);
        let outreach = &mut self.outreach;
        let words = [Utterance::prompt(CALLBACK_CLINICIAN)];
        let playlist = outreach.case.plan.playlist(crate::flow::ENGLISH, &words, 0);
        outreach.case.parties.play(clinician, playlist);
        let service = outreach.service;
        let book = &service.book;
        book.tell(Event::ClinicianReady(reference)).await;
        tokio::select! {
            allowed = leave => if allowed.is_err() { return Some(gone) },
            () = ended(&mut outreach.case.parties, clinician) => return Some(gone),
        }
        match outreach.ring(clinician).await {
            Rung::ListenerGone => Some(gone),
            Rung::Unreached => {
                self.note("the caller's phone could not be rung");
                self.outreach.tell_no_answer(clinician).await;
                Some(Event::NotRung(reference))
            }
            Rung::Missed(outcome) => {
                self.note(&format!("caller: {}", outcome.word()));
                self.outreach.tell_no_answer(clinician).await;
                Some(Event::CallerMissed(reference, outcome))
            }
            Rung::Answered => {
                book.tell(Event::CallerAnswered(reference)).await;
                None
            }
        }
    }

    /// Lets the caller talk with the clinician, and with whomever they are handed to. Gives what became of
    /// them; nothing where the book knows already.
    async fn talk(&mut self, offers: &mut Offers, clinician: Taken) -> Option<Event> {
        let reference = self.callback.reference;
        let mut with = clinician;
        loop {
            match self.outreach.talk(offers, with).await {
                Talked::HandlerGone {
                    taken,
                    is_none: true,
                    ..
                } if self.outreach.was_handed_on() => {
                    // Before whoever was to have the caller is let go: the caller keeps their place.
                    offers.wait_at(Place::Top);
                    drop(taken);
                }
                Talked::CallerGone { taken, cause, .. }
                | Talked::HandlerGone { taken, cause, .. } => {
                    self.let_go(offers, taken);
                    if cause.by == Side::Network {
                        self.note(cause.text);
                        return Some(Event::BrokenOff(reference));
                    }
                    self.note("made");
                    return Some(Event::Over(reference));
                }
                Talked::Waits => {}
                Talked::Lost => return Some(Event::BrokenOff(reference)),
                Talked::LostInDanger => return Some(Event::Renewed(self.first_of_all())),
                Talked::HungUp => {
                    self.note("made");
                    return Some(Event::Over(reference));
                }
                Talked::Promised => return None,
                Talked::Emergency => {
                    self.note("handed to 999");
                    return Some(Event::Over(reference));
                }
            }
            with = match self.outreach.find(offers).await {
                Found::Taken(taken) => taken,
                Found::GivenUp | Found::CallerGone | Found::TakenOver => {
                    self.note("the caller has gone while they waited for somebody else");
                    return Some(Event::BrokenOff(reference));
                }
            };
        }
    }

    /// Nobody is rung sooner than somebody who was lost on their way to 999.
    fn first_of_all(&self) -> Callback {
        let now = self.outreach.case.clock.now();
        let callback = Callback {
            priority: Priority::Emergency,
            ..self.callback.clone()
        };
        callback.due_after(now, Duration::ZERO)
    }

    fn note(&self, what: &str) {
        self.outreach.case.log.happened("callback", what);
    }
}

async fn ended(parties: &mut Parties, who: PartyId) {
    while !matches!(parties.next().await, Happening::Ended(id, _) if id == who) {}
}
