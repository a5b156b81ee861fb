//! Handlers steer from their phones by dialled codes.

use crate::support::desk::Desk;
use crate::support::people::{
    BRIGHTON, CALLER, Person, SERVER, SOON, TALK, hear_each_other, registers, unregisters,
};
use crate::support::rtp::RtpPeer;
use crate::support::server::{Server, checkout};
use crate::support::sipp::{Scenario, Sipp};
use crate::support::sound::{self, alaw_decode, correlation};

const HANDLER: f64 = 883.0;
/// SIPp knows no other, and gives up where the two are offered.
const MD5: (&str, &str) = ("\"SHA-256\", \"MD5\"", "\"MD5\"");

/// Dials a code as an account, and asserts that it is answered with a prompt, said whole, and hung up.
fn dials(account: &str, code: &str, prompt: &str) {
    let phone = Person::dials_as(account, code);
    phone.sipp.succeeds(SOON);
    let heard = phone.rtp.heard();
    let bytes = heard.iter().flat_map(|heard| heard.payload.iter());
    let heard: Vec<i16> = bytes.map(|byte| alaw_decode(*byte)).collect();
    let file = format!("prompts/en-GB/{prompt}.flac");
    let said = sound::recording(&checkout().join(file));
    let likeness = likeness(&heard, &said);
    assert!(likeness > 0.9, "{code}: {prompt} was not said: {likeness}");
}

/// How alike a recording and what was heard are, where they are most.
fn likeness(heard: &[i16], said: &[i16]) -> f64 {
    let is_loud = |sample: &i16| sample.abs() > 500;
    let first = |samples: &[i16]| samples.iter().position(is_loud).unwrap_or(0);
    let about = first(heard).saturating_sub(first(said));
    let places = about.saturating_sub(400)..about + 400;
    let like = |at: usize| {
        let length = said.len().min(heard.len().saturating_sub(at));
        correlation(&heard[at..at + length], &said[..length])
    };
    // Where one is by its first second, and how the rest goes on from there.
    let second = |at: usize| {
        let length = 8_000.min(said.len()).min(heard.len().saturating_sub(at));
        correlation(&heard[at..at + length], &said[..length])
    };
    let place = places.max_by(|a, b| second(*a).total_cmp(&second(*b)));
    place.map_or(0.0, like)
}

fn state(server: &Server, word: &str, count: f64) {
    let name = format!("ivr111_handlers_by_state{{state=\"{word}\"}}");
    server.wait_metric(&name, count, SOON);
}

/// Nothing is left of calls by which somebody steered, and none of them was a caller's.
fn leaves_nothing(server: &Server, callers: f64) {
    for gauge in ["ivr111_calls", "ivr111_media_ports", "ivr111_sip_dialogs"] {
        server.wait_metric(gauge, 0.0, SOON);
    }
    assert_eq!(server.metric("ivr111_calls_received_total"), callers);
    let calls = server.json(&["calls"]);
    assert_eq!(calls.as_array().unwrap().len(), callers as usize);
}

#[test]
fn nobody_rings_a_handler_who_is_not_ready_until_they_are() {
    let server = Server::start_with(&[MD5], &[]);
    let handler = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers("1001", handler.port);
    dials("1001", "*221", "handler-not-ready");
    state(&server, "not-ready", 1.0);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    // A registration that is refreshed changes nothing.
    registers("1001", handler.port);
    state(&server, "not-ready", 1.0);
    assert!(!handler.sipp.messages().contains("INVITE"));
    dials("1001", "*21", "handler-ready");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    leaves_nothing(&server, 1.0);
    server.wait_log("was=\"available\" is=\"not-ready\"", SOON);
}

#[test]
fn a_handler_signs_out_while_the_phone_stays_registered_and_in_again() {
    let server = Server::start_with(&[MD5], &[]);
    let desk = Desk::open();
    registers("1001", desk.port);
    server.wait_metric("ivr111_handlers", 1.0, SOON);
    dials("1001", "*26", "handler-signed-out");
    server.wait_metric("ivr111_handlers", 0.0, SOON);
    registers("1001", desk.port);
    state(&server, "signed-out", 1.0);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    assert_eq!(desk.times("INVITE"), 0);
    dials("1001", "*25", "handler-signed-in");
    desk.wait("INVITE", 1, SOON);
    // The phone goes, and its handler with it; it comes back, and so do they.
    unregisters("1001", desk.port);
    server.wait_metric("ivr111_handlers", 0.0, SOON);
    desk.wait("CANCEL", 1, SOON);
    registers("1001", desk.port);
    desk.wait("INVITE", 2, SOON);
}

#[test]
fn a_break_outlasts_a_phone_that_restarts() {
    let server = Server::start_with(&[MD5], &[]);
    let desk = Desk::open();
    registers("1001", desk.port);
    dials("1001", "*22", "handler-not-ready");
    unregisters("1001", desk.port);
    state(&server, "not-ready", 0.0);
    registers("1001", desk.port);
    state(&server, "not-ready", 1.0);
    assert_eq!(desk.times("INVITE"), 0);
}

#[test]
fn wrap_up_is_lengthened_and_ended_by_codes() {
    let server = Server::start_with(&[MD5, ("wrap-up = 0", "wrap-up = 30")], &[]);
    let handler = Person::answers_and_hangs_up(0, 300, 4_000, HANDLER);
    registers("1001", handler.port);
    dials("1001", "*24", "code-not-now");
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    state(&server, "wrap-up", 1.0);
    let desk = Desk::open();
    registers("1001", desk.port);
    unregisters("1001", handler.port);
    dials("1001", "*24", "handler-wrap-up-extended");
    let next = Person::calls("111", BRIGHTON, false);
    next.presses("12");
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    state(&server, "wrap-up", 1.0);
    assert_eq!(desk.times("INVITE"), 0);
    dials("1001", "*23", "handler-wrap-up-ended");
    desk.wait("INVITE", 1, SOON);
}

#[test]
fn wrap_up_ends_by_itself() {
    let server = Server::start_with(&[("wrap-up = 0", "wrap-up = 4")], &[]);
    let handler = Person::answers_and_hangs_up(0, 300, 4_000, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    handler.sipp.succeeds(SOON);
    state(&server, "wrap-up", 1.0);
    state(&server, "available", 1.0);
    caller.sipp.succeeds(SOON);
}

#[test]
fn who_misses_two_offers_is_not_ready_and_is_told() {
    let changes = [MD5, ("\nring = 15\n", "\nring = 1\n")];
    let server = Server::start_with(&changes, &[]);
    let desk = Desk::open();
    registers("1001", desk.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    desk.wait("CANCEL", 2, SOON);
    state(&server, "not-ready", 1.0);
    assert_eq!(server.metric("ivr111_handlers_made_not_ready_total"), 1.0);
    assert_eq!(desk.times("INVITE"), 2);
    let told = desk.wait("MESSAGE", 1, SOON);
    assert!(
        told.contains("not ready. Dial *21 when you are back."),
        "{told}"
    );
    dials("1001", "*21", "handler-ready");
    desk.wait("INVITE", 3, SOON);
    drop(caller);
}

#[test]
fn an_unknown_code_and_one_that_is_not_theirs_are_answered_too() {
    let server = Server::start_with(&[MD5], &[]);
    registers("3001", Desk::open().port);
    registers("1001", Desk::open().port);
    server.wait_metric("ivr111_handlers", 1.0, SOON);
    for unknown in ["*99", "*229", "*", "5"] {
        dials("1001", unknown, "code-unknown");
    }
    dials("1001", "*311002", "code-not-allowed");
    // A supervisor's phone is registered, and not in the queue.
    dials("3001", "*21", "code-not-allowed");
    state(&server, "available", 1.0);
    // Nobody's phone is there.
    dials("1002", "*21", "handler-signed-out");
    leaves_nothing(&server, 0.0);
}

fn is_refused(file: &str, from: &str, status: &str) -> Sipp {
    let nowhere = RtpPeer::open();
    Sipp::run(&Scenario {
        file,
        to: Some(SERVER),
        dial: "*26",
        keys: vec![
            ("from", from.to_owned()),
            ("status", status.to_owned()),
            ("rtp", nowhere.port.to_string()),
        ],
        more: vec!["-m", "1", "-au", from, "-ap", "demo-9999"],
        ..Scenario::default()
    })
}

#[test]
fn nobody_steers_who_is_not_who_they_say() {
    let server = Server::start_with(&[MD5], &[]);
    registers("1001", Desk::open().port);
    is_refused("refused.xml", "1001", "401").succeeds(SOON);
    is_refused("dials_wrongly.xml", "1001", "401").succeeds(SOON);
    // A caller of the trunk has dialled a number that is not ours.
    is_refused("refused.xml", BRIGHTON, "404").succeeds(SOON);
    state(&server, "available", 1.0);
    server.wait_metric("ivr111_calls", 0.0, SOON);
}

#[test]
fn a_handler_goes_off_work_while_the_server_takes_no_more_calls() {
    let server = Server::start_with(&[MD5], &[]);
    let handler = Person::answers_and_hangs_up(0, 300, 2 * TALK, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    registers("1002", Desk::open().port);
    server.signal("TERM");
    server.wait_log("no new calls", SOON);
    dials("1002", "*26", "handler-signed-out");
    state(&server, "signed-out", 1.0);
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn codes_are_changed_while_the_server_runs() {
    let server = Server::start_with(&[MD5], &[]);
    registers("1001", Desk::open().port);
    server.changes("ivr111.toml", &[("ready = \"*21\"", "ready = \"*81\"")]);
    dials("1001", "*22", "handler-not-ready");
    dials("1001", "*21", "code-unknown");
    state(&server, "not-ready", 1.0);
    dials("1001", "*81", "handler-ready");
    state(&server, "available", 1.0);
}
