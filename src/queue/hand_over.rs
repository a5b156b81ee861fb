//! Handing a caller on: from one handler to another, and back where that fails.

use jiff::Timestamp;

use crate::identity::Reference;

use super::elsewhere::Elsewhere;
use super::event::Action;
use super::handler::{HandlerId, Held, State};
use super::machine::{Queue, Talk, ago};

impl Queue {
    /// Holds a free handler for a caller whom somebody else wants to give them. One who is not free is
    /// [busy](Action::Busy); whoever is in no queue is none of our business.
    pub(super) fn claimed(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        if !matches!(handler.state, State::Available { .. }) || handler.leaving {
            let handler = id.clone();
            return actions.push(Action::Busy { ticket, handler });
        }
        handler.state = State::Talking { ticket, since: now };
        // Nothing has been said yet, so nothing need be written down.
        handler.idle = true;
        self.set_handler(id, Some(handler));
    }

    /// A handler who was held for a caller has them now; whoever had them before is done with them.
    pub(super) fn handed(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        // They may have been waiting for somebody else meanwhile.
        if let Some(mut waiting) = self.take_waiting(ticket) {
            let rings = std::mem::take(&mut waiting.offered_to);
            let handler = id.clone();
            let talk = Talk {
                handler,
                since: now,
                waiting,
            };
            self.talking.insert(ticket, talk);
            self.withdraw(now, ticket, rings, actions);
        }
        let Some(talk) = self.talking.get_mut(&ticket) else {
            return;
        };
        talk.handler = id.clone();
        talk.since = now;
        let region = talk.waiting.wanted.region.clone();
        if let Some(mut handler) = self.pool.get(id).cloned() {
            handler.state = State::Talking { ticket, since: now };
            handler.idle = false;
            handler.region = region.into();
            self.set_handler(id, Some(handler));
        }
    }

    /// Nobody was found for a caller who waits again: the handler who is still with them keeps them.
    pub(super) fn resumed(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        // Whoever is in no queue is with them as well: a supervisor.
        let with_them = self.pool.get(id).is_none_or(
            |handler| matches!(handler.state, State::Talking { ticket: t, .. } if t == ticket),
        );
        if !with_them {
            return;
        }
        let Some(mut waiting) = self.take_waiting(ticket) else {
            return;
        };
        let rings = std::mem::take(&mut waiting.offered_to);
        let handler = id.clone();
        let talk = Talk {
            handler,
            since: now,
            waiting,
        };
        self.talking.insert(ticket, talk);
        self.withdraw(now, ticket, rings, actions);
    }

    /// The two have talked since before this process. A handler who rings for somebody meanwhile, or who is
    /// not to be offered anybody, talks all the same.
    pub(super) fn continued(
        &mut self,
        now: Timestamp,
        (ticket, caller): (Reference, Elsewhere),
        (id, since): (&HandlerId, Timestamp),
        actions: &mut Vec<Action>,
    ) {
        let Some(waiting) = self.comes_back(now, ticket, caller, actions) else {
            return;
        };
        let region = waiting.wanted.region.clone();
        let since = since.min(now);
        let handler = id.clone();
        self.talking.insert(
            ticket,
            Talk {
                handler,
                since,
                waiting,
            },
        );
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        let offered = match handler.state {
            State::Offered { ticket, .. } => Some(ticket),
            _ => None,
        };
        if let State::NotReady { reason, .. } = &handler.state {
            handler.then = Some(reason.clone());
        }
        handler.state = State::Talking { ticket, since };
        handler.held = Held::Here;
        handler.idle = false;
        handler.region = region.into();
        self.set_handler(id, Some(handler));
        if let Some(offered) = offered {
            self.take_back(now, id, offered, actions);
        }
    }

    /// The conversation of somebody who is in no queue is over, a supervisor's: the caller is as well off as
    /// with anybody else. Costs a step for everybody who talks, and happens seldom.
    pub(super) fn over_outside(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        lost: bool,
        actions: &mut Vec<Action>,
    ) {
        let theirs = |(ticket, talk): (&Reference, &Talk)| (talk.handler == *id).then_some(*ticket);
        let Some(ticket) = self.talking.iter().find_map(theirs) else {
            return;
        };
        let Some(talk) = self.talking.remove(&ticket) else {
            return;
        };
        let again = lost || ago(now, talk.since) < self.settings.proof;
        actions.push(Action::Parted { ticket, again });
        if again {
            self.counters.returned += 1;
            self.wait(now, ticket, talk.waiting, actions);
        }
    }
}
