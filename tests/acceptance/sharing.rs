//! Two servers with one PostgreSQL: one queue, whatever happens to one of them or to the database.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::crowd::{Crowd, Member};
use crate::support::network;
use crate::support::nodes::{ONE, Shared, TWO};
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other, registers_at, unregisters_at,
};
use crate::support::postgres::Cluster;
use crate::support::prober::Prober;
use crate::support::rtp::RtpPeer;
use crate::support::server::Server;
use crate::support::shift::Shift;
use crate::waiting::{OFFERED_SOON, wait_event, wants_to_keep};

const HANDLER: f64 = 883.0;
/// The called-back callers' phones, where the carrier's trunk leads.
const CARRIER: u16 = 5980;
/// `[queue] lease` of the shipped settings: after so long without a word a node is taken to be dead.
const LEASE: Duration = Duration::from_secs(10);
/// What finding that out and acting on it may take besides.
const NOTICED: Duration = Duration::from_secs(2);
/// A caller who says nothing is not asked whether they are there.
const PATIENT: (&str, &str) = ("silence = 10", "silence = 100");

/// Two nodes, and what they share. Dropped in this order.
struct Nodes {
    one: Server,
    two: Server,
    shared: Shared,
}

impl Nodes {
    fn start(changes: &[(&str, &str)]) -> Self {
        let shared = Shared::open();
        let (one, two) = (shared.one(changes), shared.two(changes));
        Nodes { one, two, shared }
    }
}

/// A test that fails shows what both of them said.
impl Drop for Nodes {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for (name, server) in [("one", &self.one), ("two", &self.two)] {
                println!("--- node {name}\n{}", server.log());
            }
        }
    }
}

/// A caller from a number in Brighton, who presses the keys of symptoms and of an age.
fn waits_at(server: &str, number: &str, keys: &str) -> Person {
    let caller = Person::calls_at(server, number);
    caller.presses(keys);
    caller
}

/// Waits until so many have a place in the queue.
fn wait_places(shared: &Shared, count: usize) {
    shared.wait_count("SELECT reference FROM queue_caller", count, SOON);
}

/// Asserts by all that has been offered that no handler had two callers at once, and no caller two handlers.
fn nobody_is_offered_twice(shared: &Shared) {
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

fn wait_places_at(shared: &Shared, node: &str, count: usize) -> Vec<Value> {
    let places = format!("{PLACES} WHERE node = '{node}' {IN_ORDER}");
    shared.wait_count(&places, count, Duration::from_secs(60))
}

/// What makes a place, and may not change when somebody else answers for it.
const PLACES: &str = "SELECT reference, node, kept, since, number, tries, \
                      wanted::json->>'priority' AS priority FROM queue_caller";
/// In which they are to be served, before anybody has aged.
const IN_ORDER: &str = "ORDER BY wanted::json->>'priority' <> 'young-or-old', since, reference";

/// All who wait: half of them at each node.
const CROWD: usize = 200;
const A_SECOND: u32 = 8;
/// The longest that the living node may be silent.
const PAUSE: Duration = Duration::from_secs(1);
/// Enough for all handlers to sign in, and for a called-back caller to be greeted and to talk, in ms.
const HOLD: u32 = 18_000;
/// Each handler takes two callers.
const HANDLERS: [&str; 4] = ["1001", "1002", "1003", "1004"];

fn number(n: usize) -> String {
    format!("+447700900{n:03}")
}

/// A part of the crowd, of which every tenth is for a child or somebody old.
fn members(numbers: std::ops::Range<usize>) -> Vec<Member> {
    numbers.map(|n| (number(n), n % 10 == 0)).collect()
}

/// Numbers 0 to 99 are to wait at the first node, the others at the second, whose 100 is the very first to
/// come. Gives them, and the caller at the first node who listens.
fn two_hundred_wait(shared: &Shared) -> (Vec<Crowd>, Person) {
    let half = CROWD / 2;
    let mut crowds = vec![Crowd::calls(TWO, &members(half..half + 1), 1)];
    wait_places(shared, 1);
    let listener = Person::calls_at(ONE, &number(0));
    listener.presses("121");
    wait_places(shared, 2);
    crowds.push(Crowd::calls(TWO, &members(half + 1..CROWD), A_SECOND));
    crowds.push(Crowd::calls(ONE, &members(1..half), A_SECOND));
    for node in ["one", "two"] {
        wait_places_at(shared, node, half);
    }
    (crowds, listener)
}

#[test]
fn callers_of_a_killed_node_are_called_back_in_their_place() {
    network::enter_alone();
    let mut nodes = Nodes::start(&[PATIENT]);
    let (crowds, listener) = two_hundred_wait(&nodes.shared);
    let before = nodes.shared.rows(&format!("{PLACES} {IN_ORDER}"));
    assert!(before.iter().all(|place| place["kept"] == false));
    assert_eq!(before[0]["number"], number(CROWD / 2).as_str());
    let prober = Prober::asks(ONE);
    let so_far = listener.rtp.heard().len();
    nodes.two.kill();
    let killed = Instant::now();
    let all = format!("{PLACES} {IN_ORDER}");
    let after = nodes
        .shared
        .wait_rows(&all, LEASE + NOTICED + SOON, |places| {
            places.iter().all(|place| place["node"] == "one")
        });
    println!(
        "all places are the other node's after {:?}",
        killed.elapsed()
    );
    let expected: Vec<Value> = before.iter().cloned().map(as_kept_by_one).collect();
    assert_eq!(after, expected);
    // Those on the line heard nothing of it.
    let on_the_line = &crowds[2].sipp.messages();
    assert!(!on_the_line.contains("BYE sip:"), "{on_the_line}");
    let half = (CROWD / 2) as f64;
    assert!(nodes.one.metric("ivr111_sip_dialogs") >= half);
    assert_eq!(nodes.one.metric("ivr111_calls"), half);
    let served = are_served(&nodes.shared, &before);
    let gap = prober.longest_gap();
    let quiet = longest_pause(&listener.rtp, so_far);
    println!("{served} served; silent for at most {gap:?}, {quiet:?} without a packet");
    assert!(gap < PAUSE, "{gap:?}");
    assert!(quiet < PAUSE, "{quiet:?}");
    nobody_is_lost(&nodes.shared);
    nobody_is_offered_twice(&nodes.shared);
}

/// What becomes of a place when the second node is gone.
fn as_kept_by_one(mut place: Value) -> Value {
    if place["node"] == "two" {
        place["node"] = "one".into();
        place["kept"] = true.into();
    }
    place
}

/// The longest time between two packets, up to now.
fn longest_pause(rtp: &RtpPeer, from: usize) -> Duration {
    let heard = rtp.heard();
    let times = heard[from..].windows(2);
    let pauses = times.map(|pair| pair[1].at - pair[0].at);
    pauses.max().unwrap_or(Duration::MAX)
}

/// Handlers sign in at the first node, one after the other, and take two callers each. Gives how many were
/// served, in the order of the places.
fn are_served(shared: &Shared, places: &[Value]) -> usize {
    let count = 2 * HANDLERS.len();
    let turns = &places[..count];
    let called_back: Vec<bool> = turns.iter().map(|place| place["node"] == "two").collect();
    let expected = called_back.iter().filter(|kept| **kept).count();
    assert!(expected >= 2, "{turns:#?}");
    let phones = Shift::answers(CARRIER, expected, CALLER);
    let mut rung = phones.calls.iter();
    let handlers = HANDLERS.map(|account| {
        let tone = HANDLER + 200.0 * f64::from(account.as_bytes()[3] - b'1');
        (account, tone, Shift::answers_and_hangs_up(0, 2, HOLD, tone))
    });
    for ((account, _, handler), turn) in handlers.iter().zip(turns) {
        registers_at(ONE, account, handler.port);
        let taken = format!(
            "SELECT reference FROM queue_offer \
             WHERE handler = '{account}' AND answered_at IS NOT NULL"
        );
        let taken = shared.wait_count(&taken, 1, SOON);
        assert_eq!(taken[0]["reference"], turn["reference"], "{account}");
    }
    for ((_, tone, handler), kept) in handlers.iter().zip(called_back) {
        if kept {
            hear_each_other(rung.next().unwrap(), CALLER, &handler.calls[0], *tone);
        }
    }
    for (_, _, handler) in handlers {
        handler
            .sipp
            .succeeds(SOON + Duration::from_millis(u64::from(2 * HOLD)));
    }
    let offered = "SELECT reference, MIN(id) AS id FROM queue_offer WHERE answered_at IS NOT NULL \
                   GROUP BY reference ORDER BY MIN(id)";
    let offered = shared.rows(offered);
    let references = |rows: &[Value]| -> Vec<Value> {
        rows.iter().map(|row| row["reference"].clone()).collect()
    };
    assert_eq!(references(&offered), references(turns));
    let rung: BTreeSet<String> = invited(&phones.sipp.messages());
    let to_be_rung = turns.iter().filter(|place| place["node"] == "two");
    let to_be_rung = to_be_rung.map(|place| place["number"].as_str().unwrap().to_owned());
    assert_eq!(rung, to_be_rung.collect());
    offered.len()
}

/// The numbers that the carrier was to ring.
fn invited(messages: &str) -> BTreeSet<String> {
    let invites = messages
        .lines()
        .filter_map(|line| line.strip_prefix("INVITE sip:"));
    let numbers = invites.filter_map(|line| line.split('@').next());
    numbers.map(str::to_owned).collect()
}

/// Asserts that all are written down, and that everybody has talked to somebody or still has their place.
fn nobody_is_lost(shared: &Shared) {
    let all = "SELECT DISTINCT number FROM call WHERE number LIKE '+447700900%'";
    shared.wait_count(all, CROWD, SOON);
    let lost = "SELECT * FROM call WHERE joined_at IS NULL AND NOT EXISTS \
                (SELECT 1 FROM queue_caller WHERE queue_caller.reference = call.reference)";
    shared.wait_count(lost, 0, SOON);
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
