//! Calls that we make outlive the process as well: whoever is called back talks on.

use crate::callback::stage;
use crate::called_back::{callback_with, kept_place_with};
use crate::support::people::{BRIGHTON, CALLER, Person, SOON, hear_each_other_anew};
use crate::support::server::Server;
use crate::transfers::talk;
use crate::waiting::{wait_event, with};

const NURSE: f64 = 733.0;
const HANDLER: f64 = 883.0;

/// Both hear each other anew, in one call that goes on.
fn they_talk_on(server: &Server, one: &Person, says: f64, other: &Person, says_back: f64) {
    hear_each_other_anew(&one.rtp, says, &other.rtp, says_back);
    let on = "ivr111_taken_up_total{how=\"on-the-line\"";
    server.wait_metric(on, 1.0, SOON);
    server.wait_metric("ivr111_handlers_by_state{state=\"talking\"", 1.0, SOON);
    for person in [one, other] {
        let messages = person.sipp.messages();
        assert_eq!(messages.matches("INVITE sip:").count(), 1, "{messages}");
    }
}

/// The one try has kept the promise, and a clinician has closed it.
fn is_kept(server: &Server) {
    server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
    assert_eq!(stage(server), "done");
    let callbacks = server.json(&["callbacks", "--all"]);
    assert_eq!(callbacks[0]["attempts"], 1);
    let reference = callbacks[0]["reference"].as_str().unwrap();
    let shown = server.json(&["callbacks", "show", reference]);
    let log = shown["history"].as_array().unwrap().iter();
    let log = log.filter(|row| row["kind"] == "log");
    let what: Vec<&str> = log.filter_map(|row| row["what"].as_str()).collect();
    assert_eq!(what, ["booked", "tried", "answered", "closed"], "{shown}");
    nothing_is_left(server);
}

fn nothing_is_left(server: &Server) {
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
    server.wait_metric("ivr111_sip_dialogs", 0.0, SOON);
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
}

#[test]
fn a_callback_goes_on_until_the_caller_hangs_up() {
    let mut server = Server::start();
    let nurse = Person::answers(0, 300, NURSE);
    let called = callback_with(&server, &nurse);
    // Twice in a row is as well as once.
    for _ in 0..2 {
        server.kill_and_restart();
        they_talk_on(&server, &called, CALLER, &nurse, NURSE);
        assert_eq!(stage(&server), "talking");
    }
    talk(&called);
    called.told();
    called.sipp.succeeds(SOON);
    nurse.sipp.succeeds(SOON);
    is_kept(&server);
}

#[test]
fn a_callback_goes_on_under_a_new_binary_until_the_clinician_hangs_up() {
    let mut server = Server::start();
    let nurse = Person::answers_until_told(0, 300, NURSE);
    let called = callback_with(&server, &nurse);
    server.replace();
    they_talk_on(&server, &called, CALLER, &nurse, NURSE);
    talk(&nurse);
    nurse.told();
    nurse.sipp.succeeds(SOON);
    called.sipp.wait_message("BYE sip:", SOON);
    is_kept(&server);
}

#[test]
fn a_clinician_who_has_gone_meanwhile_leaves_the_promise_open() {
    let mut server = Server::start_with(&[("silence = 10", "silence = 3")], &[]);
    let nurse = Person::answers(0, 300, NURSE);
    let called = callback_with(&server, &nurse);
    server.kill();
    drop(nurse);
    server.kill_and_restart();
    // Nothing is heard of them: that was no end of a conversation.
    called.sipp.wait_message("BYE sip:", SOON);
    wait_event(&server, BRIGHTON, "callback", "");
    server.wait_metric("ivr111_callbacks_open", 1.0, SOON);
    assert_eq!(server.json(&["callbacks"])[0]["attempts"], 1);
    nothing_is_left(&server);
}

#[test]
fn whoever_is_called_back_to_a_kept_place_talks_on_and_is_not_called_anew() {
    let mut server = Server::start_with(&with(&[]), &[]);
    let handler = Person::answers(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    server.kill_and_restart();
    they_talk_on(&server, &called, CALLER, &handler, HANDLER);
    talk(&called);
    called.told();
    called.sipp.succeeds(SOON);
    handler.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "kept-place", "spoken to");
    nothing_is_left(&server);
    server.kill_and_restart();
    assert_eq!(server.metric("ivr111_queue_waiting"), 0.0);
}
