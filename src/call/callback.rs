//! Making one callback: a clinician and the caller are brought together, one first and then the other, as
//! their region has it; then the two talk, and whomever the caller is handed to.

use std::sync::Arc;

use crate::callback::{By, Callback, Event, Outcome};
use crate::flow::Utterance;
use crate::identity::Reference;
use crate::queue::Place;
use crate::routing::RegionId;
use crate::sip::leg::Side;

use super::announce::CALLBACK_CLINICIAN;
use super::book_keeper::BookDesk;
use super::clock::Clock;
use super::log::Log;
use super::offers::{Offers, Taken};
use super::outreach::{Brought, Found, Ongoing, Outreach, Rung, Talked};
use super::parties::{Happening, Parties, PartyId};
use super::service::{Running, Service, Stage};
use super::sought::{self, Clinician, Leash};
use super::waiting_room::Engaged;

/// Makes a callback, and tells the book how it went. The leash says when the try has been written down
/// and the caller may be rung; it breaks off where the callback is not to be made here any more.
pub(super) async fn make(service: Arc<Service>, callback: Callback, leash: Leash) {
    let log = Log::continued(service.timeline.clone(), callback.reference, Clock::start());
    let display = sought::display(&service, &callback, "call back");
    let whom = sought::whom(&callback, display.clone());
    let mut maker = Maker {
        outreach: Outreach::new(&service, log, whom),
        reference: callback.reference,
        serial: Some(leash.serial),
        with: String::new(),
        running: None,
    };
    let outcome = tokio::select! {
        outcome = maker.make(&callback, leash, display) => outcome,
        // What is under way is taken up again after the restart.
        () = service.reaches(Stage::Stopping) => None,
    };
    maker.ends(outcome).await;
}

/// Goes on with the conversation of a callback, and tells the book how it went. The book knows of it.
pub(super) async fn go_on(service: Arc<Service>, ongoing: Ongoing) {
    let reference = ongoing.ticket.reference();
    let (outreach, mut offers, with) = Outreach::going_on(&service, ongoing);
    let mut maker = Maker {
        outreach,
        reference,
        serial: None,
        with: String::new(),
        running: Some(service.count()),
    };
    let outcome = tokio::select! {
        outcome = maker.talk(&mut offers, with) => outcome,
        // What is under way is taken up again after the restart.
        () = service.reaches(Stage::Stopping) => None,
    };
    maker.ends(outcome).await;
}

struct Maker<'a> {
    outreach: Outreach<'a>,
    reference: Reference,
    /// As whom the book knows it; none where another process has begun it.
    serial: Option<u64>,
    /// Who has the caller, or had them last.
    with: String,
    /// Once a clinician has been found.
    running: Option<Running<'a>>,
}

impl Maker<'_> {
    async fn make(
        &mut self,
        callback: &Callback,
        mut leash: Leash,
        display: String,
    ) -> Option<Event> {
        let service = self.outreach.service;
        let order = {
            let plan = service.plan.load();
            let region = plan.tables.region(&RegionId::new(&callback.region));
            region.map_or_else(Default::default, |region| region.callback.order)
        };
        let mut offers = sought::wait(service, callback, display);
        let sought = &mut leash.sought;
        let clinician = tokio::select! {
            found = sought::clinician(&mut self.outreach, &mut offers, sought, order) => found?,
            () = service.reaches(Stage::Draining) => return None,
        };
        self.running = Some(service.count());
        match clinician {
            Clinician::There(clinician) => {
                self.with = clinician.handler().to_string();
                match self.ring(clinician.phone, leash).await {
                    None => self.talk(&mut offers, clinician).await,
                    missed => {
                        self.outreach.lets_go(&offers, clinician);
                        missed
                    }
                }
            }
            Clinician::Held(engaged) => {
                self.with = engaged.handler().to_string();
                self.caller_first(&mut offers, engaged, leash).await
            }
        }
    }

    async fn tell(&self, event: Event) {
        let book = &self.outreach.service.book;
        tell(book, self.serial, self.reference, event).await;
    }

    /// Counted until the book has heard of it: whoever waits for the last call waits for the book too.
    async fn ends(self, outcome: Option<Event>) {
        let _running = self.running;
        let book = &self.outreach.service.book;
        self.outreach.case.parties.finish().await;
        if let Some(event) = outcome {
            tell(book, self.serial, self.reference, event).await;
        }
    }

    /// Rings the caller. Gives how that went where they are not on the line.
    async fn ring(&mut self, clinician: PartyId, leash: Leash) -> Option<Event> {
        let reference = self.reference;
        let gone = Event::ClinicianGone(reference);
        let outreach = &mut self.outreach;
        let words = [Utterance::prompt(CALLBACK_CLINICIAN)];
        let playlist = outreach.case.plan.playlist(crate::flow::ENGLISH, &words, 0);
        outreach.case.parties.play(clinician, playlist);
        let with = self.with.clone();
        self.tell(Event::ClinicianReady(reference, with)).await;
        tokio::select! {
            allowed = leash.ring => if allowed.is_err() { return Some(gone) },
            () = ended(&mut self.outreach.case.parties, clinician) => return Some(gone),
        }
        let rung = self.outreach.ring(Some(clinician)).await;
        let missed = self.missed(&rung).await;
        if matches!(rung, Rung::Missed(_) | Rung::Unreached) {
            self.outreach.tell_no_answer(clinician).await;
        }
        missed
    }

    /// The caller first, with a clinician who is held for them meanwhile.
    async fn caller_first(
        &mut self,
        offers: &mut Offers,
        engaged: Engaged,
        leash: Leash,
    ) -> Option<Event> {
        let reference = self.reference;
        let with = self.with.clone();
        self.tell(Event::ClinicianReady(reference, with)).await;
        if leash.ring.await.is_err() {
            offers.leave();
            return Some(Event::ClinicianGone(reference));
        }
        let rung = self.outreach.ring(None).await;
        if let Some(missed) = self.missed(&rung).await {
            // Before whoever was held is let go: it is not they who broke it off.
            offers.leave();
            return Some(missed);
        }
        offers.on_the_line();
        match self.outreach.bring(engaged).await {
            Brought::There(clinician) => self.talk(offers, clinician).await,
            Brought::CallerGone(engaged) => {
                self.note("the caller has gone before the clinician was there");
                offers.leave();
                drop(engaged);
                Some(Event::BrokenOff(reference))
            }
            Brought::Nobody(engaged) => {
                self.note("the clinician does not answer; the caller waits for another one");
                // Before whoever was held is let go: the caller keeps their place.
                offers.wait_at(Place::Top);
                drop(engaged);
                match self.outreach.find(offers).await {
                    Found::Taken(clinician) => self.talk(offers, clinician).await,
                    Found::GivenUp | Found::CallerGone | Found::TakenOver => {
                        Some(self.lost_in_wait())
                    }
                }
            }
        }
    }

    /// What the book hears of a caller who has been rung; nothing more where they are on the line.
    async fn missed(&mut self, rung: &Rung) -> Option<Event> {
        let reference = self.reference;
        match rung {
            Rung::ListenerGone => Some(Event::ClinicianGone(reference)),
            Rung::Unreached => {
                self.note("the caller's phone could not be rung");
                Some(Event::NotRung(reference))
            }
            Rung::Missed(outcome) => {
                self.note(&format!("caller: {}", outcome.word()));
                Some(Event::CallerMissed(reference, *outcome))
            }
            Rung::Answered => {
                self.tell(Event::CallerAnswered(reference)).await;
                None
            }
        }
    }

    /// Lets the caller talk with the clinician, and with whomever they are handed to. Gives what became of
    /// them; nothing where the book knows already.
    async fn talk(&mut self, offers: &mut Offers, clinician: Taken) -> Option<Event> {
        let reference = self.reference;
        offers.on_the_line();
        let mut with = clinician;
        loop {
            self.with = with.handler().to_string();
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
                    self.with = taken.handler().to_string();
                    self.outreach.lets_go(offers, taken);
                    if cause.by == Side::Network {
                        self.note(cause.text);
                        return Some(Event::BrokenOff(reference));
                    }
                    return Some(self.made("made"));
                }
                Talked::Waits => {}
                Talked::Lost => return Some(Event::BrokenOff(reference)),
                Talked::LostInDanger => return Some(Event::LostInDanger(reference)),
                Talked::HungUp => return Some(self.made("made")),
                Talked::Promised => return None,
                Talked::Voicemail(taken) => {
                    let outcome = Outcome::Voicemail;
                    self.note(&format!("caller: {}", outcome.word()));
                    self.outreach.case.parties.hang_up_all();
                    self.outreach.lets_go(offers, taken);
                    return Some(Event::CallerMissed(reference, outcome));
                }
                Talked::Served => return Some(self.made("handed to a service")),
                Talked::Emergency => return Some(self.made("handed to 999")),
            }
            with = match self.outreach.find(offers).await {
                Found::Taken(taken) => taken,
                Found::GivenUp | Found::CallerGone | Found::TakenOver => {
                    return Some(self.lost_in_wait());
                }
            };
        }
    }

    fn made(&self, how: &str) -> Event {
        self.note(how);
        let by = By::Clinician(self.with.clone());
        Event::Over(self.reference, by)
    }

    fn lost_in_wait(&self) -> Event {
        self.note("the caller has gone while they waited for somebody else");
        Event::BrokenOff(self.reference)
    }

    fn note(&self, what: &str) {
        self.outreach.case.log.happened("callback", what);
    }
}

/// Tells the book, as whom it knows by a serial, or as nobody whom it has asked.
async fn tell(book: &BookDesk, serial: Option<u64>, reference: Reference, event: Event) {
    match serial {
        Some(serial) => book.tell_as(serial, reference, event).await,
        None => book.tell(event).await,
    }
}

async fn ended(parties: &mut Parties, who: PartyId) {
    while !matches!(parties.next().await, Happening::Ended(id, _) if id == who) {}
}
