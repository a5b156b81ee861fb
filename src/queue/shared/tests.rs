//! Several nodes with one store, which is modelled here: what it promises is what `store` is tested for.

mod nodes;
mod store;
mod world;

use std::collections::BTreeSet;

use super::*;
use crate::queue::tests::given::*;
use crate::queue::{Action, Event};
use nodes::Nodes;
use world::World;

/// Whose phones rang, for whom, by what a node was told to do.
fn rings(actions: &[(usize, Action)]) -> Vec<(usize, u64, &str)> {
    let rings = actions.iter().filter_map(|(node, action)| match action {
        Action::Offer {
            ticket: of,
            handler,
        } => {
            let caller = (0..100).find(|n| ticket(*n) == *of)?;
            Some((*node, caller, handler.as_str()))
        }
        _ => None,
    });
    rings.collect()
}

#[test]
fn a_handler_of_one_node_is_rung_by_the_other_for_its_caller() {
    let mut nodes = Nodes::new(2);
    nodes.sign_in(0, "1001");
    nodes.join(1, 1, "general");
    assert_eq!(rings(&nodes.run()), [(1, 1, "1001")]);
    assert_eq!(nodes.shared(1).phones(&id("1001")).len(), 1);
    nodes.on(1, answered(1, "1001"));
    nodes.run();
    assert_eq!(nodes.words("1001"), ["talking", "talking"]);
    nodes.on(1, leave(1));
    nodes.on(1, over("1001", false));
    nodes.run();
    assert_eq!(nodes.words("1001"), ["available", "available"]);
    assert!(nodes.store.callers.is_empty());
}

#[test]
fn the_first_come_is_the_first_served_wherever_they_came() {
    let mut nodes = Nodes::new(3);
    for (n, node) in [(1, 0), (2, 1), (3, 0), (4, 2)] {
        nodes.join(node, n, "general");
        nodes.run();
        nodes.wait(1);
    }
    nodes.sign_in(1, "1001");
    let mut served = rings(&nodes.run()).iter().map(|r| r.1).collect::<Vec<_>>();
    for (n, node) in [(1, 0), (2, 1), (3, 0)] {
        nodes.on(node, answered(n, "1001"));
        nodes.wait(5);
        nodes.on(node, leave(n));
        nodes.on(node, over("1001", false));
        served.extend(rings(&nodes.run()).iter().map(|r| r.1));
    }
    assert_eq!(served, [1, 2, 3, 4]);
}

#[test]
fn a_handler_whom_two_nodes_want_at_once_is_rung_by_one() {
    let mut nodes = Nodes::new(2);
    nodes.sign_in(0, "1001");
    nodes.run();
    // Neither knows yet of the other's caller.
    nodes.join(0, 1, "general");
    nodes.join(1, 2, "general");
    assert_eq!(rings(&nodes.run()), [(0, 1, "1001")]);
    nodes.on(0, leave(1));
    nodes.wait(2);
    assert_eq!(rings(&nodes.run()), [(1, 2, "1001")]);
}

#[test]
fn a_handler_is_not_left_for_long_to_a_node_that_does_not_ring() {
    let mut nodes = Nodes::new(2);
    nodes.join(1, 1, "general");
    nodes.run();
    nodes.join(0, 2, "general");
    nodes.run();
    nodes.stop(1);
    nodes.sign_in(0, "1001");
    assert_eq!(rings(&nodes.run()), []);
    nodes.wait(3);
    assert_eq!(rings(&nodes.run()), [(0, 2, "1001")]);
}

#[test]
fn alone_a_node_serves_its_callers_with_its_handlers() {
    let mut nodes = Nodes::new(2);
    nodes.sign_in(0, "1001");
    nodes.sign_in(1, "1002");
    nodes.run();
    nodes.alone(1);
    nodes.join(1, 1, "general");
    nodes.join(1, 2, "general");
    assert_eq!(rings(&nodes.run()), [(1, 1, "1002")]);
    nodes.on(1, answered(1, "1002"));
    nodes.together(1);
    assert_eq!(rings(&nodes.run()), [(1, 2, "1001")]);
    assert_eq!(nodes.words("1002"), ["talking", "talking"]);
}

#[test]
fn whoever_has_chosen_to_be_left_alone_still_is_after_a_restart() {
    let mut nodes = Nodes::new(2);
    nodes.sign_in(1, "1001");
    nodes.run();
    nodes.on(
        1,
        Event::NotReady {
            handler: id("1001"),
            reason: crate::queue::Reason::Chosen(Some(2)),
        },
    );
    nodes.run();
    nodes.restart(1);
    nodes.sign_in(1, "1001");
    nodes.together(1);
    nodes.run();
    assert_eq!(nodes.words("1001"), ["not-ready", "not-ready"]);
}

#[test]
fn a_caller_of_a_dead_node_keeps_the_place_at_another() {
    let mut nodes = Nodes::new(2);
    nodes.join(1, 1, "general");
    nodes.wait(1);
    nodes.join(0, 2, "general");
    nodes.run();
    nodes.kill(1);
    nodes.sign_in(0, "1001");
    assert_eq!(rings(&nodes.run()), [(0, 1, "1001")]);
}

#[test]
fn a_claimed_colleague_is_held_for_all_nodes() {
    let mut nodes = Nodes::new(2);
    nodes.sign_in(0, "1001");
    nodes.join(0, 1, "general");
    nodes.run();
    nodes.on(0, answered(1, "1001"));
    nodes.run();
    nodes.sign_in(1, "1002");
    nodes.run();
    nodes.on(
        0,
        Event::Claimed {
            handler: id("1002"),
            ticket: ticket(1),
        },
    );
    nodes.join(1, 2, "general");
    assert_eq!(rings(&nodes.run()), []);
    nodes.on(
        0,
        Event::Handed {
            handler: id("1002"),
            ticket: ticket(1),
        },
    );
    nodes.wait(10);
    nodes.on(0, over("1001", false));
    assert_eq!(rings(&nodes.run()), [(1, 2, "1001")]);
    assert_eq!(nodes.words("1002"), ["talking", "talking"]);
    let answered: BTreeSet<_> = nodes
        .store
        .live()
        .map(|o| o.answered_at.is_some())
        .collect();
    assert_eq!(answered, [false, true].into());
}

#[test]
fn whatever_happens_nobody_is_rung_by_two_and_nobody_waits_for_nothing() {
    for seed in 0..3_000 {
        let mut world = World::new(seed, false);
        for _ in 0..700 {
            world.step();
        }
        world.comes_to_rest();
    }
}

#[test]
fn whatever_breaks_it_comes_to_rest_with_everybody_in_their_place() {
    for seed in 10_000..13_000 {
        let mut world = World::new(seed, true);
        for _ in 0..700 {
            world.step();
        }
        world.comes_to_rest();
    }
}
