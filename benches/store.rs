//! What the shared queue costs over PostgreSQL: statements and milliseconds for an offer, and offers a
//! second of two nodes at once. Starts a PostgreSQL of its own from Debian's packages.
//!
//!     cargo bench --locked --bench store
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use ivr111::flow::Priority;
use ivr111::identity::Reference;
use ivr111::queue::shared::{
    After, Caller, Contact, Desk, OfferOutcome, Offered, PutCaller, Standing,
};
use ivr111::queue::{HandlerId, Place as Turn, Wanted};
use ivr111::store::{self, Place, SharedStore};
use jiff::Timestamp;

#[allow(dead_code)]
#[path = "../src/store/testing.rs"]
mod testing;

use testing::Cluster;

/// Who waits and who answers.
const CALLERS: u64 = 10_000;
const HANDLERS: u64 = 2_000;
/// Offers that are measured one after the other.
const OFFERS: u64 = 500;
/// Writers of a node that offer at the same time, and for how long they do.
const WRITERS: u64 = 4;
const TIME: Duration = Duration::from_secs(5);
const LEASE: Duration = Duration::from_secs(3_600);

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (what, fsync) in [
        ("on disk at each commit", "fsync=on"),
        ("no waiting for the disk", "fsync=off"),
    ] {
        println!("{what} ({fsync}), {CALLERS} waiting, {HANDLERS} handlers");
        let cluster = Cluster::start(&[fsync, "shared_preload_libraries='pg_stat_statements'"]);
        runtime.block_on(measure(&cluster));
    }
}

async fn measure(cluster: &Cluster) {
    let mut place = Place::new(cluster.database());
    place.password = Some(testing::PASSWORD.into());
    let database = place.url.rsplit('/').next().unwrap().to_owned();
    let ask = |sql: &str| {
        let mut psql = cluster.client("psql");
        let answer = psql
            .args(["-qtA", "-d", &database, "-c", sql])
            .output()
            .unwrap();
        assert!(answer.status.success(), "{answer:?}");
        String::from_utf8(answer.stdout).unwrap().trim().to_owned()
    };
    ask("CREATE EXTENSION pg_stat_statements");
    let a = store::open(&place.clone().of_node("a")).await.unwrap();
    let b = store::open(&place.of_node("b")).await.unwrap();
    let epoch = a.enter(Timestamp::now(), LEASE).await.unwrap().epoch;
    b.enter(Timestamp::now(), LEASE).await.unwrap();
    fill(&a, epoch, 0).await;
    fill(&b, epoch, 1).await;
    ask("ANALYZE");
    // Plans and caches.
    one_after_the_other(&a, epoch, 50).await;
    ask("SELECT pg_stat_statements_reset()");
    let times = one_after_the_other(&a, epoch, OFFERS).await;
    let calls = ask("SELECT sum(calls) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat%'");
    let calls: f64 = calls.parse().unwrap();
    println!(
        "  {:.1} statements for an offer, its answer and its end",
        calls / OFFERS as f64
    );
    for (name, mut times) in ["offer", "answer", "end"].into_iter().zip(times) {
        times.sort();
        let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
        println!(
            "  {name}: median {:.2} ms, 99 % within {:.2} ms",
            at(50),
            at(99)
        );
    }
    let alone = at_once(&[(a.clone(), 0)], epoch).await;
    let both = at_once(&[(a.clone(), 0), (b.clone(), 1)], epoch).await;
    println!(
        "  one node: {alone:.0} offers/s; two nodes: {both:.0} offers/s, each offer ended too"
    );
    a.close().await;
    b.close().await;
}

fn reference(n: u64) -> Reference {
    Reference::new(1_800_000_000_000, n.into())
}

/// Each node has every other caller and every other handler.
async fn fill(store: &SharedStore, epoch: i64, node: u64) {
    let writers = (0..WRITERS).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for n in (0..CALLERS).filter(|n| n % 2 == node && n / 2 % WRITERS == writer) {
                let caller = Caller {
                    reference: reference(n),
                    wanted: Wanted::by_skill("general", "general", Priority::Ordinary),
                    place: Turn::InTurn,
                    since: Timestamp::now(),
                    not_before: None,
                    contact: Contact::default(),
                    kept: false,
                    tries: 0,
                };
                let put = store.put_caller(epoch, &caller).await.unwrap();
                assert_eq!(put, PutCaller::Stored);
            }
            for n in (0..HANDLERS).filter(|n| n % 2 == node && n / 2 % WRITERS == writer) {
                let free = Standing::available(Timestamp::now());
                let (handler, desk) = (HandlerId::new(n.to_string()), Desk::default());
                let put = store.put_handler(epoch, &handler, &free, &desk);
                put.await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

async fn offer(store: &SharedStore, epoch: i64, caller: u64, handler: u64) -> i64 {
    let now = Timestamp::now();
    let until = now + Duration::from_secs(15);
    let handler = HandlerId::new(handler.to_string());
    let offer = store.offer(epoch, reference(caller), &handler, now, until, false);
    match offer.await.unwrap() {
        Offered::Offered(id) => id,
        other => panic!("{other:?}"),
    }
}

/// The times of offers, answers and ends.
async fn one_after_the_other(store: &SharedStore, epoch: i64, offers: u64) -> [Vec<Duration>; 3] {
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for n in 0..offers {
        let begun = Instant::now();
        let id = offer(store, epoch, n * 2, n * 2 % HANDLERS).await;
        let offered = Instant::now();
        assert!(store.answer(id, Timestamp::now()).await.unwrap());
        let answered = Instant::now();
        let free = After::Standing(Standing::available(Timestamp::now()));
        let end = store.end_offer(id, Timestamp::now(), OfferOutcome::Talked, &free);
        assert!(end.await.unwrap());
        times[0].push(offered - begun);
        times[1].push(answered - offered);
        times[2].push(answered.elapsed());
    }
    times
}

/// Offers a second of these nodes, each of which is ended again.
async fn at_once(nodes: &[(SharedStore, u64)], epoch: i64) -> f64 {
    let begun = Instant::now();
    let writers = nodes.iter().flat_map(|(store, node)| {
        (0..WRITERS).map(|writer| {
            let (store, node) = (store.clone(), *node);
            tokio::spawn(async move {
                let mut made = 0_u64;
                while begun.elapsed() < TIME {
                    // A caller of one's own, and a handler whom nobody else asks for.
                    let n = (made * WRITERS + writer) * 2 + node;
                    let id = offer(&store, epoch, n % CALLERS, n % HANDLERS).await;
                    let end = store.end_offer(
                        id,
                        Timestamp::now(),
                        OfferOutcome::Withdrawn,
                        &After::AsBefore,
                    );
                    assert!(end.await.unwrap());
                    made += 1;
                }
                made
            })
        })
    });
    let mut made = 0;
    for writer in writers.collect::<Vec<_>>() {
        made += writer.await.unwrap();
    }
    made as f64 / begun.elapsed().as_secs_f64()
}
