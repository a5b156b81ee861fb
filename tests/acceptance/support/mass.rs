//! Many people at once, each with a sound of their own: signalling by one SIPp for all of them.

use std::time::{Duration, Instant};

use super::rtp::{RtpPeer, longest_gap};
use super::sipp::{Scenario, Sipp, free_port};

/// Callers or phones. Dropping it ends them all without a word.
pub struct Mass {
    _sipp: Sipp,
    /// In the order of their calls.
    pub people: Vec<RtpPeer>,
    pub port: u16,
    /// Held for the list of them in it.
    _folder: tempfile::TempDir,
}

impl Mass {
    /// They call 111 from these numbers, ten a second, and stay until the server hangs up; each says the tone that
    /// belongs to their place.
    pub fn calls(server: &str, numbers: &[String], tone: impl Fn(usize) -> f64) -> Self {
        let lines: Vec<String> = numbers.iter().map(|number| format!("{number};")).collect();
        Self::start("caller.xml", Some(server), &lines, tone)
    }

    /// They answer as many calls at one port, and stay.
    pub fn answers(calls: usize, tone: impl Fn(usize) -> f64) -> Self {
        Self::start("phone.xml", None, &vec![String::new(); calls], tone)
    }

    fn start(
        file: &'static str,
        to: Option<&str>,
        lines: &[String],
        tone: impl Fn(usize) -> f64,
    ) -> Self {
        let people: Vec<RtpPeer> = (0..lines.len())
            .map(|place| {
                let person = RtpPeer::open();
                person.send_tone(tone(place));
                person
            })
            .collect();
        let folder = tempfile::TempDir::new().unwrap();
        let list = folder.path().join("people.csv");
        let listed = lines.iter().zip(&people);
        let listed = listed.map(|(line, person)| format!("{line}{}\n", person.port));
        std::fs::write(&list, format!("SEQUENTIAL\n{}", listed.collect::<String>())).unwrap();
        let count = lines.len().to_string();
        let rtp = match to {
            Some(_) => "[field1]",
            None => "[field0]",
        };
        let port = free_port();
        let sipp = Sipp::run(&Scenario {
            file,
            to,
            port,
            keys: vec![
                ("from", "[field0]".to_owned()),
                ("rtp", rtp.to_owned()),
                ("ring", "300".to_owned()),
                (
                    "contact",
                    "[local_ip]:[local_port];transport=[transport]".to_owned(),
                ),
            ],
            more: vec![
                "-m",
                &count,
                // All at once; SIPp's own limit is lower.
                "-l",
                &count,
                "-r",
                "10",
                "-inf",
                list.to_str().unwrap(),
            ],
            ..Scenario::default()
        });
        Mass {
            _sipp: sipp,
            people,
            port,
            _folder: folder,
        }
    }

    /// Everybody presses these keys once they hear something.
    pub fn press(&self, keys: &str, limit: Duration) {
        let until = Instant::now() + limit;
        for person in &self.people {
            person.wait_sound(until.saturating_duration_since(Instant::now()));
            person.press(keys);
        }
    }

    /// Forgets what everybody has heard so far.
    pub fn listens_anew(&self) {
        for person in &self.people {
            person.listens_anew();
        }
    }

    /// With which handler each of these callers talks, by their places: each hears one handler, and that one hears them.
    /// Callers say [`caller_says`], handlers [`handler_says`].
    pub fn talk_with(&self, handlers: &Mass, limit: Duration) -> Vec<usize> {
        let callers: Vec<f64> = (0..self.people.len()).map(caller_says).collect();
        let staff: Vec<f64> = (0..handlers.people.len()).map(handler_says).collect();
        let until = Instant::now() + limit;
        let left = || until.saturating_duration_since(Instant::now());
        let pairs: Vec<usize> = (self.people.iter())
            .map(|caller| caller.wait_one_of(&staff, left()))
            .collect();
        for (caller, handler) in pairs.iter().enumerate() {
            let heard = handlers.people[*handler].wait_one_of(&callers, left());
            assert_eq!(heard, caller, "a handler hears another caller");
        }
        pairs
    }
}

/// The longest time in which anybody of them heard nothing, until everybody has heard something after `since`.
pub fn longest_gap_of_all(all: &[&Mass], since: Instant, limit: Duration) -> Duration {
    let people = all.iter().flat_map(|mass| &mass.people);
    let gaps = people.map(|person| {
        person.wait(limit, "anything since", |heard| {
            let hears = heard.last().is_some_and(|last| last.at > since);
            hears.then(|| longest_gap(heard))
        })
    });
    gaps.max().unwrap()
}

/// What a caller says by their place: nobody else says the same.
pub fn caller_says(place: usize) -> f64 {
    400.0 + 20.0 * place as f64
}

/// What a handler says.
pub fn handler_says(place: usize) -> f64 {
    1_500.0 + 20.0 * place as f64
}

/// Numbers in Brighton, of which each kind of callers has its own hundred.
pub fn numbers(kind: usize, count: usize) -> Vec<String> {
    let numbers = (0..count).map(|n| format!("+441273555{kind}{n:02}"));
    numbers.collect()
}

/// So many handlers, 4000 and up, with demonstration passwords: what is to be replaced in the shipped settings, and by
/// what.
pub fn handlers(count: usize) -> (&'static str, String) {
    let shipped = "[[account]]\nuser = \"3001\"";
    let accounts = (4_000..4_000 + count).map(|user| {
        format!(
            "[[account]]\nuser = \"{user}\"\nrole = \"handler\"\npassword = \"demo-{user}\"\n\n"
        )
    });
    (shipped, accounts.chain([shipped.to_owned()]).collect())
}
