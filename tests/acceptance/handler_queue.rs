//! Callers and handlers: the queue, the conversation, both hang-ups.

use std::time::Duration;

use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other, refuses, registers, registers_as,
};
use crate::support::server::Server;

const HANDLER: f64 = 883.0;
/// Two rounds of the menu, and the time that a caller is given after each.
const SILENT_CALLER: Duration = Duration::from_secs(150);

fn a_handler_hangs_up(tcp: bool) {
    let server = Server::start();
    let handler = Person::answers_and_hangs_up(0, 500, TALK, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, tcp);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    let shown = handler.sipp.messages();
    assert!(
        shown.contains("\"Kent, Surrey and Sussex: symptoms\" <sip:+441273555010@"),
        "{shown}"
    );
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    let call = server.ended_call();
    assert_eq!(call["rule"], "area-code");
    assert_eq!(call["ended_why"], "the other side hung up");
    assert!(call["provider"] == "harmoni" || call["provider"] == "secamb");
    let events = server.timeline();
    let keys: Vec<&str> = events
        .iter()
        .filter(|event| event["kind"] == "key")
        .map(|event| event["detail"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["caller: a key by Event", "caller: a key by Event"]);
}

#[test]
fn symptoms_lead_to_a_handler_whose_hang_up_ends_the_call_over_udp() {
    a_handler_hangs_up(false);
}

#[test]
fn symptoms_lead_to_a_handler_whose_hang_up_ends_the_call_over_tcp() {
    a_handler_hangs_up(true);
}

fn a_caller_hangs_up(tcp: bool) {
    let server = Server::start();
    let handler = Person::answers(0, 500, HANDLER);
    registers("1002", handler.port);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, tcp, 12_000);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    caller.sipp.succeeds(SOON);
    handler.sipp.succeeds(SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
    let call = server.ended_call();
    assert_eq!(call["ended_why"], "caller: hung up by the peer");
}

#[test]
fn the_callers_hang_up_ends_the_call_too_over_udp() {
    a_caller_hangs_up(false);
}

#[test]
fn the_callers_hang_up_ends_the_call_too_over_tcp() {
    a_caller_hangs_up(true);
}

#[test]
fn a_caller_who_presses_nothing_is_brought_to_a_person() {
    let server = Server::start();
    let handler = Person::answers_and_hangs_up(0, 500, TALK, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.rtp.wait_tone(HANDLER, SILENT_CALLER);
    handler.rtp.wait_tone(CALLER, SOON);
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.ended_call()["destination"], "handler-queue");
}

#[test]
fn a_phone_that_is_not_answered_or_refuses_gives_way_to_the_next() {
    let _server = Server::start();
    // 1001 rings for longer than it may, 1002 is engaged, 1003 answers.
    let slow = Person::answers(0, 60_000, HANDLER - 100.0);
    registers("1001", slow.port);
    let port = crate::support::sipp::free_port();
    let engaged = refuses(port, 486);
    let answering = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    slow.sipp.wait_message("INVITE", SOON);
    registers("1002", port);
    registers("1003", answering.port);
    caller.rtp.wait_tone(HANDLER, Duration::from_secs(40));
    assert!(slow.sipp.messages().contains("CANCEL sip:"));
    assert!(engaged.messages().contains("INVITE"));
    answering.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

/// The next handler, who says something else than the first.
const NEXT: f64 = HANDLER + 200.0;

#[test]
fn a_caller_whose_handler_goes_at_once_is_given_to_the_next() {
    let server = Server::start();
    let first = Person::answers_and_hangs_up(0, 300, 500, HANDLER);
    registers("1001", first.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    first.sipp.succeeds(SOON);
    let next = Person::answers_and_hangs_up(0, 300, TALK, NEXT);
    registers("1002", next.port);
    hear_each_other(&caller.rtp, CALLER, &next.rtp, NEXT);
    next.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.ended_call()["ended_why"], "the other side hung up");
}

#[test]
fn a_caller_whose_handler_vanishes_is_given_to_the_next() {
    let server = Server::start_with(&[("silence = 10", "silence = 2")], &[]);
    let first = Person::answers(0, 300, HANDLER);
    registers("1001", first.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &first.rtp, HANDLER);
    // Without a word: the phone's battery has run out.
    drop(first);
    let next = Person::answers_and_hangs_up(0, 300, TALK, NEXT);
    registers("1002", next.port);
    hear_each_other(&caller.rtp, CALLER, &next.rtp, NEXT);
    next.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
}

#[test]
fn a_handler_of_whom_nothing_is_ever_heard_gives_way_to_the_next() {
    let server = Server::start_with(&[("silence = 10", "silence = 2")], &[]);
    // A firewall lets their sound in, and not out.
    let first = Person::answers_unheard(300);
    registers("1001", first.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    first.rtp.wait_tone(CALLER, SOON);
    // Asked once whether they are there, and let go.
    first.sipp.succeeds(SOON);
    let next = Person::answers_and_hangs_up(0, 300, TALK, NEXT);
    registers("1002", next.port);
    hear_each_other(&caller.rtp, CALLER, &next.rtp, NEXT);
    next.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.metric("ivr111_never_heard_total"), 1.0);
    let events = server.timeline();
    let said = |detail: &str| {
        events
            .iter()
            .any(|e| e["kind"] == "silent" && e["detail"] == detail)
    };
    assert!(said("handler 1001: never heard"), "{events:?}");
}

#[test]
fn a_caller_hears_music_while_the_handler_holds() {
    let server = Server::start();
    let handler = Person::answers_and_holds(0, 300, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.told();
    caller.rtp.wait_other_sound(HANDLER, SOON);
    let heard_by_handler = handler.rtp.heard().len();
    let so_far = caller.rtp.heard().len();
    caller.rtp.wait(SOON, "four seconds of it", |heard| {
        (heard.len() > so_far + 200).then_some(())
    });
    // Whoever holds wants to hear nothing.
    assert!(handler.rtp.heard().len() <= heard_by_handler + 1);
    handler.told();
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.told();
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    let events = server.timeline();
    let kinds: Vec<&str> = events.iter().filter_map(|e| e["kind"].as_str()).collect();
    assert!(
        kinds.contains(&"held") && kinds.contains(&"retrieved"),
        "{kinds:?}"
    );
}

/// The address of a phone in its own network, which leads nowhere from here.
const INSIDE: &str = "10.0.0.7:5060";

#[test]
fn a_phone_behind_a_nat_is_reached_where_it_registered_from() {
    let server = Server::start();
    let port = crate::support::sipp::free_port();
    registers_as("1001", port, INSIDE, false);
    let phone = Person::answers_as(port, INSIDE, 300, HANDLER);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 15_000);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &phone.rtp, HANDLER);
    caller.sipp.succeeds(SOON);
    // It has got the ACK, and the goodbye.
    phone.sipp.succeeds(SOON);
    server.wait_metric("ivr111_sip_dialogs", 0.0, SOON);
}

#[test]
fn a_phone_whose_connection_has_closed_is_no_longer_signed_in() {
    let server = Server::start();
    // One that listens somewhere may still be called there.
    registers_as("1002", 0, "127.0.0.1:6;transport=tcp", true);
    registers_as("1001", 0, INSIDE, true);
    server.wait_log("signed out", SOON);
    server.wait_metric("ivr111_handlers", 1.0, SOON);
}

#[test]
fn a_caller_who_hangs_up_while_waiting_leaves_nothing_behind() {
    let server = Server::start();
    let ringing = Person::answers(0, 60_000, HANDLER);
    registers("1001", ringing.port);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 6_000);
    caller.presses("12");
    ringing.sipp.wait_message("INVITE", SOON);
    caller.sipp.succeeds(SOON);
    ringing.sipp.wait_message("CANCEL sip:", SOON);
    for gauge in ["ivr111_calls", "ivr111_queue_waiting", "ivr111_media_ports"] {
        server.wait_metric(gauge, 0.0, SOON);
    }
}

#[test]
fn a_star_line_goes_to_a_clinician() {
    let _server = Server::start();
    let nurse = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers("2001", nurse.port);
    let caller = Person::calls("*5", BRIGHTON, false);
    hear_each_other(&caller.rtp, CALLER, &nurse.rtp, HANDLER);
    nurse.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}
