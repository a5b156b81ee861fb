//! Others who come into a conversation between a caller and a handler: supervisors, and whom the handler consults.

use crate::queue::HandlerId;
use crate::transfer::{Event, Supervision};

use super::super::announce::{CODE_NOT_NOW, SUPERVISOR_LISTENING};
use super::super::case::Case;
use super::super::colleague::Colleague;
use super::super::desks::{Visit, Wish};
use super::super::offers::{Offers, Taken};
use super::super::parties::{Happening, Hearers};
use super::{Handling, Supervisor};

impl Case {
    /// Another node was quicker with somebody who is being rung by name.
    pub(super) fn had_elsewhere(
        &mut self,
        handling: &mut Handling,
        whom: &HandlerId,
    ) -> Option<Event> {
        if let Some(sought) = handling.sought.take_if(|sought| sought.is(whom)) {
            sought.stop(&mut self.parties);
            return Some(Event::NotFound);
        }
        let consulting = handling
            .consulting
            .take_if(|(_, consulted)| consulted.is(whom));
        let (own, colleague) = consulting?;
        colleague.stop(&mut self.parties);
        self.parties.hang_up(own);
        Some(Event::Consulted(false))
    }

    /// Whether a happening concerns whom the handler consults, and what it means.
    pub(super) fn consultation(
        &mut self,
        handling: &mut Handling,
        happening: &Happening,
    ) -> Option<Event> {
        let (own, colleague) = handling.consulting.as_mut()?;
        let own = *own;
        let own_end = matches!(happening, Happening::Ended(id, _) if *id == own);
        let there = colleague.happened(&mut self.parties, happening);
        match there {
            Some(true) => {
                let phone = colleague.phone()?;
                self.parties.join(own, phone);
                Some(Event::Consulted(true))
            }
            Some(false) => {
                handling.consulting = None;
                self.parties.hang_up(own);
                Some(Event::Consulted(false))
            }
            None if own_end => {
                if let Some((_, colleague)) = handling.consulting.take() {
                    colleague.stop(&mut self.parties);
                }
                Some(Event::Consulted(false))
            }
            None => None,
        }
    }

    /// Somebody of ours calls into the conversation.
    pub(super) fn visited(
        &mut self,
        offers: &mut Offers,
        handling: &mut Handling,
        visit: Visit,
    ) -> Option<Event> {
        let from = visit.from.clone();
        let party = match self
            .parties
            .adopt(*visit.incoming, format!("visitor {from}"))
        {
            Ok(party) => party,
            Err(status) => {
                self.log
                    .happened("visit", format!("{from}: refused with {status}"));
                return None;
            }
        };
        match visit.wish {
            Wish::Supervise(how) => {
                let whom = handling.desk.handler().clone();
                let done = format!("{from} {} {whom}", how.word());
                if how == Supervision::TakeOver {
                    let Some(engaged) = offers.claim(&from) else {
                        self.parties.farewell(party, self.plan.said(CODE_NOT_NOW));
                        self.log
                            .happened("supervised", format!("{from} is turned away"));
                        return None;
                    };
                    self.log.happened("supervised", done);
                    let over = Taken::new(engaged, party);
                    handling.found = Some(over);
                    return Some(Event::TakenOver);
                }
                self.log.happened("supervised", done);
                handling.supervisors.push(Supervisor { party, how });
                if self.plan.settings.queue.supervision_told {
                    self.tell(handling.handler, SUPERVISOR_LISTENING);
                }
                self.rejoin(handling);
                None
            }
            Wish::Consult(whom) => {
                let colleague = match handling.consulting {
                    None => Colleague::ring(self, offers, &whom),
                    Some(_) => None,
                };
                let Some(colleague) = colleague else {
                    self.parties.farewell(party, self.plan.said(CODE_NOT_NOW));
                    return None;
                };
                self.parties
                    .play(party, self.plan.ringing(crate::flow::ENGLISH, None));
                handling.consulting = Some((party, colleague));
                None
            }
        }
    }

    /// Lets those who talk hear each other, supervisors among them.
    pub(super) fn rejoin(&mut self, handling: &Handling) {
        if handling.held || handling.cause.is_some() {
            return;
        }
        if handling.supervisors.is_empty() {
            return self.join(handling.handler);
        }
        self.said += 1;
        let supervisors = handling.supervisors.iter().map(|supervisor| {
            let hearers = match supervisor.how {
                Supervision::Listen => Hearers::Nobody,
                Supervision::Whisper => Hearers::Only(handling.handler),
                Supervision::Barge | Supervision::TakeOver => Hearers::Everyone,
            };
            (supervisor.party, hearers)
        });
        let two = [self.caller, handling.handler].map(|id| (id, Hearers::Everyone));
        let all: Vec<_> = two.into_iter().chain(supervisors).collect();
        self.parties.confer_with(&all);
    }
}
