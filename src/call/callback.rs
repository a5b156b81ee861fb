//! Making one callback: a clinician first, then the caller, then the two are joined.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::oneshot;

use crate::callback::{Callback, Event, Outcome};
use crate::flow::Utterance;
use crate::identity::{Caller, CallerNumber};
use crate::queue::Wanted;
use crate::routing::RegionId;
use crate::sip::Line;
use crate::sip::leg::{Cause, Side};

use super::announce::{CALLBACK_CLINICIAN, CALLBACK_NO_ANSWER};
use super::clock::Clock;
use super::conversation::{join, on_hold};
use super::identity_out;
use super::log::Log;
use super::offers::{Offers, Taken};
use super::outward::Outward;
use super::parties::{Happening, Parties, PartyId};
use super::plan::Plan;
use super::service::{Running, Service, Stage};

/// The playlist after which a clinician who could not be given the caller is let go.
const NO_ANSWER_SAID: u64 = 1;

/// Makes a callback, and tells the book how it went. `leave` comes when the try has been written down
/// and the caller may be rung.
pub(super) async fn make(service: Arc<Service>, callback: Callback, leave: oneshot::Receiver<()>) {
    let (plan, clock) = (service.plan.load_full(), Clock::start());
    let log = Log::continued(service.timeline.clone(), callback.reference, clock);
    let parties = Parties::new(
        (service.wire().clone(), service.engine.clone()),
        log.clone(),
    );
    let mut maker = Maker {
        service: &service,
        plan: &plan,
        clock,
        log,
        parties,
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
    maker.parties.finish().await;
    if let Some(event) = outcome {
        service.book.tell(event).await;
    }
}

struct Maker<'a> {
    service: &'a Service,
    plan: &'a Plan,
    clock: Clock,
    log: Log,
    parties: Parties,
    callback: Callback,
    /// Once a clinician has been found.
    running: Option<Running<'a>>,
}

/// How ringing the caller went.
enum Rung {
    Answered(PartyId, Option<Line>),
    Missed(Outcome),
    /// Nobody's phone rang: a trunk or the network failed.
    Unreached,
    ClinicianGone,
}

impl Maker<'_> {
    async fn make(&mut self, leave: oneshot::Receiver<()>) -> Option<Event> {
        let service = self.service;
        let clinician = tokio::select! {
            clinician = self.find_clinician() => clinician,
            () = service.reaches(Stage::Draining) => return None,
        };
        self.running = Some(service.count());
        let event = self.with_clinician(&clinician, leave).await;
        // Before the clinician is free for the next call.
        self.parties.hang_up(clinician.phone);
        Some(event)
    }

    async fn with_clinician(&mut self, clinician: &Taken, leave: oneshot::Receiver<()>) -> Event {
        let reference = self.callback.reference;
        let gone = Event::ClinicianGone(reference);
        let words = [Utterance::prompt(CALLBACK_CLINICIAN)];
        let playlist = self.plan.playlist(crate::flow::ENGLISH, &words, 0);
        self.parties.play(clinician.phone, playlist);
        self.service
            .book
            .tell(Event::ClinicianReady(reference))
            .await;
        tokio::select! {
            allowed = leave => if allowed.is_err() { return gone },
            () = ended(&mut self.parties, clinician.phone) => return gone,
        }
        match self.ring_caller(clinician.phone).await {
            Rung::ClinicianGone => gone,
            Rung::Unreached => {
                self.log
                    .happened("callback", "the caller's phone could not be rung");
                self.tell_clinician(clinician.phone).await;
                Event::NotRung(reference)
            }
            Rung::Missed(outcome) => {
                self.log
                    .happened("callback", format!("caller: {}", outcome.word()));
                self.tell_clinician(clinician.phone).await;
                Event::CallerMissed(reference, outcome)
            }
            Rung::Answered(caller, _place) => {
                self.parties.join(clinician.phone, caller);
                self.service
                    .book
                    .tell(Event::CallerAnswered(reference))
                    .await;
                let cause = self.until_over([clinician.phone, caller]).await;
                if cause.by == Side::Network {
                    self.log.happened("callback", cause.text);
                    return Event::BrokenOff(reference);
                }
                self.log.happened("callback", "made");
                Event::Over(reference)
            }
        }
    }

    /// Lets the two talk until one of them has gone; why that was.
    async fn until_over(&mut self, two: [PartyId; 2]) -> Cause {
        let music = || self.plan.hold_music(&self.callback.language);
        join(&self.parties, two, music);
        loop {
            match self.parties.next().await {
                Happening::Ended(_, cause) => return cause,
                happening => on_hold(&self.parties, two, &happening, music),
            }
        }
    }

    async fn find_clinician(&mut self) -> Taken {
        let wanted = Wanted::for_callback(self.callback.priority);
        let room = &self.service.waiting_room;
        let mut offers = Offers::new(room.join(self.callback.reference, wanted));
        let region = RegionId::new(&self.callback.region);
        let region = self.plan.tables.region(&region).map_or("", |r| &r.name);
        let display = format!("{region}: call back");
        let number = CallerNumber::Known(self.callback.number.clone());
        let who = Caller::of(number, self.callback.text_relay);
        let shown = move |ours| identity_out::for_handler(&who, &display, ours);
        loop {
            tokio::select! {
                biased;
                action = offers.next() => {
                    let (parties, service) = (&mut self.parties, self.service);
                    if let Some(taken) = offers.carry_out(action, parties, service, None, &shown) {
                        return taken;
                    }
                }
                happening = self.parties.next() => {
                    offers.happened(&happening);
                }
            }
        }
    }

    async fn ring_caller(&mut self, clinician: PartyId) -> Rung {
        let Some((caller, place)) = self.dial_caller(clinician) else {
            return Rung::Unreached;
        };
        self.parties
            .play(clinician, self.plan.ringing(crate::flow::ENGLISH, None));
        let ring = self.plan.settings.callback.ring.get();
        let ring = SignedDuration::try_from(ring).unwrap_or(SignedDuration::from_secs(45));
        let until = self.clock.now().checked_add(ring).ok();
        let mut rang = false;
        loop {
            tokio::select! {
                happening = self.parties.next() => match happening {
                    Happening::Answered(id) if id == caller => {
                        return Rung::Answered(caller, place);
                    }
                    Happening::Rang(id) if id == caller => rang = true,
                    Happening::Ready(id) if id == caller => {
                        self.parties.hear_early(clinician, caller);
                    }
                    Happening::Ended(id, cause) if id == caller => {
                        let by_peer = cause.by == Side::Far;
                        return match Outcome::of_status(cause.status, by_peer, rang) {
                            Some(outcome) => Rung::Missed(outcome),
                            None => Rung::Unreached,
                        };
                    }
                    Happening::Ended(id, _) if id == clinician => return Rung::ClinicianGone,
                    _ => {}
                },
                () = self.clock.at(until) => {
                    self.parties.hang_up(caller);
                    return match Outcome::of_status(None, false, rang) {
                        Some(outcome) => Rung::Missed(outcome),
                        None => Rung::Unreached,
                    };
                }
            }
        }
    }

    /// Dials the caller, through text relay where they came through it.
    fn dial_caller(&mut self, clinician: PartyId) -> Option<(PartyId, Option<Line>)> {
        let trunk = &self.plan.settings.callback.trunk;
        let number = &self.callback.number;
        let dialled = match self.callback.text_relay {
            true => number.via_text_relay(),
            false => number.e164().to_owned(),
        };
        self.log
            .happened("callback", format!("caller rung by {trunk}"));
        // A promise is kept even on a full trunk: the place is taken where there is one.
        let place = self.service.lines.line(trunk);
        let outward = Outward {
            trunk,
            number: &dialled,
            name: "caller",
            shown: &identity_out::of_service,
            codec: self.parties.codec(clinician),
        };
        let caller = outward.dial(self.service, &mut self.parties)?;
        Some((caller, place))
    }

    async fn tell_clinician(&mut self, clinician: PartyId) {
        let words = [Utterance::prompt(CALLBACK_NO_ANSWER)];
        let playlist = self
            .plan
            .playlist(crate::flow::ENGLISH, &words, NO_ANSWER_SAID);
        self.parties.play(clinician, playlist);
        loop {
            match self.parties.next().await {
                Happening::Played(_, NO_ANSWER_SAID) | Happening::Ended(..) => return,
                _ => {}
            }
        }
    }
}

async fn ended(parties: &mut Parties, who: PartyId) {
    while !matches!(parties.next().await, Happening::Ended(id, _) if id == who) {}
}
