//! Who is rung for a caller: by each strategy, beyond the caller's own provider, and after the tables have
//! changed while callers wait.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::desk::Desk;
use crate::support::people::{BRIGHTON, CALLER, Person, SOON, hear_each_other, registers};
use crate::support::program::Program;
use crate::support::server::{Server, binary};

const HANDLER: f64 = 883.0;
/// A conversation, and hardly more, in ms.
const SHORT_TALK: u32 = 4_000;

/// The server with a strategy for all regions.
fn rings_by(strategy: &str) -> Server {
    let changed = format!("strategy = \"{strategy}\"");
    Server::start_with(&[("strategy = \"longest-idle\"", &changed)], &[])
}

fn calls() -> Person {
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    caller
}

/// Signs an account in whose phone nobody picks up.
fn desk_of(account: &str) -> Desk {
    let desk = Desk::open();
    registers(account, desk.port);
    desk
}

/// 1001 has taken a call and is idle since, 1002 has taken none and is there for less long: their desks.
fn one_has_taken_a_call(server: &Server) -> [Desk; 2] {
    let first = Person::answers_and_hangs_up(0, 200, SHORT_TALK, HANDLER);
    registers("1001", first.port);
    let caller = calls();
    first.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    server.wait_metric("ivr111_handlers_by_state{state=\"available\"}", 1.0, SOON);
    [desk_of("1001"), desk_of("1002")]
}

/// Asserts that one desk rings for the next caller, and the other does not.
fn rings(one: &Desk, other: &Desk) {
    let before = [one, other].map(|desk| desk.times("INVITE"));
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 5_000);
    caller.presses("12");
    one.wait("INVITE", before[0] + 1, SOON);
    assert_eq!(other.times("INVITE"), before[1]);
    caller.sipp.succeeds(SOON);
    one.wait("CANCEL", before[0] + 1, SOON);
}

#[test]
fn the_longest_idle_is_rung() {
    let server = rings_by("longest-idle");
    let [one, other] = one_has_taken_a_call(&server);
    rings(&one, &other);
}

#[test]
fn whoever_has_taken_the_fewest_calls_is_rung() {
    let server = rings_by("fewest-calls");
    let [one, other] = one_has_taken_a_call(&server);
    rings(&other, &one);
}

#[test]
fn one_is_rung_after_the_other() {
    let _server = rings_by("round-robin");
    let one = desk_of("1001");
    rings(&one, &Desk::open());
    // Idle for longer, with as few calls as the other: but rung already.
    let other = desk_of("1002");
    rings(&other, &one);
}

#[test]
fn the_most_skilled_is_rung() {
    let strategy = (
        "strategy = \"longest-idle\"",
        "strategy = \"highest-skill\"",
    );
    let skilled = (
        "user = \"1002\"\nrole = \"handler\"\nskills = [\"dental\"]",
        "user = \"1002\"\nrole = \"handler\"\nskills = [{ name = \"general\", level = 5 }]",
    );
    let server = Server::start_with(&[strategy, skilled], &[]);
    let (one, other) = (desk_of("1001"), desk_of("1002"));
    server.wait_metric("ivr111_handlers", 2.0, SOON);
    rings(&other, &one);
}

#[test]
fn all_are_rung_and_the_first_to_answer_has_the_caller() {
    let _server = rings_by("ring-all");
    let desks = [desk_of("1001"), desk_of("1003")];
    let quick = Person::answers(0, 1_000, HANDLER);
    registers("1002", quick.port);
    let caller = calls();
    hear_each_other(&caller.rtp, CALLER, &quick.rtp, HANDLER);
    for desk in desks {
        desk.wait("INVITE", 1, SOON);
        desk.wait("CANCEL", 1, SOON);
        assert_eq!(desk.times("INVITE"), 1);
    }
}

const REGION: &str = "routing/regions/kent-surrey-sussex.toml";
const HARMONI: &str = "id = \"harmoni\"\nshare = 60\n";

/// 1001 works for harmoni, to which all callers from Brighton count, and 1002 for its partner.
fn partners(more: &[(&str, &str)]) -> Server {
    let handler = |account: &str| format!("user = \"{account}\"\nrole = \"handler\"\n");
    let at =
        |account: &str, provider: &str| format!("{}provider = \"{provider}\"\n", handler(account));
    let (one, other) = (handler("1001"), handler("1002"));
    let (harmoni, secamb) = (at("1001", "harmoni"), at("1002", "secamb"));
    let mut changes = vec![(one.as_str(), harmoni.as_str()), (&other, &secamb)];
    changes.extend(more);
    let server = Server::start_with(&changes, &[]);
    let all = HARMONI.replace("60", "100");
    server.changes(REGION, &[(HARMONI, &all), ("share = 40", "share = 0")]);
    server
}

#[test]
fn a_caller_goes_to_the_partner_after_a_time() {
    let server = partners(&[]);
    server.changes(REGION, &[("after = 60", "after = 3")]);
    let own = Person::answers(0, 200, HANDLER);
    registers("1001", own.port);
    let partner = desk_of("1002");
    let first = calls();
    hear_each_other(&first.rtp, CALLER, &own.rtp, HANDLER);
    assert_eq!(partner.times("INVITE"), 0);
    let _second = calls();
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    let began = Instant::now();
    partner.wait("INVITE", 1, SOON);
    // Less what it takes to be seen waiting.
    assert!(
        began.elapsed() > Duration::from_millis(1_500),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn the_callers_of_a_failed_provider_go_to_others_until_it_is_back() {
    let server = partners(&[]);
    let (own, partner) = (desk_of("1001"), desk_of("1002"));
    let failed = "ivr111_provider_failed{provider=\"harmoni\"}";
    rings(&own, &partner);
    let share = HARMONI.replace("60", "100");
    let marked = format!("{share}failed = true\n");
    server.changes(REGION, &[(&share, &marked)]);
    server.wait_metric(failed, 1.0, SOON);
    server.wait_log("marked as failed: others take its callers", SOON);
    let explained = server.json(&["explain", "--from", BRIGHTON, "--keys", "1,2"]);
    assert_eq!(explained["failed"], serde_json::json!(["harmoni"]));
    assert_eq!(explained["providers"]["harmoni"], 100.0);
    rings(&partner, &own);
    server.changes(REGION, &[(&marked, &share)]);
    server.wait_metric(failed, 0.0, SOON);
    rings(&own, &partner);
}

#[test]
fn a_provider_whose_handlers_have_all_gone_is_told_and_its_callers_are_not_left_waiting() {
    let server = partners(&[]);
    let failed = "ivr111_provider_failed{provider=\"harmoni\"}";
    let partner = desk_of("1002");
    let _caller = calls();
    partner.wait("INVITE", 1, SOON);
    server.wait_metric(failed, 1.0, SOON);
    server.wait_log("callers wait, and nobody is at work for it", SOON);
    let _own = desk_of("1001");
    server.wait_metric(failed, 0.0, SOON);
}

const WAITING: f64 = 50.0;

#[test]
fn fifty_callers_wait_on_while_the_tables_are_read_anew() {
    let server = Server::start();
    let first = calls();
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    let others = Program::start(
        Command::new(binary())
            .args(["load", "--json", "--from", "+441273555", "--calls", "49"])
            .args(["--rate", "25", "--keys", "1@1,2@3", "--hold", "20"])
            .stdout(Stdio::piped()),
    );
    server.wait_metric("ivr111_queue_waiting", WAITING, SOON);
    let tables = [
        (
            "name = \"Kent, Surrey and Sussex\"",
            "name = \"The South East\"",
        ),
        (HARMONI, "id = \"harmoni\"\nshare = 50\n"),
        ("share = 40", "share = 50"),
    ];
    server.changes(REGION, &tables);
    let settings = [
        ("\nring = 15\n", "\nring = 20\n"),
        ("strategy = \"longest-idle\"", "strategy = \"fewest-calls\""),
        ("ageing = 600", "ageing = 60"),
        ("ready = \"*21\"", "ready = \"*81\""),
        (
            "skills = [\"dental\"]",
            "skills = [{ name = \"general\", level = 9 }]",
        ),
    ];
    server.changes("ivr111.toml", &settings);
    assert_eq!(server.metric("ivr111_queue_waiting"), WAITING);
    assert_eq!(server.metric("ivr111_calls"), WAITING);
    // The one who came first is put through, and the others wait on.
    let handler = Person::answers(0, 200, HANDLER);
    registers("1001", handler.port);
    hear_each_other(&first.rtp, CALLER, &handler.rtp, HANDLER);
    assert_eq!(server.metric("ivr111_queue_waiting"), WAITING - 1.0);
    let output = others.output();
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for (name, wanted) in [("calls", 49), ("failed", 0)] {
        assert_eq!(figures[name], wanted, "{name}: {figures}");
    }
    let packets = |name: &str| figures["packets"][name].as_f64().unwrap();
    assert!(packets("received") > 0.9 * packets("expected"), "{figures}");
}
