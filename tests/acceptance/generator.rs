//! `ivr111 load`, the generator of calls: what it says of calls that listen, of joined ones, and of nobody there.

use std::process::{Command, Stdio};

use crate::support::network;
use crate::support::program::Program;
use crate::support::server::{Server, binary};

/// Where the shipped settings call the crisis line of Brighton.
const CRISIS_LINE: &str = "127.0.0.1:5980";
/// Callers from Brighton: three digits are counted up behind it.
const FROM: &str = "+441273555";

fn load(arguments: &[&str]) -> (bool, serde_json::Value) {
    let output = Program::start(
        Command::new(binary())
            .args(["load", "--json", "--from", FROM])
            .args(arguments)
            .stdout(Stdio::piped()),
    )
    .output();
    let figures = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.success(), figures)
}

#[test]
fn joined_calls_are_counted_and_their_sound_is_timed_both_ways() {
    network::enter_alone();
    let server = Server::start();
    let (good, figures) = load(&[
        "--calls",
        "20",
        "--rate",
        "20",
        "--hold",
        "5",
        "--keys",
        "2@1",
        "--answer",
        CRISIS_LINE,
    ]);
    assert!(good, "{figures}");
    for (name, wanted) in [("calls", 20), ("failed", 0), ("taken", 20)] {
        assert_eq!(figures[name], wanted, "{name}: {figures}");
    }
    assert_eq!(figures["answer_ms"]["count"], 20, "{figures}");
    assert_eq!(figures["keys"]["pressed"], 20, "{figures}");
    let number = |part: &str, name: &str| figures[part][name].as_f64().unwrap();
    let packets = |name| number("packets", name);
    // Twenty calls of 5 s are 5,000 packets; between prompt and crisis line nothing is heard for a moment.
    assert!(packets("expected") >= 4_900.0, "{figures}");
    assert!(packets("received") > 0.9 * packets("expected"), "{figures}");
    assert_eq!(packets("lost"), 0.0, "{figures}");
    // Three seconds at least of each talk, both ways.
    assert!(
        number("delay_ms", "count") > 2.0 * 20.0 * 150.0,
        "{figures}"
    );
    assert!(number("spacing_ms", "count") > 4_000.0, "{figures}");
    server.wait_metric("ivr111_calls", 0.0, crate::support::people::SOON);
}

#[test]
fn an_interrupt_ends_the_calls_and_the_figures_are_given() {
    let server = Server::start();
    let calls = [
        "--calls", "10", "--total", "40", "--rate", "20", "--hold", "300",
    ];
    let generator = Program::start(
        Command::new(binary())
            .args(["load", "--json", "--from", FROM])
            .args(calls)
            .stdout(Stdio::piped()),
    );
    server.wait_metric("ivr111_calls", 10.0, crate::support::people::SOON);
    // All of them hear something: a second of sound for each.
    server.wait_metric_above(
        "ivr111_rtp_packets_out_total",
        500.0,
        crate::support::people::SOON,
    );
    generator.signal("INT");
    let output = generator.output();
    assert!(output.status.success());
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for (name, wanted) in [("calls", 10), ("failed", 0)] {
        assert_eq!(figures[name], wanted, "{name}: {figures}");
    }
    assert_eq!(figures["answer_ms"]["count"], 10, "{figures}");
    server.wait_metric("ivr111_calls", 0.0, crate::support::people::SOON);
}

#[test]
fn calls_that_nobody_answers_are_failures_and_say_why() {
    // Reserved, so that nobody is there.
    let (good, figures) = load(&["--server", "127.0.0.1:9", "--calls", "3", "--rate", "100"]);
    assert!(!good);
    assert_eq!(figures["failed"], 3, "{figures}");
    assert_eq!(
        figures["failures"],
        serde_json::json!({ "not reachable": 3 }),
        "{figures}"
    );
}

#[test]
fn calls_that_are_not_put_through_are_failures_too() {
    let _server = Server::start();
    // No key, so that nobody is called at the crisis line.
    let (good, figures) = load(&[
        "--calls",
        "3",
        "--rate",
        "10",
        "--hold",
        "2",
        "--answer",
        CRISIS_LINE,
    ]);
    assert!(!good);
    assert_eq!(figures["answer_ms"]["count"], 3, "{figures}");
    let why = "answered, and not put through to the side that answers here";
    assert_eq!(
        figures["failures"],
        serde_json::json!({ why: 3 }),
        "{figures}"
    );
}

#[test]
fn more_calls_than_there_are_ports_for_are_refused_at_once() {
    let output = Command::new(binary())
        .args(["load", "--calls", "2501", "--answer", CRISIS_LINE])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("5002 ports"), "{said}");
}
