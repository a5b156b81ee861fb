//! A clinician decides what becomes of a caller who could not be reached.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::callback::{Callback, Decision, Event};
use crate::flow::Utterance;
use crate::routing::CallbackOrder;

use super::announce::{
    DECISION_BEFORE, DECISION_CHOICES, DECISION_CLOSED, DECISION_LATER, DECISION_NOW,
    DECISION_NUMBER,
};
use super::clock::Clock;
use super::log::Log;
use super::outreach::Outreach;
use super::service::{Service, Stage};
use super::sought::{self, Clinician, Leash};

/// `2` puts the next try off for so long.
const LATER: SignedDuration = SignedDuration::from_hours(1);

/// Has a clinician decide, and tells the book what they say. It stays undecided where they say nothing.
pub(super) async fn ask(service: Arc<Service>, callback: Callback, leash: Leash) {
    let log = Log::continued(service.timeline.clone(), callback.reference, Clock::start());
    let display = sought::display(&service, &callback, "decide on a callback");
    let mut outreach = Outreach::new(&service, log, sought::whom(&callback, display.clone()));
    let serial = leash.serial;
    let event = tokio::select! {
        event = decide(&mut outreach, &callback, leash, display) => event,
        // It is asked again after the restart.
        () = service.reaches(Stage::Draining) => None,
    };
    outreach.case.parties.finish().await;
    if let Some(event) = event {
        let book = &service.book;
        book.tell_as(serial, callback.reference, event).await;
    }
}

async fn decide(
    outreach: &mut Outreach<'_>,
    callback: &Callback,
    mut leash: Leash,
    display: String,
) -> Option<Event> {
    let service = outreach.service;
    let reference = callback.reference;
    let mut offers = sought::wait(service, callback, display);
    let order = CallbackOrder::ClinicianFirst;
    let sought = &mut leash.sought;
    let Clinician::There(clinician) =
        sought::clinician(outreach, &mut offers, sought, order).await?
    else {
        return Some(Event::Undecided(reference));
    };
    let account = clinician.handler().to_string();
    let words = [
        Utterance::prompt(DECISION_BEFORE),
        Utterance::Digits(callback.attempts.to_string()),
        Utterance::prompt(DECISION_NUMBER),
        Utterance::Digits(callback.number.national()),
        Utterance::prompt(DECISION_CHOICES),
    ];
    let keyed = tokio::select! {
        keyed = outreach.asks(clinician.phone, &words, &['1', '2', '3']) => keyed,
        // Somebody has ordered otherwise meanwhile.
        () = given_up(sought) => {
            outreach.lets_go(&offers, clinician);
            return None;
        }
    };
    let now = outreach.case.clock.now();
    let decided = match keyed {
        Some('1') => Some((Decision::TryNow, DECISION_NOW)),
        Some('2') => {
            let at = now.checked_add(LATER).unwrap_or(now);
            Some((Decision::TryAt(at), DECISION_LATER))
        }
        Some('3') => Some((Decision::Close, DECISION_CLOSED)),
        _ => None,
    };
    let event = match decided {
        None => Event::Undecided(reference),
        Some((decision, words)) => {
            outreach.tells(clinician.phone, words).await;
            Event::Decided(reference, decision, account)
        }
    };
    outreach.lets_go(&offers, clinician);
    Some(event)
}

/// Waits until the book wants no decision any longer; who is to make it has been settled.
async fn given_up(sought: &mut tokio::sync::watch::Receiver<Callback>) {
    while sought.changed().await.is_ok() {}
}
