use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;

use super::super::event::{Action, Event};
use super::super::handler::HandlerId;
use super::super::machine::Queue;
use super::super::rules::Settings;
use super::op::{Answer, Op, Step};
use super::own::Own;
use super::rows::{CallerRow, Contact, Desk, Phone};
use super::staff::Member;

/// For so long a handler may be held for a caller about whom two others talk.
pub(super) const CLAIM: Duration = Duration::from_secs(3_600);

/// The queue of one node, and what it knows of the others'.
///
/// It begins alone: everybody is served with what is known here, and nothing is asked of the store, until
/// [`together`](Shared::together) says that the store is there. Of each caller and each handler at most one
/// thing is asked at a time; whatever has changed meanwhile is asked when the store has answered.
pub struct Shared {
    pub(super) node: String,
    pub(super) queue: Queue,
    /// The store does not answer.
    pub(super) alone: bool,
    /// It has not answered since this process began.
    pub(super) fresh: bool,
    pub(super) own: HashMap<Reference, Own>,
    /// Callers who were let go here and stay in the store.
    pub(super) left_behind: HashSet<Reference>,
    /// Callers of the other nodes.
    pub(super) theirs: HashMap<Reference, CallerRow>,
    pub(super) staff: BTreeMap<HandlerId, Member>,
    /// Handlers who ring as soon as the store says that they may.
    pub(super) held: HashMap<HandlerId, Reference>,
    /// When it was last looked who has gone without a word.
    pub(super) swept: Timestamp,
}

impl Shared {
    /// The queue of a node, without callers or handlers, alone.
    pub fn new(node: &str, settings: Settings) -> Self {
        Shared {
            node: node.to_owned(),
            queue: Queue::new(settings),
            alone: true,
            fresh: true,
            own: HashMap::new(),
            left_behind: HashSet::new(),
            theirs: HashMap::new(),
            staff: BTreeMap::new(),
            held: HashMap::new(),
            swept: Timestamp::UNIX_EPOCH,
        }
    }

    /// The machine, to be looked at.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Who a caller of this node is. To be told before they join, and again when that has changed.
    pub fn contact(&mut self, now: Timestamp, ticket: Reference, contact: Contact) -> Step {
        let mut step = Step::default();
        self.theirs.remove(&ticket);
        let own = self.own.entry(ticket).or_default();
        own.contact = contact;
        own.gone = false;
        self.put_right(now, ticket, &mut step);
        step
    }

    /// Something has happened at this node.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Step {
        let mut step = Step::default();
        match &event {
            Event::Left { ticket } => {
                if let Some(own) = self.own.get_mut(ticket) {
                    own.gone = true;
                }
            }
            // Whoever left and is there again.
            Event::Joined { ticket, .. } => {
                if let Some(own) = self.own.get_mut(ticket) {
                    own.gone = false;
                }
            }
            Event::SignedOut { handler } => {
                let Some(member) = self.staff.get_mut(handler) else {
                    return step;
                };
                member.signed_in = false;
                let row = member.row.as_ref().filter(|_| !self.alone);
                if row.is_some_and(|row| row.node != self.node) {
                    // Their phone is with another node by now.
                    self.see(now, handler, &mut step);
                    return step;
                }
                member.signed_out = true;
            }
            _ => {}
        }
        self.tell(now, event, &mut step);
        step
    }

    /// Somebody's phones are there, or others than before.
    pub fn signed_in(&mut self, now: Timestamp, handler: HandlerId, desk: Desk) -> Step {
        let mut step = Step::default();
        let profile = desk.profile.clone();
        let member = self.staff.entry(handler.clone()).or_default();
        member.desk = desk;
        (member.signed_in, member.signed_out, member.claims) = (true, false, true);
        self.tell(now, Event::SignedIn { handler, profile }, &mut step);
        step
    }

    /// A caller of this node is let go here, and stays in the store: to be taken up after a restart, or by
    /// another node.
    pub fn leave_behind(&mut self, now: Timestamp, ticket: Reference) -> Step {
        let mut step = Step::default();
        self.own.remove(&ticket);
        self.left_behind.insert(ticket);
        self.tell(now, Event::Left { ticket }, &mut step);
        step
    }

    /// A caller of this node is neither offered to anybody nor with anybody for a while. They stay in the
    /// store, to be called back where this node dies.
    pub fn steps_aside(&mut self, now: Timestamp, ticket: Reference) -> Step {
        let mut step = Step::default();
        self.tell(now, Event::Left { ticket }, &mut step);
        step
    }

    /// A caller of this node has gone, and the store is still to hear of it.
    pub fn is_leaving(&self, ticket: Reference) -> bool {
        self.own.get(&ticket).is_some_and(|own| own.gone)
    }

    /// Somebody's phones, wherever they are registered; none of whoever is not known.
    pub fn phones(&self, handler: &HandlerId) -> &[Phone] {
        let member = self.staff.get(handler);
        member.map_or(&[], |member| &member.desk.phones)
    }

    /// A caller of this node has been stored as they stand now, and nothing of them is on its way.
    pub fn is_stored(&self, now: Timestamp, ticket: Reference) -> bool {
        let Some(own) = self.own.get(&ticket).filter(|_| !self.alone) else {
            return false;
        };
        let wished = self.wished(now, ticket);
        own.asked.is_none() && wished.is_some() && own.stored.as_deref() == wished.as_ref()
    }

    /// The store has done what it was asked, or has refused it.
    pub fn done(&mut self, now: Timestamp, op: &Op, answer: Answer) -> Step {
        let mut step = Step::default();
        if self.alone {
            return step;
        }
        match (op, answer) {
            (Op::PutCaller(caller), Answer::PutCaller(answer)) => {
                self.is_put(now, caller.reference, answer, &mut step);
            }
            (Op::RemoveCaller(ticket), _) => self.is_removed(now, *ticket, &mut step),
            (Op::PutHandler { .. }, Answer::PutHandler(answer)) => {
                self.handler_is_put(now, op, answer, &mut step);
            }
            (Op::RemoveHandler(handler), Answer::Removed(answer)) => {
                self.handler_is_removed(now, handler, answer, &mut step);
            }
            (Op::Offer { .. }, Answer::Offered(answer)) => {
                self.is_offered(now, op, answer, &mut step);
            }
            (Op::Answer { id, handler }, answer) => {
                let was = answer == Answer::Was(true);
                self.is_answered(now, handler, (*id, was), &mut step);
            }
            (
                Op::End {
                    id, handler, after, ..
                },
                answer,
            ) => {
                let after = (answer == Answer::Was(true)).then_some(after);
                self.is_ended(now, handler, (*id, after), &mut step);
            }
            // An answer to another question; what was asked is asked again when the store is met anew.
            _ => {}
        }
        step
    }

    /// Tells the machine, holds back offers that the store has not confirmed, and asks for what follows.
    pub(super) fn tell(&mut self, now: Timestamp, event: Event, step: &mut Step) {
        let mut tickets: BTreeSet<Reference> = event.ticket().into_iter().collect();
        let actions = self.queue.on(now, event);
        let touched: BTreeSet<HandlerId> = self.queue.touched.drain(..).collect();
        for action in actions {
            tickets.extend(action.ticket());
            match &action {
                Action::Offer { ticket, handler } if !self.alone => {
                    self.held.insert(handler.clone(), *ticket);
                }
                Action::Withdraw { ticket, handler } | Action::Late { ticket, handler }
                    if self.held.get(handler) == Some(ticket) =>
                {
                    self.held.remove(handler);
                }
                _ => step.actions.push(action),
            }
        }
        for ticket in tickets {
            self.put_right(now, ticket, step);
        }
        for handler in touched {
            self.settle(now, &handler, step);
        }
    }
}

impl Event {
    /// The caller of this node whom it concerns.
    fn ticket(&self) -> Option<Reference> {
        match self {
            Event::Joined { ticket, .. }
            | Event::Left { ticket }
            | Event::Keeps { ticket }
            | Event::Restored { ticket, .. }
            | Event::Continued { ticket, .. }
            | Event::Unreached { ticket }
            | Event::Handed { ticket, .. }
            | Event::Resumed { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }
}
