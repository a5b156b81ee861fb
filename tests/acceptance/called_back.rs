//! Calls that we make: whoever speaks to the caller can do with them what they can in any other call.

use std::time::Duration;

use serde_json::Value;

use crate::callback::{books, stage};
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, all_three_hear, hear_each_other, registers, unregisters,
};
use crate::support::server::Server;
use crate::transfers::{MD5, talk};
use crate::waiting::{hangs_up_keeping, wait_event, with};

const HANDLER: f64 = 883.0;
const NURSE: f64 = 733.0;
const GP: f64 = 1_083.0;
const GP_URI: &str = "sip:2002@127.0.0.1:5060";
const NEXT: f64 = 1_683.0;
pub const ROOM: f64 = 1_283.0;
const SUPERVISOR: f64 = 1_483.0;
/// The called-back caller's phone, where the carrier's trunk leads.
const CARRIER: u16 = 5980;

/// A caller who has kept the place is called back, and talks with a handler.
pub fn kept_place_with(server: &Server, handler: &Person) -> Person {
    hangs_up_keeping(server);
    let called = Person::answers_until_told(CARRIER, 300, CALLER);
    registers("1001", handler.port);
    hear_each_other(&called.rtp, CALLER, &handler.rtp, HANDLER);
    called
}

/// A caller who was promised a callback, and talks with a nurse.
pub fn callback_with(server: &Server, nurse: &Person) -> Person {
    books(server, false);
    let called = Person::answers_until_told(CARRIER, 300, CALLER);
    registers("2001", nurse.port);
    hear_each_other(&called.rtp, CALLER, &nurse.rtp, NURSE);
    called
}

/// All three hear each other; the one who pressed the key goes, and the two others go on.
pub fn stays_with_the_room(called: &Person, who: Person, says: f64, room: &Person) {
    all_three_hear([(&called.rtp, CALLER), (&who.rtp, says), (&room.rtp, ROOM)]);
    who.told();
    who.sipp.succeeds(SOON);
    hear_each_other(&called.rtp, CALLER, &room.rtp, ROOM);
    talk(room);
}

fn nothing_is_left(server: &Server) {
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
    server.wait_metric("ivr111_sip_dialogs", 0.0, SOON);
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
}

/// They are not called again.
fn is_accounted_for(mut server: Server) {
    nothing_is_left(&server);
    assert_eq!(server.json(&["callbacks"]), Value::Array(vec![]));
    server.kill_and_restart();
    assert_eq!(server.metric("ivr111_queue_waiting"), 0.0);
}

/// Waits until the callback is closed, with this in the timeline, and nothing is left of the call.
fn is_done_with(server: &Server, how: &str) {
    wait_event(server, BRIGHTON, "callback", how);
    server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
    assert_eq!(stage(server), "done");
    nothing_is_left(server);
}

#[test]
fn from_a_kept_place_a_key_brings_the_caller_to_999_until_the_room_hangs_up() {
    let server = Server::start_with(&with(&[]), &[]);
    let room = Person::answers_until_told(5991, 300, ROOM);
    let handler = Person::answers_until_told(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    handler.rtp.press("*9");
    stays_with_the_room(&called, handler, HANDLER, &room);
    wait_event(&server, BRIGHTON, "transfer", "to 999");
    room.told();
    room.sipp.succeeds(SOON);
    called
        .sipp
        .wait_message("BYE sip:", Duration::from_secs(40));
    wait_event(&server, BRIGHTON, "kept-place", "handed to 999");
    is_accounted_for(server);
}

#[test]
fn from_a_kept_place_a_key_brings_the_caller_to_999_until_the_caller_hangs_up() {
    let server = Server::start_with(&with(&[]), &[]);
    let room = Person::answers(5991, 300, ROOM);
    let handler = Person::answers_until_told(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    handler.rtp.press("*9");
    stays_with_the_room(&called, handler, HANDLER, &room);
    called.told();
    called.sipp.succeeds(SOON);
    room.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "kept-place", "handed to 999");
    is_accounted_for(server);
}

#[test]
fn a_clinical_callback_is_brought_to_999_and_done_with() {
    let server = Server::start();
    let room = Person::answers(5991, 300, ROOM);
    let nurse = Person::answers_until_told(0, 300, NURSE);
    let called = callback_with(&server, &nurse);
    nurse.rtp.press("*9");
    stays_with_the_room(&called, nurse, NURSE, &room);
    called.told();
    called.sipp.succeeds(SOON);
    room.sipp.succeeds(SOON);
    is_done_with(&server, "handed to 999");
}

#[test]
fn in_a_clinical_callback_a_nurse_refers_the_caller_to_a_gp() {
    let server = Server::start();
    let nurse = Person::answers_and_refers("200", NURSE);
    let called = callback_with(&server, &nurse);
    // At work only now, so that the nurse has had the callback.
    let gp = Person::answers(0, 300, GP);
    registers("2002", gp.port);
    nurse.told_to_refer(GP_URI);
    nurse.sipp.succeeds(SOON);
    hear_each_other(&called.rtp, CALLER, &gp.rtp, GP);
    talk(&called);
    wait_event(&server, BRIGHTON, "transfer", "to 2002");
    assert_eq!(stage(&server), "talking");
    called.told();
    called.sipp.succeeds(SOON);
    gp.sipp.succeeds(SOON);
    is_done_with(&server, "made");
}

#[test]
fn what_is_promised_again_in_a_clinical_callback_is_one_promise() {
    let server = Server::start();
    let nurse = Person::answers(0, 300, NURSE);
    let called = callback_with(&server, &nurse);
    nurse.rtp.press("*2");
    nurse.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "prompt", "number-read-back-before");
    called.rtp.press("201632960001#");
    wait_event(&server, BRIGHTON, "prompt", "number-read-back-before");
    called.rtp.press("1");
    wait_event(&server, BRIGHTON, "callback", "promised again");
    called
        .sipp
        .wait_message("BYE sip:", Duration::from_secs(40));
    nothing_is_left(&server);
    let callbacks = server.json(&["callbacks", "--all"]);
    assert_eq!(callbacks.as_array().unwrap().len(), 1, "{callbacks}");
    assert_eq!(callbacks[0]["stage"], "due");
    assert_eq!(callbacks[0]["number"], "+441632960001");
    assert_eq!(callbacks[0]["attempts"], 0);
    assert_eq!(server.metric("ivr111_callbacks_open"), 1.0);
}

#[test]
fn a_caller_whom_we_ring_is_held_by_a_key_and_hears_music() {
    let server = Server::start_with(&with(&[]), &[]);
    let handler = Person::answers_until_told(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    handler.rtp.press("*3");
    called.rtp.wait_other_sound(HANDLER, SOON);
    handler.rtp.press("*3");
    hear_each_other(&called.rtp, CALLER, &handler.rtp, HANDLER);
    talk(&called);
    handler.told();
    handler.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "kept-place", "spoken to");
    is_accounted_for(server);
}

#[test]
fn a_supervisor_listens_to_a_caller_whom_we_ring() {
    let server = Server::start_with(&with(&[MD5]), &[]);
    let handler = Person::answers(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    let supervisor = Person::dials_as_saying("3001", "*311001", SUPERVISOR);
    let hears = |person: &Person, tones: &[f64], not| person.rtp.wait_tones(tones, not, SOON);
    hears(&supervisor, &[CALLER, HANDLER], SUPERVISOR);
    hears(&called, &[HANDLER], SUPERVISOR);
    hears(&handler, &[CALLER], SUPERVISOR);
    wait_event(&server, BRIGHTON, "supervised", "3001 listens to 1001");
    talk(&called);
    called.told();
    called.sipp.succeeds(SOON);
    handler.sipp.succeeds(SOON);
    // The conversation is over, and so is the supervisor's call.
    supervisor.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "kept-place", "spoken to");
    is_accounted_for(server);
}

#[test]
fn who_is_lost_while_they_are_handed_on_keeps_the_place() {
    let server = Server::start_with(&with(&[]), &[]);
    let handler = Person::answers_until_told(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    talk(&called);
    handler.rtp.press("*1");
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    handler.told();
    handler.sipp.succeeds(SOON);
    called.rtp.wait_other_sound(HANDLER, SOON);
    called.told();
    called.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "transfer", "gone while");
    assert_eq!(server.metric("ivr111_queue_waiting"), 1.0);
    // Whom they waited for at last rings them.
    let called = Person::answers_until_told(CARRIER, 300, CALLER);
    let nurse = Person::answers(0, 100, NURSE);
    registers("2001", nurse.port);
    hear_each_other(&called.rtp, CALLER, &nurse.rtp, NURSE);
    talk(&called);
    called.told();
    called.sipp.succeeds(SOON);
    nurse.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "kept-place", "spoken to");
    is_accounted_for(server);
}

#[test]
fn a_caller_for_whom_no_clinician_is_there_waits_on_the_line_for_a_handler() {
    let server = Server::start_with(&with(&[("seek = 60", "seek = 2")]), &[]);
    let handler = Person::answers_until_told(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    talk(&called);
    handler.rtp.press("*1");
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    handler.told();
    handler.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "transfer", "waits again, first of all");
    let next = Person::answers(0, 100, NEXT);
    registers("1002", next.port);
    hear_each_other(&called.rtp, CALLER, &next.rtp, NEXT);
    let shown = next.sipp.messages();
    assert!(shown.contains("\"RETURNED - called back: "), "{shown}");
    talk(&called);
    called.told();
    called.sipp.succeeds(SOON);
    next.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "kept-place", "spoken to");
    is_accounted_for(server);
}

#[test]
fn who_is_lost_on_the_way_to_999_in_a_clinical_callback_is_rung_before_all_others() {
    // No control room answers.
    let server = Server::start();
    let nurse = Person::answers_until_told(0, 300, NURSE);
    let called = callback_with(&server, &nurse);
    talk(&called);
    nurse.rtp.press("*9");
    wait_event(&server, BRIGHTON, "transfer", "to 999");
    unregisters("2001", nurse.port);
    nurse.told();
    nurse.sipp.succeeds(SOON);
    called.told();
    called.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "transfer", "before a control room");
    let called = Person::answers_until_told(CARRIER, 300, CALLER);
    let gp = Person::answers(0, 300, GP);
    registers("2002", gp.port);
    hear_each_other(&called.rtp, CALLER, &gp.rtp, GP);
    talk(&called);
    called.told();
    called.sipp.succeeds(SOON);
    gp.sipp.succeeds(SOON);
    server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
    assert_eq!(stage(&server), "done");
}

#[test]
fn from_a_kept_place_a_key_hands_the_caller_to_a_clinician() {
    let server = Server::start_with(&with(&[]), &[]);
    let handler = Person::answers(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    let nurse = Person::answers_until_told(0, 300, NURSE);
    registers("2001", nurse.port);
    handler.rtp.press("*1");
    handler.sipp.succeeds(SOON);
    hear_each_other(&called.rtp, CALLER, &nurse.rtp, NURSE);
    wait_event(&server, BRIGHTON, "transfer", "to 2001");
    talk(&nurse);
    nurse.told();
    nurse.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "kept-place", "spoken to");
    is_accounted_for(server);
}

#[test]
fn who_is_promised_a_callback_from_a_kept_place_keeps_no_place() {
    let server = Server::start_with(&with(&[]), &[]);
    let handler = Person::answers(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    handler.rtp.press("*2");
    handler.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "prompt", "number-read-back-before");
    called.rtp.press("1");
    wait_event(&server, BRIGHTON, "kept-place", "promised a callback");
    let callbacks = server.json(&["callbacks", "--all"]);
    assert_eq!(callbacks.as_array().unwrap().len(), 1, "{callbacks}");
    assert_eq!(callbacks[0]["number"], BRIGHTON);
    assert_eq!(server.metric("ivr111_callbacks_open"), 1.0);
    // The clinician who is looked for waits in the place of nobody else.
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
}

#[test]
fn who_is_lost_on_the_way_to_999_keeps_the_place_before_all_others() {
    // No control room answers.
    let server = Server::start_with(&with(&[]), &[]);
    let handler = Person::answers_until_told(0, 100, HANDLER);
    let called = kept_place_with(&server, &handler);
    talk(&called);
    handler.rtp.press("*9");
    wait_event(&server, BRIGHTON, "transfer", "to 999");
    unregisters("1001", handler.port);
    handler.told();
    handler.sipp.succeeds(SOON);
    called.told();
    called.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "transfer", "before a control room");
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    let called = Person::answers_until_told(CARRIER, 300, CALLER);
    let next = Person::answers(0, 100, NEXT);
    registers("1002", next.port);
    hear_each_other(&called.rtp, CALLER, &next.rtp, NEXT);
    talk(&called);
    called.told();
    called.sipp.succeeds(SOON);
    next.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "kept-place", "spoken to");
    is_accounted_for(server);
}
