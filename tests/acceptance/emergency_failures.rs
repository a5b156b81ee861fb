//! 999 when control rooms fail: the caller is never left in silence, and in the end talks with one that can
//! be heard.

use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::time::Duration;

use crate::emergency::assert_never_dead;
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other, refuses, registers,
};
use crate::support::server::Server;
use crate::support::sipp::free_port;
use crate::support::webhook::Webhook;

const ROOM: f64 = 619.0;
const NEXT: f64 = 719.0;
const HOOK: &str = "# webhook = \"https://alerts.example.net/ivr111\"";

#[test]
fn a_room_that_answers_with_silence_stays_until_another_is_heard() {
    let hook = Webhook::open();
    let server = Server::start_with(&[(HOOK, &hook.setting())], &[]);
    let silent = Person::answers(5991, 200, ROOM);
    silent.rtp.mute();
    let next = Person::answers_and_hangs_up(5992, 300, TALK, NEXT);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    // It hears the caller from its answer on, and goes once another one has the call.
    silent.rtp.wait_tone(CALLER, SOON);
    hear_each_other(&caller.rtp, CALLER, &next.rtp, NEXT);
    silent.sipp.wait_message("BYE sip:", SOON);
    assert_never_dead(&caller, NEXT);
    let alert = hook.wait("control-room-failed", SOON);
    assert!(alert["text"].as_str().unwrap().contains("no sound comes"));
    next.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    silent.sipp.succeeds(SOON);
    let call = server.ended_call();
    let reference = call["reference"].as_str().unwrap();
    assert_eq!(alert["about"], reference);
    assert_eq!(alert["node"], "main");
    let events = server.json(&["calls", reference]);
    let transfer = events.as_array().unwrap().iter();
    let transfer = transfer.clone().find(|e| e["kind"] == "999-transfer");
    let detail = transfer.unwrap()["detail"].as_str().unwrap();
    assert!(detail.starts_with("room-hung-up: ambulance-secamb at udp:127.0.0.1:5992"));
    assert!(detail.contains("\"why\":\"another one has taken the call\""));
}

#[test]
fn a_room_that_is_heard_late_has_the_caller_after_all() {
    let _server = Server::start();
    let late = Person::answers_and_hangs_up(5991, 200, 15_000, ROOM);
    late.rtp.mute();
    let next = Person::answers(5992, 60_000, NEXT);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    next.sipp.wait_message("INVITE sip:999@", SOON);
    late.rtp.unmute();
    hear_each_other(&caller.rtp, CALLER, &late.rtp, ROOM);
    next.sipp.wait_message("CANCEL sip:", SOON);
    assert_never_dead(&caller, ROOM);
    late.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_muted_operator_is_not_hung_up_on_and_somebody_knows() {
    let alert_after = ("alert-after = 10", "alert-after = 2");
    let server = Server::start_with(&[alert_after], &[]);
    // Digital silence flows.
    let muted = Person::answers_until_told(5991, 200, 0.0);
    let next = Person::answers(5992, 200, NEXT);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    muted.rtp.wait_tone(CALLER, SOON);
    server.wait_log("nothing but silence comes from it", SOON);
    // Who goes sooner than after 3 s has not taken the call.
    muted.rtp.wait(SOON, "five seconds", |heard| {
        (heard.len() > 250).then_some(())
    });
    assert!(!next.sipp.messages().contains("INVITE"));
    muted.told();
    muted.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_connection_that_is_reset_brings_the_next_room() {
    let by_tcp = ("udp:127.0.0.1:5991", "tcp:127.0.0.1:5991");
    let _server = Server::start_with(&[by_tcp], &[]);
    let listener = TcpListener::bind("127.0.0.1:5991").unwrap();
    let resets = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = [0; 16];
        stream.read_exact(&mut seen).unwrap();
        // What has not been read makes closing a reset.
        drop(stream);
        seen
    });
    let next = Person::answers_and_hangs_up(5992, 300, TALK, NEXT);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &next.rtp, NEXT);
    assert_never_dead(&caller, NEXT);
    assert!(resets.join().unwrap().starts_with(b"INVITE sip:999@"));
    next.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn after_a_while_all_rooms_are_dialled_at_once() {
    let together = ("together = 20", "together = 1");
    let _server = Server::start_with(&[together], &[]);
    let silent = UdpSocket::bind("127.0.0.1:5991").unwrap();
    let ringing = Person::answers(5992, 60_000, ROOM);
    let operator = Person::answers_and_hangs_up(5999, 1_000, TALK, NEXT);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &operator.rtp, NEXT);
    ringing.sipp.wait_message("CANCEL sip:", SOON);
    assert_never_dead(&caller, NEXT);
    let mut datagram = [0; 4_096];
    let (length, _) = silent.recv_from(&mut datagram).unwrap();
    assert!(datagram[..length].starts_with(b"INVITE sip:999@"));
    operator.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_room_where_nobody_listens_gives_way_to_the_next() {
    let _server = Server::start();
    let second = Person::answers_and_hangs_up(5992, 200, TALK, NEXT);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &second.rtp, NEXT);
    assert_never_dead(&caller, NEXT);
    second.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_room_that_refuses_is_told_of() {
    let hook = Webhook::open();
    let _server = Server::start_with(&[(HOOK, &hook.setting())], &[]);
    let _first = refuses(5991, 486);
    let second = Person::answers_and_hangs_up(5992, 200, TALK, NEXT);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &second.rtp, NEXT);
    assert_never_dead(&caller, NEXT);
    let alert = hook.wait("control-room-failed", SOON);
    let text = alert["text"].as_str().unwrap();
    assert!(text.contains("5991 has failed: 486"), "{text}");
    assert!(!text.contains("1273555010"));
    second.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_caller_who_is_kept_waiting_is_told_of() {
    let hook = Webhook::open();
    let alert_after = ("alert-after = 10", "alert-after = 1");
    let _server = Server::start_with(&[(HOOK, &hook.setting()), alert_after], &[]);
    let room = Person::answers_and_hangs_up(5991, 3_000, TALK, ROOM);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hook.wait("999-late", SOON);
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    assert_never_dead(&caller, ROOM);
    room.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_call_to_999_outlasts_a_server_that_ends() {
    let mut server = Server::start_with(&[("limit = 900", "limit = 1")], &[]);
    let room = Person::answers_until_told(5991, 200, ROOM);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    let handler = Person::answers(0, 100, NEXT);
    registers("1001", handler.port);
    let other = Person::calls("111", BRIGHTON, false);
    other.presses("12");
    hear_each_other(&other.rtp, CALLER, &handler.rtp, NEXT);
    server.signal("TERM");
    // Everybody else is hung up on at the limit.
    other.sipp.succeeds(SOON);
    let before = caller.rtp.heard().len();
    caller.rtp.wait(SOON, "two more seconds", |heard| {
        (heard.len() > before + 100).then_some(())
    });
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    room.told();
    room.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    server.wait_end(Duration::from_secs(10));
}

#[test]
fn whoever_presses_9_while_the_server_ends_is_put_through() {
    let mut server = Server::start();
    let room = Person::answers_and_hangs_up(5991, 200, TALK, ROOM);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.rtp.wait_sound(SOON);
    server.signal("TERM");
    server.wait_log("no new calls", SOON);
    caller.rtp.press("9");
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    room.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    server.wait_end(SOON);
}

/// The control rooms' trunk, from which they may call as well.
fn with_ring_back(port: u16) -> String {
    format!("{ROOMS}\ncontrol-room = true\nfrom = [\"127.0.0.1:{port}\"]")
}

const ROOMS: &str = "name = \"ambulance-secamb\"";

#[test]
fn a_room_that_rings_back_reaches_the_caller_who_is_still_on_the_line() {
    let port = free_port();
    let _server = Server::start_with(&[(ROOMS, &with_ring_back(port))], &[]);
    let room = Person::answers(5991, 200, ROOM);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    // Its line breaks without a word.
    room.rtp.mute();
    let back = Person::calls_from_port(port, "111", NEXT);
    hear_each_other(&caller.rtp, CALLER, &back.rtp, NEXT);
    // The broken line is let go once the other one has lasted.
    room.sipp.wait_message("BYE sip:", SOON);
    drop(caller);
}

#[test]
fn a_room_that_rings_back_reaches_the_phone_of_a_caller_who_has_gone() {
    let port = free_port();
    let server = Server::start_with(&[(ROOMS, &with_ring_back(port))], &[]);
    let room = Person::answers(5991, 200, ROOM);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 6_000);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    caller.sipp.succeeds(SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
    let phone = Person::answers_and_hangs_up(5980, 300, TALK, CALLER);
    let back = Person::calls_from_port(port, "111", NEXT);
    phone
        .sipp
        .wait_message("INVITE sip:+441273555010@127.0.0.1:5980", SOON);
    hear_each_other(&phone.rtp, CALLER, &back.rtp, NEXT);
    phone.sipp.succeeds(SOON);
    back.sipp.succeeds(SOON);
}

#[test]
fn a_room_that_rings_back_for_nobody_we_know_reaches_a_handler() {
    let port = free_port();
    let _server = Server::start_with(&[(ROOMS, &with_ring_back(port))], &[]);
    let handler = Person::answers_and_hangs_up(0, 200, TALK, ROOM);
    registers("1001", handler.port);
    let back = Person::calls_from_port(port, "999", NEXT);
    hear_each_other(&handler.rtp, ROOM, &back.rtp, NEXT);
    let messages = handler.sipp.messages();
    assert!(
        messages.contains("999 CONTROL ROOM RINGS BACK"),
        "{messages}"
    );
    handler.sipp.succeeds(SOON);
    back.sipp.succeeds(SOON);
}
