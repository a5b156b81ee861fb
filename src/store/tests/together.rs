//! Several nodes that act at the same time. What each did is counted, and compared with what is stored.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::super::queue::Word as _;
use super::super::*;
use super::lab::{Lab, at};
use super::model::Follower;
use super::on_both;
use super::queue::{LEASE, caller, dies, long_passes, named};
use crate::queue::shared::*;

on_both! {
    nodes_at_the_same_time_do_no_harm,
    one_of_many_gets_the_handler,
}

const NODES: [&str; 3] = ["a", "b", "c"];
const CALLERS: u64 = 12;
const HANDLERS: u64 = 5;
const STEPS: usize = 400;

/// What one node has done.
#[derive(Debug, Default)]
struct Tally {
    offered: u64,
    outcomes: BTreeMap<OfferOutcome, u64>,
    /// Callers who were taken over, from which node's epoch, and their place.
    kept: Vec<(String, Caller)>,
}

async fn nodes_at_the_same_time_do_no_harm(lab: &Lab) {
    let over = Arc::new(AtomicBool::new(false));
    let mut stores = Vec::new();
    for name in NODES {
        stores.push(lab.node(name).await);
    }
    let follower = tokio::spawn(follow(stores[1].clone(), Arc::clone(&over)));
    let work = stores.iter().enumerate().map(|(n, store)| {
        let seed = 7 * n as u64 + 1;
        tokio::spawn(act(store.clone(), StdRng::seed_from_u64(seed)))
    });
    let work: Vec<_> = work.collect();
    // Somebody dies every now and then, while all go on as if nothing had happened.
    let mut rng = StdRng::seed_from_u64(99);
    while !work.iter().all(|task| task.is_finished()) {
        long_passes(lab).await;
        let name = NODES[rng.random_range(0..NODES.len())];
        let sql =
            format!("UPDATE node SET alive_until = 1 WHERE node = '{name}' AND alive_until > 0");
        lab.sql(&sql).await.unwrap();
        assert_no_double(lab).await;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let mut all = Tally::default();
    for task in work {
        let tally = task.await.unwrap();
        all.offered += tally.offered;
        for (outcome, count) in tally.outcomes {
            *all.outcomes.entry(outcome).or_default() += count;
        }
        all.kept.extend(tally.kept);
    }
    over.store(true, Ordering::Relaxed);
    let mut follower = follower.await.unwrap();
    follower.apply(stores[0].changes(follower.since).await.unwrap());
    let mut fresh = Follower::default();
    fresh.apply(stores[2].changes(0).await.unwrap());
    assert_eq!(follower.callers, fresh.callers);
    assert_eq!(follower.handlers, fresh.handlers);
    assert_eq!(follower.offers, fresh.offers);
    assert_no_double(lab).await;
    let made = lab.count("SELECT COUNT(*) FROM queue_offer").await;
    assert_eq!(made, all.offered as i64);
    for outcome in OfferOutcome::ALL.iter().copied() {
        let word = outcome.word();
        let sql = format!("SELECT COUNT(*) FROM queue_offer WHERE outcome = '{word}'");
        let expected = all.outcomes.get(&outcome).copied().unwrap_or(0);
        assert_eq!(lab.count(&sql).await, expected as i64, "{outcome:?}");
    }
    assert!(all.offered > 0 && !all.kept.is_empty(), "{all:?}");
    for (taker, kept) in &all.kept {
        let n = kept.since.as_millisecond() - at(0).as_millisecond();
        let original = caller(n as u64);
        let kept_so = Caller {
            kept: true,
            ..original
        };
        assert_eq!(kept, &kept_so, "{taker}");
    }
}

/// The schema forbids it; this sees that the schema is there.
async fn assert_no_double(lab: &Lab) {
    let twice = "SELECT COUNT(*) FROM (SELECT handler FROM queue_offer WHERE ended_at IS NULL \
                 GROUP BY handler HAVING COUNT(*) > 1) AS twice";
    assert_eq!(lab.count(twice).await, 0);
    let twice = "SELECT COUNT(*) FROM (SELECT reference FROM queue_offer WHERE ended_at IS NULL \
                 AND answered_at IS NOT NULL GROUP BY reference HAVING COUNT(*) > 1) AS twice";
    assert_eq!(lab.count(twice).await, 0);
    let busy = "SELECT COUNT(*) FROM queue_handler h WHERE (h.state IN ('offered', 'talking')) <> \
                EXISTS (SELECT 1 FROM queue_offer o WHERE o.handler = h.handler \
                AND o.ended_at IS NULL)";
    assert_eq!(lab.count(busy).await, 0);
}

async fn follow(store: SharedStore, over: Arc<AtomicBool>) -> Follower {
    let mut follower = Follower::default();
    while !over.load(Ordering::Relaxed) {
        let limit = std::time::Duration::from_millis(10);
        store.wait_for_change(follower.since, limit).await;
        follower.apply(store.changes(follower.since).await.unwrap());
    }
    follower
}

async fn act(store: SharedStore, mut rng: StdRng) -> Tally {
    let mut tally = Tally::default();
    let mut mine: Vec<i64> = Vec::new();
    let mut epoch = store.enter(at(0), LEASE).await.unwrap().epoch;
    for step in 0..STEPS {
        let now = at(1_000_000 + step as i64);
        let (c, h) = (rng.random_range(0..CALLERS), rng.random_range(0..HANDLERS));
        let handler = named(&format!("100{h}"));
        match rng.random_range(0..20) {
            0..4 => {
                store.put_caller(epoch, &caller(c)).await.unwrap();
            }
            4 => {
                let reference = caller(c).reference;
                store.remove_caller(epoch, reference).await.unwrap();
            }
            5..8 => {
                let free = Standing::available(now);
                let desk = Desk::default();
                let put = store.put_handler(epoch, &handler, &free, &desk);
                put.await.unwrap();
            }
            8..13 => {
                let reference = caller(c).reference;
                let offer = store.offer(epoch, reference, &handler, now, now, step % 2 == 0);
                if let Offered::Offered(id) = offer.await.unwrap()
                    && !mine.contains(&id)
                {
                    tally.offered += 1;
                    mine.push(id);
                }
            }
            13..15 if !mine.is_empty() => {
                let id = mine[rng.random_range(0..mine.len())];
                store.answer(id, now).await.unwrap();
            }
            15..18 if !mine.is_empty() => {
                let id = mine.swap_remove(rng.random_range(0..mine.len()));
                let outcome = OfferOutcome::ALL[rng.random_range(0..4)];
                let ended = store.end_offer(id, now, outcome, &After::AsBefore).await;
                if ended.unwrap() {
                    *tally.outcomes.entry(outcome).or_default() += 1;
                }
            }
            _ => {
                let taken = store.take_over(epoch, now).await.unwrap();
                count(&mut tally, store.node(), taken);
                if store.renew(epoch, LEASE).await.unwrap() == Renewed::Superseded {
                    let entered = store.enter(now, LEASE).await.unwrap();
                    epoch = entered.epoch;
                    count(&mut tally, store.node(), entered.left);
                }
            }
        }
    }
    tally
}

fn count(tally: &mut Tally, taker: &str, taken: Taken) {
    for offer in &taken.ended {
        let (_, outcome) = offer.ended.unwrap();
        *tally.outcomes.entry(outcome).or_default() += 1;
    }
    let kept = taken
        .kept
        .into_iter()
        .map(|row| (taker.to_owned(), row.caller));
    tally.kept.extend(kept);
}

/// All ask at once, for the same handler, and each for a caller of their own.
async fn one_of_many_gets_the_handler(lab: &Lab) {
    let mut stores = Vec::new();
    for (n, name) in NODES.iter().enumerate() {
        let store = lab.node(name).await;
        let epoch = store.enter(at(0), LEASE).await.unwrap().epoch;
        store.put_caller(epoch, &caller(n as u64)).await.unwrap();
        stores.push((store, epoch));
    }
    let (first, epoch) = stores[0].clone();
    for round in 0..20 {
        let now = at(round);
        let free = Standing::available(now);
        let (handler, desk) = (named("1001"), Desk::default());
        let put = first.put_handler(epoch, &handler, &free, &desk);
        put.await.unwrap();
        let offers = stores.iter().enumerate().map(|(n, (store, epoch))| {
            let (store, epoch) = (store.clone(), *epoch);
            let reference = caller(n as u64).reference;
            tokio::spawn(async move {
                let name = named("1001");
                let offer = store.offer(epoch, reference, &name, now, at(round + 15_000), false);
                offer.await.unwrap()
            })
        });
        let offers: Vec<_> = offers.collect();
        let (mut given, mut taken) = (Vec::new(), 0);
        for offer in offers {
            match offer.await.unwrap() {
                Offered::Offered(id) => given.push(id),
                Offered::HandlerTaken => taken += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((given.len(), taken), (1, NODES.len() - 1));
        let end = first.end_offer(given[0], now, OfferOutcome::Missed, &After::AsBefore);
        assert!(end.await.unwrap());
    }
    // A node that dies is buried once, however many try.
    long_passes(lab).await;
    dies(lab, "a").await;
    let (_, b, c) = (&stores[0], &stores[1], &stores[2]);
    let (one, two) = tokio::join!(b.0.take_over(b.1, at(0)), c.0.take_over(c.1, at(0)));
    assert_eq!(one.unwrap().kept.len() + two.unwrap().kept.len(), 1);
}
