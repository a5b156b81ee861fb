//! Handing a caller on: by keys and by REFER, to a clinician, to 999, and back where that fails.

use std::time::Duration;

use crate::support::baresip::Baresip;
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, all_three_hear, hear_each_other, refuses, registers,
};
use crate::support::server::Server;
use crate::support::sipp::free_port;

const HANDLER: f64 = 883.0;
const NURSE: f64 = 1_083.0;
const NURSE_URI: &str = "sip:2001@127.0.0.1:5060";
const ROOM: f64 = 1_283.0;

/// A caller who talks with a handler.
fn with_a_handler(handler: &Person) -> Person {
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    caller
}

/// Four seconds more: a conversation, whoever ends it.
pub fn talk(person: &Person) {
    let so_far = person.rtp.heard().len();
    person.rtp.wait(SOON, "four seconds of it", |heard| {
        (heard.len() > so_far + 200).then_some(())
    });
}

fn nurse() -> Person {
    let nurse = Person::answers_and_hangs_up(0, 300, TALK, NURSE);
    registers("2001", nurse.port);
    nurse
}

/// Both talk, the nurse hangs up, and nothing is left.
fn talks_with_the_nurse(server: &Server, caller: Person, nurse: Person) {
    hear_each_other(&caller.rtp, CALLER, &nurse.rtp, NURSE);
    nurse.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
    server.wait_metric("ivr111_sip_dialogs", 0.0, SOON);
}

#[test]
fn a_key_hands_the_caller_to_a_clinician() {
    let server = Server::start();
    let handler = Person::answers(0, 300, HANDLER);
    let caller = with_a_handler(&handler);
    let nurse = nurse();
    handler.rtp.press("*1");
    // The handler's phone is hung up once the nurse is there.
    handler.sipp.succeeds(SOON);
    talks_with_the_nurse(&server, caller, nurse);
}

#[test]
fn a_caller_for_whom_no_clinician_is_there_stays_with_the_handler() {
    let _server = Server::start_with(&[("seek = 60", "seek = 2")], &[]);
    let handler = Person::answers_until_told(0, 300, HANDLER);
    let caller = with_a_handler(&handler);
    handler.rtp.press("*1");
    // "The transfer has not come about", and the caller again.
    handler.rtp.wait_other_sound(CALLER, SOON);
    talk(&caller);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.told();
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_phone_transfers_a_caller_to_a_nurse_by_refer() {
    let server = Server::start();
    let handler = Person::answers_and_refers("200", HANDLER);
    let caller = with_a_handler(&handler);
    let nurse = nurse();
    handler.told_to_refer(NURSE_URI);
    handler.sipp.succeeds(SOON);
    talks_with_the_nurse(&server, caller, nurse);
}

#[test]
fn a_transfer_that_is_refused_leaves_the_caller_with_the_handler() {
    let _server = Server::start();
    let handler = Person::answers_and_refers("480", HANDLER);
    let caller = with_a_handler(&handler);
    let port = free_port();
    let engaged = refuses(port, 486);
    registers("2001", port);
    handler.told_to_refer(NURSE_URI);
    engaged.wait_message("INVITE", SOON);
    handler.sipp.wait_message("SIP/2.0 480", SOON);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
}

#[test]
fn a_caller_is_held_by_a_key_and_hears_music() {
    let _server = Server::start();
    let handler = Person::answers_until_told(0, 300, HANDLER);
    let caller = with_a_handler(&handler);
    handler.rtp.press("*3");
    caller.rtp.wait_other_sound(HANDLER, SOON);
    handler.rtp.press("*3");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    talk(&caller);
    handler.told();
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_key_brings_a_caller_to_999_and_the_handler_stays_with_them() {
    let server = Server::start();
    let handler = Person::answers_until_told(0, 300, HANDLER);
    let caller = with_a_handler(&handler);
    let room = Person::answers_until_told(5991, 300, ROOM);
    handler.rtp.press("*9");
    all_three_hear([
        (&caller.rtp, CALLER),
        (&handler.rtp, HANDLER),
        (&room.rtp, ROOM),
    ]);
    handler.told();
    handler.sipp.succeeds(SOON);
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    talk(&room);
    room.told();
    room.sipp.succeeds(SOON);
    caller.sipp.succeeds(Duration::from_secs(40));
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
}

const SUPERVISOR: f64 = 1_483.0;
const CONSULTING: f64 = 1_683.0;
/// SIPp knows no other, and gives up where the two are offered; so does this baresip.
pub const MD5: (&str, &str) = ("\"SHA-256\", \"MD5\"", "\"MD5\"");

/// What somebody hears by now, in the newest second of it.
fn hears(person: &Person, tones: &[f64], not: f64) {
    person.rtp.wait_tones(tones, not, SOON);
}

#[test]
fn a_supervisor_whispers_to_the_handler_and_the_caller_hears_nothing_of_it() {
    let server = Server::start_with(&[MD5], &[]);
    let handler = Person::answers_until_told(0, 300, HANDLER);
    let caller = with_a_handler(&handler);
    let supervisor = Person::dials_as_saying("3001", "*321001", SUPERVISOR);
    hears(&supervisor, &[CALLER, HANDLER], SUPERVISOR);
    hears(&handler, &[CALLER, SUPERVISOR], HANDLER);
    hears(&caller, &[HANDLER], SUPERVISOR);
    talk(&caller);
    handler.told();
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    // The conversation is over, and so is the supervisor's call.
    supervisor.sipp.succeeds(SOON);
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
    let events = server.timeline();
    let recorded =
        |e: &serde_json::Value| e["kind"] == "supervised" && e["detail"] == "3001 whispers to 1001";
    assert!(events.iter().any(recorded), "{events:?}");
}

#[test]
fn a_supervisor_listens_unheard_and_takes_over_when_it_must_be() {
    let server = Server::start_with(
        &[MD5, ("supervision-told = true", "supervision-told = false")],
        &[],
    );
    let handler = Person::answers(0, 300, HANDLER);
    let caller = with_a_handler(&handler);
    let listener = Person::dials_as_saying("3001", "*311001", SUPERVISOR);
    hears(&listener, &[CALLER, HANDLER], SUPERVISOR);
    hears(&caller, &[HANDLER], SUPERVISOR);
    hears(&handler, &[CALLER], SUPERVISOR);
    let taker = Person::dials_as_saying("3001", "*341001", SUPERVISOR + 200.0);
    handler.sipp.succeeds(SOON);
    hear_each_other(&caller.rtp, CALLER, &taker.rtp, SUPERVISOR + 200.0);
    drop(caller);
    listener.sipp.succeeds(SOON);
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
}

#[test]
fn nobody_but_a_supervisor_listens() {
    let _server = Server::start_with(&[MD5], &[]);
    let handler = Person::answers(0, 300, HANDLER);
    let caller = with_a_handler(&handler);
    let curious = Person::dials_as_saying("1002", "*331001", SUPERVISOR);
    // Told that they may not, and hung up.
    curious.sipp.succeeds(SOON);
    hears(&caller, &[HANDLER], SUPERVISOR);
}

#[test]
fn a_handler_consults_a_nurse_and_gives_her_the_caller() {
    let server = Server::start_with(&[MD5], &[]);
    let handler = Person::answers_and_refers("200", HANDLER);
    let caller = with_a_handler(&handler);
    let nurse = Person::answers_until_told(0, 300, NURSE);
    registers("2001", nurse.port);
    // The same phone's second call, with a sound of its own here.
    let consulting = Person::dials_as_saying("1001", "2001", CONSULTING);
    hear_each_other(&consulting.rtp, CONSULTING, &nurse.rtp, NURSE);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.told_to_refer(&format!("{NURSE_URI}?{}", consulting.replaced()));
    handler.sipp.succeeds(SOON);
    consulting.sipp.succeeds(SOON);
    hear_each_other(&caller.rtp, CALLER, &nurse.rtp, NURSE);
    talk(&caller);
    nurse.told();
    nurse.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
    server.wait_metric("ivr111_sip_dialogs", 0.0, SOON);
}

#[test]
fn a_softphone_transfers_a_caller_to_a_nurse() {
    let server = Server::start_with(&[MD5], &[]);
    let account = "<sip:1001@127.0.0.1>;auth_pass=demo-1001;answermode=auto;regint=60";
    let mut phone = Baresip::start(account, HANDLER);
    server.wait_metric("ivr111_handlers", 1.0, SOON);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    phone.wait("CALL_ESTABLISHED", SOON);
    caller.rtp.wait_tone(HANDLER, SOON);
    let nurse = nurse();
    phone.command("transfer", NURSE_URI);
    phone.wait("CALL_CLOSED", SOON);
    talks_with_the_nurse(&server, caller, nurse);
}
