//! A node with a hundred waiting callers is killed: the other one has their places, and nobody hears of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sharing::{
    CARRIER, HOLD, IN_ORDER, LEASE, NOTICED, Nodes, PATIENT, PLACES, as_kept_by_one,
    nobody_is_offered_twice, wait_places, wait_places_at,
};
use crate::support::crowd::{Crowd, Member};
use crate::support::network;
use crate::support::nodes::{ONE, Shared, TWO};
use crate::support::people::{CALLER, Person, SOON, hear_each_other, registers_at};
use crate::support::prober::Prober;
use crate::support::rtp::RtpPeer;
use crate::support::shift::Shift;

/// What the first handler says; each of the others says something higher.
const HANDLER: f64 = 883.0;
/// All who wait: half of them at each node.
const CROWD: usize = 200;
const A_SECOND: u32 = 8;
/// The longest that the living node may be silent.
const PAUSE: Duration = Duration::from_secs(1);
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

/// The longest time between two packets, up to now.
fn longest_pause(rtp: &RtpPeer, from: usize) -> Duration {
    let heard = rtp.heard();
    let times = heard[from..].windows(2);
    let pauses = times.map(|pair| pair[1].at - pair[0].at);
    pauses.max().unwrap_or(Duration::MAX)
}

/// What decides whose turn it is. Two may have come in the same millisecond.
fn turn(place: &Value) -> (&Value, &Value) {
    (&place["priority"], &place["since"])
}

/// The places of those to whom handlers have been given, in the order in which that was.
fn taken<'a>(shared: &Shared, places: &'a [Value]) -> Vec<&'a Value> {
    let offers = "SELECT reference FROM queue_offer WHERE answered_at IS NOT NULL ORDER BY id";
    let offers = shared.rows(offers);
    let place = |offer: &Value| places.iter().find(|p| p["reference"] == offer["reference"]);
    offers.iter().filter_map(place).collect()
}

/// Handlers sign in at the first node, one after the other, and take two callers each. Gives how many were
/// served, in the order of the places.
fn are_served(shared: &Shared, places: &[Value]) -> usize {
    let count = 2 * HANDLERS.len();
    let phones = Shift::answers(CARRIER, count, CALLER);
    let handlers = HANDLERS.map(|account| {
        let tone = HANDLER + 200.0 * f64::from(account.as_bytes()[3] - b'1');
        let handler = Shift::answers_and_hangs_up(0, 2, HOLD, tone);
        (account, tone, handler)
    });
    for (n, (account, _, handler)) in handlers.iter().enumerate() {
        registers_at(ONE, account, handler.port);
        let answered = "SELECT id FROM queue_offer WHERE answered_at IS NOT NULL";
        shared.wait_count(answered, n + 1, SOON);
    }
    let mut rung = phones.calls.iter();
    for ((_, tone, handler), place) in handlers.iter().zip(taken(shared, places)) {
        if place["node"] == "two" {
            hear_each_other(rung.next().unwrap(), CALLER, &handler.calls[0], *tone);
        }
    }
    for (_, _, handler) in handlers {
        handler
            .sipp
            .succeeds(SOON + Duration::from_millis(u64::from(2 * HOLD)));
    }
    let taken = taken(shared, places);
    let turns: Vec<_> = places[..count].iter().map(turn).collect();
    assert_eq!(taken.iter().map(|p| turn(p)).collect::<Vec<_>>(), turns);
    let kept = taken.iter().filter(|place| place["node"] == "two");
    let kept = kept.map(|place| place["number"].as_str().unwrap().to_owned());
    let kept: BTreeSet<String> = kept.collect();
    assert!(kept.len() >= 2, "{kept:?}");
    assert_eq!(invited(&phones.sipp.messages()), kept);
    taken.len()
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
