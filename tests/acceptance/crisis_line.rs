//! The region's crisis line, and the queue behind it.

use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other, refuses, registers,
};
use crate::support::server::Server;

const LINE: f64 = 523.0;
const HANDLER: f64 = 883.0;

fn in_a_crisis(tcp: bool) {
    let server = Server::start();
    let line = Person::answers_and_hangs_up(5980, 500, TALK, LINE);
    let caller = Person::calls("111", BRIGHTON, tcp);
    caller.presses("2");
    line.sipp
        .wait_message("INVITE sip:+448081570101@127.0.0.1:5980", SOON);
    hear_each_other(&caller.rtp, CALLER, &line.rtp, LINE);
    line.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.ended_call()["destination"], "crisis-line");
}

#[test]
fn a_caller_in_a_crisis_reaches_the_line_of_their_region_over_udp() {
    in_a_crisis(false);
}

#[test]
fn a_caller_in_a_crisis_reaches_the_line_of_their_region_over_tcp() {
    in_a_crisis(true);
}

#[test]
fn a_caller_hears_what_the_lines_network_says_before_it_answers() {
    let server = Server::start();
    let line = Person::is_heard_ringing(5980, LINE + 100.0);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("2");
    caller.rtp.wait_tone(LINE + 100.0, SOON);
    line.rtp.send_tone(LINE);
    line.told();
    hear_each_other(&caller.rtp, CALLER, &line.rtp, LINE);
    let so_far = line.rtp.heard().len();
    line.rtp.wait(SOON, "five seconds of talk", |heard| {
        (heard.len() > so_far + 250).then_some(())
    });
    line.told();
    line.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.ended_call()["destination"], "crisis-line");
}

#[test]
fn a_line_that_goes_at_once_has_not_taken_the_call() {
    let _server = Server::start();
    let line = Person::answers_and_hangs_up(5980, 300, 500, LINE);
    let handler = Person::answers(0, 300, HANDLER);
    registers("1003", handler.port);
    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 30_000);
    caller.presses("2");
    line.sipp.succeeds(SOON);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
}

#[test]
fn without_an_answer_a_mental_health_handler_takes_the_call() {
    let _server = Server::start();
    let _engaged = refuses(5980, 486);
    // 1001 has been idle for longer, but has not the skill.
    let other = Person::answers(0, 300, LINE + 200.0);
    registers("1001", other.port);
    let handler = Person::answers_and_hangs_up(0, 300, TALK, LINE);
    registers("1003", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("2");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, LINE);
    assert!(handler.sipp.messages().contains("mental health"));
    assert!(!other.sipp.messages().contains("INVITE"));
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}
