//! Another set is signed and taken while fifty calls are under way: none of them notices, and new callers follow it.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::mass::{self, Mass, caller_says, handler_says, longest_gap_of_all, numbers};
use crate::support::network;
use crate::support::people::{SERVER, SOON, registers};
use crate::support::server::Server;
use crate::support::signers::Signers;

/// Callers who talk to a handler, those who are in the menu, and those who call later.
const TALKING: usize = 40;
const CHOOSING: usize = 10;
const LATER: usize = 5;
const MINUTE: Duration = Duration::from_secs(60);
/// Nobody hears nothing for longer than this while another set is taken.
const GAP: Duration = Duration::from_secs(1);

fn server(signers: &Signers) -> Server {
    network::enter_alone();
    let (shipped, accounts) = mass::handlers(TALKING);
    let settings = signers.settings();
    let changes = [
        (shipped, accounts.as_str()),
        ("[drain]\n", settings.as_str()),
    ];
    let server = Server::start_with(&changes, &[]);
    signers.signs(&server, &[]);
    Signers::require(&server);
    server
}

/// Waits until all callers of a kind have come to a step of the flow and to a destination by it.
fn all_led(server: &Server, (kind, count): (usize, usize), step: &str, destination: &str) {
    let end = Instant::now() + MINUTE;
    loop {
        let calls = server.json(&["calls", "--limit", "200"]);
        let of_kind = calls.as_array().unwrap().iter().filter(|call| {
            let number = call["number"].as_str().unwrap_or_default();
            number.contains(&format!("1273555{kind}")) && !call["destination"].is_null()
        });
        let led: Vec<&Value> = of_kind.collect();
        if led.len() == count {
            for call in led {
                assert_eq!(call["destination"], destination, "{call}");
                let events = server.json(&["calls", call["reference"].as_str().unwrap()]);
                let mut events = events.as_array().unwrap().iter();
                let came = events.any(|event| event["kind"] == "step" && event["detail"] == step);
                assert!(came, "{call} did not come to {step}");
            }
            return;
        }
        assert!(Instant::now() < end, "{calls:#}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn fifty_calls_go_on_as_they_began_while_another_set_is_taken() {
    let signers = Signers::new();
    let server = server(&signers);
    let handlers = Mass::answers(TALKING, handler_says);
    for user in 4_000..4_000 + TALKING {
        registers(&user.to_string(), handlers.port);
    }
    let talking = Mass::calls(SERVER, &numbers(1, TALKING), caller_says);
    talking.press("12", MINUTE);
    let before = talking.talk_with(&handlers, MINUTE);
    let choosing = Mass::calls(SERVER, &numbers(2, CHOOSING), caller_says);
    for person in &choosing.people {
        person.wait_sound(MINUTE);
    }
    let under_way = (TALKING + CHOOSING) as f64;
    server.wait_metric("ivr111_calls", under_way, SOON);
    for mass in [&handlers, &talking, &choosing] {
        mass.listens_anew();
    }

    // By the other set key 3 leads to a clinician; a reload by hand comes on top.
    let flow = server.folder.path().join("routing/flows/111.toml");
    let text = std::fs::read_to_string(&flow).unwrap();
    let other = text.replace("3 = \"dental\"", "3 = \"clinicians\"\n5 = \"dental\"");
    assert_ne!(text, other);
    std::fs::write(&flow, other).unwrap();
    signers.signs(&server, &[]);
    server.wait_log("another set is in force", MINUTE);
    let anew = "are read anew";
    let times = server.log().matches(anew).count();
    server.signal("HUP");
    server.wait_log_times(anew, times + 1, MINUTE);
    server.wait_metric("ivr111_sign_off_proposal", 3.0, SOON);

    // Nobody was without sound, and nobody is gone.
    let gap = longest_gap_of_all(&[&handlers, &talking, &choosing], Instant::now(), MINUTE);
    println!("nobody heard nothing for longer than {gap:?}");
    assert!(gap < GAP, "{gap:?}");
    for mass in [&handlers, &talking, &choosing] {
        mass.listens_anew();
    }
    assert_eq!(talking.talk_with(&handlers, MINUTE), before);
    server.wait_metric("ivr111_calls", under_way, SOON);

    // Those in the menu have the keys that they have heard of, and new callers the new ones.
    choosing.press("3", MINUTE);
    let later = Mass::calls(SERVER, &numbers(3, LATER), caller_says);
    later.press("3", MINUTE);
    all_led(&server, (2, CHOOSING), "dental", "handler-queue");
    all_led(&server, (3, LATER), "clinicians", "clinician-queue");
    server.wait_metric("ivr111_calls", under_way + LATER as f64, SOON);
    assert_eq!(talking.talk_with(&handlers, MINUTE), before);
}
