//! What callers' equipment may do: refusals, CANCEL, PRACK, calls without an offer, holds, proxies in the
//! path, copies of one request.

use std::net::UdpSocket;
use std::time::Duration;

use crate::support::network;
use crate::support::people::{BRIGHTON, CALLER, Person, SERVER, SOON, TALK, registers};
use crate::support::rtp::RtpPeer;
use crate::support::server::Server;
use crate::support::sipp::{Scenario, Sipp};

const HANDLER: f64 = 883.0;

fn calls(file: &str, dial: &str, keys: Vec<(&str, String)>) -> Sipp {
    let mut keys = keys;
    keys.push(("from", BRIGHTON.to_owned()));
    Sipp::run(&Scenario {
        file,
        to: Some(SERVER),
        dial,
        keys,
        ..Scenario::default()
    })
}

fn nowhere() -> (&'static str, String) {
    ("rtp", "39998".to_owned())
}

#[test]
fn numbers_that_are_not_ours_and_codecs_that_nobody_speaks_are_refused() {
    let server = Server::start();
    // A number that merely contains an emergency number is not one.
    for dial in ["112", "01999111", "1111", "999"] {
        let status = ("status", "404".to_owned());
        calls("refused.xml", dial, vec![nowhere(), status]).succeeds(SOON);
    }
    calls("refused_codec.xml", "111", vec![nowhere()]).succeeds(SOON);
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
}

#[test]
fn a_caller_outside_every_trunk_is_told_nothing() {
    let _server = Server::start_with(
        &[("from = [\"127.0.0.0/8\"]", "from = [\"127.0.0.9\"]")],
        &[],
    );
    let status = ("status", "403".to_owned());
    let refused = calls("refused.xml", "111", vec![nowhere(), status]);
    refused.wait_message("SIP/2.0 403 Forbidden", SOON);
    let said = refused.messages();
    let response = said.split("SIP/2.0 403").nth(1).unwrap();
    let response = response.split("-----").next().unwrap();
    for revealing in ["Server:", "User-Agent:", "Warning:", "Reason:", "Contact:"] {
        assert!(!response.contains(revealing), "{response}");
    }
    refused.succeeds(SOON);
}

#[test]
fn a_caller_may_give_up_before_the_answer() {
    let server = Server::start();
    calls("cancels.xml", "111", vec![nowhere()]).succeeds(SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
    server.wait_metric("ivr111_media_ports", 0.0, SOON);
    let call = server.ended_call();
    assert_eq!(call["ended_why"], "caller: cancelled by the caller");
}

#[test]
fn provisional_responses_are_reliable_where_the_caller_requires_it() {
    let server = Server::start();
    let sound = RtpPeer::open();
    let keys = vec![("rtp", sound.port.to_string()), ("hold", "3000".to_owned())];
    let caller = calls("pracks.xml", "111", keys);
    sound.wait_sound(SOON);
    caller.succeeds(SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
}

#[test]
fn a_call_without_an_offer_is_offered_our_session() {
    let server = Server::start();
    let sound = RtpPeer::open();
    let keys = vec![("rtp", sound.port.to_string()), ("hold", "3000".to_owned())];
    let caller = calls("offerless.xml", "111", keys);
    sound.wait_sound(SOON);
    caller.succeeds(SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
}

#[test]
fn a_body_that_is_no_session_is_no_offer() {
    let server = Server::start();
    let sound = RtpPeer::open();
    let keys = vec![("rtp", sound.port.to_string()), ("hold", "2000".to_owned())];
    let caller = calls("offerless_other_body.xml", "111", keys);
    sound.wait_sound(SOON);
    caller.succeeds(SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
}

#[test]
fn a_caller_holds_resumes_and_moves() {
    let server = Server::start();
    let (first, second) = (RtpPeer::open(), RtpPeer::open());
    let keys = vec![
        ("rtp", first.port.to_string()),
        ("second", second.port.to_string()),
    ];
    let caller = calls("holds.xml", "111", keys);
    second.wait_sound(SOON);
    let moved = std::time::Instant::now();
    caller.succeeds(SOON);
    // Two seconds before the hold, and next to nothing after it.
    let heard = first.heard().len();
    assert!(
        (60..200).contains(&heard),
        "{heard} packets at the first address"
    );
    assert!(first.heard().iter().all(|packet| packet.at < moved));
    // Two seconds, a hold of two seconds, two seconds more.
    let heard = second.heard();
    let longest = heard.windows(2).map(|w| w[1].at - w[0].at).max().unwrap();
    assert!((120..320).contains(&heard.len()), "{} packets", heard.len());
    assert!(
        longest > Duration::from_millis(1_500),
        "a hold of {longest:?}"
    );
    server.wait_metric("ivr111_calls", 0.0, SOON);
}

#[test]
fn proxies_that_want_to_stay_in_the_path_stay_there() {
    let server = Server::start();
    let handler = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers("2001", handler.port);
    let sound = RtpPeer::open();
    sound.send_tone(CALLER);
    let caller = calls(
        "record_routed.xml",
        "*5",
        vec![("rtp", sound.port.to_string())],
    );
    sound.wait_tone(HANDLER, SOON);
    handler.sipp.succeeds(SOON);
    caller.succeeds(SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
}

/// Sends requests as they are written here, and gives the statuses that come back.
struct Wire(UdpSocket);

impl Wire {
    fn open() -> Self {
        network::enter();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(SERVER).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(2)))
            .unwrap();
        Wire(socket)
    }

    fn invite(&self, branch: &str) -> String {
        let ours = self.0.local_addr().unwrap();
        format!(
            "INVITE sip:111@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {ours};branch={branch};rport\r\n\
             From: <sip:{BRIGHTON}@127.0.0.1>;tag=one\r\nTo: <sip:111@127.0.0.1>\r\n\
             Call-ID: copies\r\nCSeq: 1 INVITE\r\nContact: <sip:a@{ours}>\r\nMax-Forwards: 70\r\n\
             Content-Length: 0\r\n\r\n"
        )
    }

    /// The next message that contains a text.
    fn wait(&self, wanted: &str) -> String {
        let mut buffer = [0; 8_192];
        loop {
            let length = self
                .0
                .recv(&mut buffer)
                .unwrap_or_else(|_| panic!("no {wanted}"));
            let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if message.contains(wanted) {
                return message;
            }
        }
    }
}

#[test]
fn copies_of_one_request_make_one_call() {
    let server = Server::start();
    let wire = Wire::open();
    // Retransmitted: the same transaction.
    for _ in 0..3 {
        let invite = wire.invite("z9hG4bKone");
        wire.0.send(invite.as_bytes()).unwrap();
    }
    wire.wait("SIP/2.0 200 OK");
    // Forked on its way: another transaction for the same request (RFC 3261 section 8.2.2.2).
    let copy = wire.invite("z9hG4bKtwo");
    wire.0.send(copy.as_bytes()).unwrap();
    wire.wait("SIP/2.0 482");
    assert_eq!(server.metric("ivr111_calls_received_total"), 1.0);
    assert_eq!(server.metric("ivr111_calls"), 1.0);
}

#[test]
fn whoever_asks_what_we_can_do_is_told() {
    let _server = Server::start();
    let wire = Wire::open();
    let ours = wire.0.local_addr().unwrap();
    let options = format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {ours};branch=z9hG4bKo;rport\r\n\
         From: <sip:a@127.0.0.1>;tag=o\r\nTo: <sip:127.0.0.1>\r\nCall-ID: options\r\n\
         CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length : 0\r\n\r\n"
    );
    wire.0.send(options.as_bytes()).unwrap();
    let response = wire.wait("SIP/2.0 200");
    assert!(
        response.contains("Allow: INVITE, ACK, CANCEL, BYE"),
        "{response}"
    );
    // Malformed: two lengths that differ. The answer is 400, and nothing behind it is read.
    let twice = options.replace(
        "Content-Length : 0",
        "Content-Length: 0\r\nContent-Length: 9",
    );
    wire.0
        .send(twice.replace("z9hG4bKo", "z9hG4bKp").as_bytes())
        .unwrap();
    wire.wait("SIP/2.0 400");
}
