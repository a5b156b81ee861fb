//! Callers whom the menus lead straight to a service of the directory.

use serde_json::json;

use crate::support::api::AtDesk;
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, TALK, hear_each_other, hear_each_other_anew, refuses, registers,
};
use crate::support::server::Server;
use crate::transfers::talk;
use crate::waiting::wait_event;

const HANDLER: f64 = 883.0;
const SERVICE: f64 = 523.0;
/// A mobile tells no place.
const MOBILE: &str = "+447700900321";
const FLOW: &str = "routing/flows/111.toml";
const SERVICES: &str = "routing/directory/kent-surrey-sussex.toml";

/// Dental problems lead to a service, once the patient's postcode is known.
const LEADS: [(&str, &str); 1] = [(
    "[step.dental]\nlabel = \"dental\"\nqueue = { skill = \"dental\" }",
    "[step.dental]\nlabel = \"dental\"\npostcode = \"dental-service\"\n\n[step.dental-service]\n\
     directory = { disposition = \"Dx17\", symptom-group = \"SG1023\", discriminators = [\"SD4027\"], skill = \"dental\" }",
)];

/// A service that is always open, that is there for everybody, and that alone can do what is asked for.
const ALWAYS: &str = "[[service]]\nid = \"kss-dental-always\"\nname = \"Dental line\"\ntype = \"urgent-dental\"\n\
    region = \"kent-surrey-sussex\"\nprovider = \"seafront-hospitals\"\nods = \"RZX99\"\nphone = \"01632 960777\"\n\
    postcode = \"BN1 1AA\"\nsymptom-groups = [\"SG1023\"]\ndiscriminators = [\"*\"]\ndispositions = [\"Dx17\"]\n\
    hours = { always = true }\nranking = 1\nstatus = \"active\"\nverify-by = \"2099-12-31\"\n\
    [service.referral]\nmethod = \"phone\"\ntext = \"\"\n\n";

/// The INVITE by which it is rung.
const DIALLED: &str = "INVITE sip:+441632960777@127.0.0.1:5980";

/// A server whose menus lead there.
fn leads() -> Server {
    leads_with(&[])
}

/// The same with other settings.
fn leads_with(settings: &[(&str, &str)]) -> Server {
    let server = Server::start_with(settings, &[]);
    let first = "[[service]]\nid = \"kss-ed-brighton\"";
    server.changes(SERVICES, &[(first, &format!("{ALWAYS}{first}"))]);
    server.changes(FLOW, &LEADS);
    server
}

/// A caller who has keyed BN1.
fn calls(server: &Server) -> Person {
    let caller = Person::calls("111", MOBILE, false);
    for (heard, keys) in [
        ("welcome", "3"),
        ("key-your-postcode", "261#"),
        ("postcode-for", "2"),
    ] {
        wait_event(server, MOBILE, "prompt", heard);
        caller.presses(keys);
    }
    caller
}

#[test]
fn a_caller_is_led_to_the_best_open_service_and_told_so() {
    let server = leads();
    let line = Person::answers_and_hangs_up(5980, 3_000, TALK, SERVICE);
    let caller = calls(&server);
    line.sipp.wait_message(DIALLED, SOON);
    hear_each_other(&caller.rtp, CALLER, &line.rtp, SERVICE);
    line.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.ended_call()["destination"], "directory");
    let timeline = server.timeline();
    let dialled = timeline.iter().find(|event| event["kind"] == "directory");
    let dialled = dialled.unwrap_or_else(|| panic!("{timeline:?}"));
    assert_eq!(dialled["detail"], "kss-dental-always is dialled by carrier");
    let report = server.outcomes_with("kss-dental-always", "accepted");
    assert_eq!(report["figures"]["service-by-menus"], 1, "{report}");
    assert_eq!(report["figures"]["linked"], 1);
}

#[test]
fn a_service_has_its_place_on_the_trunk_for_as_long_as_it_talks_whichever_process_goes_on() {
    let mut server = leads_with(&[("calls = 4000", "calls = 2")]);
    let line = Person::answers_until_told(5980, 300, SERVICE);
    let caller = calls(&server);
    hear_each_other(&caller.rtp, CALLER, &line.rtp, SERVICE);
    let finds_it_full = || {
        let next = Person::calls("111", BRIGHTON, false);
        next.sipp.wait_message("SIP/2.0 503", SOON);
    };
    finds_it_full();
    server.kill_and_restart();
    hear_each_other_anew(&caller.rtp, CALLER, &line.rtp, SERVICE);
    finds_it_full();
    talk(&line);
    line.told();
    line.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.ended_call()["ended_why"], "the other side hung up");
    server.wait_metric("ivr111_calls", 0.0, SOON);
    let next = Person::calls("111", BRIGHTON, false);
    next.rtp.wait_sound(SOON);
}

#[test]
fn without_an_answer_a_handler_takes_the_caller() {
    let server = leads();
    let engaged = refuses(5980, 486);
    let handler = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers("1001", handler.port);
    let caller = calls(&server);
    engaged.wait_message(DIALLED, SOON);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    assert_eq!(server.ended_call()["destination"], "directory");
    let report = server.outcomes_with("kss-dental-always", "no-answer");
    assert_eq!(report["figures"]["not-assessed"], 1, "{report}");
    assert_eq!(report["figures"]["linked"], 0);
}

#[test]
fn a_service_that_is_set_to_red_is_not_rung() {
    let server = leads();
    let unwanted = Person::answers(5980, 300, SERVICE);
    let handler = Person::answers(0, 300, HANDLER);
    registers("1001", handler.port);
    let red = json!({ "colour": "red", "minutes": 60 });
    let path = "/directory/services/kss-dental-always/capacity";
    AtDesk::named("provider").did("PUT", path, Some(&red));
    let caller = calls(&server);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    let rung = unwanted.sipp.messages();
    assert!(!rung.contains("+441632960777"), "{rung}");
}

/// A provider who dials in from a service's own telephone.
fn dials_in(from: &str) -> Person {
    Person::calls("*8", from, false)
}

#[test]
fn a_provider_sets_the_capacity_from_the_service_s_own_telephone() {
    let server = leads();
    let provider = dials_in("+441632960777");
    for (heard, keys) in [("capacity-ask", "3"), ("capacity-hours", "2#")] {
        wait_event(&server, "+441632960777", "prompt", heard);
        provider.presses(keys);
    }
    wait_event(&server, "+441632960777", "prompt", "capacity-red");
    provider.sipp.succeeds(SOON);
    let call = server.ended_call();
    assert_eq!(call["ended_why"], "the capacity is set");
    assert_eq!(call["destination"], "capacity");
    let path = "/directory/services/kss-dental-always";
    let service = AtDesk::named("provider").did("GET", path, None);
    assert_eq!(service["capacity"]["colour"], "red", "{service}");
    // It holds for callers.
    let handler = Person::answers(0, 300, HANDLER);
    registers("1001", handler.port);
    let unwanted = Person::answers(5980, 300, SERVICE);
    let caller = calls(&server);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    let rung = unwanted.sipp.messages();
    assert!(!rung.contains("+441632960777"), "{rung}");
}

#[test]
fn whoever_is_no_service_talks_to_a_handler() {
    let server = leads();
    let handler = Person::answers(0, 300, HANDLER);
    registers("1001", handler.port);
    let caller = dials_in(MOBILE);
    wait_event(&server, MOBILE, "prompt", "capacity-unknown");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
}
