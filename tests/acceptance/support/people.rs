//! The people of the acceptance tests, each a SIPp with a sound of their own.

use std::net::UdpSocket;
use std::time::Duration;

use super::rtp::RtpPeer;
use super::sipp::{Scenario, Sipp, free_port};

/// The server of the shipped settings.
pub const SERVER: &str = "127.0.0.1:5060";
/// A caller in Brighton: Kent, Surrey and Sussex.
pub const BRIGHTON: &str = "+441273555010";
/// What the caller says, in hertz; nobody else says the same.
pub const CALLER: f64 = 437.0;
/// Long enough for anything that is to happen soon.
pub const SOON: Duration = Duration::from_secs(20);

/// How long those who hang up talk, in ms: well over the 3 s that make a conversation. Who goes sooner has
/// not taken the call.
pub const TALK: u32 = 6_000;

/// A party: signalling by SIPp, sound by ourselves.
pub struct Person {
    pub sipp: Sipp,
    pub rtp: RtpPeer,
    pub port: u16,
}

impl Person {
    fn start(mut scenario: Scenario<'_>, tone: f64) -> Self {
        let rtp = RtpPeer::open();
        rtp.send_tone(tone);
        scenario.keys.push(("rtp", rtp.port.to_string()));
        if scenario.port == 0 {
            scenario.port = free_port();
        }
        Person {
            port: scenario.port,
            sipp: Sipp::run(&scenario),
            rtp,
        }
    }

    /// Somebody who calls, and stays until the server hangs up.
    pub fn calls(dial: &str, from: &str, tcp: bool) -> Self {
        let scenario = Scenario {
            file: "caller.xml",
            tcp,
            to: Some(SERVER),
            dial,
            keys: vec![("from", from.to_owned())],
            ..Scenario::default()
        };
        Self::start(scenario, CALLER)
    }

    /// Somebody who calls 111 at one of several servers, and stays until the server hangs up.
    pub fn calls_at(server: &str, from: &str) -> Self {
        let scenario = Scenario {
            file: "caller.xml",
            to: Some(server),
            keys: vec![("from", from.to_owned())],
            ..Scenario::default()
        };
        Self::start(scenario, CALLER)
    }

    /// Somebody who calls from a port, and stays until the server hangs up.
    pub fn calls_from_port(port: u16, dial: &str, tone: f64) -> Self {
        let scenario = Scenario {
            file: "caller.xml",
            to: Some(SERVER),
            dial,
            port,
            keys: vec![("from", "+442079460999".to_owned())],
            ..Scenario::default()
        };
        Self::start(scenario, tone)
    }

    /// Somebody who calls 111, whose network says where they are, and who stays until the server hangs up.
    pub fn calls_from_a_place(from: &str) -> Self {
        let scenario = Scenario {
            file: "caller_with_location.xml",
            to: Some(SERVER),
            keys: vec![("from", from.to_owned())],
            ..Scenario::default()
        };
        Self::start(scenario, CALLER)
    }

    /// The same, who hangs up after so many milliseconds.
    pub fn calls_at_and_hangs_up(server: &str, from: &str, hold: u32) -> Self {
        let scenario = Scenario {
            file: "caller_hangs_up.xml",
            to: Some(server),
            keys: vec![("from", from.to_owned()), ("hold", hold.to_string())],
            ..Scenario::default()
        };
        Self::start(scenario, CALLER)
    }

    /// Somebody who calls 111, and hangs up after so many milliseconds unless the server has done so before.
    pub fn calls_with_little_time(from: &str, hold: u32) -> Self {
        let scenario = Scenario {
            file: "caller_has_no_time.xml",
            to: Some(SERVER),
            keys: vec![("from", from.to_owned()), ("hold", hold.to_string())],
            ..Scenario::default()
        };
        Self::start(scenario, CALLER)
    }

    /// Somebody in Brighton who calls 111, presses 1 and 2 by SIP INFO, and stays.
    pub fn calls_with_keys_by_info() -> Self {
        let scenario = Scenario {
            file: "caller_by_info.xml",
            to: Some(SERVER),
            keys: vec![("from", BRIGHTON.to_owned())],
            ..Scenario::default()
        };
        Self::start(scenario, CALLER)
    }

    /// Somebody who dials as an account, with its password, and stays until the server hangs up. Digest is
    /// to be MD5 alone.
    pub fn dials_as(account: &str, dial: &str) -> Self {
        Self::dials_as_saying(account, dial, CALLER)
    }

    /// The same, who says something else than callers do.
    pub fn dials_as_saying(account: &str, dial: &str, tone: f64) -> Self {
        let password = format!("demo-{account}");
        let scenario = Scenario {
            file: "dials_as.xml",
            to: Some(SERVER),
            dial,
            keys: vec![("from", account.to_owned())],
            more: vec!["-m", "1", "-au", account, "-ap", &password],
            ..Scenario::default()
        };
        Self::start(scenario, tone)
    }

    /// Somebody who calls, and hangs up after so many milliseconds.
    pub fn calls_and_hangs_up(dial: &str, from: &str, tcp: bool, hold: u32) -> Self {
        let scenario = Scenario {
            file: "caller_hangs_up.xml",
            tcp,
            to: Some(SERVER),
            dial,
            keys: vec![("from", from.to_owned()), ("hold", hold.to_string())],
            ..Scenario::default()
        };
        Self::start(scenario, CALLER)
    }

    /// Somebody who is called at a port (0 for a free one), answers after so many milliseconds, and stays.
    pub fn answers(port: u16, ring: u32, tone: f64) -> Self {
        Self::answers_as(
            port,
            "[local_ip]:[local_port];transport=[transport]",
            ring,
            tone,
        )
    }

    /// The same, who says that they are somewhere else than at that port.
    pub fn answers_as(port: u16, contact: &str, ring: u32, tone: f64) -> Self {
        let scenario = Scenario {
            file: "phone.xml",
            port,
            keys: vec![("ring", ring.to_string()), ("contact", contact.to_owned())],
            ..Scenario::default()
        };
        Self::start(scenario, tone)
    }

    /// The same, who hangs up so many milliseconds after answering.
    pub fn answers_and_hangs_up(port: u16, ring: u32, hold: u32, tone: f64) -> Self {
        let scenario = Scenario {
            file: "phone_hangs_up.xml",
            port,
            keys: vec![("ring", ring.to_string()), ("hold", hold.to_string())],
            ..Scenario::default()
        };
        Self::start(scenario, tone)
    }

    /// The same, who refuses the first request with a status and takes the second one of the same call.
    pub fn takes_plain(port: u16, status: u16, hold: u32, tone: f64) -> Self {
        let scenario = Scenario {
            file: "phone_takes_plain.xml",
            port,
            keys: vec![
                ("status", status.to_string()),
                ("ring", "100".to_owned()),
                ("hold", hold.to_string()),
            ],
            ..Scenario::default()
        };
        Self::start(scenario, tone)
    }

    /// Somebody who is called at a free port, answers, of whom nothing is ever heard, and who answers when
    /// asked whether they are there.
    pub fn answers_unheard(ring: u32) -> Self {
        let contact = "[local_ip]:[local_port];transport=[transport]".to_owned();
        let scenario = Scenario {
            file: "phone_asked.xml",
            keys: vec![("ring", ring.to_string()), ("contact", contact)],
            ..Scenario::default()
        };
        let person = Self::start(scenario, 0.0);
        person.rtp.mute();
        person
    }

    /// Somebody who is called at a port (0 for a free one), answers after so many milliseconds, and hangs
    /// up when [told](Person::told).
    pub fn answers_until_told(port: u16, ring: u32, tone: f64) -> Self {
        Self::told_what_to_do("phone_told.xml", port, ring, tone)
    }

    /// The same, who is told first to hold the call, and then to retrieve it.
    pub fn answers_and_holds(port: u16, ring: u32, tone: f64) -> Self {
        Self::told_what_to_do("phone_holds.xml", port, ring, tone)
    }

    /// Somebody who can be heard while they ring, and is told to answer, and to hang up.
    pub fn is_heard_ringing(port: u16, tone: f64) -> Self {
        Self::told_what_to_do("phone_early.xml", port, 0, tone)
    }

    /// Somebody who is called at a free port, answers, and is told to transfer the call by REFER. They hear
    /// how it goes, with a status at last (a regular expression), and are hung up then.
    pub fn answers_and_refers(status: &str, tone: f64) -> Self {
        let scenario = Scenario {
            file: "phone_refers.xml",
            keys: vec![("ring", "300".to_owned()), ("status", status.to_string())],
            ..Scenario::default()
        };
        Self::start(scenario, tone)
    }

    fn told_what_to_do(file: &'static str, port: u16, ring: u32, tone: f64) -> Self {
        let scenario = Scenario {
            file,
            port,
            keys: vec![("ring", ring.to_string())],
            ..Scenario::default()
        };
        Self::start(scenario, tone)
    }

    /// A message in the dialog tells the scenario to do what comes next.
    pub fn told(&self) {
        self.told_that("");
    }

    /// The same, to transfer the call to a target.
    pub fn told_to_refer(&self, target: &str) {
        self.told_that(&format!("Refer-To: <{target}>\r\n"));
    }

    /// The dialog of somebody who calls, as a Replaces in a Refer-To names it (RFC 5589 section 7.3).
    pub fn replaced(&self) -> String {
        let messages = self.sipp.messages();
        let answer = messages
            .split("SIP/2.0 200")
            .nth(1)
            .expect("has been answered");
        let header = |name: &str| {
            let line = answer.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap().trim().to_owned()
        };
        let tag = |name: &str| header(name).split(";tag=").nth(1).unwrap().to_owned();
        let (call_id, to, from) = (header("Call-ID:"), tag("To:"), tag("From:"));
        let call_id = call_id.replace('@', "%40");
        format!("Replaces={call_id}%3Bto-tag%3D{to}%3Bfrom-tag%3D{from}")
    }

    fn told_that(&self, header: &str) {
        let messages = self.sipp.messages();
        let call_id = messages
            .lines()
            .find_map(|line| line.strip_prefix("Call-ID: "));
        let call_id = call_id.expect("has been called").trim();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        // Two alike would be one and its repetition.
        let branch = socket.local_addr().unwrap().port();
        let message = format!(
            "MESSAGE sip:phone@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{branch}\r\n\
             From: <sip:test@127.0.0.1>;tag=test\r\nTo: <sip:phone@127.0.0.1>\r\nCall-ID: {call_id}\r\n\
             CSeq: 1 MESSAGE\r\n{header}Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        let told = socket.send_to(message.as_bytes(), ("127.0.0.1", self.port));
        assert_eq!(told.unwrap(), message.len());
    }

    /// Hears something from the prompts, then presses keys.
    pub fn presses(&self, keys: &str) {
        self.rtp.wait_sound(SOON);
        self.rtp.press(keys);
    }
}

/// Signs an account in with its demonstration password; its phone is at a port.
pub fn registers(account: &str, port: u16) {
    registers_at(SERVER, account, port);
}

/// Takes the phone of an account away again.
pub fn unregisters(account: &str, port: u16) {
    unregisters_at(SERVER, account, port);
}

/// Signs an account in at one of several servers.
pub fn registers_at(server: &str, account: &str, port: u16) {
    registers_for(server, account, 0, &format!("127.0.0.1:{port}"), false, 600);
}

/// Takes the phone of an account away again from one of several servers.
pub fn unregisters_at(server: &str, account: &str, port: u16) {
    registers_for(server, account, 0, &format!("127.0.0.1:{port}"), false, 0);
}

/// Signs an account in from a port (0 for a free one), with a phone that says where it is.
pub fn registers_as(account: &str, port: u16, contact: &str, tcp: bool) {
    registers_for(SERVER, account, port, contact, tcp, 600);
}

fn registers_for(server: &str, account: &str, port: u16, contact: &str, tcp: bool, seconds: u32) {
    let password = format!("demo-{account}");
    let sipp = Sipp::run(&Scenario {
        file: "registers.xml",
        to: Some(server),
        dial: account,
        port,
        tcp,
        keys: vec![
            ("contact", contact.to_owned()),
            ("expires", seconds.to_string()),
        ],
        more: vec!["-m", "1", "-au", account, "-ap", &password],
    });
    sipp.succeeds(SOON);
}

/// A party that refuses every call with a status.
pub fn refuses(port: u16, status: u16) -> Sipp {
    Sipp::run(&Scenario {
        file: "refuses.xml",
        port,
        keys: vec![("status", status.to_string())],
        more: vec![],
        ..Scenario::default()
    })
}

/// Asserts that three people hear the two others each, and not themselves, by the frequency of what
/// each of them says.
pub fn all_three_hear(people: [(&RtpPeer, f64); 3]) {
    for (person, says) in people {
        let others = people
            .map(|(_, tone)| tone)
            .into_iter()
            .filter(|tone| *tone != says);
        let others: Vec<f64> = others.collect();
        person.wait_tones(&others, says, SOON);
    }
}

/// Asserts that two people hear each other, by the frequency of what each of them says.
pub fn hear_each_other(one: &RtpPeer, says: f64, other: &RtpPeer, says_back: f64) {
    one.wait_tone(says_back, SOON);
    other.wait_tone(says, SOON);
}

/// The same by what they hear from now on.
pub fn hear_each_other_anew(one: &RtpPeer, says: f64, other: &RtpPeer, says_back: f64) {
    one.listens_anew();
    other.listens_anew();
    hear_each_other(one, says, other, says_back);
}
