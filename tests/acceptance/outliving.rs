//! Calls outlive the process: it is killed, and the next one goes on with them.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other, hear_each_other_anew, registers,
};
use crate::support::server::Server;
use crate::waiting::wait_event;

const HANDLER: f64 = 883.0;
/// Where calls out by the carrier arrive.
const CARRIER: u16 = 5980;
/// The first control room.
const ROOM: u16 = 5991;

/// How long a phone of ours talks after everybody has been heard before the server is killed, and then again.
const LONG: u32 = 20_000;

fn taken_up(server: &Server, calls: f64) {
    let on = "ivr111_taken_up_total{how=\"on-the-line\"";
    server.wait_metric(on, calls, SOON);
}

#[test]
fn a_conversation_goes_on_until_the_handler_hangs_up() {
    let mut server = Server::start();
    let handler = Person::answers_and_hangs_up(0, 300, LONG, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    server.kill_and_restart();
    hear_each_other_anew(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    taken_up(&server, 1.0);
    // The handler is not free meanwhile.
    server.wait_metric("ivr111_handlers_by_state{state=\"talking\"", 1.0, SOON);
    handler.sipp.succeeds(SOON * 2);
    caller.sipp.succeeds(SOON);
    let call = server.ended_call();
    assert_eq!(call["ended_why"], "the other side hung up");
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
    server.wait_metric("ivr111_handlers_by_state{state=\"available\"", 1.0, SOON);
}

#[test]
fn a_conversation_goes_on_until_the_caller_hangs_up() {
    let mut server = Server::start();
    let handler = Person::answers(0, 300, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, LONG);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    // Twice in a row is as well as once.
    for _ in 0..2 {
        server.kill_and_restart();
        hear_each_other_anew(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    }
    caller.sipp.succeeds(SOON * 2);
    handler.sipp.succeeds(SOON);
    assert_eq!(
        server.ended_call()["ended_why"],
        "caller: hung up by the peer"
    );
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
}

#[test]
fn who_waits_waits_on_at_the_same_place() {
    let mut server = Server::start();
    let first = Person::calls("111", BRIGHTON, false);
    first.presses("12");
    wait_event(&server, BRIGHTON, "prompt", "queue-joined");
    let second = Person::calls("111", "+441273555011", false);
    second.presses("12");
    wait_event(&server, "+441273555011", "prompt", "queue-joined");
    server.kill_and_restart();
    for person in [&first, &second] {
        person.rtp.listens_anew();
        person.rtp.wait_sound(SOON);
    }
    taken_up(&server, 2.0);
    let last = Person::calls("111", "+441273555012", false);
    last.presses("12");
    server.wait_metric("ivr111_queue_waiting", 3.0, SOON);
    let handler = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers("1001", handler.port);
    hear_each_other(&first.rtp, CALLER, &handler.rtp, HANDLER);
    handler.sipp.succeeds(SOON);
    first.sipp.succeeds(SOON);
    server.wait_metric("ivr111_queue_waiting", 2.0, SOON);
}

#[test]
fn a_caller_in_a_menu_hears_that_menu_again() {
    let mut server = Server::start();
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("1");
    wait_event(&server, BRIGHTON, "step", "symptoms");
    server.kill_and_restart();
    caller.rtp.listens_anew();
    caller.rtp.wait_sound(SOON);
    let handler = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers("1001", handler.port);
    // The key of the menu from before: under five or over 85.
    caller.rtp.press("1");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    let shown = handler.sipp.messages();
    assert!(shown.contains("under five or over 85"), "{shown}");
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_crisis_line_goes_on() {
    let mut server = Server::start_with(&[("calls = 4000", "calls = 2")], &[]);
    let line = Person::answers_and_hangs_up(CARRIER, 300, LONG, HANDLER);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("2");
    hear_each_other(&caller.rtp, CALLER, &line.rtp, HANDLER);
    server.kill_and_restart();
    hear_each_other_anew(&caller.rtp, CALLER, &line.rtp, HANDLER);
    // It has its place on the trunk as before.
    let next = Person::calls("111", BRIGHTON, false);
    next.sipp.wait_message("SIP/2.0 503", SOON);
    line.sipp.succeeds(SOON * 2);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.ended_call()["ended_why"], "the other side hung up");
}

#[test]
fn a_control_room_that_rings_rings_on_and_is_not_called_anew() {
    let mut server = Server::start();
    let room = Person::answers_and_hangs_up(ROOM, 7_000, LONG, HANDLER);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("9");
    room.sipp.wait_message("INVITE sip:999@", SOON);
    wait_event(&server, BRIGHTON, "control-room", "is dialled");
    server.kill_and_restart();
    caller.rtp.listens_anew();
    caller.rtp.wait_sound(SOON);
    hear_each_other(&caller.rtp, CALLER, &room.rtp, HANDLER);
    let invites = room.sipp.messages().matches("INVITE sip:999@").count();
    assert_eq!(invites, 1);
    room.sipp.succeeds(SOON * 2);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_caller_with_a_control_room_stays_with_it() {
    let mut server = Server::start();
    let room = Person::answers(ROOM, 300, HANDLER);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, LONG);
    caller.presses("9");
    hear_each_other(&caller.rtp, CALLER, &room.rtp, HANDLER);
    wait_event(&server, BRIGHTON, "control-room", "is heard");
    for _ in 0..2 {
        server.kill_and_restart();
        hear_each_other_anew(&caller.rtp, CALLER, &room.rtp, HANDLER);
    }
    caller.sipp.succeeds(SOON * 2);
    room.sipp.succeeds(SOON);
    assert_eq!(
        server.ended_call()["ended_why"],
        "caller: hung up by the peer"
    );
}

#[test]
fn who_has_gone_meanwhile_is_noticed() {
    let changes = [("silence = 10", "silence = 1")];
    let mut server = Server::start_with(&changes, &[]);
    let handler = Person::answers(0, 300, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    server.kill();
    // Nobody tells the server that is not there.
    drop(caller);
    server.kill_and_restart();
    handler.sipp.succeeds(SOON * 3);
    server.wait_metric("ivr111_media_ports", 0.0, Duration::from_secs(60));
}

/// What is told next to whoever supervises the service.
fn told(supervisor: &UnixDatagram) -> String {
    let mut words = [0; 256];
    let length = supervisor.recv(&mut words).unwrap();
    String::from_utf8_lossy(&words[..length]).into_owned()
}

#[test]
fn whoever_supervises_the_service_is_told_which_process_it_is() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let supervisor = UnixDatagram::bind(&path).unwrap();
    supervisor.set_read_timeout(Some(SOON)).unwrap();
    let place = ("NOTIFY_SOCKET", path.to_str().unwrap());
    let mut server = Server::start_with(&[], &[place]);
    assert_eq!(told(&supervisor), "READY=1");
    server.replace();
    // The new one is the main process before the old one ends.
    assert_eq!(told(&supervisor), format!("MAINPID={}", server.pid()));
    assert_eq!(told(&supervisor), "READY=1");
}
