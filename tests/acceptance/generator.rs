//! `ivr111 load`, the generator of calls: what it says of calls that are cut short, and of nobody there.

use std::process::{Command, Stdio};

use crate::support::program::Program;
use crate::support::server::{Server, binary};

/// Where the shipped settings call the crisis line of Brighton.
pub const CRISIS_LINE: &str = "127.0.0.1:5980";
/// Callers from Brighton: three digits are counted up behind it.
const FROM: &str = "+441273555";

pub fn load(arguments: &[&str]) -> (bool, serde_json::Value) {
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
