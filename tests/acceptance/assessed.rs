//! A real call from its beginning to the service that takes the patient: a caller, a handler who assesses them by the
//! API, the directory, and a line outside the house.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::api::{Assessed, AtDesk};
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, all_three_hear, hear_each_other, hear_each_other_anew,
    refuses, registers,
};
use crate::support::server::Server;

const HANDLER: f64 = 883.0;
const SERVICE: f64 = 523.0;
const ROOM: f64 = 619.0;

/// Through the trunk `carrier` to the emergency department that is nearest to Brighton, at any time of the day.
const DIALLED: &str = "INVITE sip:+441632960401@127.0.0.1:5980";
/// Answers to the sample about dental pain that lead to an emergency department.
const JAW: [&str; 5] = ["No", "No", "No", "Yes", "Yes"];

/// A caller and a handler who talk.
fn talking() -> (Server, Person, Person) {
    talks(|| Person::calls("111", BRIGHTON, false))
}

/// The same with whoever calls so.
fn talks(calls: impl FnOnce() -> Person) -> (Server, Person, Person) {
    let server = Server::start();
    let handler = Person::answers(0, 200, HANDLER);
    registers("1001", handler.port);
    let caller = calls();
    caller.presses("3");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    (server, caller, handler)
}

/// An assessment that has come to an emergency department, and what the directory has found for it.
fn chooses() -> (Assessed, Value) {
    let mut assessed = AtDesk::named("1001").begins("dental-pain", 40);
    assert!(assessed.seen["call"].is_string(), "{}", assessed.seen);
    assessed.answers(&JAW);
    assert_eq!(assessed.seen["need"]["disposition"], "Dx021");
    let found = assessed.does("search", Some(&json!({ "postcode": "BN1 1AA" })));
    let offered = found["found"]["offered"].as_array().unwrap();
    let service = offered
        .iter()
        .find(|offer| offer["type"] == "emergency-department");
    let service = service.unwrap_or_else(|| panic!("{found}"));
    assert_eq!(service["phone"], "+441632960401", "{found}");
    (assessed, service["service"].clone())
}

/// Has the caller put through, while somebody looks on.
fn puts_through(
    assessed: &Assessed,
    service: &Value,
    meanwhile: impl FnOnce(),
) -> (Assessed, Value) {
    let mut assessed = assessed.clone();
    let body = json!({ "service": service, "connect": true });
    let asking = thread::spawn(move || {
        let seen = assessed.does("refer", Some(&body));
        (assessed, seen)
    });
    meanwhile();
    asking.join().unwrap()
}

#[test]
fn a_caller_is_assessed_and_talks_with_the_service_that_was_found() {
    let (server, caller, handler) = talking();
    let line = Person::answers_and_hangs_up(5980, 3_000, TALK, SERVICE);
    let (assessed, service) = chooses();
    let (mut assessed, seen) = puts_through(&assessed, &service, || {
        line.sipp.wait_message(DIALLED, SOON);
        // The caller is told where they are being put through to, and does not hear the handler meanwhile.
        caller.rtp.wait_other_sound(HANDLER, SOON);
    });
    assert_eq!(seen["closed"]["outcome"], "referred", "{seen}");
    assert_eq!(seen["closed"]["service"], service);
    hear_each_other(&caller.rtp, CALLER, &line.rtp, SERVICE);
    // The handler is free, and the service's hanging up is the end of the call.
    handler.sipp.wait_message("BYE sip:", SOON);
    line.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    let call = server.ended_call();
    assert_eq!(call["reference"], assessed.reads()["call"]);
    assert_eq!(call["ended_why"], "the other side hung up");
    stands_in_outcomes(&server, service.as_str().unwrap());
}

/// The call is in the report: one person, linked to that service.
fn stands_in_outcomes(server: &Server, service: &str) {
    let report = server.outcomes_with(service, "accepted");
    let people = |figures: &Value| {
        let words = [
            "people",
            "linked",
            "emergency-department",
            "closed",
            "not-assessed",
        ];
        words.map(|word| figures[word].clone())
    };
    let expected = [1, 1, 1, 1, 0].map(Value::from);
    assert_eq!(people(&report["figures"]), expected, "{report}");
    let time = report["figures"]["median-time"].as_f64().unwrap();
    assert!(time > 0.0 && time < 120.0, "{time}");
    let region = &report["breakdowns"][0];
    assert_eq!(region["by"], json!(["region"]));
    assert_eq!(region["groups"][0]["names"], json!(["kent-surrey-sussex"]));
    assert_eq!(people(&region["groups"][0]["figures"]), expected);
    // One person is not told of unless somebody asks for it.
    assert!(server.outcomes(&[])["figures"]["people"].is_null());
}

#[test]
fn the_callers_hanging_up_ends_the_service_s_call() {
    let (server, caller, _handler) =
        talks(|| Person::calls_and_hangs_up("111", BRIGHTON, false, 20_000));
    let line = Person::answers(5980, 200, SERVICE);
    let (assessed, service) = chooses();
    let (_, seen) = puts_through(&assessed, &service, || {});
    assert_eq!(seen["closed"]["outcome"], "referred", "{seen}");
    hear_each_other(&caller.rtp, CALLER, &line.rtp, SERVICE);
    caller.sipp.succeeds(Duration::from_secs(40));
    line.sipp.wait_message("BYE ", SOON);
    assert!(
        server.ended_call()["ended_why"]
            .as_str()
            .unwrap()
            .starts_with("caller:")
    );
}

#[test]
fn a_service_that_does_not_answer_gives_the_caller_back_to_their_handler() {
    let (_server, caller, handler) = talking();
    let engaged = refuses(5980, 486);
    let (assessed, service) = chooses();
    let (_, seen) = puts_through(&assessed, &service, || {});
    engaged.wait_message(DIALLED, SOON);
    assert_eq!(seen["next"]["order"], "search", "{seen}");
    hear_each_other_anew(&caller.rtp, CALLER, &handler.rtp, HANDLER);
}

#[test]
fn a_service_that_goes_at_once_gives_the_caller_back_to_the_queue() {
    let (_server, caller, handler) = talking();
    let line = Person::answers_and_hangs_up(5980, 200, 300, SERVICE);
    let next = Person::answers(0, 200, HANDLER + 100.0);
    registers("1002", next.port);
    let (assessed, service) = chooses();
    puts_through(&assessed, &service, || {});
    line.sipp.succeeds(SOON);
    handler.sipp.wait_message("BYE sip:", SOON);
    // Whoever has been free for longest has them now.
    hear_each_other(&caller.rtp, CALLER, &next.rtp, HANDLER + 100.0);
}

#[test]
fn a_life_in_danger_is_put_through_to_999_by_the_answer_itself() {
    let (_server, caller, handler) = talking();
    let room = Person::answers_and_hangs_up(5991, 300, TALK, ROOM);
    let mut assessed = AtDesk::named("1001").begins("chest-pain", 60);
    assessed.answers(&["Not breathing"]);
    assert_eq!(assessed.seen["need"]["kind"], "life-threatening");
    room.sipp
        .wait_message("INVITE sip:999@127.0.0.1:5991", SOON);
    // The handler stays with them.
    all_three_hear([
        (&caller.rtp, CALLER),
        (&handler.rtp, HANDLER),
        (&room.rtp, ROOM),
    ]);
    // A control room has them: that is written down by itself.
    let end = Instant::now() + SOON;
    while assessed.reads()["closed"].is_null() {
        assert_eq!(assessed.seen["next"]["order"], "emergency");
        assert!(Instant::now() < end, "{}", assessed.seen);
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(assessed.seen["closed"]["outcome"], "emergency");
    let (status, refused) =
        AtDesk::named("1001").ask("POST", &format!("/assessments/{}/back", assessed.id), None);
    assert_eq!(status, 409, "{refused}");
    room.sipp.succeeds(SOON);
}

#[test]
fn a_callback_is_promised_by_its_disposition() {
    let (server, caller, handler) = talking();
    let mut assessed = AtDesk::named("1001").begins("repeat-prescription", 40);
    assessed.answers(&["No", "No", "No", "Strong", "No"]);
    assert_eq!(assessed.seen["need"]["disposition"], "Dx12");
    let mut asking = assessed.clone();
    let asking = thread::spawn(move || asking.does("callback", None));
    handler.sipp.wait_message("BYE sip:", SOON);
    // The number is read back to the caller, who confirms it.
    caller.rtp.listens_anew();
    caller.rtp.wait_sound(SOON);
    caller.rtp.press("1");
    let seen = asking.join().unwrap();
    assert_eq!(seen["closed"]["outcome"], "callback", "{seen}");
    caller.sipp.succeeds(SOON);
    let call = server.ended_call();
    let callbacks = server.json(&["callbacks"]);
    let promised = callbacks.as_array().unwrap();
    assert_eq!(promised.len(), 1, "{callbacks}");
    assert_eq!(promised[0]["reference"], call["reference"]);
    assert_eq!(promised[0]["skill"], "clinician");
}
