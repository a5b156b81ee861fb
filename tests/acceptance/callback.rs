//! A promise is kept: booked, on disk, made, whatever happens to the process in between.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::network;
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other, refuses, registers,
};
use crate::support::postgres;
use crate::support::server::Server;

const NURSE: f64 = 733.0;
/// The called-back caller's phone, where the carrier's trunk leads.
const CARRIER: u16 = 5980;

/// A caller from Brighton is promised a callback.
pub fn books(server: &Server, tcp: bool) {
    let caller = Person::calls("111", BRIGHTON, tcp);
    caller.presses("41");
    // The server says that it is booked, and hangs up.
    caller.sipp.succeeds(Duration::from_secs(60));
    let callbacks = server.json(&["callbacks"]);
    assert_eq!(callbacks.as_array().unwrap().len(), 1, "{callbacks}");
    assert_eq!(callbacks[0]["number"], BRIGHTON);
    assert_eq!(callbacks[0]["region"], "kent-surrey-sussex");
}

/// A clinician comes, and the only callback is made to the number as it is to be dialled: sound goes both ways
/// until the caller hangs up.
pub fn is_made_by(account: &str, dialled: &str, server: &Server) {
    let clinician = Person::answers(0, 300, NURSE);
    let called = Person::answers_and_hangs_up(CARRIER, 300, TALK, CALLER);
    registers(account, clinician.port);
    let invite = format!("INVITE sip:{dialled}@127.0.0.1:{CARRIER}");
    called.sipp.wait_message(&invite, SOON);
    hear_each_other(&called.rtp, CALLER, &clinician.rtp, NURSE);
    called.sipp.succeeds(SOON);
    clinician.sipp.succeeds(SOON);
    server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
}

/// Where the first callback stands.
pub fn stage(server: &Server) -> String {
    let callbacks = server.json(&["callbacks", "--all"]);
    callbacks[0]["stage"].as_str().unwrap().to_owned()
}

fn a_promise_is_kept(mut server: Server, tcp: bool) {
    books(&server, tcp);
    server.kill_and_restart();
    assert_eq!(stage(&server), "due");
    is_made_by("2001", BRIGHTON, &server);
    assert_eq!(stage(&server), "done");
}

#[test]
fn a_callback_outlives_the_process_and_is_made_over_udp() {
    a_promise_is_kept(Server::start(), false);
}

#[test]
fn a_callback_outlives_the_process_and_is_made_over_tcp() {
    a_promise_is_kept(Server::start(), true);
}

#[test]
fn a_callback_outlives_the_process_on_postgresql() {
    // The database is to be in the same network as the server.
    network::enter();
    let url = format!(
        "url = \"{}\"\nnode = \"leeds-1\"",
        postgres::cluster().database()
    );
    let shipped = "url = \"sqlite:var/ivr111.db\"";
    let password = ("IVR111_STORE_PASSWORD", postgres::PASSWORD);
    let server = Server::start_with(&[(shipped, &url)], &[password]);
    a_promise_is_kept(server, false);
}

#[test]
fn a_handler_need_not_register_again_after_a_restart() {
    let mut server = Server::start();
    let nurse = Person::answers(0, 300, NURSE);
    registers("2001", nurse.port);
    server.wait_metric("ivr111_handlers", 1.0, SOON);
    server.kill_and_restart();
    server.wait_metric("ivr111_handlers", 1.0, SOON);
    let caller = Person::calls_and_hangs_up("*6", BRIGHTON, false, 9_000);
    hear_each_other(&caller.rtp, CALLER, &nurse.rtp, NURSE);
    caller.sipp.succeeds(SOON);
    nurse.sipp.succeeds(SOON);
}

#[test]
fn a_caller_who_is_engaged_is_tried_again_later() {
    let server = Server::start_with(&[("busy = 300", "busy = 2")], &[]);
    let nurse = Person::answers(0, 300, NURSE);
    let engaged = refuses(CARRIER, 486);
    registers("2002", nurse.port);
    books(&server, false);
    // The clinician is told and let go; the promise stays.
    let let_go = Duration::from_secs(40);
    nurse.sipp.succeeds(let_go);
    assert_eq!(server.json(&["callbacks"])[0]["attempts"], 1);
    // Later the same phone is rung again, and after it the caller's.
    let nurse = Person::answers(nurse.port, 300, NURSE);
    nurse.sipp.succeeds(let_go);
    assert_eq!(server.json(&["callbacks"])[0]["attempts"], 2);
    let messages = engaged.messages();
    let headers = messages.lines().map(str::trim_end);
    let calls: BTreeSet<&str> = headers
        .filter(|line| line.starts_with("Call-ID:"))
        .collect();
    assert_eq!(calls.len(), 2, "{messages}");
}

#[test]
fn another_number_is_taken_and_read_back() {
    let server = Server::start();
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("4201632960001#1");
    caller.sipp.succeeds(Duration::from_secs(60));
    let callbacks = server.json(&["callbacks"]);
    assert_eq!(callbacks[0]["number"], "+441632960001");
}

#[test]
fn a_text_relay_caller_is_called_back_through_text_relay() {
    let server = Server::start();
    let caller = Person::calls("18001111", BRIGHTON, false);
    caller.presses("41");
    caller.sipp.succeeds(Duration::from_secs(60));
    is_made_by("2001", "1800201273555010", &server);
}
