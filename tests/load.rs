//! Five hundred calls at fifty a second: none fails, and nothing is left behind.

mod support;

use std::time::Duration;

use support::people::{BRIGHTON, SERVER};
use support::rtp::RtpPeer;
use support::server::Server;
use support::sipp::{Scenario, Sipp};

const CALLS: &str = "500";
const RATE: &str = "50";
/// How long each caller stays, in ms.
const STAY: u32 = 8_000;
/// Transactions are kept for 32 s to absorb repeats (RFC 3261, timers); then nothing is left of a call.
const KEPT: Duration = Duration::from_secs(60);

/// Datagrams that the kernel dropped because somebody did not read fast enough.
fn receive_buffer_errors() -> u64 {
    let text = std::fs::read_to_string("/proc/net/snmp").unwrap();
    let mut lines = text.lines().filter(|line| line.starts_with("Udp:"));
    let names = lines.next().unwrap().split(' ');
    let values = lines.next().unwrap().split(' ');
    let mut columns = names.zip(values);
    let column = columns.find(|(name, _)| *name == "RcvbufErrors").unwrap();
    column.1.parse().unwrap()
}

fn round(server: &Server) {
    let sink = RtpPeer::open();
    let callers = Sipp::run(&Scenario {
        file: "caller_hangs_up.xml",
        to: Some(SERVER),
        keys: vec![
            ("from", BRIGHTON.to_owned()),
            ("hold", STAY.to_string()),
            ("rtp", sink.port.to_string()),
        ],
        more: vec!["-m", CALLS, "-r", RATE, "-l", "1000"],
        ..Scenario::default()
    });
    callers.succeeds(Duration::from_secs(120));
    for gauge in [
        "ivr111_calls",
        "ivr111_media_legs",
        "ivr111_media_ports",
        "ivr111_queue_waiting",
        "ivr111_sip_dialogs",
    ] {
        server.wait_metric(gauge, 0.0, Duration::from_secs(20));
    }
    for gauge in ["ivr111_sip_transactions", "ivr111_sip_transactions_kept"] {
        server.wait_metric(gauge, 0.0, KEPT);
    }
}

#[test]
fn five_hundred_calls_at_fifty_a_second_leave_nothing_behind() {
    let server = Server::start();
    let (tasks, descriptors) = (server.metric("ivr111_tasks"), server.descriptors());
    let (dropped, cpu) = (receive_buffer_errors(), server.cpu());
    round(&server);
    let after_first = server.memory();
    let spent = server.cpu() - cpu;
    round(&server);
    let after_second = server.memory();
    let calls: f64 = CALLS.parse().unwrap();
    let stay = f64::from(STAY) / 1_000.0;
    println!(
        "{CALLS} calls of {stay} s: {:.0} us of CPU for each call and second (debug build), \
         RcvbufErrors {}, memory {after_first} KiB after the first round, {after_second} KiB after \
         the second",
        spent.as_micros() as f64 / calls / stay,
        receive_buffer_errors() - dropped
    );
    assert_eq!(server.metric("ivr111_calls_received_total"), 2.0 * calls);
    assert_eq!(server.metric("ivr111_calls_refused_total"), 0.0);
    assert_eq!(server.metric("ivr111_rtp_send_errors_total"), 0.0);
    server.wait_metric("ivr111_tasks", tasks, KEPT);
    assert_eq!(server.descriptors(), descriptors);
    // What the first round has grown is kept by the allocator and used again by the second.
    assert!(
        after_second < after_first + after_first / 20,
        "{after_first} KiB, then {after_second} KiB"
    );
    let stored = server.json(&["calls", "--limit", "2000"]);
    let ended = stored.as_array().unwrap().iter();
    assert_eq!(
        ended.filter(|call| !call["ended_at"].is_null()).count(),
        1_000
    );
}
