//! Ringing a caller who is to be called back: whoever is to speak to them is found first, then the
//! caller's phone is rung, then the two talk, as a caller and a handler do in any call.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::callback::Outcome;
use crate::flow::{ENGLISH, Utterance};
use crate::identity::Number;
use crate::queue::Action;
use crate::queue::shared::Contact;
use crate::sip::Line;
use crate::sip::leg::{Cause, Side};

mod ask;
mod going_on;
mod reserve;
mod talk;

pub(super) use going_on::{CalledBack, Ongoing};
pub(super) use reserve::Brought;
pub(super) use talk::Talked;

use super::announce::{CALLBACK_CLINICIAN, CALLBACK_NO_ANSWER};
use super::case::Case;
use super::identity_out;
use super::log::Log;
use super::offers::{Offers, Taken};
use super::outward::Outward;
use super::parties::{Happening, PartyId};
use super::service::Service;
use super::waiting::RETURNED;

/// The playlist that tells whoever is to speak to the caller that they are being rung.
const RINGING_SAID: u64 = 1;
/// The playlist after which somebody who could not be given the caller is let go.
const NO_ANSWER_SAID: u64 = 2;
/// The playlist that greets the caller.
const GREETING_SAID: u64 = 3;

/// Who is to be called back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Whom {
    /// Where.
    pub(super) number: Number,
    /// Through text relay (18002).
    pub(super) text_relay: bool,
    /// What they speak.
    pub(super) language: String,
    /// Their region, as their own call has found it.
    pub(super) region: String,
    /// The first half of the postcode that they have keyed.
    pub(super) postcode: Option<String>,
    /// To whose share they count.
    pub(super) provider: Option<String>,
    /// What a handler's display says of them in the queue.
    pub(super) display: String,
    /// The book of callbacks has promised them this call.
    pub(super) is_promised: bool,
}

impl Whom {
    /// As whom they stand in the queue. Who is promised a callback stands there without the number: it is the book
    /// that sees to the promise, wherever this node ends.
    pub(super) fn contact(&self) -> Contact {
        Contact {
            number: (!self.is_promised).then(|| self.number.clone()),
            text_relay: self.text_relay,
            language: self.language.clone(),
            display: self.display.clone(),
            postcode: self.postcode.clone(),
            promised: self.is_promised,
        }
    }

    /// What a handler's display says of them once they are called.
    pub(super) fn shown(&self) -> String {
        match self.is_promised {
            true => self.display.clone(),
            false => format!("called back: {}", self.display),
        }
    }
}

/// The caller's phone has been answered.
struct Reached {
    phone: PartyId,
    /// Somebody has talked with them long enough for a conversation.
    spoken: bool,
    /// They have been handed on, or were to be.
    returned: bool,
    /// Held for as long as the call is: its place among the trunk's calls.
    _line: Option<Line>,
}

/// A call of ours to somebody who has called us.
pub(super) struct Outreach<'a> {
    pub(super) service: &'a Service,
    /// Whom it is for, and everybody in it.
    pub(super) case: Box<Case>,
    pub(super) whom: Whom,
    caller: Option<Reached>,
    /// Since when the first conversation has lasted, and whether the caller is held in it, where another process
    /// has begun it.
    begun: Option<(Timestamp, bool)>,
}

/// How ringing the caller went.
pub(super) enum Rung {
    /// They are on the line.
    Answered,
    /// They were not reached.
    Missed(Outcome),
    /// Nobody's phone rang: a trunk or the network failed.
    Unreached,
    /// Whoever was to speak to them has gone.
    ListenerGone,
}

/// What came of looking for somebody to speak to the caller.
pub(super) enum Found {
    /// Somebody has answered.
    Taken(Taken),
    /// The queue has given the caller up.
    GivenUp,
    /// Another node has taken the caller over.
    TakenOver,
    /// The caller was on the line, and has gone.
    CallerGone,
}

impl<'a> Outreach<'a> {
    /// Nobody is on the line yet. `log` is that of the call in which the promise was made.
    pub(super) fn new(service: &'a Arc<Service>, log: Log, whom: Whom) -> Self {
        Outreach {
            service,
            case: Box::new(Case::of_ours(Arc::clone(service), log, whom.clone())),
            whom,
            caller: None,
            begun: None,
        }
    }

    /// Whether the caller is on the line.
    pub(super) fn has_caller(&self) -> bool {
        self.caller.is_some()
    }

    fn is_caller(&self, id: PartyId) -> bool {
        self.caller
            .as_ref()
            .is_some_and(|caller| caller.phone == id)
    }

    /// Waits for somebody to speak to the caller, who hears music meanwhile if they are on the line.
    pub(super) async fn find(&mut self, offers: &mut Offers) -> Found {
        let returned = self.caller.as_ref().is_some_and(|caller| caller.returned);
        let shown = self
            .case
            .shown_to_handler(if returned { RETURNED } else { "" });
        let caller = self.caller.as_ref().map(|caller| caller.phone);
        if let Some(caller) = caller {
            let music = self.case.plan.hold_music(&self.case.language);
            self.case.parties.play(caller, music);
        }
        loop {
            self.case.keep();
            tokio::select! {
                biased;
                action = offers.next() => {
                    match action {
                        Action::GivenUp { .. } => return Found::GivenUp,
                        Action::TakenOver { .. } => {
                            offers.stop(&mut self.case.parties);
                            return Found::TakenOver;
                        }
                        _ => {}
                    }
                    let (parties, service) = (&mut self.case.parties, self.service);
                    if let Some(taken) = offers.carry_out(action, parties, service, caller, &*shown) {
                        // What has been published since holds for what comes now.
                        self.case.plan = service.plan.load_full();
                        return Found::Taken(taken);
                    }
                }
                happening = self.case.parties.next() => {
                    if let Happening::Ended(id, _) = happening && self.is_caller(id) {
                        self.caller = None;
                        offers.stop(&mut self.case.parties);
                        return Found::CallerGone;
                    }
                    offers.happened(&happening);
                }
            }
        }
    }

    /// Rings the caller. `listener` is told so, and hears how it goes, where somebody is there already.
    pub(super) async fn ring(&mut self, listener: Option<PartyId>) -> Rung {
        let Some(caller) = self.dial(listener) else {
            return Rung::Unreached;
        };
        if let Some(listener) = listener {
            self.says(listener, ENGLISH, CALLBACK_CLINICIAN, RINGING_SAID);
        }
        let phone = caller.phone;
        let ring = self.case.plan.settings.callback.ring.get();
        let ring = SignedDuration::try_from(ring).unwrap_or(SignedDuration::from_secs(45));
        let until = self.case.clock.now().checked_add(ring).ok();
        let (mut rang, mut early) = (false, false);
        loop {
            self.case.keep();
            tokio::select! {
                happening = self.case.parties.next() => match happening {
                    Happening::Answered(id) if id == phone => {
                        self.answered(caller);
                        return Rung::Answered;
                    }
                    Happening::Rang(id) if id == phone => rang = true,
                    Happening::Ready(id) if id == phone => {
                        early = true;
                        if let Some(listener) = listener {
                            self.case.parties.hear_early(listener, phone);
                        }
                    }
                    Happening::Played(id, RINGING_SAID) if !early => {
                        self.case.parties.play(id, self.case.plan.ringing(ENGLISH, None));
                    }
                    Happening::Ended(id, cause) if id == phone => {
                        return missed(cause.status, cause.by == Side::Far, rang);
                    }
                    Happening::Ended(id, _) if Some(id) == listener => {
                        self.case.parties.hang_up(phone);
                        return Rung::ListenerGone;
                    }
                    happening => self.not_yet(happening),
                },
                () = self.case.clock.at(until) => {
                    self.case.parties.hang_up(phone);
                    return missed(None, false, rang);
                }
            }
        }
    }

    /// Dials the caller, through text relay where they came through it.
    fn dial(&mut self, listener: Option<PartyId>) -> Option<Reached> {
        let trunk = &self.case.plan.settings.callback.trunk;
        let number = &self.whom.number;
        let dialled = match self.whom.text_relay {
            true => number.via_text_relay(),
            false => number.e164().to_owned(),
        };
        self.case
            .log
            .happened("callback", format!("caller rung by {trunk}"));
        // A promise is kept even on a full trunk: the place is taken where there is one.
        let line = self.service.lines.line(trunk);
        let outward = Outward {
            trunk,
            number: &dialled,
            name: "caller",
            shown: &identity_out::of_service,
            codec: listener.and_then(|listener| self.case.parties.codec(listener)),
        };
        let phone = outward.dial(self.service, &mut self.case.parties)?;
        Some(Reached {
            phone,
            spoken: false,
            returned: false,
            _line: line,
        })
    }

    fn answered(&mut self, caller: Reached) {
        if let Some(recorder) = &self.service.recorder {
            // The call in which the promise was made has the reference alone.
            let millis = self.case.clock.now().as_millisecond();
            let name = format!("{}-{millis}", self.case.log.reference());
            self.case.parties.record(caller.phone, recorder, &name);
        }
        self.case.caller = caller.phone;
        self.caller = Some(caller);
    }

    fn says(&self, to: PartyId, language: &str, prompt: &str, id: u64) {
        let words = [Utterance::prompt(prompt)];
        self.case
            .parties
            .play(to, self.case.plan.playlist(language, &words, id));
    }

    /// Tells somebody that the caller was not reached.
    pub(super) async fn tell_no_answer(&mut self, listener: PartyId) {
        self.says(listener, ENGLISH, CALLBACK_NO_ANSWER, NO_ANSWER_SAID);
        loop {
            match self.case.parties.next().await {
                Happening::Played(_, NO_ANSWER_SAID) | Happening::Ended(..) => return,
                _ => {}
            }
        }
    }

    /// Greets the caller. Whoever is to speak to them hears it too, so that they know when to begin. Gives
    /// whether it was the caller who has gone meanwhile, and why, where one of the two has.
    pub(super) async fn greet(&mut self, with: PartyId, greeting: &str) -> Option<(bool, Cause)> {
        let caller = self.caller.as_ref()?.phone;
        let language = &self.whom.language;
        self.says(caller, language, greeting, GREETING_SAID);
        self.says(with, language, greeting, 0);
        loop {
            self.case.keep();
            match self.case.parties.next().await {
                Happening::Played(id, GREETING_SAID) if id == caller => return None,
                Happening::Ended(id, cause) => return Some(self.gone(id, cause)),
                happening => self.not_yet(happening),
            }
        }
    }

    /// Nobody can be handed on before the two talk.
    fn not_yet(&mut self, happening: Happening) {
        if let Happening::Referred(id, referral) = happening {
            let referral = self.case.parties.remember(id, &referral);
            self.case.parties.refuse(referral, 480);
        }
    }

    fn gone(&mut self, id: PartyId, cause: Cause) -> (bool, Cause) {
        let by_caller = self.is_caller(id);
        if by_caller {
            self.caller = None;
        }
        (by_caller, cause)
    }
}

fn missed(status: Option<u16>, by_peer: bool, rang: bool) -> Rung {
    match Outcome::of_status(status, by_peer, rang) {
        Some(outcome) => Rung::Missed(outcome),
        None => Rung::Unreached,
    }
}
