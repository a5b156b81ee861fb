//! Handlers' phones, all at one port: each call rings for a scripted time, is answered, and lasts until the other
//! side hangs up.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use ivr111::simulate::scenario::Spread;

use super::voice::{Tone, Voice};
use crate::support::desk::{is_header, value};
use crate::support::network;
use crate::support::people::SERVER;
use crate::support::sipp::{Scenario, Sipp};

/// A 200 is sent again after so long, until its ACK has come.
const AGAIN: Duration = Duration::from_millis(500);

/// What has become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It rings, until then.
    Rings(Instant),
    /// It has been answered; its 200 is due again then, unless the ACK has come.
    Talks(Option<Instant>),
    /// The server has taken it back.
    Cancelled,
    /// The server has hung up.
    Over,
}

impl State {
    /// Whether it is still to end.
    pub fn is_on(self) -> bool {
        matches!(self, State::Rings(_) | State::Talks(_))
    }
}

/// A call to a phone.
pub struct Call {
    /// The account that is called, by its place.
    pub account: usize,
    /// The caller's number, as the display shows it.
    pub caller: String,
    pub state: State,
    pub voice: Voice,
    id: String,
    invite: String,
    from: SocketAddr,
    /// Where sound is to be sent.
    sound: u16,
}

pub struct Phones {
    pub port: u16,
    pub calls: Vec<Call>,
    socket: UdpSocket,
    accounts: Vec<String>,
    says: Vec<Tone>,
    rings: Spread,
    drawn: ChaCha8Rng,
}

impl Phones {
    /// Phones of these accounts, each of which says a tone; how long they ring is drawn.
    pub fn open(accounts: Vec<String>, says: Vec<Tone>, rings: Spread, seed: u64) -> Self {
        network::enter();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        Phones {
            port: socket.local_addr().unwrap().port(),
            calls: Vec::new(),
            socket,
            accounts,
            says,
            rings,
            drawn: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Signs all of them in, for longer than the test takes.
    pub fn register(&self) {
        for account in &self.accounts {
            let password = format!("demo-{account}");
            let sipp = Sipp::run(&Scenario {
                file: "registers.xml",
                to: Some(SERVER),
                dial: account,
                keys: vec![
                    ("contact", format!("127.0.0.1:{}", self.port)),
                    ("expires", "3600".to_owned()),
                ],
                more: vec!["-m", "1", "-au", account, "-ap", &password],
                ..Scenario::default()
            });
            sipp.succeeds(crate::support::people::SOON);
        }
    }

    /// Waits for a message until then, and does what it asks for.
    pub fn wait(&mut self, until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        let left = left.max(Duration::from_millis(1));
        self.socket.set_read_timeout(Some(left)).unwrap();
        let mut buffer = [0; 8_192];
        if let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
            self.receives(&message, from);
        }
    }

    /// When the next one answers, or says so again.
    pub fn deadline(&self) -> Option<Instant> {
        let due = self.calls.iter().filter_map(|call| match call.state {
            State::Rings(at) => Some(at),
            State::Talks(again) => again,
            State::Cancelled | State::Over => None,
        });
        due.min()
    }

    /// Answers what has rung for long enough.
    pub fn answer(&mut self) {
        let now = Instant::now();
        for call in &mut self.calls {
            match call.state {
                State::Rings(at) if at <= now => call.voice.speaks_to(call.sound),
                State::Talks(Some(at)) if at <= now => {}
                _ => continue,
            }
            call.state = State::Talks(Some(now + AGAIN));
            let answer = call.answer(self.port);
            let _ = self.socket.send_to(answer.as_bytes(), call.from);
        }
    }

    /// Those who talk.
    pub fn talking(&mut self) -> impl Iterator<Item = &mut Call> {
        let calls = self.calls.iter_mut();
        calls.filter(|call| matches!(call.state, State::Talks(_)))
    }

    fn receives(&mut self, message: &str, from: SocketAddr) {
        let id = value(message, "Call-ID");
        let known = self.calls.iter().position(|call| call.id == id);
        let method = message.split(' ').next().unwrap_or_default();
        let say = |phones: &Phones, text: String| {
            let _ = phones.socket.send_to(text.as_bytes(), from);
        };
        match (method, known) {
            ("INVITE", None) => {
                let call = self.rung(message, from, id);
                let ringing = response(message, "180 Ringing", self.port, "");
                self.calls.push(call);
                say(self, ringing);
            }
            ("INVITE", Some(call)) => match self.calls[call].state {
                State::Talks(_) if !value(message, "To").contains("tag=") => {}
                State::Talks(_) => {
                    let sdp = self.calls[call].description();
                    say(self, response(message, "200 OK", self.port, &sdp));
                }
                _ => say(self, response(message, "180 Ringing", self.port, "")),
            },
            ("ACK", Some(call)) => {
                if let State::Talks(again) = &mut self.calls[call].state {
                    *again = None;
                }
            }
            ("CANCEL", Some(call)) => {
                say(self, response(message, "200 OK", self.port, ""));
                if let State::Rings(_) = self.calls[call].state {
                    self.calls[call].state = State::Cancelled;
                    let invite = &self.calls[call].invite;
                    let gone = response(invite, "487 Request Terminated", self.port, "");
                    say(self, gone);
                }
            }
            ("BYE", Some(call)) => {
                self.calls[call].state = State::Over;
                say(self, response(message, "200 OK", self.port, ""));
            }
            ("ACK", None) | ("SIP/2.0", _) => {}
            _ => say(self, response(message, "200 OK", self.port, "")),
        }
    }

    fn rung(&mut self, invite: &str, from: SocketAddr, id: String) -> Call {
        let is_called = |account: &String| invite.starts_with(&format!("INVITE sip:{account}@"));
        let account = self.accounts.iter().position(is_called);
        let account = account.unwrap_or_else(|| panic!("nobody's call: {invite}"));
        let shown = value(invite, "From");
        let number = shown
            .split("sip:")
            .nth(1)
            .and_then(|uri| uri.split('@').next());
        let audio = invite
            .lines()
            .find_map(|line| line.strip_prefix("m=audio "));
        let sound = audio.and_then(|audio| audio.split(' ').next()?.parse().ok());
        let two = (self.drawn.random::<f64>(), self.drawn.random::<f64>());
        Call {
            account,
            caller: number.unwrap_or_default().to_owned(),
            state: State::Rings(Instant::now() + self.rings.draw(two)),
            voice: Voice::open(&self.says[account]),
            id,
            invite: invite.to_owned(),
            from,
            sound: sound.unwrap_or_else(|| panic!("no audio: {invite}")),
        }
    }
}

impl Call {
    fn answer(&self, port: u16) -> String {
        response(&self.invite, "200 OK", port, &self.description())
    }

    fn description(&self) -> String {
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n\
             a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n",
            self.voice.port
        )
    }
}

fn response(request: &str, status: &str, port: u16, body: &str) -> String {
    let same = |name: &str| {
        let lines = request.lines().filter(|line| is_header(line, name));
        lines.map(|line| format!("{line}\r\n")).collect::<String>()
    };
    let to = value(request, "To");
    let tag = if to.contains("tag=") {
        ""
    } else {
        ";tag=phone"
    };
    let kind = match body.is_empty() {
        true => "",
        false => "Content-Type: application/sdp\r\n",
    };
    format!(
        "SIP/2.0 {status}\r\n{}{}To: {to}{tag}\r\n{}{}Contact: <sip:phone@127.0.0.1:{port}>\r\n{kind}\
         Content-Length: {}\r\n\r\n{body}",
        same("Via"),
        same("From"),
        same("Call-ID"),
        same("CSeq"),
        body.len()
    )
}
