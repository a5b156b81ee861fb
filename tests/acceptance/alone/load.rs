//! Five hundred calls at fifty a second: none fails, and nothing is left behind.

use std::time::Duration;

use crate::support::network;
use crate::support::people::{BRIGHTON, SERVER};
use crate::support::rtp::RtpPeer;
use crate::support::server::Server;
use crate::support::sipp::{Scenario, Sipp};

const CALLS: &str = "500";
const RATE: &str = "50";
/// How long each caller stays, in ms.
const STAY: u32 = 8_000;
/// Transactions are kept for 32 s to absorb repeats (RFC 3261, timers); then nothing is left of a call.
const KEPT: Duration = Duration::from_secs(60);

/// Datagrams that the kernel dropped because somebody did not read fast enough.
fn receive_buffer_errors() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/net/snmp").unwrap();
    let mut lines = text.lines().filter(|line| line.starts_with("Udp:"));
    let names = lines.next().unwrap().split(' ');
    let values = lines.next().unwrap().split(' ');
    let mut columns = names.zip(values);
    let column = columns.find(|(name, _)| *name == "RcvbufErrors").unwrap();
    column.1.parse().unwrap()
}

/// A round of calls, and the processor time that it took.
fn round(server: &Server) -> Duration {
    let before = server.cpu();
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
    let spent = server.cpu() - before;
    for gauge in [
        "ivr111_calls",
        "ivr111_media_legs",
        "ivr111_media_ports",
        "ivr111_queue_waiting",
        "ivr111_sip_dialogs",
    ] {
        server.wait_metric(gauge, 0.0, Duration::from_secs(20));
    }
    spent
}

#[test]
fn five_hundred_calls_at_fifty_a_second_leave_nothing_behind() {
    network::enter_alone();
    let server = Server::start();
    let tasks = server.metric("ivr111_tasks");
    let dropped = receive_buffer_errors();
    let spent = round(&server);
    let first = server.memory();
    round(&server);
    let (second, descriptors) = (server.memory(), server.descriptors());
    round(&server);
    let third = server.memory();
    let calls: f64 = CALLS.parse().unwrap();
    let stay = f64::from(STAY) / 1_000.0;
    let build = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    println!(
        "{CALLS} calls of {stay} s: {:.0} us of CPU for each call and second ({build} build), \
         RcvbufErrors {}, memory after each round {first}, {second}, {third} KiB",
        spent.as_micros() as f64 / calls / stay,
        receive_buffer_errors() - dropped
    );
    for gauge in ["ivr111_sip_transactions", "ivr111_sip_transactions_kept"] {
        server.wait_metric(gauge, 0.0, KEPT);
    }
    assert_eq!(server.metric("ivr111_calls_received_total"), 3.0 * calls);
    assert_eq!(server.metric("ivr111_calls_refused_total"), 0.0);
    assert_eq!(server.metric("ivr111_rtp_send_errors_total"), 0.0);
    // Some of those from before may have been of the server's beginning.
    server.wait_metric_at_most("ivr111_tasks", tasks, KEPT);
    // The store may have opened more of its few connections meanwhile, with three files each.
    server.wait_descriptors(descriptors + 12, KEPT);
    // The first rounds fill caches (the store's, the allocator's); after that nothing grows by what a call
    // takes, which is more than 10 KiB.
    assert!(
        third < second + 4_000,
        "{first} KiB, {second} KiB, {third} KiB"
    );
    let stored = server.json(&["calls", "--limit", "2000"]);
    let ended = stored.as_array().unwrap().iter();
    assert_eq!(
        ended.filter(|call| !call["ended_at"].is_null()).count(),
        1_500
    );
}
