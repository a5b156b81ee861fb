//! Callers who ring again: told of the callback that they were promised, which they keep, change, or have no
//! need of any more; and numbers that are not called back.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::callback::{books, is_made_by, stage};
use crate::support::network;
use crate::support::nodes::{ONE, Shared};
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other, registers, registers_at,
};
use crate::support::server::Server;
use crate::waiting::{hangs_up_keeping, wait_event, wait_recording, with};

const NURSE: f64 = 733.0;
const HANDLER: f64 = 883.0;
/// The called-back caller's phone, where the carrier's trunk leads.
const CARRIER: u16 = 5980;
/// Long enough for a whole call in which the caller hears all that there is to hear.
const WHOLE: Duration = Duration::from_secs(60);

/// The one callback that there is, open or closed.
fn callback(server: &Server) -> Value {
    let callbacks = server.json(&["callbacks", "--all"]);
    assert_eq!(callbacks.as_array().unwrap().len(), 1, "{callbacks}");
    callbacks[0].clone()
}

/// Waits until so many calls from Brighton are over, and that is written down.
fn wait_ended(server: &Server, wanted: usize) {
    let end = Instant::now() + SOON;
    loop {
        let calls = server.json(&["calls", "--limit", "50"]);
        let calls = calls.as_array().unwrap().iter();
        let ended = calls.filter(|c| c["number"] == BRIGHTON && !c["ended_at"].is_null());
        if ended.count() == wanted {
            return;
        }
        assert!(Instant::now() < end, "not {wanted} calls are over");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A caller who has been promised a callback rings again, and has heard of it.
fn is_told(server: &Server, caller: &Person) {
    wait_event(
        server,
        BRIGHTON,
        "prompt",
        "again-booked, again-within-360, again-menu",
    );
    wait_recording(caller, "again-booked", 0);
}

/// Somebody whom the carrier leads to, and who is not to be called.
fn is_not_rung(person: &Person) {
    let messages = person.sipp.messages();
    assert!(!messages.contains("INVITE"), "{messages}");
}

#[test]
fn who_rings_again_keeps_the_callback_and_it_is_made() {
    let server = Server::start();
    books(&server, false);
    wait_ended(&server, 1);
    let before = callback(&server);
    let caller = Person::calls("111", BRIGHTON, false);
    is_told(&server, &caller);
    caller.rtp.press("1");
    wait_recording(&caller, "again-kept", 0);
    caller.sipp.succeeds(WHOLE);
    wait_event(&server, BRIGHTON, "ended", "the callback stands");
    let kept = callback(&server);
    for what in ["reference", "number", "booked_at", "deadline", "attempts"] {
        assert_eq!(kept[what], before[what], "{what}");
    }
    is_made_by("2001", BRIGHTON, &server);
    assert_eq!(stage(&server), "done");
}

/// A caller who has rung again speaks to a nurse instead; nobody rings them after that, or meanwhile.
fn speaks_now(caller: &Person, nurse: &Person, server: &Server) {
    is_told(server, caller);
    caller.rtp.press("2");
    wait_event(server, BRIGHTON, "prompt", "queue-joined");
    registers("2001", nurse.port);
    hear_each_other(&caller.rtp, CALLER, &nurse.rtp, NURSE);
    let shown = nurse.sipp.messages();
    let display = "\"CALLBACK BOOKED - Kent, Surrey and Sussex: to speak now\" <sip:+441273555010@";
    assert!(shown.contains(display), "{shown}");
}

fn is_closed_by_that(server: &Server, called: &Person) {
    wait_event(server, BRIGHTON, "again", "spoken to");
    server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
    assert_eq!(callback(server)["stage"], "done");
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
    is_not_rung(called);
}

#[test]
fn who_speaks_to_a_clinician_instead_is_not_called_back_once_they_hang_up() {
    let server = Server::start();
    books(&server, false);
    let called = Person::answers(CARRIER, 300, CALLER);
    let nurse = Person::answers(0, 300, NURSE);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 45_000);
    speaks_now(&caller, &nurse, &server);
    caller.sipp.succeeds(WHOLE);
    nurse.sipp.succeeds(SOON);
    is_closed_by_that(&server, &called);
}

#[test]
fn who_speaks_to_a_clinician_instead_is_not_called_back_once_the_clinician_hangs_up() {
    let mut server = Server::start();
    books(&server, false);
    let called = Person::answers(CARRIER, 300, CALLER);
    let nurse = Person::answers_and_hangs_up(0, 300, TALK, NURSE);
    let caller = Person::calls("111", BRIGHTON, false);
    speaks_now(&caller, &nurse, &server);
    nurse.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    is_closed_by_that(&server, &called);
    // Nor after a restart.
    server.kill_and_restart();
    assert_eq!(server.json(&["callbacks"]), Value::Array(vec![]));
}

#[test]
fn who_hangs_up_before_a_clinician_is_there_is_called_back() {
    let server = Server::start();
    books(&server, false);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 30_000);
    is_told(&server, &caller);
    // Nobody is sought for the callback while its caller is on the line.
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
    caller.rtp.press("2");
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    caller.sipp.succeeds(WHOLE);
    wait_event(&server, BRIGHTON, "abandoned", "queue: after ");
    is_made_by("2001", BRIGHTON, &server);
    assert_eq!(callback(&server)["attempts"], 1);
}

/// The new number is rung, once, and nobody is after that.
fn is_rung_once_at_the_new_number(server: &Server) {
    let nurse = Person::answers(0, 300, NURSE);
    let called = Person::answers_and_hangs_up(CARRIER, 300, TALK, CALLER);
    registers("2001", nurse.port);
    called
        .sipp
        .wait_message("INVITE sip:+441632960001@127.0.0.1:5980", SOON);
    hear_each_other(&called.rtp, CALLER, &nurse.rtp, NURSE);
    nurse.sipp.succeeds(SOON);
    server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
    let messages = called.sipp.messages();
    let invites = messages.lines().filter(|l| l.starts_with("INVITE sip:"));
    assert_eq!(invites.count(), 1, "{messages}");
    called.sipp.succeeds(SOON);
    let made = callback(server);
    assert_eq!(
        (&made["stage"], &made["attempts"]),
        (&"done".into(), &1.into())
    );
}

#[test]
fn who_changes_the_number_is_rung_there_once_by_the_same_deadline() {
    let mut server = Server::start();
    books(&server, false);
    let before = callback(&server);
    let caller = Person::calls("111", BRIGHTON, false);
    is_told(&server, &caller);
    caller.rtp.press("301632960001#");
    wait_event(&server, BRIGHTON, "prompt", "number-read-back-before");
    caller.rtp.press("1");
    caller.sipp.succeeds(WHOLE);
    wait_event(&server, BRIGHTON, "ended", "the callback is booked");
    server.kill_and_restart();
    let changed = callback(&server);
    assert_eq!(changed["number"], "+441632960001");
    for what in ["reference", "booked_at", "deadline"] {
        assert_eq!(changed[what], before[what], "{what}");
    }
    is_rung_once_at_the_new_number(&server);
}

#[test]
fn who_asks_for_the_same_callback_in_the_menu_has_one_and_not_two() {
    let server = Server::start();
    books(&server, false);
    let before = callback(&server);
    let caller = Person::calls("111", BRIGHTON, false);
    // In the welcome, before they are told anything.
    caller.presses("4201632960001#1");
    caller.sipp.succeeds(WHOLE);
    wait_event(
        &server,
        BRIGHTON,
        "callback",
        "promised before; confirmed anew",
    );
    let changed = callback(&server);
    assert_eq!(changed["deadline"], before["deadline"]);
    is_rung_once_at_the_new_number(&server);
}

#[test]
fn the_third_caller_in_96_hours_has_a_clinician_first_who_sees_it() {
    let server = Server::start();
    for calls in 1..=2 {
        let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 1_500);
        caller.sipp.succeeds(SOON);
        wait_ended(&server, calls);
    }
    let handler = Person::answers(0, 100, HANDLER);
    let nurse = Person::answers(0, 100, NURSE);
    registers("1001", handler.port);
    registers("2001", nurse.port);
    server.wait_metric("ivr111_handlers", 2.0, SOON);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 12_000);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &nurse.rtp, NURSE);
    let shown = nurse.sipp.messages();
    let display = "\"3RD CALL IN 96 H - Kent, Surrey and Sussex: symptoms\" <sip:+441273555010@";
    assert!(shown.contains(display), "{shown}");
    is_not_rung(&handler);
    caller.sipp.succeeds(SOON);
    nurse.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "again", "a clinician first");
}

/// Somebody whose place is kept rings again, hears of it, and waits in it on the line.
fn takes_up_the_place(server: &Server, caller: &Person) {
    wait_event(server, BRIGHTON, "prompt", "again-place, again-place-menu");
    wait_recording(caller, "again-place", 0);
    caller.rtp.press("2");
    wait_event(server, BRIGHTON, "again", "has the kept place on the line");
    // The one place, and not two.
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
}

#[test]
fn who_has_a_kept_place_has_it_again_on_the_line_and_is_not_called_for_it() {
    let server = Server::start_with(&with(&[]), &[]);
    hangs_up_keeping(&server);
    let called = Person::answers(CARRIER, 300, CALLER);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 35_000);
    takes_up_the_place(&server, &caller);
    let handler = Person::answers(0, 100, HANDLER);
    registers("1001", handler.port);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    caller.sipp.succeeds(WHOLE);
    handler.sipp.succeeds(SOON);
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
    is_not_rung(&called);
}

#[test]
fn who_hangs_up_with_a_place_that_was_kept_is_called_as_before() {
    let server = Server::start_with(&with(&[]), &[]);
    hangs_up_keeping(&server);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 30_000);
    takes_up_the_place(&server, &caller);
    caller.sipp.succeeds(WHOLE);
    wait_event(&server, BRIGHTON, "kept-place", "keeps the place");
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    let called = Person::answers_and_hangs_up(CARRIER, 300, TALK + 5_000, CALLER);
    let handler = Person::answers(0, 100, HANDLER);
    registers("1001", handler.port);
    hear_each_other(&called.rtp, CALLER, &handler.rtp, HANDLER);
    called.sipp.succeeds(SOON);
    handler.sipp.succeeds(SOON);
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
}

#[test]
fn a_caller_hears_the_menu_and_has_a_handler_while_the_store_stands_still() {
    network::enter();
    let shared = Shared::open();
    let server = shared.one(&[]);
    let handler = Person::answers(0, 100, HANDLER);
    registers_at(ONE, "1001", handler.port);
    let free = "SELECT handler FROM queue_handler WHERE state = 'available'";
    shared.wait_count(free, 1, SOON);
    shared.cluster.freeze();
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 40_000);
    // The first words come as always, and the menu after them.
    wait_recording(&caller, "welcome", 0);
    wait_recording(&caller, "menu", 0);
    caller.rtp.press("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    shared.cluster.thaw();
    caller.sipp.succeeds(WHOLE);
    handler.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "again", "not looked up");
}

/// What a caller from a number hears who wants a repeat prescription. Who is in no known region is asked for
/// that first.
fn hears_of_own_number(server: &Server, from: &str, why: &str) {
    let caller = Person::calls_and_hangs_up("111", from, false, 8_000);
    caller.presses("46");
    wait_recording(&caller, why, 0);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.json(&["callbacks"]), Value::Array(vec![]));
}

#[test]
fn numbers_that_will_not_do_are_refused_with_the_reason_and_the_second_one_leads_to_a_handler() {
    let server = Server::start();
    hears_of_own_number(&server, "+449098790001", "number-own-refused");
    hears_of_own_number(&server, "+33123456789", "number-own-refused");
    hears_of_own_number(&server, "+448979123456", "number-own-unknown");
    hears_of_own_number(&server, "anonymous", "number-own-unknown");
    let handler = Person::answers(0, 100, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 20_000);
    caller.presses("4209098790001#");
    wait_recording(&caller, "number-refused", 0);
    caller.rtp.press("0033123456789#");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    caller.sipp.succeeds(WHOLE);
    handler.sipp.succeeds(SOON);
    assert_eq!(server.json(&["callbacks"]), Value::Array(vec![]));
}

#[test]
fn a_number_keyed_with_18002_is_dialled_with_it() {
    let server = Server::start();
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("421800201632960001#1");
    caller.sipp.succeeds(WHOLE);
    assert_eq!(callback(&server)["number"], "+441632960001");
    is_made_by("2001", "1800201632960001", &server);
}
