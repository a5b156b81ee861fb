//! Callers and handlers who are with another node. They are in here like all others, so that everybody has
//! their turn; but only the caller's node rings, and a handler is left to it for a moment.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::identity::Reference;

use super::event::{Action, Place};
use super::handler::{Handler, HandlerId, Held, Profile, ProfileId, State};
use super::machine::{Queue, later};
use super::waiting::Waiting;
use super::wanted::Wanted;

/// For so long a caller is passed over whose node has not rung the handler who was left to it, and at most
/// for so long where that happens again and again.
const PASSED_BY: Duration = Duration::from_secs(5);
const LONGEST_PASSED_BY: Duration = Duration::from_secs(60);
/// For so long a handler is not offered anybody whom another node was quicker to ring, unless that node
/// says sooner how they stand.
const CONTENDED: Duration = Duration::from_secs(1);

/// A caller of another node, as that node has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Whom they wait for.
    pub wanted: Wanted,
    /// Where.
    pub place: Place,
    /// Since when.
    pub since: Timestamp,
    /// To be offered to nobody before then.
    pub not_before: Option<Timestamp>,
    /// They keep their place and have been tried so often; none where they are on the line.
    pub kept: Option<u32>,
}

/// A handler, as the other nodes have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What they can do.
    pub profile: Profile,
    /// What they are doing.
    pub state: State,
    /// Offers missed in a row.
    pub missed: u32,
    /// Conversations since they signed in.
    pub calls: u64,
}

impl Queue {
    /// A caller waits at another node. Whoever waits or talks here is ours all the same.
    pub(super) fn waits_elsewhere(
        &mut self,
        now: Timestamp,
        ticket: Reference,
        caller: Elsewhere,
        actions: &mut Vec<Action>,
    ) {
        let before = self.callers.get(ticket);
        if self.talking.contains_key(&ticket) || before.is_some_and(|b| !b.elsewhere) {
            return;
        }
        let mut waiting = Waiting::new(caller.wanted, caller.place, caller.since);
        waiting.elsewhere = true;
        waiting.kept = caller.kept;
        waiting.not_before = caller.not_before.filter(|at| *at > now);
        if before.is_some_and(|before| before.is_as(&waiting, now)) {
            return;
        }
        let rings = self.take_waiting(ticket).map(|before| before.offered_to);
        let (theirs, left) = self.by_node(rings.unwrap_or_default());
        if !theirs.is_empty() {
            waiting.not_before = None;
        }
        waiting.offered_to = theirs;
        self.stand(now, ticket, waiting);
        self.give_back(now, left, actions);
        self.find_handler(now, ticket, actions);
    }

    /// How a handler stands is what another node says, unless they ring or talk for a caller of ours.
    pub(super) fn is_seen(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        seen: Option<Seen>,
        actions: &mut Vec<Action>,
    ) {
        let before = self.pool.get(id).cloned();
        let ours = before.as_ref();
        let ours = ours.is_some_and(|handler| handler.is_busy() && handler.held == Held::Here);
        let Some(seen) = seen else {
            // Whoever talks here goes when that is over.
            match (before, ours) {
                (Some(before), true) => self.set_handler(
                    id,
                    Some(Handler {
                        leaving: true,
                        ..before
                    }),
                ),
                (Some(before), false) => {
                    self.set_handler(id, None);
                    self.is_let_go(now, id, &before, actions);
                }
                (None, _) => {}
            }
            return;
        };
        let (profile, fresh) = self.pool.profile(seen.profile);
        self.upset |= fresh;
        if before.is_none()
            && let Some(talks) = self.talks_already(id, profile)
        {
            return self.set_handler(id, Some(talks));
        }
        if let Some(before) = before.clone().filter(|_| ours) {
            let leaving = false;
            return self.set_handler(
                id,
                Some(Handler {
                    profile,
                    leaving,
                    ..before
                }),
            );
        }
        let reserved = before.clone().filter(|handler| handler.held == Held::Left);
        if let Some(reserved) = reserved
            && is_free(&seen.state, now)
        {
            // Still left to the other node.
            return self.set_handler(
                id,
                Some(Handler {
                    profile,
                    ..reserved
                }),
            );
        }
        let handler = self.as_seen(before.as_ref(), profile, &seen.state, now);
        let mut handler = handler;
        handler.missed = seen.missed;
        handler.calls = seen.calls;
        self.changes(now, id, before, handler, actions);
    }

    /// A handler as another node says that they stand, and as they have chosen here.
    fn as_seen(
        &mut self,
        before: Option<&Handler>,
        profile: ProfileId,
        state: &State,
        now: Timestamp,
    ) -> Handler {
        let known = before.cloned();
        let mut handler = known.unwrap_or_else(|| Handler::new(profile, state.clone()));
        handler.profile = profile;
        (handler.idle, handler.leaving) = (false, false);
        handler.state = settled(state.clone(), now);
        handler.held = if handler.is_busy() {
            Held::There
        } else {
            Held::Here
        };
        let rings = matches!(state, State::Offered { .. });
        if rings && before.is_none_or(|before| before.state != *state) {
            self.offers += 1;
            handler.turn = self.offers;
        }
        if handler.held == Held::Here
            && let Some(reason) = handler.then.take()
        {
            handler.state = State::NotReady {
                reason,
                until: None,
            };
        }
        handler
    }

    fn changes(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        before: Option<Handler>,
        handler: Handler,
        actions: &mut Vec<Action>,
    ) {
        let goes = handler.leaving && handler.held == Held::Here;
        let state = handler.state.clone();
        let same = before.as_ref().is_some_and(|before| before.state == state);
        self.set_handler(id, (!goes).then_some(handler));
        if same && !goes {
            return self.find_caller(now, id, actions);
        }
        if let State::Offered { ticket, .. } = state {
            self.callers.set_ringing(ticket, id, true);
            self.leaves_others(now, ticket, actions);
        }
        if let Some(before) = before {
            self.is_let_go(now, id, &before, actions);
        }
        self.find_caller(now, id, actions);
    }

    /// A handler does not ring for somebody any more for whom another node was to ring, or rang.
    fn is_let_go(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        before: &Handler,
        actions: &mut Vec<Action>,
    ) {
        let State::Offered { ticket, .. } = before.state else {
            return;
        };
        let rings = self.pool.get(id).is_some_and(
            |handler| matches!(handler.state, State::Offered { ticket: t, .. } if t == ticket),
        );
        if !rings {
            self.callers.set_ringing(ticket, id, false);
            self.find_handler(now, ticket, actions);
        }
    }

    /// A caller of another node has a handler ringing: those who were left to it besides are free again,
    /// unless all are to ring.
    fn leaves_others(&mut self, now: Timestamp, ticket: Reference, actions: &mut Vec<Action>) {
        let Some(waiting) = self.callers.get(ticket).filter(|w| w.elsewhere) else {
            return;
        };
        let region = &waiting.wanted.region;
        if self.rules(region).strategy == super::rules::Strategy::RingAll {
            return;
        }
        let rings = waiting.offered_to.iter();
        let reserved = rings.filter(|id| {
            self.pool
                .get(id)
                .is_some_and(|handler| handler.held == Held::Left)
        });
        let reserved: Vec<HandlerId> = reserved.cloned().collect();
        for id in &reserved {
            self.callers.set_ringing(ticket, id, false);
        }
        self.give_back(now, reserved, actions);
    }

    /// Handlers who were left to another node are as free as they were; those whom it rings are not.
    pub(super) fn give_back(
        &mut self,
        now: Timestamp,
        handlers: impl IntoIterator<Item = HandlerId>,
        actions: &mut Vec<Action>,
    ) {
        for id in handlers {
            let reserved = self
                .pool
                .get(&id)
                .filter(|handler| handler.held == Held::Left);
            let Some(mut handler) = reserved.cloned() else {
                continue;
            };
            if let State::Offered { idle_since, .. } = handler.state {
                handler.state = State::Available {
                    since: idle_since,
                    from: None,
                };
                self.set_handler(&id, Some(handler));
                self.find_caller(now, &id, actions);
            }
        }
    }

    /// Those whom another node rings, and those who are left to it.
    fn by_node(&self, rings: BTreeSet<HandlerId>) -> (BTreeSet<HandlerId>, BTreeSet<HandlerId>) {
        let is_there = |id: &HandlerId| {
            let handler = self.pool.get(id);
            handler.is_some_and(|handler| handler.held == Held::There)
        };
        rings.into_iter().partition(is_there)
    }

    /// The other node has not rung a handler who was left to it: its caller is passed over for a while.
    pub(super) fn lapsed(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        let Some(mut waiting) = self.take_waiting(ticket) else {
            return self.give_back(now, [id.clone()], actions);
        };
        let (theirs, left) = self.by_node(std::mem::take(&mut waiting.offered_to));
        if theirs.is_empty() {
            let passed_by = PASSED_BY.saturating_mul(1 << waiting.lapses.min(8));
            waiting.not_before = Some(later(now, passed_by.min(LONGEST_PASSED_BY)));
            waiting.lapses += 1;
        }
        waiting.offered_to = theirs;
        self.stand(now, ticket, waiting);
        self.give_back(now, left, actions);
    }

    /// Another node was quicker: the caller is offered to others, and nothing is held against anybody.
    pub(super) fn contended(
        &mut self,
        now: Timestamp,
        id: &HandlerId,
        ticket: Reference,
        actions: &mut Vec<Action>,
    ) {
        let Some(mut handler) = self.pool.get(id).cloned() else {
            return;
        };
        let State::Offered {
            ticket: offered,
            idle_since,
            ..
        } = handler.state
        else {
            return;
        };
        if offered != ticket {
            return;
        }
        handler.state = State::Available {
            since: idle_since,
            from: Some(later(now, CONTENDED)),
        };
        if let Some(reason) = handler.then.take() {
            handler.state = State::NotReady {
                reason,
                until: None,
            };
        }
        let leaving = handler.leaving;
        self.set_handler(id, (!leaving).then_some(handler));
        self.take_back(now, id, ticket, actions);
    }
}

impl Waiting {
    /// Whether another node says the same of them as before, and they are at most passed over here.
    fn is_as(&self, other: &Waiting, now: Timestamp) -> bool {
        let of = |w: &Waiting| (w.wanted.clone(), w.place, w.since, w.kept);
        let passed_by = later(now, LONGEST_PASSED_BY);
        let soon = self.not_before.is_none_or(|at| at <= passed_by);
        of(self) == of(other) && other.not_before.is_none() && soon
    }
}

/// What has ended by time alone has ended.
fn settled(state: State, now: Timestamp) -> State {
    match state {
        State::Available {
            since,
            from: Some(from),
        } if from <= now => State::Available { since, from: None },
        State::WrapUp { until, .. } if until <= now => State::Available {
            since: until,
            from: None,
        },
        state => state,
    }
}

fn is_free(state: &State, now: Timestamp) -> bool {
    matches!(
        settled(state.clone(), now),
        State::Available { from: None, .. }
    )
}
