//! The rules by which promised callbacks are made: what a clinician says about a try, who decides after the
//! last one, who is rung first, and who makes it when time runs out.

use std::time::Duration;

use crate::callback::{books, stage};
use crate::support::people::{BRIGHTON, CALLER, Person, SOON, hear_each_other, refuses, registers};
use crate::support::server::Server;
use crate::waiting::wait_event;

const NURSE: f64 = 733.0;
const GP: f64 = 1_083.0;
/// The called-back caller's phone, where the carrier's trunk leads.
const CARRIER: u16 = 5980;
/// A clinician hears two prompts, and is let go.
const LET_GO: Duration = Duration::from_secs(40);

const CALLER_FIRST: [(&str, &str); 1] = [(
    "[ambulance]",
    "[callback]\norder = \"caller-first\"\n\n[ambulance]",
)];

/// The caller from Brighton is promised a callback, in a region that rings callers first.
fn caller_first() -> Server {
    let server = Server::start();
    server.changes("routing/regions/kent-surrey-sussex.toml", &CALLER_FIRST);
    books(&server, false);
    server
}

#[test]
fn a_key_of_the_clinician_says_that_a_machine_has_answered() {
    let server = Server::start();
    books(&server, false);
    let nurse = Person::answers(0, 100, NURSE);
    let machine = Person::answers(CARRIER, 300, CALLER);
    registers("2001", nurse.port);
    hear_each_other(&machine.rtp, CALLER, &nurse.rtp, NURSE);
    nurse.rtp.press("*4");
    // Both are let go, and the try counts.
    machine.sipp.succeeds(SOON);
    nurse.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "callback", "caller: voicemail");
    let callbacks = server.json(&["callbacks"]);
    assert_eq!(callbacks[0]["attempts"], 1);
    assert_eq!(stage(&server), "due");
}

#[test]
fn after_the_last_try_a_clinician_decides_by_keys() {
    let short = [
        ("busy = 300", "busy = 1"),
        ("decision = 300", "decision = 1"),
    ];
    let server = Server::start_with(&short, &[]);
    let engaged = refuses(CARRIER, 486);
    books(&server, false);
    let nurse = Person::answers(0, 100, NURSE);
    let port = nurse.port;
    registers("2001", port);
    nurse.sipp.succeeds(LET_GO);
    for _ in 0..2 {
        Person::answers(port, 100, NURSE).sipp.succeeds(LET_GO);
    }
    server.wait_metric("ivr111_callbacks_undecided", 1.0, SOON);
    // Whoever hangs up without a key leaves it undecided, and somebody is asked again.
    let undecided = Person::answers_and_hangs_up(port, 100, 1_500, NURSE);
    undecided.sipp.succeeds(LET_GO);
    let decides = Person::answers(port, 100, NURSE);
    decides.presses("3");
    decides.sipp.succeeds(LET_GO);
    server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
    let callbacks = server.json(&["callbacks", "--all"]);
    assert_eq!(callbacks[0]["attempts"], 3);
    assert_eq!(stage(&server), "done");
    let invites = engaged.messages().matches("INVITE sip:").count();
    assert!(invites >= 3, "{invites}");
}

#[test]
fn the_caller_is_rung_first_where_the_region_has_it_so() {
    let server = caller_first();
    let called = Person::answers_until_told(CARRIER, 1_500, CALLER);
    let nurse = Person::answers(0, 300, NURSE);
    registers("2001", nurse.port);
    called.sipp.wait_message("INVITE sip:", SOON);
    assert!(!nurse.sipp.messages().contains("INVITE"), "rung already");
    // Before the clinician is there, the caller hears that they are being connected.
    called.rtp.wait_sound(SOON);
    hear_each_other(&called.rtp, CALLER, &nurse.rtp, NURSE);
    // A conversation, and no slip.
    let so_far = called.rtp.heard().len();
    called.rtp.wait(SOON, "four seconds more", |heard| {
        (heard.len() > so_far + 200).then_some(())
    });
    called.told();
    called.sipp.succeeds(SOON);
    nurse.sipp.succeeds(SOON);
    server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
    assert_eq!(stage(&server), "done");
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
}

#[test]
fn a_caller_who_is_on_the_line_waits_for_another_clinician_where_the_first_cannot_be_had() {
    let server = caller_first();
    let called = Person::answers_until_told(CARRIER, 300, CALLER);
    let gp = Person::answers(0, 300, GP);
    let away = crate::support::sipp::free_port();
    let _refuses = refuses(away, 480);
    registers("2001", away);
    called.sipp.wait_message("ACK sip:", SOON);
    registers("2002", gp.port);
    hear_each_other(&called.rtp, CALLER, &gp.rtp, GP);
    let callbacks = server.json(&["callbacks"]);
    assert_eq!(callbacks[0]["attempts"], 1, "it is one try");
}

#[test]
fn when_time_runs_out_any_clinician_makes_it() {
    let soon = [
        (
            "user = \"2002\"\nrole = \"gp\"\nskills = [\"pharmacist\"]",
            "user = \"2002\"\nrole = \"gp\"",
        ),
        ("least = 600", "least = 1"),
        ("least = 300", "least = 1"),
        ("least = 120", "least = 1"),
        ("# Dx80 = { within = 21600,", "Dx80 = { within = 30,"),
    ];
    let server = Server::start_with(&soon, &[]);
    let gp = Person::answers(0, 300, GP);
    let called = Person::answers_until_told(CARRIER, 300, CALLER);
    registers("2002", gp.port);
    books(&server, false);
    assert!(!gp.sipp.messages().contains("INVITE"), "not their skill");
    hear_each_other(&called.rtp, CALLER, &gp.rtp, GP);
}

#[test]
fn a_supervisor_is_told_before_the_deadline_and_once_it_has_passed() {
    let soon = [
        ("least = 600", "least = 3"),
        ("least = 300", "least = 2"),
        ("least = 120", "least = 1"),
        ("# Dx80 = { within = 21600,", "Dx80 = { within = 8,"),
    ];
    let server = Server::start_with(&soon, &[]);
    books(&server, false);
    server.wait_metric("ivr111_callbacks_at_risk", 1.0, SOON);
    let at_risk = "ivr111_alerts_total{kind=\"callback-at-risk\"";
    server.wait_metric(at_risk, 1.0, SOON);
    let late = "ivr111_alerts_total{kind=\"callback-late\"";
    server.wait_metric(late, 1.0, SOON);
    assert_eq!(server.metric("ivr111_callbacks_open"), 1.0, "and it stays");
}
