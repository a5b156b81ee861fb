//! `ivr111 load`, the generator of calls: what it says of calls that listen, of joined ones, and of nobody there.

use std::process::{Command, Stdio};

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
    assert!(
        (4_900.0..5_600.0).contains(&packets("expected")),
        "{figures}"
    );
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
fn calls_that_nobody_answers_are_failures_and_say_why() {
    // Reserved, so that nobody is there.
    let (good, figures) = load(&["--server", "127.0.0.1:9", "--calls", "3", "--rate", "100"]);
    assert!(!good);
    assert_eq!(figures["failed"], 3, "{figures}");
    let failures = figures["failures"].as_object().unwrap();
    assert_eq!(failures.values().filter_map(|n| n.as_u64()).sum::<u64>(), 3);
}
