//! Making one callback: a clinician first, then the caller, then the two are joined.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::callback::{Callback, Event};
use crate::flow::Utterance;
use crate::queue::Wanted;
use crate::queue::shared::Contact;
use crate::routing::RegionId;
use crate::sip::leg::Side;

use super::announce::CALLBACK_CLINICIAN;
use super::clock::Clock;
use super::log::Log;
use super::offers::{Offers, Taken};
use super::outreach::{Found, Outreach, Rung, Whom};
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
    maker.outreach.parties.finish().await;
    if let Some(event) = outcome {
        service.book.tell(event).await;
    }
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
        let clinician = tokio::select! {
            clinician = self.find_clinician() => clinician?,
            // Not before a clinician is there, but where the callback is not this node's any more.
            _ = &mut leave => return None,
            () = service.reaches(Stage::Draining) => return None,
        };
        self.running = Some(service.count());
        let event = self.with_clinician(clinician.phone, leave).await;
        // Before the clinician is free for the next call.
        self.outreach.parties.hang_up(clinician.phone);
        Some(event)
    }

    async fn find_clinician(&mut self) -> Option<Taken> {
        let wanted = Wanted::for_callback(self.callback.priority);
        // A promise is kept however many wait.
        let room = &self.outreach.service.waiting_room;
        let region = RegionId::new(&self.callback.region);
        let region = self.outreach.plan.tables.region(&region);
        let display = format!("{}: call back", region.map_or("", |r| &r.name));
        // Without the number: it is the book that sees to the promise, wherever this node ends.
        let contact = Contact {
            language: self.callback.language.clone(),
            display: display.clone(),
            promised: true,
            ..Contact::default()
        };
        let ticket = room.join_anyway(self.callback.reference, wanted, contact);
        let mut offers = Offers::new(ticket);
        match self.outreach.find(&mut offers, &display).await {
            Found::Taken(taken) => Some(taken),
            // Of nobody who is not on the line, and keeps no place.
            Found::GivenUp | Found::CallerGone | Found::TakenOver => None,
        }
    }

    async fn with_clinician(&mut self, clinician: PartyId, leave: oneshot::Receiver<()>) -> Event {
        let reference = self.callback.reference;
        let gone = Event::ClinicianGone(reference);
        let outreach = &mut self.outreach;
        let words = [Utterance::prompt(CALLBACK_CLINICIAN)];
        let playlist = outreach.plan.playlist(crate::flow::ENGLISH, &words, 0);
        outreach.parties.play(clinician, playlist);
        let service = outreach.service;
        let book = &service.book;
        book.tell(Event::ClinicianReady(reference)).await;
        tokio::select! {
            allowed = leave => if allowed.is_err() { return gone },
            () = ended(&mut outreach.parties, clinician) => return gone,
        }
        match outreach.ring(clinician).await {
            Rung::ListenerGone => gone,
            Rung::Unreached => {
                let detail = "the caller's phone could not be rung";
                outreach.log.happened("callback", detail);
                outreach.tell_no_answer(clinician).await;
                Event::NotRung(reference)
            }
            Rung::Missed(outcome) => {
                let detail = format!("caller: {}", outcome.word());
                outreach.log.happened("callback", detail);
                outreach.tell_no_answer(clinician).await;
                Event::CallerMissed(reference, outcome)
            }
            Rung::Answered => {
                book.tell(Event::CallerAnswered(reference)).await;
                let (_, cause) = outreach.talk(clinician).await;
                if cause.by == Side::Network {
                    outreach.log.happened("callback", cause.text);
                    return Event::BrokenOff(reference);
                }
                outreach.log.happened("callback", "made");
                Event::Over(reference)
            }
        }
    }
}

async fn ended(parties: &mut Parties, who: PartyId) {
    while !matches!(parties.next().await, Happening::Ended(id, _) if id == who) {}
}
