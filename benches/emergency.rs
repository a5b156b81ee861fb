//! The time from a caller's 9 to the INVITE that reaches the first control room: the real binary with its
//! shipped settings, a key as a phone sends it (RFC 4733), and a control room's socket. Prints the median and
//! the longest of many hunts.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

mod serving;

const HUNTS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two packets of a leg, which reads what has come when it sends: keys come anywhere in between.
const PACKET: Duration = Duration::from_millis(20);

fn main() {
    serving::own_network();
    let folder = tempfile::TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ivr111"));
    command.stderr(Stdio::null());
    let _server = serving::serve(command, folder.path(), &[]);
    let room = socket("127.0.0.1:5991");
    let mut took: Vec<Duration> = (0..HUNTS).map(|number| hunt(number, &room)).collect();
    took.sort();
    let millis = |took: Duration| took.as_secs_f64() * 1_000.0;
    println!(
        "from the key to the first INVITE: median {:.2} ms, p90 {:.2} ms, longest {:.2} ms, of {HUNTS} hunts",
        millis(took[HUNTS / 2]),
        millis(took[HUNTS * 9 / 10]),
        millis(took[HUNTS - 1])
    );
}

fn socket(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Waits for a SIP message that pleases.
fn message(socket: &UdpSocket, wanted: impl Fn(&str) -> bool) -> (String, std::net::SocketAddr) {
    let mut buffer = [0; 8_192];
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let (length, from) = socket.recv_from(&mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if wanted(&text) {
            return (text, from);
        }
    }
    panic!("the message never came");
}

fn header<'a>(text: &'a str, name: &str) -> &'a str {
    let mut lines = text.lines();
    let line = lines.find(|line| line.starts_with(name)).unwrap();
    line[name.len()..].trim()
}

/// One call, from its INVITE to its BYE. Gives how long the control room waited for its own after the key.
fn hunt(number: usize, room: &UdpSocket) -> Duration {
    let (sip, rtp) = (socket("127.0.0.1:0"), socket("127.0.0.1:0"));
    let (ours, sound) = (sip.local_addr().unwrap(), rtp.local_addr().unwrap().port());
    let request = |method: &str, seq: usize, to: &str, body: &str| {
        let kind = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        format!(
            "{method} sip:111@127.0.0.1:5060 SIP/2.0\r\n\
             Via: SIP/2.0/UDP {ours};branch=z9hG4bK{number}{method}{seq}\r\n\
             From: <sip:+441273555010@{ours}>;tag=f{number}\r\nTo: {to}\r\nCall-ID: bench-{number}\r\n\
             CSeq: {seq} {method}\r\nContact: <sip:caller@{ours}>\r\nMax-Forwards: 70\r\n\
             P-Asserted-Identity: <sip:+441273555010@{ours}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let send = |text: &str| sip.send_to(text.as_bytes(), "127.0.0.1:5060").unwrap();
    let session = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {sound} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
    );
    send(&request("INVITE", 1, "<sip:111@127.0.0.1:5060>", &session));
    let (answer, _) = message(&sip, |text| text.starts_with("SIP/2.0 200"));
    let to = header(&answer, "To:").to_owned();
    send(&request("ACK", 1, &to, ""));
    // A prompt is heard, and cut short by the key.
    let mut packet = [0; 2_048];
    let server = loop {
        let (length, from) = rtp.recv_from(&mut packet).unwrap();
        let is_voice = length > 12 && packet[1] & 0x7F == 8;
        if is_voice && packet[12..length].iter().any(|octet| octet & 0x70 != 0x50) {
            break from;
        }
    };
    let key = |sequence: u8, marker: u8, end: u8| {
        [
            0x80,
            marker | 101,
            0,
            sequence,
            0,
            0,
            1,
            0,
            1,
            2,
            3,
            4,
            9,
            end | 10,
            0,
            160,
        ]
    };
    std::thread::sleep(PACKET * number as u32 / HUNTS as u32);
    let pressed = Instant::now();
    rtp.send_to(&key(1, 0x80, 0), server).unwrap();
    let (invite, from) = message(room, |text| text.starts_with("INVITE sip:999@"));
    let took = pressed.elapsed();
    rtp.send_to(&key(2, 0, 0x80), server).unwrap();
    let same = ["Via:", "From:", "Call-ID:", "CSeq:"];
    let same: String = same
        .iter()
        .map(|name| format!("{name} {}\r\n", header(&invite, name)))
        .collect();
    let busy = format!(
        "SIP/2.0 486 Busy Here\r\n{same}To: {};tag=r\r\nContent-Length: 0\r\n\r\n",
        header(&invite, "To:")
    );
    room.send_to(busy.as_bytes(), from).unwrap();
    message(room, |text| text.starts_with("ACK "));
    send(&request("BYE", 2, &to, ""));
    message(&sip, |text| {
        text.starts_with("SIP/2.0 200") && text.contains("BYE")
    });
    took
}
