//! Callers who do what is written down of each: signalling by one SIPp for all of them, sound and keys by ourselves.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use ivr111::simulate::Script;
use jiff::Timestamp;

use super::voice::{Tone, Voice};
use crate::prompts_heard::recording;
use crate::support::people::SERVER;
use crate::support::sipp::{Scenario, Sipp, free_port};

/// The first one calls no sooner than that: all are ready then.
const LEAD: Duration = Duration::from_secs(3);
/// How long the shipped menu waits for a key.
const WAIT: Duration = Duration::from_secs(7);
/// For all of it to end; SIPp's seconds.
const LIMIT: &str = "1200";

/// How long what they hear takes to say.
pub struct Lengths {
    introduction: Duration,
    menu: Duration,
    age: Duration,
}

impl Lengths {
    /// By the recordings, as a program that is not ours has them.
    pub fn measure() -> Self {
        let length = |name: &str| {
            let samples = recording(name).len() as u64;
            Duration::from_micros(samples * 125)
        };
        Lengths {
            introduction: length("welcome") + length("recording-notice"),
            menu: length("menu"),
            age: length("age"),
        }
    }
}

/// A caller.
pub struct Caller {
    pub script: Script,
    pub voice: Voice,
    /// Keys that they have pressed.
    pressed: usize,
    /// When they press the next one.
    presses_at: Option<Instant>,
    /// When their patience begins anew because they wait for a handler, by what they hear.
    waits_at: Option<Instant>,
    /// When they hang up.
    leaves_at: Option<Instant>,
    /// They have.
    pub has_left: bool,
    has_answer: bool,
}

impl Caller {
    fn new(script: Script, says: &Tone) -> Self {
        Caller {
            script,
            voice: Voice::open(says),
            pressed: 0,
            presses_at: None,
            waits_at: None,
            leaves_at: None,
            has_left: false,
            has_answer: false,
        }
    }

    /// Does what is due. Gives whether they hang up now.
    fn acts(&mut self, lengths: &Lengths, now: Instant) -> bool {
        let Some(began) = self.voice.began else {
            return false;
        };
        if self.leaves_at.is_none() {
            self.begins(lengths, began);
        }
        if let Some(at) = self.presses_at.filter(|at| *at <= now) {
            self.presses(lengths, at);
        }
        if let Some(at) = self.waits_at.filter(|at| *at <= now) {
            self.waits_at = None;
            self.leaves_at = Some(at + self.script.patience);
        }
        if let (Some((_, since)), false) = (self.voice.heard, self.has_answer) {
            self.has_answer = true;
            self.leaves_at = Some(since + self.script.talk);
        }
        self.leaves_at.is_some_and(|at| at <= now)
    }

    fn begins(&mut self, lengths: &Lengths, began: Instant) {
        self.leaves_at = Some(began + self.script.patience);
        let heard = lengths.introduction + lengths.menu;
        match self.script.keys.first() {
            Some((_, after)) if self.script.hurried => self.presses_at = Some(began + *after),
            Some((_, after)) => self.presses_at = Some(began + heard + *after),
            // Told twice, and waited for both times.
            None => self.waits_at = Some(began + heard + WAIT + lengths.menu + WAIT),
        }
    }

    fn presses(&mut self, lengths: &Lengths, at: Instant) {
        let (key, _) = self.script.keys[self.pressed];
        self.voice.press(key.char());
        self.pressed += 1;
        self.presses_at = self.script.keys.get(self.pressed).map(|(_, after)| {
            let heard = match self.script.hurried {
                true => Duration::ZERO,
                false => lengths.age,
            };
            at + heard + *after
        });
        if self.presses_at.is_none() {
            self.waits_at = Some(at);
        }
    }
}

/// All of them, in the order in which they call.
pub struct Callers {
    pub all: Vec<Caller>,
    pub sipp: Sipp,
    lengths: Lengths,
    begun: Instant,
    first: Timestamp,
    port: u16,
    teller: UdpSocket,
    /// Held for the list of them in it.
    _folder: tempfile::TempDir,
}

impl Callers {
    /// They begin to call: each as long after `first` as they are to, by their scripts.
    pub fn begin(scripts: &[Script], first: Timestamp, says: &[Tone]) -> Self {
        let lengths = Lengths::measure();
        let people = scripts.iter().zip(says.iter().cycle());
        let people = people.map(|(script, says)| Caller::new(script.clone(), says));
        let all: Vec<Caller> = people.collect();
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("callers.csv");
        let lines = all.iter().map(|caller| {
            let delay = (LEAD + since(caller.script.at, first)).as_millis();
            let number = caller.script.number.known().unwrap().e164();
            format!("{delay};{number};{}\n", caller.voice.port)
        });
        std::fs::write(&list, format!("SEQUENTIAL\n{}", lines.collect::<String>())).unwrap();
        let (port, count) = (free_port(), all.len().to_string());
        let begun = Instant::now();
        let sipp = Sipp::run(&Scenario {
            file: "caller_told.xml",
            to: Some(SERVER),
            port,
            keys: vec![
                ("delay", "[field0]".to_owned()),
                ("from", "[field1]".to_owned()),
                ("rtp", "[field2]".to_owned()),
            ],
            more: vec![
                "-m",
                &count,
                "-l",
                &count,
                "-r",
                "5000",
                "-inf",
                list.to_str().unwrap(),
                "-cid_str",
                "caller-%u@%s",
                "-timeout",
                LIMIT,
            ],
            ..Scenario::default()
        });
        Callers {
            all,
            sipp,
            lengths,
            begun,
            first,
            port,
            teller: UdpSocket::bind("127.0.0.1:0").unwrap(),
            _folder: folder,
        }
    }

    /// Everybody on the line listens, does what is due, and says something.
    pub fn act(&mut self, tones: &[Tone]) {
        let now = Instant::now();
        for place in 0..self.all.len() {
            let caller = &mut self.all[place];
            let calls_at = self.begun + since(caller.script.at, self.first);
            if caller.has_left || now < calls_at {
                continue;
            }
            caller.voice.listen(tones);
            caller.has_left = caller.acts(&self.lengths, now);
            match caller.has_left {
                true => self.hangs_up(place),
                false => caller.voice.speak(),
            }
        }
    }

    /// A message in the dialog has SIPp hang up.
    fn hangs_up(&self, place: usize) {
        let message = format!(
            "MESSAGE sip:caller@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{place}\r\n\
             From: <sip:test@127.0.0.1>;tag=test\r\nTo: <sip:caller@127.0.0.1>\r\n\
             Call-ID: caller-{}@127.0.0.1\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n\
             Content-Length: 0\r\n\r\n",
            place + 1
        );
        let told = self
            .teller
            .send_to(message.as_bytes(), ("127.0.0.1", self.port));
        assert_eq!(told.unwrap(), message.len());
    }

    pub fn have_left(&self) -> bool {
        self.all.iter().all(|caller| caller.has_left)
    }
}

fn since(at: Timestamp, first: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(first)).unwrap()
}
