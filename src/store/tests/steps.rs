//! Random steps of three nodes on one store, each compared with the model.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::super::queue::Word as _;
use super::super::*;
use super::lab::{Lab, at};
use super::model::{Follower, Model};
use super::queue::{LEASE, caller, dies, long_passes, named};
use crate::flow::Priority;
use crate::queue::shared::*;
use crate::queue::{Profile, Reason};

const NODES: [&str; 3] = ["a", "b", "c"];
/// Each case is so many steps; there are so many cases for each database.
const STEPS: usize = 150;
const CASES: u32 = 60;

#[derive(Clone, Debug)]
enum Step {
    Enter(usize),
    Renew(usize),
    Dies(usize),
    TakeOver(usize),
    Put(usize, u64, bool, Priority),
    Remove(usize, u64),
    PutHandler(usize, usize, usize),
    RemoveHandler(usize, usize),
    Offer(usize, u64, usize, bool),
    Answer(prop::sample::Index),
    End(prop::sample::Index, usize, usize),
    Overdue(prop::sample::Index),
    Follow(usize),
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let (node, who, handler) = (0..NODES.len(), 0..6_u64, 0..4_usize);
    let index = any::<prop::sample::Index>;
    let put = (
        node.clone(),
        who.clone(),
        prop::bool::weighted(0.2),
        prop::sample::select(vec![Priority::Ordinary, Priority::YoungOrOld]),
    );
    prop_oneof![
        2 => node.clone().prop_map(Step::Enter),
        1 => node.clone().prop_map(Step::Renew),
        3 => node.clone().prop_map(Step::Dies),
        6 => node.clone().prop_map(Step::TakeOver),
        8 => put.prop_map(|(n, c, kept, priority)| Step::Put(n, c, kept, priority)),
        2 => (node.clone(), who.clone()).prop_map(|(n, c)| Step::Remove(n, c)),
        8 => (node.clone(), handler.clone(), 0..4_usize).prop_map(|(n, h, s)| Step::PutHandler(n, h, s)),
        1 => (node.clone(), handler.clone()).prop_map(|(n, h)| Step::RemoveHandler(n, h)),
        16 => (node, who, handler, any::<bool>()).prop_map(|(n, c, h, claim)| Step::Offer(n, c, h, claim)),
        5 => index().prop_map(Step::Answer),
        5 => (index(), 0..4_usize, 0..4_usize).prop_map(|(i, o, a)| Step::End(i, o, a)),
        1 => index().prop_map(Step::Overdue),
        6 => (0..2_usize).prop_map(Step::Follow),
        1 => Just(Step::Forget),
    ]
}

/// How a handler may stand who is not busy.
fn standing(kind: usize, now: i64) -> Standing {
    let free = Standing::available(at(now));
    match kind {
        0 => free,
        1 => Standing {
            until: Some(at(now + 3_000)),
            missed: 1,
            ..free
        },
        2 => Standing {
            state: HandlerState::WrapUp,
            until: Some(at(now + 2_000)),
            ..free
        },
        _ => Standing {
            state: HandlerState::NotReady,
            reason: Some(Reason::Chosen(Some(2))),
            missed: 2,
            ..free
        },
    }
}

fn desk(kind: usize) -> Desk {
    Desk {
        profile: Profile::with_skills((0..kind).map(|n| n.to_string())),
        ..Desk::default()
    }
}

fn on(lab: fn() -> Lab) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (lab, stores) = runtime.block_on(async {
        let lab = lab();
        let mut stores = Vec::new();
        for name in NODES {
            stores.push(lab.node(name).await);
        }
        (lab, stores)
    });
    let config = Config {
        cases: CASES,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = prop::collection::vec(step(), STEPS);
    let ran = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(async {
            let mut run = Run::begin(&lab, &stores).await;
            for node in 0..NODES.len() {
                run.step(0, Step::Enter(node)).await;
            }
            for (n, step) in steps.into_iter().enumerate() {
                run.step(1_000 * n as i64, step).await;
            }
            run.finish().await;
        });
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn random_steps_on_sqlite() {
    on(Lab::sqlite);
}

#[test]
fn random_steps_on_postgres() {
    on(Lab::postgres);
}

struct Run<'a> {
    lab: &'a Lab,
    stores: &'a [SharedStore],
    epochs: [i64; NODES.len()],
    followers: [Follower; 2],
    model: Model,
    /// All offers there ever were.
    offers: Vec<i64>,
}

impl<'a> Run<'a> {
    async fn begin(lab: &'a Lab, stores: &'a [SharedStore]) -> Self {
        lab.sql(
            "DELETE FROM node; DELETE FROM queue_caller; DELETE FROM queue_handler; \
             DELETE FROM queue_offer; DELETE FROM queue_gone; \
             UPDATE queue_clock SET change = 0, horizon = 0",
        )
        .await
        .unwrap();
        Run {
            lab,
            stores,
            epochs: [0; NODES.len()],
            followers: Default::default(),
            model: Model::default(),
            offers: Vec::new(),
        }
    }

    async fn step(&mut self, now: i64, step: Step) {
        match step {
            Step::Enter(_) | Step::Renew(_) | Step::Dies(_) | Step::TakeOver(_) => {
                self.step_of_a_node(now, step).await;
            }
            Step::Put(n, c, kept, priority) => {
                let mut caller = caller(c);
                caller.wanted.priority = priority;
                caller.contact.number = caller.contact.number.filter(|_| c % 3 > 0);
                caller.contact.promised = c == 5;
                caller.kept = kept && caller.contact.number.is_some();
                let put = self.stores[n].put_caller(self.epochs[n], &caller).await;
                let expected = self.model.put_caller(NODES[n], self.epochs[n], &caller);
                assert_eq!(put.unwrap(), expected);
            }
            Step::Remove(n, c) => {
                let reference = caller(c).reference;
                let removed = self.stores[n]
                    .remove_caller(self.epochs[n], reference)
                    .await;
                let expected = self
                    .model
                    .remove_caller(NODES[n], self.epochs[n], reference);
                assert_eq!(removed.unwrap(), expected);
            }
            Step::PutHandler(n, h, kind) => {
                let (name, standing) = (named(&format!("100{h}")), standing(kind, now));
                let (epoch, desk) = (self.epochs[n], desk(kind));
                let put = self.stores[n].put_handler(epoch, &name, &standing, &desk);
                let model = &mut self.model;
                let expected = model.put_handler(NODES[n], epoch, &name, &standing, &desk);
                assert_eq!(put.await.unwrap(), expected);
            }
            Step::RemoveHandler(n, h) => {
                let (name, epoch) = (named(&format!("100{h}")), self.epochs[n]);
                let removed = self.stores[n].remove_handler(epoch, &name).await;
                let expected = self.model.remove_handler(NODES[n], epoch, &name);
                assert_eq!(removed.unwrap(), expected);
            }
            Step::Offer(n, c, h, claim) => self.offer(now, (n, c, h), claim).await,
            Step::Answer(_) | Step::End(..) | Step::Overdue(_) => {
                self.step_of_an_offer(now, step).await;
            }
            Step::Follow(f) => self.follow(f).await,
            Step::Forget => {
                let past = "UPDATE queue_offer SET ended_at = 1 WHERE ended_at IS NOT NULL; \
                            UPDATE queue_gone SET gone_at = 1";
                self.lab.sql(past).await.unwrap();
                self.stores[0].tidy(LEASE).await.unwrap();
                self.model.outcomes.clear();
            }
        }
    }

    async fn step_of_a_node(&mut self, now: i64, step: Step) {
        match step {
            Step::Enter(n) => {
                let entered = self.stores[n].enter(at(now), LEASE).await.unwrap();
                self.epochs[n] = self.model.enter(NODES[n], at(now));
                assert_eq!(entered.epoch, self.epochs[n]);
            }
            Step::Renew(n) => {
                let renewed = self.stores[n].renew(self.epochs[n], LEASE).await.unwrap();
                assert_eq!(renewed, self.model.renew(NODES[n], self.epochs[n]));
            }
            Step::Dies(n) => {
                if let Some(node) = self.model.nodes.get_mut(NODES[n])
                    && !node.taken
                {
                    node.dead = true;
                    dies(self.lab, NODES[n]).await;
                }
            }
            Step::TakeOver(n) => {
                long_passes(self.lab).await;
                let before = self.model.callers.clone();
                let taken = self.stores[n].take_over(self.epochs[n], at(now)).await;
                let taken = taken.unwrap();
                let nodes = self.model.take_over(NODES[n], self.epochs[n], at(now));
                assert_eq!(taken.nodes, nodes);
                let theirs =
                    |row: &&CallerRow| nodes.contains(&row.node) && !row.caller.contact.promised;
                let was = before.values().filter(theirs).count();
                assert_eq!(taken.kept.len() + taken.lost.len(), was);
                for row in &taken.kept {
                    let kept = Caller {
                        kept: true,
                        ..before[&row.caller.reference].caller.clone()
                    };
                    assert_eq!((&row.caller, row.node.as_str()), (&kept, NODES[n]));
                }
            }
            _ => unreachable!(),
        }
    }

    async fn offer(&mut self, now: i64, (n, c, h): (usize, u64, usize), claim: bool) {
        let (epoch, reference) = (self.epochs[n], caller(c).reference);
        let handler = named(&format!("100{h}"));
        let until = at(now + 15_000);
        let offered = self.stores[n]
            .offer(epoch, reference, &handler, at(now), until, claim)
            .await;
        let offered = offered.unwrap();
        let latest = self.offers.last().copied().unwrap_or(0);
        let id = match offered {
            Offered::Offered(id) => id,
            _ => latest,
        };
        let row = OfferRow {
            id,
            reference,
            handler,
            node: NODES[n].into(),
            epoch,
            offered_at: at(now),
            until,
            answered_at: None,
            ended: None,
        };
        assert_eq!(self.model.offer(row, id, claim), offered);
        if id > latest {
            self.offers.push(id);
        }
    }

    async fn step_of_an_offer(&mut self, now: i64, step: Step) {
        let (Step::Answer(index) | Step::End(index, ..) | Step::Overdue(index)) = &step else {
            return;
        };
        if self.offers.is_empty() {
            return;
        }
        // Mostly one of the latest; older ones have ended.
        let latest = &self.offers[self.offers.len().saturating_sub(4)..];
        let id = *index.get(latest);
        let store = &self.stores[id as usize % NODES.len()];
        match step {
            Step::Answer(_) => {
                let answered = store.answer(id, at(now)).await.unwrap();
                assert_eq!(answered, self.model.answer(id, at(now)));
            }
            Step::End(_, outcome, after) => {
                let outcome = OfferOutcome::ALL[outcome];
                let after = match after {
                    0 => After::AsBefore,
                    1 => After::Gone,
                    kind => After::Standing(standing(kind - 2, now)),
                };
                let ended = store.end_offer(id, at(now), outcome, &after).await.unwrap();
                assert_eq!(ended, self.model.end(id, outcome, &after));
            }
            _ => {
                let sql = format!("UPDATE queue_offer SET expires_at = 1 WHERE id = {id}");
                self.lab.sql(&sql).await.unwrap();
                if let Some(live) = self.model.offers.get_mut(&id) {
                    live.overdue = true;
                }
            }
        }
    }

    /// Who has followed the changes has exactly the rows there are.
    async fn follow(&mut self, f: usize) {
        let follower = &mut self.followers[f];
        let changes = self.stores[f].changes(follower.since).await.unwrap();
        follower.apply(changes);
        assert_eq!(follower.callers, self.model.callers);
        assert_eq!(follower.handlers, self.model.handlers);
        let offers = self.model.offers.iter();
        let offers = offers.map(|(id, live)| (*id, live.row.clone())).collect();
        assert_eq!(follower.offers, offers);
    }

    async fn finish(&mut self) {
        self.follow(0).await;
        self.follow(1).await;
        for outcome in OfferOutcome::ALL.iter().copied() {
            let sql = format!(
                "SELECT COUNT(*) FROM queue_offer WHERE outcome = '{}'",
                outcome.word()
            );
            let expected = self.model.outcomes.get(&outcome).copied().unwrap_or(0);
            assert_eq!(self.lab.count(&sql).await, expected as i64, "{outcome:?}");
        }
    }
}
