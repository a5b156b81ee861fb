//! 999: the hunt for a control room, from the caller's key to the hang-up.

use std::net::UdpSocket;
use std::time::Duration;

use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, all_three_hear, hear_each_other, refuses, registers,
};
use crate::support::rtp::{longest_quiet, tone_begins};
use crate::support::server::Server;

const ROOM: f64 = 619.0;
const HANDLER: f64 = 883.0;

/// The longest a caller may get nothing at all while others are dialled. The server bridges a peer's pause
/// with silence after 200 ms, and a thread of this process that stands still for a while is such a pause.
const GAP: Duration = Duration::from_millis(500);

/// The longest they may hear silence: the ringing tone pauses for 2 s.
const QUIET: Duration = Duration::from_secs(3);

/// Sound came all the time, and up to where somebody spoke with a tone it was no silence: nobody who waits
/// for help hears a dead line. The packets' own time is what counts, since it follows the server's clock;
/// how soon this process came to read them says more about the machine.
pub fn assert_never_dead(caller: &Person, until: f64) {
    let heard = caller.rtp.heard();
    let answered = tone_begins(&heard, until).expect("the tone has been heard");
    let quiet = longest_quiet(&heard[..answered]);
    assert!(quiet < QUIET, "silence for {quiet:?}");
    let longest = heard
        .windows(2)
        .map(|w| w[1].timestamp.wrapping_sub(w[0].timestamp) / 8)
        .max();
    let longest = Duration::from_millis(longest.unwrap_or_default().into());
    assert!(longest < GAP, "a dead line for {longest:?}");
}

fn a_control_room_answers(tcp: bool) {
    let server = Server::start();
    let room = Person::answers_and_hangs_up(5991, 500, TALK, ROOM);
    let caller = Person::calls("111", BRIGHTON, tcp);
    caller.presses("9");
    room.sipp
        .wait_message("INVITE sip:999@127.0.0.1:5991", SOON);
    let invite = room.sipp.messages();
    assert!(
        invite.contains("P-Asserted-Identity: <sip:+441273555010@"),
        "{invite}"
    );
    hear_each_other(&caller.rtp, CALLER, &room.rtp, ROOM);
    assert_never_dead(&caller, ROOM);
    // The control room hangs up, and the caller with it.
    room.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    let call = server.ended_call();
    assert_eq!(call["destination"], "emergency");
    assert_eq!(call["ended_why"], "the control room hung up");
}

#[test]
fn a_life_threatened_caller_reaches_the_control_room_over_udp() {
    a_control_room_answers(false);
}

#[test]
fn a_life_threatened_caller_reaches_the_control_room_over_tcp() {
    a_control_room_answers(true);
}

fn past_a_silent_control_room(tcp: bool) {
    let _server = Server::start();
    let silent = UdpSocket::bind("127.0.0.1:5991").unwrap();
    let second = Person::answers(5992, 300, ROOM);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, tcp, 15_000);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &second.rtp, ROOM);
    assert_never_dead(&caller, ROOM);
    let mut datagram = [0; 4_096];
    silent.set_read_timeout(Some(SOON)).unwrap();
    let (length, _) = silent.recv_from(&mut datagram).unwrap();
    assert!(datagram[..length].starts_with(b"INVITE sip:999@127.0.0.1:5991"));
    // The caller hangs up, and the control room with them.
    caller.sipp.succeeds(SOON);
    second.sipp.succeeds(SOON);
}

#[test]
fn a_silent_control_room_is_skipped_over_udp() {
    past_a_silent_control_room(false);
}

#[test]
fn a_silent_control_room_is_skipped_over_tcp() {
    past_a_silent_control_room(true);
}

fn both_control_rooms_refuse(tcp: bool) {
    let _server = Server::start();
    let (first, second) = (refuses(5991, 486), refuses(5992, 503));
    let operator = Person::answers_and_hangs_up(5999, 300, TALK, ROOM);
    let caller = Person::calls("111", BRIGHTON, tcp);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &operator.rtp, ROOM);
    assert_never_dead(&caller, ROOM);
    assert!(first.messages().contains("INVITE sip:999@"));
    assert!(second.messages().contains("INVITE sip:999@"));
    operator.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn with_both_refusing_the_national_operator_is_the_last_resort_over_udp() {
    both_control_rooms_refuse(false);
}

#[test]
fn with_both_refusing_the_national_operator_is_the_last_resort_over_tcp() {
    both_control_rooms_refuse(true);
}

#[test]
fn while_nobody_answers_a_handler_keeps_company_and_the_hunt_goes_on() {
    let server = Server::start();
    // Nothing listens anywhere: every control room is refused by the network.
    let handler = Person::answers_until_told(0, 300, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    assert!(handler.sipp.messages().contains("999 NOT ANSWERED YET"));
    // Then the operator comes back: all three hear the two others, and not themselves.
    let operator = Person::answers_until_told(5999, 300, ROOM);
    all_three_hear([
        (&caller.rtp, CALLER),
        (&handler.rtp, HANDLER),
        (&operator.rtp, ROOM),
    ]);
    // The handler leaves without ending it.
    handler.told();
    handler.sipp.succeeds(SOON);
    hear_each_other(&caller.rtp, CALLER, &operator.rtp, ROOM);
    assert_never_dead(&caller, HANDLER);
    // Who goes sooner than after 3 s has not taken the call.
    operator.rtp.wait(SOON, "four seconds", |heard| {
        (heard.len() > 200).then_some(())
    });
    operator.told();
    operator.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
}

#[test]
fn a_handler_who_stays_in_is_there_when_the_control_room_has_gone() {
    let server = Server::start();
    let handler = Person::answers_until_told(0, 300, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    let operator = Person::answers_until_told(5999, 300, ROOM);
    operator.rtp.wait(SOON, "five seconds", |heard| {
        (heard.len() > 250).then_some(())
    });
    operator.told();
    operator.sipp.succeeds(SOON);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.told();
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.ended_call()["ended_why"], "the control room hung up");
}

#[test]
fn a_caller_whose_control_room_vanishes_is_put_through_again() {
    let _server = Server::start_with(&[("silence = 10", "silence = 2")], &[]);
    let first = Person::answers(5991, 300, ROOM);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &first.rtp, ROOM);
    drop(first);
    let second = Person::answers_and_hangs_up(5992, 300, TALK, ROOM + 200.0);
    hear_each_other(&caller.rtp, CALLER, &second.rtp, ROOM + 200.0);
    second.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_control_room_that_goes_at_once_has_not_taken_the_call() {
    let _server = Server::start();
    let first = Person::answers_and_hangs_up(5991, 200, 1_000, ROOM);
    let second = Person::answers_and_hangs_up(5992, 200, TALK, ROOM + 100.0);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    first.sipp.succeeds(SOON);
    hear_each_other(&caller.rtp, CALLER, &second.rtp, ROOM + 100.0);
    assert_never_dead(&caller, ROOM + 100.0);
    second.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_control_room_that_rings_for_long_goes_on_ringing_while_the_next_is_tried() {
    let _server = Server::start();
    // The first answers after the second has been dialled: it takes the call, and the second is let go.
    let first = Person::answers_and_hangs_up(5991, 12_000, TALK, ROOM);
    let second = Person::answers(5992, 60_000, ROOM + 100.0);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    second.sipp.wait_message("INVITE sip:999@", SOON);
    assert!(!first.sipp.messages().contains("CANCEL sip:"));
    hear_each_other(&caller.rtp, CALLER, &first.rtp, ROOM);
    second.sipp.wait_message("CANCEL sip:", SOON);
    assert_never_dead(&caller, ROOM);
    first.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}
