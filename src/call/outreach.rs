//! Ringing a caller who is to be called back: whoever is to speak to them is found first, then the
//! caller's phone is rung, then the two are joined.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::callback::Outcome;
use crate::flow::{ENGLISH, Utterance};
use crate::identity::{Caller, CallerNumber, Number};
use crate::queue::Action;
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
use super::service::Service;

/// The playlist that tells whoever is to speak to the caller that they are being rung.
const RINGING_SAID: u64 = 1;
/// The playlist after which somebody who could not be given the caller is let go.
const NO_ANSWER_SAID: u64 = 2;
/// The playlist that greets the caller.
const GREETING_SAID: u64 = 3;

/// Why a conversation is over in which the caller never was.
const NOBODY: Cause = Cause {
    by: Side::Far,
    status: None,
    text: "the caller is not on the line",
};

/// Who is to be called back.
#[derive(Clone, Debug)]
pub(super) struct Whom {
    /// Where.
    pub(super) number: Number,
    /// Through text relay (18002).
    pub(super) text_relay: bool,
    /// What they speak.
    pub(super) language: String,
}

/// The caller's phone has been answered.
struct Reached {
    phone: PartyId,
    /// Held for as long as the call is: its place among the trunk's calls.
    _line: Option<Line>,
}

/// A call of ours to somebody who has called us.
pub(super) struct Outreach<'a> {
    pub(super) service: &'a Service,
    pub(super) plan: Arc<Plan>,
    pub(super) clock: Clock,
    pub(super) log: Log,
    pub(super) parties: Parties,
    whom: Whom,
    caller: Option<Reached>,
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
    pub(super) fn new(service: &'a Service, log: Log, whom: Whom) -> Self {
        let edges = (service.wire().clone(), service.engine.clone());
        Outreach {
            service,
            plan: service.plan.load_full(),
            clock: Clock::start(),
            parties: Parties::new(edges, log.clone()),
            log,
            whom,
            caller: None,
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
    pub(super) async fn find(&mut self, offers: &mut Offers, display: &str) -> Found {
        let number = CallerNumber::Known(self.whom.number.clone());
        let who = Caller::of(number, self.whom.text_relay);
        let display = display.to_owned();
        let shown = move |ours| identity_out::for_handler(&who, &display, ours);
        let caller = self.caller.as_ref().map(|caller| caller.phone);
        if let Some(caller) = caller {
            let music = self.plan.hold_music(&self.whom.language);
            self.parties.play(caller, music);
        }
        loop {
            tokio::select! {
                biased;
                action = offers.next() => {
                    match action {
                        Action::GivenUp { .. } => return Found::GivenUp,
                        Action::TakenOver { .. } => {
                            offers.stop(&mut self.parties);
                            return Found::TakenOver;
                        }
                        _ => {}
                    }
                    let (parties, service) = (&mut self.parties, self.service);
                    if let Some(taken) = offers.carry_out(action, parties, service, caller, &shown) {
                        // What has been published since holds for what comes now.
                        self.plan = service.plan.load_full();
                        return Found::Taken(taken);
                    }
                }
                happening = self.parties.next() => {
                    if let Happening::Ended(id, _) = happening && self.is_caller(id) {
                        self.caller = None;
                        offers.stop(&mut self.parties);
                        offers.ticket().keeps();
                        return Found::CallerGone;
                    }
                    offers.happened(&happening);
                }
            }
        }
    }

    /// Rings the caller. `listener` is told so, and hears how it goes.
    pub(super) async fn ring(&mut self, listener: PartyId) -> Rung {
        let Some(caller) = self.dial(listener) else {
            return Rung::Unreached;
        };
        self.says(listener, ENGLISH, CALLBACK_CLINICIAN, RINGING_SAID);
        let phone = caller.phone;
        let ring = self.plan.settings.callback.ring.get();
        let ring = SignedDuration::try_from(ring).unwrap_or(SignedDuration::from_secs(45));
        let until = self.clock.now().checked_add(ring).ok();
        let (mut rang, mut early) = (false, false);
        loop {
            tokio::select! {
                happening = self.parties.next() => match happening {
                    Happening::Answered(id) if id == phone => {
                        self.answered(caller);
                        return Rung::Answered;
                    }
                    Happening::Rang(id) if id == phone => rang = true,
                    Happening::Ready(id) if id == phone => {
                        early = true;
                        self.parties.hear_early(listener, phone);
                    }
                    Happening::Played(_, RINGING_SAID) if !early => {
                        self.parties.play(listener, self.plan.ringing(ENGLISH, None));
                    }
                    Happening::Ended(id, cause) if id == phone => {
                        return missed(cause.status, cause.by == Side::Far, rang);
                    }
                    Happening::Ended(id, _) if id == listener => {
                        self.parties.hang_up(phone);
                        return Rung::ListenerGone;
                    }
                    _ => {}
                },
                () = self.clock.at(until) => {
                    self.parties.hang_up(phone);
                    return missed(None, false, rang);
                }
            }
        }
    }

    /// Dials the caller, through text relay where they came through it.
    fn dial(&mut self, listener: PartyId) -> Option<Reached> {
        let trunk = &self.plan.settings.callback.trunk;
        let number = &self.whom.number;
        let dialled = match self.whom.text_relay {
            true => number.via_text_relay(),
            false => number.e164().to_owned(),
        };
        self.log
            .happened("callback", format!("caller rung by {trunk}"));
        // A promise is kept even on a full trunk: the place is taken where there is one.
        let line = self.service.lines.line(trunk);
        let outward = Outward {
            trunk,
            number: &dialled,
            name: "caller",
            shown: &identity_out::of_service,
            codec: self.parties.codec(listener),
        };
        let phone = outward.dial(self.service, &mut self.parties)?;
        Some(Reached { phone, _line: line })
    }

    fn answered(&mut self, caller: Reached) {
        if let Some(recorder) = &self.service.recorder {
            // The call in which the promise was made has the reference alone.
            let millis = self.clock.now().as_millisecond();
            let name = format!("{}-{millis}", self.log.reference());
            self.parties.record(caller.phone, recorder, &name);
        }
        self.caller = Some(caller);
    }

    fn says(&self, to: PartyId, language: &str, prompt: &str, id: u64) {
        let words = [Utterance::prompt(prompt)];
        self.parties
            .play(to, self.plan.playlist(language, &words, id));
    }

    /// Tells somebody that the caller was not reached.
    pub(super) async fn tell_no_answer(&mut self, listener: PartyId) {
        self.says(listener, ENGLISH, CALLBACK_NO_ANSWER, NO_ANSWER_SAID);
        loop {
            match self.parties.next().await {
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
            match self.parties.next().await {
                Happening::Played(id, GREETING_SAID) if id == caller => return None,
                Happening::Ended(id, cause) => return Some(self.gone(id, cause)),
                _ => {}
            }
        }
    }

    /// Lets the caller talk with somebody until one of them has gone. Gives whether that was the caller,
    /// and why.
    pub(super) async fn talk(&mut self, with: PartyId) -> (bool, Cause) {
        let Some(caller) = self.caller.as_ref().map(|caller| caller.phone) else {
            return (true, NOBODY);
        };
        let language = self.whom.language.clone();
        let plan = Arc::clone(&self.plan);
        let music = || plan.hold_music(&language);
        join(&self.parties, [with, caller], music);
        loop {
            match self.parties.next().await {
                Happening::Ended(id, cause) => return self.gone(id, cause),
                Happening::Referred(id, referral) => {
                    let referral = self.parties.remember(id, &referral);
                    self.parties.refuse(referral, 403);
                }
                happening => on_hold(&self.parties, [with, caller], &happening, music),
            }
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
