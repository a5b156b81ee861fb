//! Two servers with one PostgreSQL: one queue, whatever happens to one of them or to the database.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::nodes::{ONE, Shared, TWO};
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other, registers_at, unregisters_at,
};
use crate::support::postgres::Cluster;
use crate::support::server::Server;
use crate::support::shift::Shift;
use crate::waiting::{OFFERED_SOON, wait_event, wants_to_keep};

const HANDLER: f64 = 883.0;
/// The called-back callers' phones, where the carrier's trunk leads.
pub const CARRIER: u16 = 5980;
/// `[queue] lease` of the shipped settings: after so long without a word a node is taken to be dead.
pub const LEASE: Duration = Duration::from_secs(10);
/// What finding that out and acting on it may take besides.
pub const NOTICED: Duration = Duration::from_secs(2);
/// Enough for handlers to sign in, and for a called-back caller to be greeted and to talk, in ms.
pub const HOLD: u32 = 18_000;
/// A caller who says nothing is not asked whether they are there.
pub const PATIENT: (&str, &str) = ("silence = 10", "silence = 100");

/// Two nodes, and what they share. Dropped in this order.
pub struct Nodes {
    pub one: Server,
    pub two: Server,
    pub shared: Shared,
}

impl Nodes {
    pub fn start(changes: &[(&str, &str)]) -> Self {
        let shared = Shared::open();
        let (one, two) = (shared.one(changes), shared.two(changes));
        Nodes { one, two, shared }
    }
}

/// A caller from a number in Brighton, who presses the keys of symptoms and of an age.
fn waits_at(server: &str, number: &str, keys: &str) -> Person {
    let caller = Person::calls_at(server, number);
    caller.presses(keys);
    caller
}

/// Waits until so many have a place in the queue.
pub fn wait_places(shared: &Shared, count: usize) {
    shared.wait_count("SELECT reference FROM queue_caller", count, SOON);
}

/// Asserts by all that has been offered that no handler had two callers at once, and no caller two handlers.
pub fn nobody_is_offered_twice(shared: &Shared) {
    for (whose, begins, which) in [
        ("handler", "offered_at", "TRUE"),
        (
            "reference",
            "answered_at",
            "a.answered_at IS NOT NULL AND b.answered_at IS NOT NULL",
        ),
    ] {
        let twice = format!(
            "SELECT a.*, b.id AS other, b.offered_at AS other_offered_at, b.ended_at AS other_ended_at \
             FROM queue_offer a JOIN queue_offer b ON a.{whose} = b.{whose} AND a.id < b.id \
             WHERE {which} AND a.{begins} < COALESCE(b.ended_at, b.{begins} + 1) \
             AND b.{begins} < COALESCE(a.ended_at, b.{begins} + 1)"
        );
        let twice = shared.rows(&twice);
        assert!(twice.is_empty(), "{twice:#?}");
    }
}

#[test]
fn a_handler_of_one_node_gets_a_caller_of_the_other() {
    let nodes = Nodes::start(&[]);
    let handler = Person::answers(0, 300, HANDLER);
    registers_at(ONE, "1001", handler.port);
    let caller = Person::calls_at_and_hangs_up(TWO, BRIGHTON, 14_000);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    caller.sipp.succeeds(SOON);
    handler.sipp.succeeds(SOON);
    unregisters_at(ONE, "1001", handler.port);
    // The other way round, and ended by the handler.
    let handler = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers_at(TWO, "1002", handler.port);
    let caller = waits_at(ONE, BRIGHTON, "12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    wait_places(&nodes.shared, 0);
    for server in [&nodes.one, &nodes.two] {
        server.wait_metric("ivr111_media_ports", 0.0, SOON);
        server.wait_metric("ivr111_sip_dialogs", 0.0, SOON);
    }
    nobody_is_offered_twice(&nodes.shared);
}

#[test]
fn the_order_is_kept_over_both_nodes() {
    let nodes = Nodes::start(&[PATIENT]);
    let callers = [(ONE, 437.0), (TWO, 537.0), (ONE, 637.0)];
    let mut waiting = Vec::new();
    for (n, (server, says)) in callers.into_iter().enumerate() {
        let caller = waits_at(server, &format!("+44127355500{n}"), "12");
        caller.rtp.send_tone(says);
        wait_places(&nodes.shared, n + 1);
        waiting.push((caller, says));
    }
    let handler = Shift::answers_and_hangs_up(0, callers.len(), TALK, HANDLER);
    registers_at(TWO, "1001", handler.port);
    for ((caller, says), at_handler) in waiting.into_iter().zip(&handler.calls) {
        hear_each_other(&caller.rtp, says, at_handler, HANDLER);
        caller.sipp.succeeds(SOON);
    }
    handler.sipp.succeeds(SOON);
    wait_places(&nodes.shared, 0);
    nobody_is_offered_twice(&nodes.shared);
}

#[test]
fn a_handler_whose_node_is_killed_in_mid_call_is_free_within_the_lease() {
    let mut nodes = Nodes::start(&[PATIENT]);
    let handler = Shift::answers(0, 2, HANDLER);
    registers_at(ONE, "1001", handler.port);
    let cut_off = waits_at(TWO, BRIGHTON, "12");
    hear_each_other(&cut_off.rtp, CALLER, &handler.calls[0], HANDLER);
    // For a child under five: before the other one, also when that one waits again.
    let next = waits_at(ONE, "+441273555001", "11");
    wait_places_at(&nodes.shared, "one", 1);
    nodes.two.kill();
    let killed = Instant::now();
    let rings = "SELECT reference FROM queue_offer WHERE handler = '1001'";
    nodes.shared.wait_count(rings, 2, LEASE + NOTICED);
    println!("offered the next caller after {:?}", killed.elapsed());
    hear_each_other(&next.rtp, CALLER, &handler.calls[1], HANDLER);
    let kept = format!(
        "SELECT node FROM queue_caller WHERE kept AND node = 'one' AND number = '{BRIGHTON}'"
    );
    nodes.shared.wait_count(&kept, 1, Duration::ZERO);
    nobody_is_offered_twice(&nodes.shared);
}

pub fn wait_places_at(shared: &Shared, node: &str, count: usize) -> Vec<Value> {
    let places = format!("{PLACES} WHERE node = '{node}' {IN_ORDER}");
    shared.wait_count(&places, count, Duration::from_secs(60))
}

/// What makes a place, and may not change when somebody else answers for it.
pub const PLACES: &str = "SELECT reference, node, kept, since, number, tries, \
                      wanted::json->>'priority' AS priority FROM queue_caller";
/// In which they are to be served, before anybody has aged.
pub const IN_ORDER: &str = "ORDER BY wanted::json->>'priority' <> 'young-or-old', since, reference";

/// What becomes of a place when the second node is gone.
pub fn as_kept_by_one(mut place: Value) -> Value {
    if place["node"] == "two" {
        place["node"] = "one".into();
        place["kept"] = true.into();
    }
    place
}

/// A caller who presses keys gets a handler within five seconds, even though the database is away. The keys
/// themselves take a second.
const SERVED_ALONE: Duration = Duration::from_secs(6);

/// The database goes away and comes back.
fn goes_on_alone(away: impl FnOnce(&mut Cluster), back: impl FnOnce(&mut Cluster)) {
    let mut nodes = Nodes::start(&[]);
    let handler = Shift::answers(0, 2, HANDLER);
    registers_at(ONE, "1001", handler.port);
    let free = "SELECT handler FROM queue_handler WHERE state = 'available'";
    nodes.shared.wait_count(free, 1, SOON);
    away(&mut nodes.shared.cluster);
    let caller = Person::calls_at_and_hangs_up(ONE, BRIGHTON, 14_000);
    caller.presses("12");
    caller.rtp.wait_tone(HANDLER, SERVED_ALONE);
    handler.calls[0].wait_tone(CALLER, SOON);
    caller.sipp.succeeds(SOON);
    nodes.one.wait_metric("ivr111_calls", 0.0, SOON);
    back(&mut nodes.shared.cluster);
    is_written_down(&nodes.shared, BRIGHTON);
    let caller = waits_at(TWO, "+441273555001", "12");
    hear_each_other(&caller.rtp, CALLER, &handler.calls[1], HANDLER);
    nobody_is_offered_twice(&nodes.shared);
}

/// Waits until a call is in the database from its beginning to its end, without a gap.
fn is_written_down(shared: &Shared, number: &str) {
    let ended = format!(
        "SELECT * FROM call WHERE number = '{number}' AND answered_at IS NOT NULL \
         AND joined_at IS NOT NULL AND ended_at IS NOT NULL"
    );
    let call = shared.wait_count(&ended, 1, Duration::from_secs(30));
    let reference = call[0]["reference"].as_str().unwrap();
    let events = format!(
        "SELECT kind, detail, sequence FROM call_event WHERE reference = '{reference}' ORDER BY sequence"
    );
    let events = shared.rows(&events);
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| event["kind"].as_str())
        .collect();
    assert_eq!(kinds.first(), Some(&"arrived"), "{events:#?}");
    for kind in [
        "answered",
        "region",
        "prompt",
        "key",
        "destination",
        "joined",
        "waited",
        "ended",
    ] {
        assert!(kinds.contains(&kind), "no {kind} in {events:#?}");
    }
    let numbers: Vec<i64> = events
        .iter()
        .filter_map(|event| event["sequence"].as_i64())
        .collect();
    let without_gap: Vec<i64> = (numbers[0]..).take(numbers.len()).collect();
    assert_eq!(numbers, without_gap, "{events:#?}");
}

#[test]
fn a_node_goes_on_alone_while_the_database_stands_still() {
    goes_on_alone(|cluster| cluster.freeze(), |cluster| cluster.thaw());
}

#[test]
fn a_node_goes_on_alone_while_the_database_is_gone() {
    goes_on_alone(Cluster::crash, Cluster::start_again);
}

#[test]
fn a_node_that_ends_in_order_leaves_its_kept_places_to_the_other() {
    let mut nodes = Nodes::start(&OFFERED_SOON);
    let caller = Person::calls_at(TWO, BRIGHTON);
    wants_to_keep(&nodes.two, &caller);
    caller.rtp.press("1");
    wait_event(&nodes.two, BRIGHTON, "prompt", "queue-kept");
    caller.sipp.succeeds(Duration::from_secs(40));
    let before = wait_places_at(&nodes.shared, "two", 1);
    assert_eq!(before[0]["kept"], true);
    nodes.two.signal("TERM");
    nodes.two.wait_end(SOON);
    let place = format!("{PLACES} WHERE node = 'one'");
    let after = nodes.shared.wait_count(&place, 1, NOTICED);
    assert_eq!(after[0], as_kept_by_one(before[0].clone()));
    let called = Person::answers(CARRIER, 300, CALLER);
    let handler = Person::answers_and_hangs_up(0, 300, HOLD, HANDLER);
    registers_at(ONE, "1001", handler.port);
    hear_each_other(&called.rtp, CALLER, &handler.rtp, HANDLER);
    handler.sipp.succeeds(SOON);
    called.sipp.succeeds(SOON);
    wait_places(&nodes.shared, 0);
    nobody_is_offered_twice(&nodes.shared);
}

#[test]
fn two_servers_of_one_name_are_refused() {
    let shared = Shared::open();
    let one = shared.one(&[]);
    let (status, said) = shared.refused(TWO, "one", LEASE + SOON);
    assert_eq!(status, Some(2), "{said}");
    let taken = "another process runs as node \"one\" on this store";
    assert!(said.contains(taken), "{said}");
    // The first one is none the worse for it.
    assert_eq!(one.http("/readyz").0, 200);
}
