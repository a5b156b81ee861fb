//! Other rules while callers wait.

use super::given::*;
use crate::flow::Priority;
use crate::queue::*;

fn regions(rules: impl IntoIterator<Item = (&'static str, Rules)>) -> Settings {
    let rules = rules.into_iter();
    Settings {
        regions: rules.map(|(region, r)| (region.to_owned(), r)).collect(),
        ..Settings::default()
    }
}

#[test]
fn nobody_who_waits_or_talks_is_disturbed() {
    let mut queue = two_handlers();
    for n in 1..=52_u64 {
        queue.on(at(2), join(n, "general"));
    }
    queue.on(at(10), answered(1, "1001"));
    let before: Vec<_> = (2..=52).map(|n| position(&queue, n)).collect();
    let other = with(Rules {
        strategy: Strategy::RingAll,
        ring: seconds(5),
        capacity: Some(1),
        ..Rules::default()
    });
    assert_eq!(queue.on(at(12), Event::Changed(other)), []);
    assert_eq!(word(&queue, "1002"), "offered");
    let after: Vec<_> = (2..=52).map(|n| position(&queue, n)).collect();
    assert_eq!((before, queue.waiting()), (after, 51));
}

#[test]
fn what_rings_goes_on_for_its_time() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    let other = with(Rules {
        ring: seconds(60),
        ..Rules::default()
    });
    assert_eq!(queue.on(at(3), Event::Changed(other)), []);
    let actions = queue.on(at(17), Event::Tick);
    assert_eq!(actions, [withdraw(1, "1001"), offer(1, "1002")]);
    assert_eq!(queue.deadline(), Some(at(20)), "1001 takes a breath");
    queue.on(at(20), Event::Tick);
    assert_eq!(queue.deadline(), Some(at(77)));
}

#[test]
fn another_worth_of_priorities_orders_everybody_anew() {
    let mut queue = Queue::default();
    queue.on(at(0), join(1, "general"));
    queue.on(at(60), joins(2, wanted("general", Priority::YoungOrOld)));
    assert_eq!(position(&queue, 1), Some(2));
    let ageing = |by| {
        Event::Changed(Settings {
            ageing: seconds(by),
            ..Settings::default()
        })
    };
    queue.on(at(61), ageing(10));
    assert_eq!(position(&queue, 1), Some(1));
    queue.on(at(62), ageing(600));
    assert_eq!(position(&queue, 1), Some(2));
    // And everybody can still be taken out.
    queue.on(at(63), leave(1));
    queue.on(at(63), leave(2));
    assert_eq!(queue.on(at(64), sign_in("1001", &["general"])), []);
}

#[test]
fn steps_are_taken_by_the_new_rules() {
    let step = |after, to: &str| Overflow {
        to: Reach::Providers([to.to_owned()].into()),
        after: Some(seconds(after)),
        longer_than: None,
        estimate_over: None,
    };
    let rules = |overflow: Vec<Overflow>| {
        let overflow = Rules {
            overflow,
            ..Rules::default()
        };
        Event::Changed(regions([("kent", overflow)]))
    };
    let mut queue = Queue::default();
    queue.on(at(0), sign_in_for("1", "own"));
    queue.on(at(0), not_ready("1"));
    queue.on(at(0), sign_in_for("3", "own"));
    queue.on(at(0), joins(9, of_share("own")));
    queue.on(at(0), answered(9, "3"));
    queue.on(at(0), sign_in_for("2", "other"));
    queue.on(at(0), rules(vec![step(60, "third"), step(300, "other")]));
    queue.on(at(1), joins(1, of_share("own")));
    assert_eq!(queue.deadline(), Some(at(61)));
    assert_eq!(queue.on(at(100), Event::Tick), []);
    assert_eq!(queue.deadline(), Some(at(301)));
    // A step fewer, and sooner.
    let actions = queue.on(at(150), rules(vec![step(200, "other")]));
    assert_eq!((actions, queue.deadline()), (vec![], Some(at(201))));
    let actions = queue.on(at(160), rules(vec![step(30, "other")]));
    assert_eq!(actions, [offer(1, "2")]);
    assert_eq!(queue.on(at(161), Event::Changed(Settings::default())), []);
}
