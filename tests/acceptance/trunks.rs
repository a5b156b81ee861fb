//! Trunks: failover among peers, credentials both ways, peers that go down and come back.

use std::net::UdpSocket;
use std::time::Duration;

use crate::support::people::{
    BRIGHTON, CALLER, Person, SERVER, SOON, TALK, hear_each_other, refuses, registers,
};
use crate::support::server::Server;
use crate::support::sipp::{Scenario, Sipp, free_port};

const LINE: f64 = 523.0;
const CARRIER: &str = "peers = [\"udp:127.0.0.1:5980\"]";

#[test]
fn peers_are_tried_in_order_past_silence_a_5xx_and_a_network_that_refuses() {
    let (failing, silent, closed, good) = (free_port(), free_port(), free_port(), free_port());
    let peers = format!(
        "peers = [\"udp:127.0.0.1:{failing}\", \"udp:127.0.0.1:{silent}\", \
         \"udp:127.0.0.1:{closed}\", \"udp:127.0.0.1:{good}\"]"
    );
    let _server = Server::start_with(&[(CARRIER, &peers)], &[]);
    let failing = refuses(failing, 503);
    let _silent = UdpSocket::bind(("127.0.0.1", silent)).unwrap();
    let line = Person::answers_and_hangs_up(good, 300, TALK, LINE);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("2");
    hear_each_other(&caller.rtp, CALLER, &line.rtp, LINE);
    assert!(failing.messages().contains("INVITE"));
    line.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}

#[test]
fn a_trunk_that_asks_who_we_are_is_told() {
    let give = format!("{CARRIER}\ngive = {{ username = \"carrier-out\" }}");
    let password = ("IVR111_PASSWORD_carrier_out", "secret");
    let _server = Server::start_with(&[(CARRIER, &give)], &[password]);
    for file in ["challenges.xml", "challenges_as_proxy.xml"] {
        let carrier = Sipp::run(&Scenario {
            file,
            port: 5980,
            ..Scenario::default()
        });
        let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, 8_000);
        caller.presses("2");
        carrier.succeeds(SOON);
        caller.sipp.succeeds(SOON);
    }
}

#[test]
fn a_trunk_that_is_asked_for_credentials_gives_them_or_is_not_let_in() {
    let ask = format!("{CARRIER}\nask = {{ username = \"carrier-in\" }}");
    let md5 = ("digest = [\"SHA-256\", \"MD5\"]", "digest = [\"MD5\"]");
    let password = ("IVR111_PASSWORD_carrier_in", "secret");
    let server = Server::start_with(&[(CARRIER, &ask), md5], &[password]);
    let calls = |file, password, status: &str| {
        Sipp::run(&Scenario {
            file,
            to: Some(SERVER),
            keys: vec![
                ("from", BRIGHTON.to_owned()),
                ("rtp", "39998".to_owned()),
                ("hold", "500".to_owned()),
                ("status", status.to_owned()),
            ],
            more: vec!["-m", "1", "-au", "carrier-in", "-ap", password],
            ..Scenario::default()
        })
    };
    calls("authenticates.xml", "secret", "200").succeeds(SOON);
    calls("refused.xml", "", "401").succeeds(SOON);
    let wrong = calls("authenticates.xml", "wrong", "200");
    let refused = "CSeq: 2 INVITE\r\nWWW-Authenticate";
    wrong.wait_message(refused, SOON);
    assert!(!wrong.messages().contains("SIP/2.0 200"));
    assert_eq!(server.metric("ivr111_calls_received_total"), 1.0);
}

#[test]
fn a_peer_that_leaves_options_unanswered_is_down_until_it_answers() {
    let keepalive = format!("{CARRIER}\nkeepalive = 1");
    let without = (
        "# How often peers are asked whether they are up (OPTIONS); 0 is never.\nkeepalive = 0",
        "",
    );
    let server = Server::start_with(&[without, (CARRIER, &keepalive)], &[]);
    let up = "ivr111_trunk_peer_up{trunk=\"carrier\"";
    // The network refuses it at once, time and again.
    server.wait_metric(up, 0.0, SOON);
    let peer = UdpSocket::bind("127.0.0.1:5980").unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut buffer = [0; 4_096];
    let (length, from) = peer.recv_from(&mut buffer).unwrap();
    let options = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(
        options.starts_with("OPTIONS sip:127.0.0.1:5980"),
        "{options}"
    );
    let headers = options.lines().skip(1).filter(|line| {
        ["Via", "From", "To", "Call-ID", "CSeq"]
            .iter()
            .any(|name| line.starts_with(name))
    });
    let headers: Vec<&str> = headers.collect();
    // Any answer at all means that it is up.
    let answer = format!(
        "SIP/2.0 404 Not Found\r\n{}\r\nContent-Length: 0\r\n\r\n",
        headers.join("\r\n").replace(
            "\r\nTo: <sip:127.0.0.1:5980>",
            "\r\nTo: <sip:127.0.0.1:5980>;tag=t"
        )
    );
    peer.send_to(answer.as_bytes(), from).unwrap();
    server.wait_metric(up, 1.0, SOON);
}

#[test]
fn all_phones_of_a_handler_ring_and_one_takes_the_call() {
    let _server = Server::start();
    let quick = Person::answers_and_hangs_up(0, 1_500, TALK, LINE);
    let slow = Person::answers(0, 60_000, LINE + 100.0);
    registers("1001", quick.port);
    registers("1001", slow.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &quick.rtp, LINE);
    slow.sipp.wait_message("CANCEL sip:", SOON);
    quick.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
}
