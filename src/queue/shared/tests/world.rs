//! Chance: callers come and go, phones ring and are answered, nodes are cut off and killed.

use std::collections::BTreeMap;

use super::nodes::Nodes;
use super::*;
use crate::identity::Reference;
use crate::queue::handler::Held;
use crate::queue::{HandlerId, Reason, State};

const NODES: u64 = 3;
const HANDLERS: u64 = 5;

/// A generator of random numbers (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

pub(super) struct World {
    nodes: Nodes,
    dice: Dice,
    /// Nodes are cut off from the store and killed.
    breaks: bool,
    callers: u64,
    /// Callers on the line or with a kept place, by the node that has them.
    here: BTreeMap<Reference, usize>,
    /// Phones that ring: for whom, and at which node.
    rings: BTreeMap<HandlerId, (Reference, usize)>,
    talks: BTreeMap<HandlerId, (Reference, usize)>,
    /// Where phones are registered.
    phones: BTreeMap<HandlerId, usize>,
}

impl World {
    pub(super) fn new(seed: u64, breaks: bool) -> Self {
        World {
            nodes: Nodes::new(NODES as usize),
            dice: Dice(seed),
            breaks,
            callers: 0,
            here: BTreeMap::new(),
            rings: BTreeMap::new(),
            talks: BTreeMap::new(),
            phones: BTreeMap::new(),
        }
    }

    fn node(&mut self) -> usize {
        self.dice.below(NODES) as usize
    }

    fn pick<K: Clone, V: Clone>(&mut self, from: &BTreeMap<K, V>) -> Option<(K, V)> {
        let n = from.len() as u64;
        let nth = (n > 0).then(|| self.dice.below(n) as usize)?;
        from.iter().nth(nth).map(|(k, v)| (k.clone(), v.clone()))
    }

    pub(super) fn step(&mut self) {
        match self.dice.below(24) {
            0..6 => {
                let n = self.node();
                self.nodes.ask(n);
            }
            6..10 => {
                let n = self.node();
                self.nodes.read(n);
            }
            10..12 => self.caller_comes(),
            12 => self.caller_goes(),
            13 | 14 => self.phone_comes_or_goes(),
            15 | 16 => self.phone_answers(),
            17 => self.phone_refuses(),
            18 | 19 => self.talk_ends(),
            20 => self.code(),
            21 => self.nodes.wait(1),
            22 if self.breaks => self.store_comes_or_goes(),
            23 if self.breaks && self.dice.below(20) == 0 => self.node_dies(),
            _ => {}
        }
        self.carry_out();
    }

    fn caller_comes(&mut self) {
        let n = self.node();
        self.callers += 1;
        self.here.insert(ticket(self.callers), n);
        self.nodes.join(n, self.callers, "general");
    }

    fn caller_goes(&mut self) {
        let here = self.here.clone();
        let Some((ticket, n)) = self.pick(&here) else {
            return;
        };
        self.here.remove(&ticket);
        self.nodes.on(n, Event::Left { ticket });
        let with = self.talks.iter().find(|(_, with)| **with == (ticket, n));
        if let Some(handler) = with.map(|(handler, _)| handler.clone()) {
            self.talks.remove(&handler);
            let lost = false;
            self.nodes.on(n, Event::Over { handler, lost });
        }
    }

    fn phone_comes_or_goes(&mut self) {
        let name = format!("h{}", self.dice.below(HANDLERS));
        let handler = id(&name);
        match self.phones.get(&handler).copied() {
            Some(n) if self.dice.below(4) == 0 => {
                self.phones.remove(&handler);
                self.nodes.on(n, Event::SignedOut { handler });
            }
            Some(_) => {}
            None => {
                let n = self.node();
                self.phones.insert(handler, n);
                self.nodes.sign_in(n, &name);
            }
        }
    }

    fn phone_answers(&mut self) {
        let rings = self.rings.clone();
        let Some((handler, (ticket, n))) = self.pick(&rings) else {
            return;
        };
        self.rings.remove(&handler);
        self.nodes.on(n, Event::Answered { handler, ticket });
    }

    fn phone_refuses(&mut self) {
        let rings = self.rings.clone();
        let Some((handler, (ticket, n))) = self.pick(&rings) else {
            return;
        };
        self.rings.remove(&handler);
        self.nodes.on(n, Event::Refused { handler, ticket });
    }

    fn talk_ends(&mut self) {
        let talks = self.talks.clone();
        let Some((handler, (ticket, n))) = self.pick(&talks) else {
            return;
        };
        self.talks.remove(&handler);
        let lost = self.dice.below(6) == 0;
        self.nodes.on(n, Event::Over { handler, lost });
        let again = |(_, action): &(usize, Action)| matches!(action, Action::Parted { ticket: t, again: true } if *t == ticket);
        if !self.nodes.actions.iter().any(again) {
            self.here.remove(&ticket);
            self.nodes.on(n, Event::Left { ticket });
        }
    }

    fn code(&mut self) {
        let phones = self.phones.clone();
        let Some((handler, n)) = self.pick(&phones) else {
            return;
        };
        let event = match self.dice.below(3) {
            0 => Event::NotReady {
                handler,
                reason: Reason::Chosen(Some(1)),
            },
            _ => Event::Ready { handler },
        };
        self.nodes.on(n, event);
    }

    fn store_comes_or_goes(&mut self) {
        let n = self.node();
        match self.nodes.nodes[n].alone {
            true => self.nodes.together(n),
            false => self.nodes.alone(n),
        }
    }

    /// A node other than the first dies, and is started again at once by somebody.
    fn node_dies(&mut self) {
        let n = 1 + self.dice.below(NODES - 1) as usize;
        if self.nodes.nodes[0].alone {
            return;
        }
        let name = self.nodes.nodes[0].name.clone();
        if self.nodes.store.epochs.get(&name) != Some(&self.nodes.nodes[0].epoch) {
            return;
        }
        self.nodes.actions.clear();
        self.nodes.kill(n);
        self.carry_out();
        self.here.retain(|ticket, at| {
            let row = self.nodes.store.callers.get(ticket);
            if *at == n && row.is_some() {
                *at = 0;
            }
            *at != n
        });
        self.rings.retain(|_, (_, at)| *at != n);
        self.talks.retain(|_, (_, at)| *at != n);
        self.phones.retain(|_, at| *at != n);
        self.nodes.nodes[n].stands = false;
        self.nodes.restart(n);
        self.nodes.together(n);
    }

    fn carry_out(&mut self) {
        for (n, action) in std::mem::take(&mut self.nodes.actions) {
            match action {
                Action::Offer { ticket, handler } => {
                    let busy =
                        self.rings.contains_key(&handler) || self.talks.contains_key(&handler);
                    assert!(!busy || self.breaks, "{handler} is rung by two");
                    if busy {
                        // The phone is engaged.
                        self.nodes.on(n, Event::Refused { handler, ticket });
                        return self.carry_out();
                    }
                    self.rings.insert(handler, (ticket, n));
                }
                Action::Withdraw { ticket, handler } | Action::Late { ticket, handler }
                    if self.rings.get(&handler) == Some(&(ticket, n)) =>
                {
                    self.rings.remove(&handler);
                }
                Action::Connect { ticket, handler } => {
                    self.talks.insert(handler, (ticket, n));
                }
                Action::TakenOver { ticket } => {
                    self.here.retain(|here, at| (*here, *at) != (ticket, n));
                }
                _ => {}
            }
        }
    }

    fn settles(&mut self) {
        for n in 0..self.nodes.nodes.len() {
            if self.nodes.nodes[n].alone {
                self.nodes.together(n);
            }
        }
        for second in 0..12 {
            if second > 0 {
                self.nodes.wait(1);
                self.carry_out();
            }
            loop {
                let mut actions = self.nodes.run();
                if actions.is_empty() {
                    break;
                }
                self.nodes.actions.append(&mut actions);
                self.carry_out();
            }
        }
    }

    /// With everything said, all nodes think alike, and nobody waits while somebody is free.
    pub(super) fn comes_to_rest(&mut self) {
        self.settles();
        let rows = self.nodes.store.callers.values().map(|(row, _)| row);
        let is_here = |row: &&CallerRow| self.here.contains_key(&row.caller.reference);
        let (here, gone): (Vec<_>, Vec<_>) = rows.partition(is_here);
        assert_eq!(
            here.len(),
            self.here.len(),
            "the store has all who are there"
        );
        // Whoever hangs up while their node is alone is called back where that node dies, by the node that has
        // the row.
        assert!(self.breaks || gone.is_empty(), "{gone:?}");
        for row in gone {
            let mut nodes = self.nodes.nodes.iter();
            let node = nodes.find(|node| node.name == row.node).unwrap();
            let caller = row.caller.reference;
            assert!(node.shared.own.contains_key(&caller), "{row:?} is nobody's");
        }
        for node in &self.nodes.nodes {
            let queue = node.shared.queue();
            for (handler, (row, _)) in &self.nodes.store.handlers {
                // Begun while the node was alone: the store never heard of it.
                if self.breaks && self.talks.contains_key(handler) {
                    continue;
                }
                let state = queue.state_of(handler);
                let offer = self.nodes.store.live().find(|o| o.handler == *handler);
                let word = match offer {
                    Some(offer) if offer.answered_at.is_some() => "talking",
                    Some(_) => "offered",
                    None if row.standing.state == HandlerState::NotReady => "not-ready",
                    None => "available",
                };
                let left = queue
                    .pool
                    .get(handler)
                    .is_some_and(|h| h.held == Held::Left);
                let is = match state {
                    // Left for a moment to another node, which does not know yet that it is its turn.
                    Some(_) if left => "available",
                    state => state.map_or("nobody", State::word),
                };
                assert_eq!(
                    is,
                    word,
                    "{handler} at {}: {state:?} {row:?} {:?} {:?}",
                    node.name,
                    node.shared.staff.get(handler),
                    self.phones
                );
            }
            let free = queue
                .states()
                .any(|(_, state)| matches!(state, State::Available { from: None, .. }));
            let waits = queue
                .callers
                .iter()
                .any(|(_, w)| w.offered_to.is_empty() && w.not_before.is_none());
            assert!(
                !(free && waits),
                "somebody waits at {} while somebody is free",
                node.name
            );
        }
        for (handler, (ticket, n)) in self.talks.clone() {
            let mut live = self.nodes.store.live();
            let is = live
                .any(|o| o.handler == handler && o.reference == ticket && o.answered_at.is_some());
            assert!(is || self.breaks, "{handler} talks with {ticket} at {n}");
        }
    }
}
