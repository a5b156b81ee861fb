//! What a call's sound costs, held against the floor: the same packets with no server around them.
//!
//! `make bench`, or `cargo bench --bench floor -- listening 1000 2000` and `-- joined 500`. Floor and
//! server take their turns on core 0, whoever calls them sits on core 1. A run counts when less than
//! 0.1 % of its calls failed, the kernel dropped nothing, and 99 % of the packets were there on either side;
//! one that does not count says so, and the exit status is 1.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod packets;
mod server;
#[path = "../serving/mod.rs"]
mod serving;

use serving::process::{self, Usage};

/// The part of a run that is measured, in seconds.
const WINDOW: u64 = 10;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A prompt plays while the caller's sound comes in: one leg.
    Listening,
    /// Two legs that hear each other.
    Joined,
}

impl Kind {
    fn legs(self, calls: usize) -> usize {
        match self {
            Kind::Listening => calls,
            Kind::Joined => 2 * calls,
        }
    }
}

fn main() {
    // Cargo adds --bench.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [part @ ("echo" | "phones"), legs] => packets::run(part, legs.parse().unwrap()),
        ["listening", calls @ ..] => ended(compare(Kind::Listening, &numbers(calls))),
        ["joined", calls @ ..] => ended(compare(Kind::Joined, &numbers(calls))),
        [] => {
            let listening = compare(Kind::Listening, &[1_000, 2_000, 3_000]);
            ended(compare(Kind::Joined, &[500, 1_000]) && listening);
        }
        other => panic!("{other:?}: say listening or joined, and numbers of calls"),
    }
}

fn ended(all_count: bool) {
    if !all_count {
        std::process::exit(1);
    }
}

fn numbers(words: &[&str]) -> Vec<usize> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

/// Whether all runs count.
fn compare(kind: Kind, calls: &[usize]) -> bool {
    println!("{kind:?} calls, {WINDOW} s each");
    let mut all_count = true;
    for &calls in calls {
        let before = process::receive_buffer_errors();
        // Before and after: a machine that others use as well has its moods.
        let before_it = packets::measure(kind.legs(calls));
        let served = server::measure(kind, calls);
        let after_it = packets::measure(kind.legs(calls));
        let dropped = process::receive_buffer_errors() - before;
        let per_call = |usage: &Usage| usage.cpu.as_secs_f64() * 1e6 / WINDOW as f64 / calls as f64;
        let floors = [&before_it, &after_it].map(per_call);
        let (floor, server) = (floors.iter().sum::<f64>() / 2.0, per_call(&served.usage));
        println!(
            "{calls:5} calls: floor {:.1} and {:.1} us, server {server:6.1} us of CPU per call and second \
             ({:.2} times the floor, {:.0} % of a core)",
            floors[0],
            floors[1],
            server / floor,
            server * calls as f64 / 1e4
        );
        println!(
            "             {:.1} KiB per call, {} of {} failed, RcvbufErrors {dropped}, ticks left out {}, \
             {:.1} % of the packets carried",
            served.memory_kib as f64 / calls as f64,
            served.failed,
            calls,
            served.skipped,
            served.carried * 100.0
        );
        println!("             {}", served.sound);
        let counts = served.failed * 1_000 < calls as u64 && dropped == 0 && served.carried > 0.99;
        if !counts {
            println!("             THIS RUN DOES NOT COUNT");
        }
        all_count &= counts;
    }
    all_count
}
