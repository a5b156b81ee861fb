//! A clinician decides what becomes of a caller who could not be reached.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

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
    tokio::select! {
        () = decide(&mut outreach, &callback, leash, display) => {}
        // It is asked again after the restart.
        () = service.reaches(Stage::Draining) => {}
    }
    outreach.case.parties.finish().await;
}

async fn decide(
    outreach: &mut Outreach<'_>,
    callback: &Callback,
    mut leash: Leash,
    display: String,
) {
    let (service, serial) = (outreach.service, leash.serial);
    let reference = callback.reference;
    let mut offers = sought::wait(service, callback, display);
    let order = CallbackOrder::ClinicianFirst;
    let sought = &mut leash.sought;
    let found = sought::clinician(outreach, &mut offers, sought, order).await;
    let Some(Clinician::There(clinician)) = found else {
        return;
    };
    let words = words(callback);
    let keyed = tokio::select! {
        keyed = outreach.asks(clinician.phone, &words, &['1', '2', '3']) => keyed,
        // Somebody has ordered otherwise meanwhile.
        () = given_up(sought) => return outreach.lets_go(&offers, clinician),
    };
    let decided = decision(keyed, outreach.case.clock.now());
    let event = match decided {
        Some((decision, _)) => Event::Decided(reference, decision, clinician.handler().to_string()),
        None => Event::Undecided(reference),
    };
    // Before the next try takes a place of its own under the same reference.
    offers.leave();
    service.book.tell_as(serial, reference, event).await;
    if let Some((_, words)) = decided {
        outreach.tells(clinician.phone, words).await;
    }
    outreach.lets_go(&offers, clinician);
}

/// Who it is about, and what can be said.
fn words(callback: &Callback) -> [Utterance; 5] {
    [
        Utterance::prompt(DECISION_BEFORE),
        Utterance::Digits(callback.attempts.to_string()),
        Utterance::prompt(DECISION_NUMBER),
        Utterance::Digits(callback.number.national()),
        Utterance::prompt(DECISION_CHOICES),
    ]
}

/// What a key decides, and the words that confirm it.
fn decision(key: Option<char>, now: Timestamp) -> Option<(Decision, &'static str)> {
    match key? {
        '1' => Some((Decision::TryNow, DECISION_NOW)),
        '2' => {
            let at = now.checked_add(LATER).unwrap_or(now);
            Some((Decision::TryAt(at), DECISION_LATER))
        }
        '3' => Some((Decision::Close, DECISION_CLOSED)),
        _ => None,
    }
}

/// Waits until the book wants no decision any longer; who is to make it has been settled.
async fn given_up(sought: &mut watch::Receiver<Callback>) {
    while sought.changed().await.is_ok() {}
}
