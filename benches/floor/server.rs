//! The same with the whole server around it: dialled, answered, prompts, timeline, goodbye.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::serving::process::{self, Running, Usage};
use super::{Kind, WINDOW, serving};

/// Calls begun in a second, while nothing is measured yet.
const RATE: usize = 100;
/// So long after the start the allocator has given back what reading the prompts took.
const SETTLED: Duration = Duration::from_secs(15);
/// A caller in Brighton presses 2 and is put through to the crisis line, which is called here.
const CRISIS_LINE: &str = "127.0.0.1:5980";

/// What a run showed.
pub struct Served {
    pub usage: Usage,
    pub memory_kib: u64,
    pub failed: u64,
    pub skipped: u64,
    /// Packets that came in and went out while it was measured, of those that make up the calls.
    pub carried: f64,
    /// What the phones say of the sound.
    pub sound: String,
}

pub fn measure(kind: Kind, calls: usize) -> Served {
    // The shipped ports are taken by it: tests that run meanwhile wait.
    let alone = std::fs::File::create(std::env::temp_dir().join("ivr111-test-ports.lock")).unwrap();
    alone.lock().unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let server = serve(folder.path(), calls);
    std::thread::sleep(SETTLED);
    let empty = process::memory(server.id());
    let mut phones = phones(kind, calls);
    // A call in a thousand may fail.
    let legs = kind.legs(calls);
    wait_for("ivr111_media_legs", (legs * 999 / 1_000) as f64);
    // Whoever has just been put through settles.
    std::thread::sleep(Duration::from_secs(2));
    let (before, skipped, carried) = (
        process::cpu(server.id()),
        metric("ivr111_media_skipped_ticks_total"),
        packets(),
    );
    std::thread::sleep(Duration::from_secs(WINDOW));
    let cpu = process::cpu(server.id()) - before;
    let carried = (packets() - carried) / (2 * legs as u64 * 50 * WINDOW) as f64;
    let skipped = metric("ivr111_media_skipped_ticks_total") - skipped;
    let memory = process::memory(server.id());
    let mut text = String::new();
    phones
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    phones.wait().unwrap();
    drop(server);
    let figures: serde_json::Value = serde_json::from_str(&text).unwrap();
    Served {
        usage: Usage { cpu },
        memory_kib: memory.saturating_sub(empty),
        failed: figures["failed"].as_u64().unwrap(),
        skipped: skipped as u64,
        carried,
        sound: sound(&figures),
    }
}

/// RTP packets that the server has counted, both ways.
fn packets() -> f64 {
    metric("ivr111_rtp_packets_in_total") + metric("ivr111_rtp_packets_out_total")
}

fn sound(figures: &serde_json::Value) -> String {
    let ms = |name: &str, part: &str| figures[name][part].as_f64().unwrap_or(f64::NAN);
    let spread = |name: &str| {
        format!(
            "p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms",
            ms(name, "p50"),
            ms(name, "p99"),
            ms(name, "p999")
        )
    };
    let packets = &figures["packets"];
    let generator = &figures["generator"];
    let mut text = format!(
        "generator: {} ticks late, {} left out; spacing off by {}; {} packets of {} heard",
        generator["late_ticks"],
        generator["skipped_ticks"],
        spread("spacing_ms"),
        packets["received"],
        packets["expected"]
    );
    if figures["delay_ms"]["count"].as_u64() > Some(0) {
        text += &format!("; delay {}", spread("delay_ms"));
    }
    text += &format!("; failures {}", figures["failures"]);
    text
}

/// With room for the calls, on core 0.
fn serve(folder: &Path, calls: usize) -> Running {
    let mut command = Command::new("taskset");
    command.args(["-c", "0", env!("CARGO_BIN_EXE_ivr111")]);
    let room = [
        ("calls = 2400", format!("calls = {}", calls.max(100))),
        ("calls = 4000", "calls = 20000".to_owned()),
        (
            "ports = \"20000-29999\"",
            "ports = \"10000-29999\"".to_owned(),
        ),
        ("level = \"info\"", "level = \"warn\"".to_owned()),
    ];
    serving::serve(command, folder, &room)
}

fn phones(kind: Kind, calls: usize) -> Running {
    let ramp = calls.div_ceil(RATE) as u64;
    let hold = ramp + WINDOW + 15;
    let mut command = Command::new("taskset");
    command
        .args(["-c", "1", env!("CARGO_BIN_EXE_ivr111"), "load", "--json"])
        .args(["--calls", &calls.to_string(), "--rate", &RATE.to_string()])
        .args(["--hold", &hold.to_string(), "--from", "+441273555"])
        .stdout(Stdio::piped());
    if kind == Kind::Joined {
        command.args(["--keys", "2@1", "--answer", CRISIS_LINE]);
    }
    Running::start(&mut command)
}

fn metric(name: &str) -> f64 {
    let mut stream = TcpStream::connect("127.0.0.1:8111").unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}

fn wait_for(name: &str, value: f64) {
    let end = Instant::now() + Duration::from_secs(120);
    while metric(name) < value {
        assert!(
            Instant::now() < end,
            "{name} is {}, not {value}",
            metric(name)
        );
        std::thread::sleep(Duration::from_millis(500));
    }
}
