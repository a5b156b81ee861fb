//! Callers from a mobile, who key where the patient is: the first half of a postcode.

use std::time::Duration;

use crate::called_back::{ROOM, stays_with_the_room};
use crate::support::people::{CALLER, Person, SOON, hear_each_other, registers};
use crate::support::server::Server;
use crate::transfers::talk;
use crate::waiting::{wait_event, with};

const HANDLER: f64 = 883.0;
/// It tells no place.
const MOBILE: &str = "+447700900321";

/// Symptoms of somebody who is neither young nor old; and before that the place is asked for.
const SYMPTOMS: [(&str, &str); 2] = [("welcome", "1"), ("age", "2")];

/// The postcode: of B61, BN1, CM1 and CO1 it is the second.
const BRIGHTON: [(&str, &str); 3] = [
    ("region-menu", "7"),
    ("key-your-postcode", "261#"),
    ("postcode-for", "2"),
];
/// The called-back caller's phone, where the carrier's trunk leads.
const CARRIER: u16 = 5980;

fn presses(server: &Server, caller: &Person, keys: &[(&str, &str)]) {
    for (heard, keys) in keys {
        wait_event(server, MOBILE, "prompt", heard);
        caller.presses(keys);
    }
}

/// Somebody who keys a postcode and waits for a handler.
fn waits_in_brighton(server: &Server) -> Person {
    let caller = Person::calls("111", MOBILE, false);
    presses(server, &caller, &SYMPTOMS);
    presses(server, &caller, &BRIGHTON);
    wait_event(server, MOBILE, "prompt", "queue-joined");
    caller
}

/// A handler takes the caller who waits, and brings them to 999.
fn is_brought_to_999(caller: Person, server: &Server) {
    let handler = Person::answers_until_told(0, 300, HANDLER);
    registers("1001", handler.port);
    is_brought_to_999_by(handler, caller, server);
}

/// Whoever talks to them brings them to 999: the room is told of the postcode, and by whom it was said.
fn is_brought_to_999_by(handler: Person, caller: Person, server: &Server) {
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.sipp.wait_message("INVITE ", SOON);
    let shown = handler.sipp.messages();
    assert!(shown.contains(", BN1"), "{shown}");
    let room = Person::answers_until_told(5991, 300, ROOM);
    handler.rtp.press("*9");
    stays_with_the_room(&caller, handler, HANDLER, &room);
    room.sipp.wait_message("INVITE ", SOON);
    let invite = room.sipp.messages();
    assert!(invite.contains("<ca:PC>BN1</ca:PC>"), "{invite}");
    assert!(invite.contains("<gp:method>Manual</gp:method>"));
    assert!(invite.contains("the caller has keyed this first half of a postcode"));
    room.told();
    room.sipp.succeeds(SOON);
    caller
        .sipp
        .wait_message("BYE sip:", Duration::from_secs(40));
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
}

#[test]
fn a_control_room_is_told_of_the_postcode_that_the_caller_has_keyed() {
    let server = Server::start();
    let caller = waits_in_brighton(&server);
    let decided = wait_event(&server, MOBILE, "region", "kent-surrey-sussex");
    assert!(
        decided.contains("the postcode that the caller keyed"),
        "{decided}"
    );
    is_brought_to_999(caller, &server);
}

#[test]
fn a_postcode_outlives_the_process() {
    let mut server = Server::start();
    let caller = waits_in_brighton(&server);
    server.kill_and_restart();
    is_brought_to_999(caller, &server);
}

/// Somebody who keys a postcode, and is promised a callback.
fn is_promised_a_callback(server: &Server) {
    let caller = Person::calls("111", MOBILE, false);
    presses(server, &caller, &[("welcome", "4")]);
    presses(server, &caller, &BRIGHTON);
    presses(server, &caller, &[("number-read-back-before", "1")]);
    caller.sipp.succeeds(Duration::from_secs(60));
}

#[test]
fn who_rings_again_about_their_callback_is_where_they_said_before() {
    let server = Server::start();
    is_promised_a_callback(&server);
    let caller = Person::calls("111", MOBILE, false);
    presses(&server, &caller, &[("again-booked", "2")]);
    let nurse = Person::answers_until_told(0, 300, HANDLER);
    registers("2001", nurse.port);
    is_brought_to_999_by(nurse, caller, &server);
}

#[test]
fn a_postcode_stands_with_the_callback_that_was_promised() {
    let mut server = Server::start();
    is_promised_a_callback(&server);
    server.kill_and_restart();
    let called = Person::answers_until_told(CARRIER, 300, CALLER);
    let nurse = Person::answers_until_told(0, 300, HANDLER);
    registers("2001", nurse.port);
    is_brought_to_999_by(nurse, called, &server);
}

/// Somebody who keys a postcode, and keeps the place in the queue.
fn keeps_the_place(server: &Server) {
    let caller = waits_in_brighton(server);
    // Cuts the first words short.
    caller.rtp.press("0");
    let keeps = [("queue-keep-offer", "1"), ("number-read-back-before", "1")];
    presses(server, &caller, &keeps);
    caller.sipp.succeeds(Duration::from_secs(40));
}

#[test]
fn who_rings_again_about_their_place_is_where_they_said_before() {
    let server = Server::start_with(&with(&[]), &[]);
    keeps_the_place(&server);
    let caller = Person::calls("111", MOBILE, false);
    presses(&server, &caller, &[("again-place", "2")]);
    wait_event(&server, MOBILE, "region", "kent-surrey-sussex");
    is_brought_to_999(caller, &server);
}

#[test]
fn a_postcode_stands_with_the_place_that_is_kept() {
    let mut server = Server::start_with(&with(&[]), &[]);
    keeps_the_place(&server);
    server.kill_and_restart();
    let called = Person::answers_until_told(CARRIER, 300, CALLER);
    let handler = Person::answers_until_told(0, 300, HANDLER);
    registers("1001", handler.port);
    is_brought_to_999_by(handler, called, &server);
}

#[test]
fn a_postcode_on_a_border_is_followed_by_the_question_for_the_region() {
    let server = Server::start();
    let handler = Person::answers_until_told(0, 300, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", MOBILE, false);
    presses(&server, &caller, &SYMPTOMS);
    // B76, BR6, BS6, or CR6, which is in London or in Surrey.
    let place = [
        ("region-menu", "7"),
        ("key-your-postcode", "276#"),
        ("postcode-for", "4"),
    ];
    presses(&server, &caller, &place);
    presses(&server, &caller, &[("postcode-borders", "4")]);
    wait_event(&server, MOBILE, "region", "london");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    talk(&caller);
    handler.told();
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
}
