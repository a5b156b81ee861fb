//! The caller's side of the queue: what is heard while waiting, places that are kept, a full queue, and
//! who gives up.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::prompts_heard::recording;
use crate::support::people::{
    BRIGHTON, CALLER, Person, SERVER, SOON, TALK, hear_each_other, refuses, registers,
};
use crate::support::server::Server;
use crate::support::sipp::{Scenario, Sipp};
use crate::support::sound::{alaw_decode, find};

const HANDLER: f64 = 883.0;
/// The called-back caller's phone, where the carrier's trunk leads.
const CARRIER: u16 = 5980;
/// How long somebody who is called back stays, in ms: they are greeted for five seconds first.
const CALLED_BACK: u32 = TALK + 5_000;
/// Other callers of the same region.
const BEFORE: &str = "+441273555001";
const BEHIND: &str = "+441273555002";

/// Everybody is offered to keep their place, a second after the first words.
pub const OFFERED_SOON: [(&str, &str); 2] = [
    ("first = 30", "first = 1"),
    ("offer-keep-from = 120", "offer-keep-from = 0"),
];

/// That, and more settings.
pub fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    OFFERED_SOON.iter().chain(more).copied().collect()
}

/// The newest call from a number.
fn call_of(server: &Server, number: &str) -> Option<Value> {
    let calls = server.json(&["calls", "--limit", "50"]);
    let mut calls = calls.as_array().unwrap().iter();
    calls.find(|call| call["number"] == number).cloned()
}

/// Waits until something has been written down of the newest call from a number. Gives its detail.
pub fn wait_event(server: &Server, number: &str, kind: &str, detail: &str) -> String {
    let end = Instant::now() + Duration::from_secs(40);
    loop {
        let call = call_of(server, number);
        let events = call.map(|call| server.json(&["calls", call["reference"].as_str().unwrap()]));
        let found = events.iter().flat_map(|e| e.as_array().unwrap()).find(|e| {
            e["kind"] == kind && e["detail"].as_str().is_some_and(|d| d.contains(detail))
        });
        if let Some(found) = found {
            return found["detail"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < end, "no {kind} {detail}: {events:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A caller from Brighton waits, and chooses to keep the place.
pub fn wants_to_keep(server: &Server, caller: &Person) {
    caller.presses("12");
    wait_event(server, BRIGHTON, "prompt", "queue-joined");
    // Cuts the first words short.
    caller.rtp.press("0");
    wait_event(server, BRIGHTON, "prompt", "queue-keep-offer");
    caller.rtp.press("1");
    wait_event(server, BRIGHTON, "prompt", "number-read-back-before");
}

/// The same, who confirms the number, and hears to its end that the place is kept.
fn keeps_the_place(server: &Server) {
    let caller = Person::calls("111", BRIGHTON, false);
    wants_to_keep(server, &caller);
    caller.rtp.press("1");
    wait_event(server, BRIGHTON, "prompt", "queue-kept");
    caller.sipp.succeeds(Duration::from_secs(40));
    wait_event(server, BRIGHTON, "ended", "the place in the queue is kept");
}

/// The same, who hangs up before the number is confirmed: they are kept too.
pub fn hangs_up_keeping(server: &Server) {
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 14_000);
    wants_to_keep(server, &caller);
    caller.sipp.succeeds(SOON);
    wait_event(server, BRIGHTON, "kept-place", "keeps the place");
}

/// So many callers who press 1 and 2, and stay.
fn many(number: &str, calls: &str) -> Sipp {
    Sipp::run(&Scenario {
        file: "caller_by_info.xml",
        to: Some(SERVER),
        keys: vec![("from", number.to_owned()), ("rtp", "9".to_owned())],
        more: vec!["-m", calls, "-r", "20"],
        ..Scenario::default()
    })
}

/// How many of the callers from a number have talked to somebody.
fn talked(server: &Server, number: &str) -> usize {
    let calls = server.json(&["calls", "--limit", "50"]);
    let calls = calls.as_array().unwrap().iter();
    calls
        .filter(|call| call["number"] == number && !call["joined_at"].is_null())
        .count()
}

fn wait_talked(server: &Server, number: &str, wanted: usize) {
    let end = Instant::now() + SOON;
    while talked(server, number) != wanted {
        assert!(Instant::now() < end, "not {wanted} of {number} have talked");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_kept_place_among_twenty_is_called_back_when_its_turn_comes() {
    let server = Server::start_with(&with(&[("silence = 10", "silence = 100")]), &[]);
    let _before = many(BEFORE, "2");
    server.wait_metric("ivr111_queue_waiting", 2.0, SOON);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    server.wait_metric("ivr111_queue_waiting", 3.0, SOON);
    let _behind = many(BEHIND, "18");
    caller.rtp.press("0");
    wait_event(&server, BRIGHTON, "prompt", "queue-keep-offer");
    caller.rtp.press("1");
    wait_event(&server, BRIGHTON, "prompt", "number-read-back-before");
    caller.rtp.press("1");
    caller.sipp.succeeds(Duration::from_secs(40));
    server.wait_metric("ivr111_queue_waiting", 21.0, SOON);
    assert_eq!(server.metric("ivr111_queue_kept_total"), 1.0);
    let called = Person::answers_and_hangs_up(CARRIER, 300, CALLED_BACK, CALLER);
    let handlers = ["1001", "1002", "1003", "1004"].map(|account| {
        let handler = Person::answers(0, 100, HANDLER);
        (account, handler)
    });
    // Each handler stays with the caller whose turn it was.
    for (n, (account, handler)) in handlers[..2].iter().enumerate() {
        registers(account, handler.port);
        wait_talked(&server, BEFORE, n + 1);
    }
    assert!(
        !called.sipp.messages().contains("INVITE"),
        "before the turn"
    );
    let (account, handler) = &handlers[2];
    registers(account, handler.port);
    called
        .sipp
        .wait_message("INVITE sip:+441273555010@127.0.0.1:5980", SOON);
    // The handler is there already.
    let shown = handler.sipp.messages();
    assert!(
        shown.contains("\"called back: Kent, Surrey and Sussex: symptoms\" <sip:+441273555010@"),
        "{shown}"
    );
    assert!(shown.contains("ACK sip:"), "{shown}");
    hear_each_other(&called.rtp, CALLER, &handler.rtp, HANDLER);
    assert_eq!(talked(&server, BEHIND), 0);
    let (account, handler) = &handlers[3];
    registers(account, handler.port);
    wait_talked(&server, BEHIND, 1);
    // The caller's hang-up lets the handler go.
    called.sipp.succeeds(SOON);
    let [_, _, (_, handler), _] = handlers;
    handler.sipp.succeeds(SOON);
    wait_event(&server, BRIGHTON, "waited", "ms");
    assert!(server.metric("ivr111_answered_after_seconds_count{how=\"called-back\"") > 0.0);
}

#[test]
fn who_hangs_up_on_the_way_to_keeping_the_place_keeps_it_for_two_tries() {
    let server = Server::start_with(&with(&[("\nretry = 120\n", "\nretry = 2\n")]), &[]);
    let engaged = refuses(CARRIER, 486);
    hangs_up_keeping(&server);
    let first = Person::answers(0, 100, HANDLER);
    registers("1001", first.port);
    // Told that the caller was not reached, and let go.
    first.sipp.succeeds(SOON);
    assert!(engaged.messages().contains("INVITE sip:+441273555010@"));
    drop(engaged);
    let called = Person::answers_and_hangs_up(CARRIER, 300, CALLED_BACK, CALLER);
    let second = Person::answers(first.port, 100, HANDLER);
    hear_each_other(&called.rtp, CALLER, &second.rtp, HANDLER);
    called.sipp.succeeds(SOON);
    second.sipp.succeeds(SOON);
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
    assert_eq!(server.json(&["callbacks"]), Value::Array(vec![]));
}

#[test]
fn a_place_that_is_given_up_is_a_callback_in_the_book() {
    let server = Server::start_with(&with(&[("\ntries = 2\n", "\ntries = 1\n")]), &[]);
    let _engaged = refuses(CARRIER, 486);
    hangs_up_keeping(&server);
    let handler = Person::answers(0, 100, HANDLER);
    registers("1001", handler.port);
    handler.sipp.succeeds(SOON);
    server.wait_metric("ivr111_callbacks_open", 1.0, SOON);
    let callbacks = server.json(&["callbacks"]);
    assert_eq!(callbacks[0]["number"], BRIGHTON);
    assert_eq!(callbacks[0]["region"], "kent-surrey-sussex");
    assert_eq!(server.metric("ivr111_queue_given_up_total"), 1.0);
    // A clinician is waited for, and the place itself is gone.
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    let none = "ivr111_queue_waiting_by_region{region=\"none\"";
    assert_eq!(server.metric(none), 1.0);
}

#[test]
fn a_kept_place_outlives_the_process_and_stays_before_others() {
    let mut server = Server::start_with(&with(&[("silence = 10", "silence = 100")]), &[]);
    keeps_the_place(&server);
    // Nobody waits with the end of the server until the turn has come.
    server.signal("TERM");
    server.wait_end(SOON);
    for _ in 0..2 {
        server.kill_and_restart();
        server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    }
    let _later = many(BEHIND, "1");
    server.wait_metric("ivr111_queue_waiting", 2.0, SOON);
    let called = Person::answers_and_hangs_up(CARRIER, 300, CALLED_BACK, CALLER);
    let handler = Person::answers(0, 100, HANDLER);
    registers("1001", handler.port);
    hear_each_other(&called.rtp, CALLER, &handler.rtp, HANDLER);
    assert_eq!(talked(&server, BEHIND), 0);
    called.sipp.succeeds(SOON);
    handler.sipp.succeeds(SOON);
    // Once spoken to, they are not called again; whoever waits behind them on the line waits on.
    wait_event(&server, BRIGHTON, "kept-place", "spoken to");
    server.kill_and_restart();
    wait_event(&server, BEHIND, "taken-up", "");
    assert_eq!(server.metric("ivr111_queue_waiting"), 1.0);
}

#[test]
fn a_handler_who_comes_free_has_the_caller_who_is_about_to_keep_the_place() {
    let server = Server::start_with(&with(&[]), &[]);
    let caller = Person::calls("111", BRIGHTON, false);
    wants_to_keep(&server, &caller);
    caller.rtp.press("1");
    wait_event(&server, BRIGHTON, "prompt", "queue-kept");
    let handler = Person::answers_and_hangs_up(0, 100, TALK, HANDLER);
    registers("1001", handler.port);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.metric("ivr111_queue_kept_total"), 0.0);
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
}

#[test]
fn when_all_phones_ring_the_first_to_answer_stops_the_others() {
    let all = ("strategy = \"longest-idle\"", "strategy = \"ring-all\"");
    let server = Server::start_with(&[all], &[]);
    let slow = Person::answers(0, 60_000, HANDLER - 100.0);
    let quick = Person::answers(0, 2_000, HANDLER);
    registers("1001", slow.port);
    registers("1002", quick.port);
    server.wait_metric("ivr111_handlers", 2.0, SOON);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 12_000);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &quick.rtp, HANDLER);
    slow.sipp.wait_message("CANCEL sip:", SOON);
    caller.sipp.succeeds(SOON);
    quick.sipp.succeeds(SOON);
}

#[test]
fn who_finds_the_queue_full_is_promised_a_callback_or_waits_all_the_same() {
    let settings = [
        ("# capacity = 200", "capacity = 1"),
        // One who says nothing is not asked whether they are there.
        ("silence = 10", "silence = 100"),
    ];
    let server = Server::start_with(&settings, &[]);
    let _first = many(BEFORE, "1");
    server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    let second = Person::calls("111", BRIGHTON, false);
    second.presses("12");
    wait_event(&server, BRIGHTON, "prompt", "queue-full-callback");
    // Who cannot be called back is asked where they are, and waits.
    let third = Person::calls("111", "anonymous", false);
    third.presses("121");
    second.sipp.succeeds(Duration::from_secs(40));
    let callbacks = server.json(&["callbacks"]);
    assert_eq!(callbacks[0]["number"], BRIGHTON);
    server.wait_metric("ivr111_queue_full_total", 2.0, SOON);
    let here = "ivr111_queue_waiting_by_region{region=\"kent-surrey-sussex\"";
    server.wait_metric(here, 2.0, SOON);
    let handlers = ["1001", "1002"].map(|account| {
        let handler = Person::answers(0, 100, HANDLER);
        registers(account, handler.port);
        handler
    });
    third.rtp.wait_tone(HANDLER, SOON);
    drop(handlers);
}

#[test]
fn who_gives_up_is_written_down_with_the_part_of_the_call_and_the_time() {
    let server = Server::start();
    let in_menu = Person::calls_and_hangs_up("111", BEFORE, false, 2_000);
    in_menu.sipp.succeeds(SOON);
    wait_event(&server, BEFORE, "abandoned", "menu: after ");
    let in_queue = Person::calls_and_hangs_up("111", BRIGHTON, false, 6_000);
    in_queue.presses("12");
    in_queue.sipp.succeeds(SOON);
    let detail = wait_event(&server, BRIGHTON, "abandoned", "queue: after ");
    let figures = detail.split(' ').filter_map(|word| word.parse().ok());
    let [in_call, there]: [u64; 2] = figures.collect::<Vec<_>>().try_into().unwrap();
    assert!(
        in_call >= 6_000 && there < in_call && there > 500,
        "{detail}"
    );
    wait_event(&server, BRIGHTON, "announced", "position 1");
    for part in ["menu", "queue"] {
        let total = format!("ivr111_abandoned_total{{part=\"{part}\"");
        assert_eq!(server.metric(&total), 1.0);
    }
    // Who has talked to somebody has not given up.
    let handler = Person::answers(0, 100, HANDLER);
    registers("1001", handler.port);
    server.wait_metric("ivr111_handlers_by_state{state=\"available\"", 1.0, SOON);
    let talks = Person::calls_and_hangs_up("111", BEHIND, false, 9_000);
    talks.presses("12");
    hear_each_other(&talks.rtp, CALLER, &handler.rtp, HANDLER);
    talks.sipp.succeeds(SOON);
    handler.sipp.succeeds(SOON);
    let events = server.timeline();
    assert!(
        events.iter().all(|e| e["kind"] != "abandoned"),
        "{events:?}"
    );
    assert!(events.iter().any(|e| e["kind"] == "waited"), "{events:?}");
}

/// Where a recording begins in what a caller has heard, from some sample on.
pub fn wait_recording(caller: &Person, name: &str, from: usize) -> usize {
    let recording = recording(name);
    let loud = recording.iter().position(|s| s.abs() > 500).unwrap();
    let beginning = &recording[loud..loud + 2_400];
    let end = Instant::now() + SOON;
    loop {
        let heard = caller.rtp.heard();
        let bytes = heard.iter().flat_map(|h| h.payload.iter());
        let samples: Vec<i16> = bytes.map(|b| alaw_decode(*b)).collect();
        let rest = samples.get(from..).unwrap_or_default();
        if let Some(at) = find(rest, beginning) {
            return from + at - loud;
        }
        assert!(Instant::now() < end, "never heard {name}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_waiting_caller_hears_place_and_comfort_in_turn_and_cuts_them_by_a_key() {
    let server = Server::start_with(&with(&[]), &[]);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    let length = |name: &str| recording(name).len();
    let joined = wait_recording(&caller, "queue-joined", 0);
    let next = wait_recording(&caller, "queue-position-next", joined + 8_000);
    assert!(next + 800 > joined + length("queue-joined"), "it was cut");
    let music = wait_recording(&caller, "music", next + 8_000);
    let comfort = wait_recording(&caller, "queue-comfort", music + 4_000);
    assert!(comfort > music + 7_200, "a second of music");
    caller.rtp.press("5");
    let music = wait_recording(&caller, "music", comfort + 2_400);
    assert!(music < comfort + length("queue-comfort"), "it was not cut");
    let told = wait_event(&server, BRIGHTON, "announced", "position");
    assert_eq!(told, "position 1");
}
