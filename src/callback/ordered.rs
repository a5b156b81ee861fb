//! What comes of orders.

use jiff::Timestamp;

use crate::identity::Reference;

use super::book::Book;
use super::change::{By, Change};
use super::entry::{Escalation, Stage};
use super::event::Action;
use super::order::{Order, Refusal};

impl Book {
    pub(super) fn ordered(
        &mut self,
        now: Timestamp,
        reference: Reference,
        order: Order,
        by: By,
        actions: &mut Vec<Action>,
    ) {
        let change = Change {
            by,
            what: order.what(),
            detail: order.detail(),
        };
        let taken = match order {
            Order::Reassign { skill, clinician } => {
                self.reassigned(reference, skill, clinician, change, actions)
            }
            Order::Reschedule { due, deadline } => {
                self.rescheduled(now, reference, (due, deadline), change, actions)
            }
            Order::Close { reason } => match self.open.get_mut(reference) {
                // Answered when it is carried out; should it come again meanwhile, so is that.
                Some(open) if open.is_under_way() => {
                    open.closing.get_or_insert((change.by, reason));
                    return;
                }
                Some(open) => {
                    if open.is_sought() {
                        actions.push(Action::Stop(reference));
                    }
                    self.close(reference, change, actions);
                    Ok(())
                }
                None => Err(Refusal::Unknown),
            },
        };
        actions.push(Action::Ordered(reference, taken));
    }

    /// What is under way goes on with whom it has; the next one is whom the order says.
    fn reassigned(
        &mut self,
        reference: Reference,
        skill: String,
        clinician: Option<String>,
        change: Change,
        actions: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        let open = self.open.get_mut(reference).ok_or(Refusal::Unknown)?;
        open.callback.skill = skill;
        open.callback.clinician = clinician;
        actions.push(Action::Save(open.callback.clone(), change));
        if open.is_sought() {
            actions.push(Action::SeekAnew(open.callback.clone()));
        }
        Ok(())
    }

    fn rescheduled(
        &mut self,
        now: Timestamp,
        reference: Reference,
        (due, deadline): (Timestamp, Option<Timestamp>),
        change: Change,
        actions: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        let open = self.open.get_mut(reference).ok_or(Refusal::Unknown)?;
        if open.is_under_way() {
            return Err(Refusal::UnderWay);
        }
        if due > now && due > deadline.unwrap_or(open.callback.deadline) {
            return Err(Refusal::PastDeadline);
        }
        if open.is_sought() {
            actions.push(Action::Stop(reference));
        }
        open.callback.stage = Stage::Due(due.max(now));
        if let Some(deadline) = deadline {
            open.callback.deadline = deadline;
            open.callback.escalation = Escalation::None;
            open.is_late = false;
        }
        actions.push(Action::Save(open.callback.clone(), change));
        Ok(())
    }
}
