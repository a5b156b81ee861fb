//! A place in the queue whose caller has hung up: when the turn comes, a handler is held, the caller is
//! rung, and the two are joined. It ends by a conversation, or with a callback in the book.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::callback::{Callback, Deadline, Event, Outcome, Promise, What};
use crate::flow::Priority;
use crate::identity::Number;
use crate::queue::shared::{Caller, Contact};
use crate::queue::{CLINICIAN, Place, Wanted};
use crate::sip::leg::Side;

use super::announce::KEPT_PLACE_GREETING;
use super::log::Log;
use super::offers::{Offers, Taken};
use super::outreach::{Found, Ongoing, Outreach, Rung, Talked, Whom};
use super::promise::entry;
use super::service::{Running, Service, Stage};
use super::waited::{self, How};

/// Before a promise that could not be written down is written again.
const AGAIN: Duration = Duration::from_secs(5);
/// What became of a caller who has talked to a handler, and no more.
const SPOKEN: &str = "the caller has been spoken to";
/// The same of one who has called by themselves.
const BACK: &str = "the caller has rung again";

/// How a caller who keeps their place is to be reached.
#[derive(Clone, Debug)]
pub(super) struct KeptPlace {
    number: Number,
    text_relay: bool,
    language: String,
    display: String,
    postcode: Option<String>,
}

impl KeptPlace {
    /// A place of somebody; none whose number is not known.
    pub(super) fn of(contact: Contact) -> Option<Self> {
        Some(KeptPlace {
            number: contact.number?,
            text_relay: contact.text_relay,
            language: contact.language,
            display: contact.display,
            postcode: contact.postcode,
        })
    }
}

/// Holds a place until its caller has been spoken to, or has another promise. `log` is that of the call in
/// which it was kept.
pub(super) async fn hold(service: Arc<Service>, log: Log, place: KeptPlace, offers: Offers) {
    let whom = Whom {
        number: place.number,
        text_relay: place.text_relay,
        language: place.language,
        region: offers.ticket().wanted().region.clone(),
        provider: offers.ticket().wanted().provider.clone(),
        display: place.display,
        postcode: place.postcode,
        is_promised: false,
    };
    let not_needed = service.kept_places.hold(offers.ticket().reference());
    let holder = Holder {
        outreach: Outreach::new(&service, log, whom),
        offers,
        running: None,
        not_needed,
    };
    holder.holds(None).await;
}

/// Goes on with the conversation of a caller whose place was kept.
pub(super) async fn go_on(service: Arc<Service>, ongoing: Ongoing) {
    let not_needed = service.kept_places.hold(ongoing.ticket.reference());
    let (outreach, offers, with) = Outreach::going_on(&service, ongoing);
    let holder = Holder {
        outreach,
        offers,
        running: Some(service.count()),
        not_needed,
    };
    holder.holds(Some(with)).await;
}

/// How it ends that somebody keeps a place.
enum End {
    /// The caller has talked to a handler, and this is what became of them.
    Accounted(&'static str),
    /// The caller has been tried as often as may be.
    GivenUp,
    /// Another node calls them back.
    TakenOver,
    /// The server ends; the place is taken up again after the restart.
    Restart,
}

struct Holder<'a> {
    outreach: Outreach<'a>,
    offers: Offers,
    /// While a handler is held, or the caller is on the line.
    running: Option<Running<'a>>,
    /// Tells that the caller is on the line again by themselves.
    not_needed: Arc<Notify>,
}

impl Holder<'_> {
    /// Holds the place to its end, from a conversation on where there is one.
    async fn holds(mut self, with: Option<Taken>) {
        let service = self.outreach.service;
        let end = tokio::select! {
            end = self.hold(with) => end,
            // What is under way is taken up again after the restart.
            () = service.reaches(Stage::Stopping) => End::Restart,
        };
        let closed = async {
            match end {
                End::Restart => self.offers.ticket().leave_behind(),
                End::TakenOver => self.note("another node has taken over; it calls them back"),
                End::Accounted(how) => self.close(how).await,
                End::GivenUp => self.promise().await,
            }
        };
        tokio::select! {
            () = closed => {}
            () = service.reaches(Stage::Stopping) => self.offers.ticket().leave_behind(),
        }
        let _running = self.running.take();
        self.outreach.case.parties.finish().await;
    }

    async fn hold(&mut self, with: Option<Taken>) -> End {
        let service = self.outreach.service;
        if let Some(handler) = with
            && let Some(how) = self.talk(handler).await
        {
            return End::Accounted(how);
        }
        loop {
            let alone = !self.outreach.has_caller();
            if alone {
                self.running = None;
            }
            let found = tokio::select! {
                biased;
                () = self.not_needed.notified(), if alone => return End::Accounted(BACK),
                found = self.outreach.find(&mut self.offers) => found,
                () = service.reaches(Stage::Draining), if alone => return End::Restart,
            };
            let handler = match found {
                Found::Taken(handler) => handler,
                Found::GivenUp => return End::GivenUp,
                Found::TakenOver => return End::TakenOver,
                Found::CallerGone => {
                    self.offers.ticket().keeps();
                    continue;
                }
            };
            self.running = Some(service.count());
            if let Some(how) = self.with_handler(handler).await {
                return End::Accounted(how);
            }
        }
    }

    /// Gives the caller to a handler; gives what became of them, where they were spoken to.
    async fn with_handler(&mut self, handler: Taken) -> Option<&'static str> {
        if !self.outreach.has_caller() {
            match self.outreach.ring(Some(handler.phone)).await {
                Rung::Answered => self.answered(),
                Rung::ListenerGone => return self.goes_on_without(handler),
                Rung::Missed(outcome) => {
                    return self.not_reached(handler, outcome.word()).await;
                }
                Rung::Unreached => {
                    let why = "the phone could not be rung";
                    return self.not_reached(handler, why).await;
                }
            }
            let gone = self.outreach.greet(handler.phone, KEPT_PLACE_GREETING);
            match gone.await {
                Some((true, _)) => return self.not_reached(handler, "hung up at once").await,
                Some((false, _)) => return self.goes_on_without(handler),
                None => {}
            }
        }
        self.talk(handler).await
    }

    async fn talk(&mut self, handler: Taken) -> Option<&'static str> {
        match self.outreach.talk(&mut self.offers, handler).await {
            Talked::CallerGone {
                taken,
                cause,
                spoken,
            } => {
                if !spoken || cause.by == Side::Network {
                    return self.not_reached(taken, cause.text).await;
                }
                // Before the handler is let go: it is not the handler who broke it off.
                self.offers.ticket().leaves();
                self.outreach.case.parties.hang_up(taken.phone);
                Some(SPOKEN)
            }
            Talked::HandlerGone {
                taken,
                cause,
                is_none,
            } => {
                let again = match is_none {
                    true => self.offers.waits_again_unheard(taken),
                    false => self.offers.waits_again_without(taken, &cause),
                };
                if !again {
                    return Some(SPOKEN);
                }
                self.note("the handler has gone; the caller waits on the line");
                if self.outreach.was_handed_on() {
                    // For whom they waited at first: whoever they were handed to has not come of it.
                    self.offers.wait_at(Place::Top);
                }
                None
            }
            Talked::Voicemail(taken) => self.not_reached(taken, Outcome::Voicemail.word()).await,
            Talked::Waits => None,
            Talked::Lost => {
                self.offers.ticket().keeps();
                None
            }
            Talked::LostInDanger => {
                self.is_first_of_all();
                None
            }
            Talked::HungUp => Some(SPOKEN),
            Talked::Promised => Some("the caller is promised a callback"),
            Talked::Served => Some("the caller was handed to a service"),
            Talked::Emergency => Some("the caller was handed to 999"),
        }
    }

    /// Nobody is rung sooner than somebody who was lost on their way to 999.
    fn is_first_of_all(&mut self) {
        let ticket = self.offers.ticket();
        let caller = Caller {
            reference: ticket.reference(),
            wanted: Wanted {
                priority: Priority::Emergency,
                ..ticket.wanted().clone()
            },
            place: Place::InTurn,
            since: ticket.since(),
            not_before: None,
            contact: self.outreach.whom.contact(),
            kept: true,
            tries: 0,
        };
        let room = &self.outreach.service.waiting_room;
        self.offers = Offers::new(room.restore(&caller));
    }

    fn answered(&self) {
        let outreach = &self.outreach.case;
        let waited = outreach
            .clock
            .now()
            .duration_since(self.offers.ticket().since());
        waited::record(&outreach.log, waited, How::CalledBack);
    }

    /// The handler has gone while the caller was being rung: the place stays, for the next one.
    fn goes_on_without(&mut self, handler: Taken) -> Option<&'static str> {
        self.note("the handler has gone; the place stays");
        if !self.offers.waits_again_unheard(handler) {
            self.offers.ticket().rejoin();
        }
        None
    }

    /// The handler is told, and let go. The place is kept for another try, until the queue gives it up.
    async fn not_reached(&mut self, handler: Taken, why: &str) -> Option<&'static str> {
        self.note(&format!("caller not reached: {why}"));
        self.outreach.tell_no_answer(handler.phone).await;
        // Before the handler is let go: it is not the handler who broke it off.
        self.offers.ticket().unreached();
        self.outreach.case.parties.hang_up(handler.phone);
        drop(handler);
        None
    }

    fn note(&self, what: &str) {
        self.outreach.case.log.happened("kept-place", what);
    }

    /// The place is not taken up again after a restart.
    async fn close(&self, how: &str) {
        self.offers.ticket().leaves();
        self.outreach.service.waiting_room.settled().await;
        self.note(how);
    }

    /// Makes a clinical callback of the place, which is given up once that is on disk. It is never closed
    /// by itself.
    async fn promise(&self) {
        let outreach = &self.outreach;
        let whom = &outreach.whom;
        let within = outreach.case.plan.settings.callback.deadline.get();
        let deadline = Deadline::Within(within);
        let ticket = self.offers.ticket();
        let promise = Promise {
            reference: ticket.reference(),
            number: whom.number.clone(),
            text_relay: whom.text_relay,
            region: ticket.wanted().region.clone(),
            language: whom.language.clone(),
            postcode: whom.postcode.clone(),
            skill: CLINICIAN.to_owned(),
        };
        let callback = Callback {
            priority: ticket.wanted().priority,
            ..Callback::promised(promise, outreach.case.clock.now(), deadline)
        };
        let (service, store) = (outreach.service, &outreach.service.store);
        let entry = entry(&callback, What::Booked);
        // Saved as well: a promise of the same call that was closed stands open again.
        while let Err(error) = async {
            store.book(&callback, &entry).await?;
            store.save(&callback, &entry).await
        }
        .await
        {
            tracing::error!(%error, "a kept place cannot be made a callback yet");
            tokio::time::sleep(AGAIN).await;
        }
        metrics::counter!("ivr111_callbacks_booked_total").increment(1);
        self.note("tried as often as may be; a clinician rings");
        // Before the promise takes a place of its own under the same reference.
        ticket.leaves();
        service.book.tell(Event::Booked(callback)).await;
    }
}
