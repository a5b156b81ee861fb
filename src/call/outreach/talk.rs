//! The conversation of a call that we make: the very same one as in a caller's own call. What becomes of the
//! caller is told, for what was promised to them to be kept or closed.

use jiff::{SignedDuration, Timestamp};

use crate::queue::Place;
use crate::sip::leg::{Cause, Side};

use super::super::announce::{CALLBACK_NOT_BOOKED, DIRECTORY_BACK};
use super::super::case::Gone;
use super::super::handling::{CallerGone, Handled};
use super::super::offers::{Offers, Taken};
use super::super::outliving::At;
use super::super::passage::Part;
use super::super::service_line::RungService;
use super::Outreach;

/// What has become of a caller with whom somebody has talked.
pub(in crate::call) enum Talked {
    /// The caller has gone. Whoever was with them is still there.
    CallerGone {
        taken: Taken,
        cause: Cause,
        /// Somebody has talked with them long enough for a conversation.
        spoken: bool,
    },
    /// Whoever was with them has gone. Where that was over in a moment, it was no conversation.
    HandlerGone {
        taken: Taken,
        cause: Cause,
        is_none: bool,
    },
    /// The caller waits on the line for somebody else.
    Waits,
    /// The caller has gone while nobody was with them, and waits.
    Lost,
    /// The caller was lost, or has gone while nobody was with them, before a control room was there for them.
    LostInDanger,
    /// The caller has hung up, and everybody has gone.
    HungUp,
    /// There was nobody but a machine; whoever has said so is still there.
    Voicemail(Taken),
    /// A clinician is to ring them.
    Promised,
    /// A service of the directory has had them.
    Served,
    /// A control room has had them.
    Emergency,
}

impl Outreach<'_> {
    /// Lets the caller talk with somebody, and with whomever they are handed to, until it is decided what
    /// becomes of them.
    pub(in crate::call) async fn talk(&mut self, offers: &mut Offers, taken: Taken) -> Talked {
        self.case.passage.enter(self.case.clock.now(), Part::Queue);
        let mut with = taken;
        loop {
            self.case.passage.served();
            let begins = (self.case.clock.now(), false);
            let (since, held) = self.begun.take().unwrap_or(begins);
            self.keeps_talk(offers, &with, since, held);
            let handled = Box::pin(self.case.converse(offers, with, held)).await;
            self.case.comes_to(At::Ours);
            let is_none = self.is_none(since);
            self.talked(is_none);
            with = match handled {
                Ok(Handled::Given(taken)) => {
                    let detail = format!("to {}", taken.handler());
                    self.case.log.happened("transfer", detail);
                    self.is_handed_on();
                    taken
                }
                Ok(Handled::Over(taken, cause)) => {
                    return Talked::HandlerGone {
                        taken,
                        cause,
                        is_none,
                    };
                }
                Ok(Handled::Return) => {
                    let detail = "failed; the caller waits again, first of all";
                    self.case.log.happened("transfer", detail);
                    return self.waits_again();
                }
                Ok(Handled::Voicemail(taken)) => return Talked::Voicemail(taken),
                Ok(Handled::Service(rung)) => {
                    return Box::pin(self.with_service(offers, rung)).await;
                }
                Ok(Handled::Callback) => return Box::pin(self.promise(offers)).await,
                Ok(Handled::Emergency(company)) => {
                    return Box::pin(self.emergency(offers, company)).await;
                }
                Err(gone) => return self.caller_has_gone(offers, gone),
            };
        }
    }

    /// Whether what has been over since then was over in a moment, and no conversation.
    fn is_none(&self, since: Timestamp) -> bool {
        let proof = self.case.plan.settings.queue.rules().proof;
        let proof = SignedDuration::try_from(proof).unwrap_or(SignedDuration::MAX);
        self.case.clock.now().duration_since(since) < proof
    }

    fn talked(&mut self, is_none: bool) {
        if let Some(caller) = &mut self.caller {
            caller.spoken |= !is_none;
        }
    }

    fn is_handed_on(&mut self) {
        if let Some(caller) = &mut self.caller {
            caller.returned = true;
        }
    }

    /// Whether the caller has been handed on, or was to be.
    pub(in crate::call) fn was_handed_on(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.returned)
    }

    fn waits_again(&mut self) -> Talked {
        self.case.passage.unserved();
        self.is_handed_on();
        Talked::Waits
    }

    /// The caller has gone in a conversation. Where the handler had gone before, they wait in the queue from
    /// now on.
    fn caller_has_gone(&mut self, offers: &mut Offers, gone: CallerGone) -> Talked {
        let parties = &mut self.case.parties;
        if gone.queued {
            offers.stop(parties);
        }
        let spoken = self.caller.take().is_some_and(|caller| caller.spoken);
        match gone.taken {
            Some(taken) if gone.with_handler => {
                if gone.queued {
                    offers.resume(taken.handler());
                }
                Talked::CallerGone {
                    taken,
                    cause: gone.cause,
                    spoken,
                }
            }
            taken => {
                let detail = "the caller has gone while they were being handed on";
                self.case.log.happened("transfer", detail);
                if !gone.queued {
                    offers.ticket().rejoin();
                }
                drop(taken);
                Talked::Lost
            }
        }
    }

    /// The caller says on which number a clinician is to ring them. Who hangs up on the way is rung on this
    /// one.
    async fn promise(&mut self, offers: &mut Offers) -> Talked {
        self.case.log.happened("transfer", "to a callback");
        let priority = offers.ticket().wanted().priority;
        match self.case.callback_by_handler(priority).await {
            Ok(true) => {
                self.case.parties.hang_up_all();
                Talked::Promised
            }
            Ok(false) => {
                if self.case.hears(CALLBACK_NOT_BOOKED).await.is_err() {
                    return self.rejoins_without_caller(offers);
                }
                offers.wait_at(Place::Top);
                self.waits_again()
            }
            Err(_) if self.case.passage.is_served() => Talked::Promised,
            Err(_) => self.rejoins_without_caller(offers),
        }
    }

    /// A service of the directory has the caller. What was promised to them is kept, unless it does not come to a
    /// conversation.
    async fn with_service(&mut self, offers: &mut Offers, rung: RungService) -> Talked {
        let wanted = offers.ticket().wanted().clone();
        let since = self.case.clock.now();
        let talked = self.case.with_service(rung, wanted, since).await;
        self.case.comes_to(At::Ours);
        match talked {
            Ok(Some(_)) => {
                self.case.parties.hang_up_all();
                Talked::Served
            }
            Ok(None) => {
                if self.case.hears(DIRECTORY_BACK).await.is_err() {
                    return self.rejoins_without_caller(offers);
                }
                offers.wait_at(Place::Top);
                self.waits_again()
            }
            Err(_) => Talked::Served,
        }
    }

    fn rejoins_without_caller(&mut self, offers: &Offers) -> Talked {
        self.caller = None;
        offers.ticket().rejoin();
        Talked::Lost
    }

    async fn emergency(&mut self, offers: &Offers, company: Option<Taken>) -> Talked {
        self.case.log.happened("transfer", "to 999");
        // The hunt has a place of its own where it needs one.
        offers.steps_aside();
        let by_network = match self.case.emergency(company).await {
            Ok(_) => {
                self.case.parties.hang_up_all();
                return Talked::Emergency;
            }
            Err(Gone(cause)) => cause.by == Side::Network,
        };
        self.caller = None;
        if self.case.with_control_room {
            return Talked::Emergency;
        }
        let detail = "the caller has gone before a control room was there for them";
        self.case.log.happened("transfer", detail);
        match by_network || !self.case.passage.is_served() {
            true => Talked::LostInDanger,
            // On a handler who was with them.
            false => Talked::HungUp,
        }
    }
}
