//! What it costs that calls outlive the process: the same calls at the same server with its journal and without,
//! in turns. Prints the processor time of a call from its INVITE to its BYE, and what of it is the journal's.
//!
//! `cargo bench --bench live`, or with how many calls: `cargo bench --bench live -- 2000`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::{Command, Stdio};
use std::time::Duration;

mod serving;

use serving::process;

const CALLS: usize = 1_000;
/// Calls begun in a second.
const RATE: usize = 50;
/// How long each lasts, in seconds: its journal is written as it begins, as it is led on, once a second, and as it ends.
const HOLD: usize = 20;
const ROUNDS: usize = 3;

fn main() {
    serving::own_network();
    let calls = std::env::args().find_map(|word| word.parse().ok());
    let calls = calls.unwrap_or(CALLS);
    let mut cost = [Duration::ZERO; 2];
    for _ in 0..ROUNDS {
        cost[0] += served(calls, "var");
        // Nothing can be made there: the server says so, and goes on without.
        cost[1] += served(calls, "/proc/nowhere");
    }
    let each = |cost: Duration| cost.as_secs_f64() * 1e6 / (ROUNDS * calls) as f64;
    let [with, without] = cost.map(each);
    println!(
        "a listening call of {HOLD} s takes {with:.0} us with its journal and {without:.0} us without: \
         {:.0} us, {:.1} %, of {ROUNDS} times {calls} calls each",
        with - without,
        100.0 * (with - without) / without
    );
}

/// The processor time that the server takes for the calls.
fn served(calls: usize, live: &str) -> Duration {
    let folder = tempfile::TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ivr111"));
    command.stderr(Stdio::null());
    let live = ("# [live]\n", format!("[live]\nfolder = \"{live}\"\n"));
    let server = serving::serve(command, folder.path(), &[live]);
    let before = process::cpu(server.id());
    let figures = Command::new(env!("CARGO_BIN_EXE_ivr111"))
        .args(["load", "--json", "--from", "+441273555"])
        .args(["--calls", &calls.to_string(), "--rate", &RATE.to_string()])
        .args(["--total", &calls.to_string(), "--hold", &HOLD.to_string()])
        .output()
        .unwrap();
    let cpu = process::cpu(server.id()) - before;
    let figures: serde_json::Value = serde_json::from_slice(&figures.stdout).unwrap();
    assert_eq!(figures["failed"], 0, "{figures}");
    cpu
}
