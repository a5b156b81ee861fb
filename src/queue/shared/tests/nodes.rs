//! Nodes, each with what it has still to ask of the store.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::store::Store;
use crate::identity::{Number, Reference};
use crate::queue::shared::*;
use crate::queue::tests::given::*;
use crate::queue::{Action, Event, HandlerId, Profile, Settings};

pub(super) struct Node {
    pub(super) name: String,
    pub(super) shared: Shared,
    pub(super) epoch: i64,
    pub(super) upto: i64,
    pub(super) ops: VecDeque<Op>,
    pub(super) alone: bool,
    /// It does nothing at the moment, or for ever.
    pub(super) stands: bool,
}

pub(super) struct Nodes {
    pub(super) now: Timestamp,
    pub(super) store: Store,
    pub(super) nodes: Vec<Node>,
    /// What was to be done at the phones, by node.
    pub(super) actions: Vec<(usize, Action)>,
}

pub(super) fn contact() -> Contact {
    Contact {
        number: Some(Number::parse("07700900123").unwrap()),
        language: "en-GB".into(),
        display: "London: symptoms".into(),
        ..Contact::default()
    }
}

impl Nodes {
    pub(super) fn new(count: usize) -> Self {
        let mut nodes = Nodes {
            now: at(1_000),
            store: Store::default(),
            nodes: Vec::new(),
            actions: Vec::new(),
        };
        for n in 0..count {
            let name = format!("node-{n}");
            nodes.nodes.push(Node {
                shared: Shared::new(&name, Settings::default()),
                name,
                epoch: 0,
                upto: 0,
                ops: VecDeque::new(),
                alone: true,
                stands: false,
            });
            nodes.together(n);
        }
        nodes
    }

    pub(super) fn shared(&self, node: usize) -> &Shared {
        &self.nodes[node].shared
    }

    pub(super) fn take(&mut self, n: usize, step: Step) {
        let node = &mut self.nodes[n];
        node.ops.extend(step.ops);
        let actions = step.actions.into_iter();
        self.actions.extend(actions.map(|action| (n, action)));
        if step.superseded {
            self.enters(n);
        }
    }

    pub(super) fn on(&mut self, n: usize, event: Event) {
        let step = self.nodes[n].shared.on(self.now, event);
        self.take(n, step);
    }

    pub(super) fn join(&mut self, n: usize, caller: u64, skill: &str) {
        let step = self.nodes[n]
            .shared
            .contact(self.now, ticket(caller), contact());
        self.take(n, step);
        self.on(n, join(caller, skill));
    }

    pub(super) fn sign_in(&mut self, n: usize, handler: &str) {
        let desk = Desk {
            profile: Profile::with_skills(["general"]),
            phones: vec![Phone {
                uri: format!("sip:{handler}@127.0.0.1"),
                via: "udp:127.0.0.1:5070".into(),
                expires: self.now + SignedDuration::from_hours(24),
            }],
        };
        let step = self.nodes[n].shared.signed_in(self.now, id(handler), desk);
        self.take(n, step);
    }

    /// The node enters and is told all there is.
    pub(super) fn enters(&mut self, n: usize) {
        let (name, now) = (self.nodes[n].name.clone(), self.now);
        let epoch = self.store.epochs.get(&name).copied().unwrap_or_default() + 1;
        self.store.epochs.insert(name.clone(), epoch);
        self.store.settle(&name, (&name, epoch), now);
        self.nodes[n].epoch = epoch;
        self.meets(n);
    }

    pub(super) fn meets(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        let mine = self.store.mine(&node.name, node.epoch);
        let all = self.store.changes(0);
        node.upto = all.upto;
        node.alone = false;
        node.ops.clear();
        let step = node.shared.together(self.now, all, mine);
        self.take(n, step);
    }

    /// The store is there, or there again.
    pub(super) fn together(&mut self, n: usize) {
        let node = &self.nodes[n];
        match node.epoch > 0 && self.store.epochs.get(&node.name) == Some(&node.epoch) {
            true => self.meets(n),
            false => self.enters(n),
        }
    }

    pub(super) fn alone(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        node.alone = true;
        node.ops.clear();
        let step = node.shared.alone(self.now);
        self.take(n, step);
    }

    /// It does nothing any more, and nobody has noticed yet.
    pub(super) fn stop(&mut self, n: usize) {
        self.nodes[n].stands = true;
    }

    /// The process begins anew, with nothing but what the store has.
    pub(super) fn restart(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        node.shared = Shared::new(&node.name, Settings::default());
        node.ops.clear();
        node.alone = true;
        node.epoch = 0;
    }

    /// The node is no more, and node 0 takes over from it.
    pub(super) fn kill(&mut self, n: usize) {
        let dead = self.nodes[n].name.clone();
        self.nodes[n].stands = true;
        *self.store.epochs.get_mut(&dead).unwrap() += 1;
        let (name, epoch) = (self.nodes[0].name.clone(), self.nodes[0].epoch);
        let kept = self.store.settle(&dead, (&name, epoch), self.now);
        for row in kept {
            self.restores(0, row.caller);
        }
    }

    pub(super) fn restores(&mut self, n: usize, caller: Caller) {
        let ticket = caller.reference;
        let contact = caller.contact.clone();
        let step = self.nodes[n].shared.contact(self.now, ticket, contact);
        self.take(n, step);
        let caller = crate::queue::Elsewhere {
            wanted: caller.wanted,
            place: caller.place,
            since: caller.since,
            not_before: caller.not_before,
            kept: Some(caller.tries),
        };
        self.on(n, Event::Restored { ticket, caller });
    }

    /// Asks the next thing; gives whether there was one.
    pub(super) fn ask(&mut self, n: usize) -> bool {
        let node = &mut self.nodes[n];
        if node.stands || node.alone {
            return false;
        }
        let Some(op) = node.ops.pop_front() else {
            return false;
        };
        let answer = self.store.perform(&node.name, node.epoch, self.now, &op);
        let step = node.shared.done(self.now, &op, answer);
        self.take(n, step);
        true
    }

    /// Reads what has changed; gives whether anything had.
    pub(super) fn read(&mut self, n: usize) -> bool {
        let node = &mut self.nodes[n];
        if node.stands || node.alone {
            return false;
        }
        let changes = self.store.changes(node.upto);
        node.upto = changes.upto;
        if changes.is_empty() {
            return false;
        }
        let step = node.shared.changed(self.now, changes);
        self.take(n, step);
        true
    }

    /// Until nothing is to be asked or read any more. Gives what is to be done at the phones.
    pub(super) fn run(&mut self) -> Vec<(usize, Action)> {
        for round in 0.. {
            assert!(round < 10_000, "it goes round and round");
            let mut busy = false;
            for n in 0..self.nodes.len() {
                busy |= self.ask(n);
                busy |= self.read(n);
            }
            if !busy {
                break;
            }
        }
        std::mem::take(&mut self.actions)
    }

    pub(super) fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        for n in 0..self.nodes.len() {
            if !self.nodes[n].stands {
                self.on(n, Event::Tick);
            }
        }
    }

    /// What a handler is doing, by each node.
    pub(super) fn words(&self, handler: &str) -> Vec<&'static str> {
        let handler: HandlerId = id(handler);
        let nodes = self.nodes.iter();
        let state = |node: &Node| node.shared.queue().state_of(&handler).map(|s| s.word());
        nodes.map(|node| state(node).unwrap_or("nobody")).collect()
    }

    pub(super) fn callers(&self) -> impl Iterator<Item = Reference> {
        self.store.callers.keys().copied()
    }
}
