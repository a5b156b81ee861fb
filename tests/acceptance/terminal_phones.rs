//! The test phones of the command line, the lists, and what is explained.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::support::people::{BRIGHTON, SOON};
use crate::support::program::Program;
use crate::support::server::{Server, binary, checkout};
use crate::support::sound;

fn begins_to_call(arguments: &[&str]) -> Program {
    Program::start(
        Command::new(binary())
            .args(["call", "111", "--from", BRIGHTON, "--prompts"])
            .arg(checkout().join("prompts"))
            .args(arguments)
            .stdout(Stdio::piped()),
    )
}

fn call(arguments: &[&str]) -> Output {
    begins_to_call(arguments).output()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn answers(account: &str, record: &std::path::Path) -> Program {
    let password = format!("demo-{account}");
    Program::start(
        Command::new(binary())
            .args(["answer", "--as", account, "--password", &password])
            .args(["--calls", "1", "--ring", "500", "--record"])
            .arg(record)
            .stdout(Stdio::piped()),
    )
}

#[test]
fn two_phones_of_the_terminal_talk_to_each_other() {
    let server = Server::start();
    let folder = tempfile::TempDir::new().unwrap();
    let (caller, handler) = (folder.path().join("c.wav"), folder.path().join("h.wav"));
    let answering = answers("1001", &handler);
    server.wait_metric("ivr111_handlers", 1.0, SOON);
    let record = caller.to_str().unwrap();
    let calling = call(&["--keys", "1,2", "--talk", "2", "--record", record]);
    let said = said(&calling);
    assert!(calling.status.success(), "{said}");
    let timeline = [
        "answered",
        "heard welcome en-GB",
        "welcome heard out",
        "heard recording-notice en-GB",
        "heard menu en-GB",
        "pressed 1",
        "menu cut short",
        "heard age en-GB",
        "pressed 2",
        "heard queue-joined en-GB",
        "talking",
        "hanging up",
        "ended: hung up by us",
    ];
    let mut rest = said.as_str();
    for event in timeline {
        let at = rest
            .find(event)
            .unwrap_or_else(|| panic!("no {event:?} in its turn\n{said}"));
        rest = &rest[at + event.len()..];
    }
    let answering = answering.output();
    assert!(answering.status.success());
    let shown = String::from_utf8_lossy(&answering.stdout);
    assert!(
        shown.contains("rung by \"Kent, Surrey and Sussex: symptoms\""),
        "{shown}"
    );
    // The caller says 440 Hz, the handler 880.
    let (_, heard) = sound::read_wav(&caller);
    assert!(sound::hears_at_last(&heard, 880.0));
    let (_, heard) = sound::read_wav(&handler);
    assert!(sound::hears_at_last(&heard, 440.0));
    assert_eq!(server.ended_call()["number"], BRIGHTON);
    let events = server.timeline();
    let kinds = events.iter().map(|event| event["kind"].as_str().unwrap());
    let kinds: Vec<&str> = kinds.collect();
    for kind in [
        "arrived",
        "answered",
        "region",
        "prompt",
        "key",
        "destination",
        "joined",
        "ended",
    ] {
        assert!(kinds.contains(&kind), "no {kind} in {kinds:?}");
    }
    // Keys are personal data: that one was pressed is written down, which one is not.
    let pressed = |event: &serde_json::Value| event["detail"] == "caller: a key by Event";
    assert!(events.iter().any(pressed), "{events:?}");
}

#[test]
fn a_caller_hears_welsh() {
    let _server = Server::start();
    let calling = call(&["--keys", "*,4,1", "--limit", "90"]);
    let said = said(&calling);
    assert!(calling.status.success(), "{said}");
    for prompt in [
        "heard menu cy-GB",
        "heard digit-0 cy-GB",
        "heard callback-booked cy-GB",
    ] {
        assert!(said.contains(prompt), "{said}");
    }
    assert!(said.contains("ended: hung up by the peer"), "{said}");
}

#[test]
fn a_call_that_nobody_answers_is_told_by_the_exit_status() {
    let calling = Command::new(binary())
        .args([
            "call",
            "111",
            "--server",
            "127.0.0.1:9",
            "--limit",
            "5",
            "--prompts",
        ])
        .arg(checkout().join("prompts"))
        .output()
        .unwrap();
    assert_eq!(calling.status.code(), Some(1), "{}", said(&calling));
}

fn explained(arguments: &[&str]) -> serde_json::Value {
    let output = Command::new(binary())
        .arg("explain")
        .args(arguments)
        .arg("--json")
        .current_dir(checkout())
        .output()
        .unwrap();
    let explanation: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(explanation["answered"], output.status.success());
    explanation
}

#[test]
fn it_is_explained_where_a_caller_would_go() {
    let handler = explained(&[
        "--from",
        BRIGHTON,
        "--keys",
        "1,2",
        "--at",
        "2026-12-25T02:00",
    ]);
    assert_eq!(handler["region"], "kent-surrey-sussex");
    assert_eq!(handler["rule"], "area-code");
    assert_eq!(handler["providers"]["harmoni"], 60.0);
    assert_eq!(handler["destination"], "handler-queue");
    assert!(
        handler["at"]
            .as_str()
            .unwrap()
            .starts_with("2026-12-25T02:00")
    );
    let emergency = explained(&["--from", BRIGHTON, "--keys", "9"]);
    let leads_to = emergency["leads_to"].as_str().unwrap();
    assert!(leads_to.starts_with("ambulance-secamb (udp:127.0.0.1:5991, udp:127.0.0.1:5992)"));
    // The network's placeholder for an invalid number is nobody's place.
    let invalid = explained(&["--from", "08979123456", "--keys", "3,2"]);
    assert_eq!(
        (&invalid["caller"], &invalid["rule"]),
        (&"invalid".into(), &"keyed".into())
    );
    assert_eq!(invalid["region"], "north-east");
    let silent = explained(&["--from", BRIGHTON]);
    assert_eq!(silent["because"], "no key");
    assert_eq!(silent["destination"], "handler-queue");
    let hesitant = explained(&["--from", BRIGHTON, "--keys", "-,9"]);
    assert_eq!(hesitant["destination"], "emergency");
    let provider = explained(&["--from", BRIGHTON, "--dialled", "*8"]);
    assert_eq!(provider["destination"], "capacity");
    let leads_to = provider["leads_to"].as_str().unwrap();
    assert!(
        leads_to.contains("1001") && leads_to.ends_with("(skill general)"),
        "{leads_to}"
    );
    let elsewhere = explained(&["--from", BRIGHTON, "--dialled", "112"]);
    assert_eq!(elsewhere["answered"], false);
}

#[test]
fn the_server_drains_and_reads_its_tables_anew() {
    let mut server = Server::start();
    let settings = server.settings();
    let shipped = std::fs::read_to_string(&settings).unwrap();
    let numbers = "numbers = [\"111\", \"*5\", \"*6\", \"*7\", \"*8\"]";
    assert!(shipped.contains(numbers));
    let changed = shipped.replace(numbers, "numbers = [\"*5\"]");
    // A reload that is not sound changes nothing.
    std::fs::write(&settings, changed.replace("realm =", "relam =")).unwrap();
    server.signal("HUP");
    server.wait_log("nothing is changed", SOON);
    assert_eq!(server.http("/readyz").0, 200);
    let answered = call(&["--limit", "5"]);
    assert!(said(&answered).contains("answered"), "{}", said(&answered));
    server.wait_metric("ivr111_calls", 0.0, SOON);
    std::fs::write(&settings, &changed).unwrap();
    server.signal("HUP");
    server.wait_log("are read anew", SOON);
    let refused = call(&["--limit", "5"]);
    assert!(said(&refused).contains("(404)"), "{}", said(&refused));
    std::fs::write(&settings, &shipped).unwrap();
    server.signal("HUP");
    server.wait_log_times("are read anew", 2, SOON);
    // SIGTERM: the running call goes on to its end, a new one is sent elsewhere.
    let running = std::thread::spawn(|| call(&["--keys", "4,1", "--limit", "90"]));
    server.wait_metric("ivr111_calls", 1.0, SOON);
    server.signal("TERM");
    server.wait_log("no new calls", SOON);
    assert_eq!(server.http("/readyz").0, 503);
    let refused = call(&["--limit", "5"]);
    assert!(said(&refused).contains("(503)"), "{}", said(&refused));
    let running = running.join().unwrap();
    assert!(running.status.success(), "{}", said(&running));
    server.wait_end(Duration::from_secs(20));
    let callbacks = server.json(&["callbacks"]);
    assert_eq!(callbacks.as_array().unwrap().len(), 1);
}

#[test]
fn a_caller_who_waits_hears_music_and_is_not_forgotten() {
    let server = Server::start();
    let calling = begins_to_call(&["--keys", "1,2", "--limit", "90", "--talk", "1"]);
    server.wait_metric("ivr111_queue_waiting", 1.0, Duration::from_secs(60));
    let said = said(&calling.output());
    // Nobody is signed in: the caller stays in the queue until they give up.
    for prompt in [
        "queue-joined heard out",
        "heard music en-GB",
        "heard queue-comfort en-GB",
        "gave up after 90 s",
    ] {
        assert!(said.contains(prompt), "{said}");
    }
    server.wait_metric("ivr111_queue_waiting", 0.0, SOON);
}
