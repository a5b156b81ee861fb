//! Going on with a call that another process has begun.

use std::sync::Arc;

use jiff::Timestamp;

use crate::emergency::AttemptId;
use crate::flow::{self, Run};
use crate::queue::Wanted;

use super::super::announce::CALLBACK_BOOKED;
use super::super::case::{Case, Gone};
use super::super::emergency::ChaseState;
use super::super::offers::Taken;
use super::super::parties::PartyId;
use super::super::promise::BOOKED;
use super::super::waiting_room::Ticket;

/// Where a call is gone on with.
pub(in crate::call) enum Entry {
    /// It begins.
    Beginning,
    /// In the menus.
    Menu(flow::Standing),
    /// In the queue, or with a handler.
    Queue {
        ticket: Box<Ticket>,
        returned: bool,
        was_answered: bool,
        /// The handler whom they are with, and whether that one holds the call.
        taken: Option<(Taken, bool)>,
    },
    /// With a crisis line, or on the way there.
    CrisisLine {
        skill: String,
        answered: Option<(PartyId, Timestamp)>,
    },
    /// With a service of the directory; none where it is not there any more.
    Service {
        service: String,
        wanted: Wanted,
        answered: Option<(PartyId, Timestamp)>,
    },
    /// 999.
    Emergency {
        chase: Box<ChaseState>,
        /// The tries that can be gone on with.
        legs: Vec<(AttemptId, PartyId)>,
        company: Option<Taken>,
        /// Held for as long as somebody keeps them company, who would be free for others without it.
        place: Option<Box<Ticket>>,
    },
    /// They have been promised a callback.
    Promised,
}

impl Case {
    /// Goes on until the call is over.
    pub(in crate::call) async fn go_on(&mut self, entry: Entry) -> Result<&'static str, Gone> {
        self.log.happened("taken-up", "after an interruption");
        match entry {
            Entry::Beginning => {
                let destination = Box::pin(self.menu()).await?;
                self.goes_to(&destination).await
            }
            Entry::Menu(standing) => {
                let flow = Arc::clone(&self.plan.flow);
                let run = Run::resumed(flow, self.facts(), standing);
                let menu = self.menu_from(run, flow::Event::Resumed);
                let destination = Box::pin(menu).await?;
                self.goes_to(&destination).await
            }
            Entry::Queue {
                ticket,
                returned,
                was_answered,
                taken,
            } => {
                let wait = self.wait_again(*ticket, returned, was_answered);
                Box::pin(self.wait_on(wait, taken)).await
            }
            Entry::CrisisLine { skill, answered } => {
                Box::pin(self.crisis_line_again(&skill, answered)).await
            }
            Entry::Service {
                service,
                wanted,
                answered,
            } => Box::pin(self.with_service_again(&service, wanted, answered)).await,
            Entry::Emergency {
                chase,
                legs,
                company,
                place,
            } => {
                let why = Box::pin(self.emergency_again(*chase, legs, company)).await;
                drop(place);
                why
            }
            Entry::Promised => {
                self.hears(CALLBACK_BOOKED).await?;
                Ok(BOOKED)
            }
        }
    }
}
