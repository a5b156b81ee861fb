//! Many people at once, each with a sound of their own: signalling by one SIPp for all of them.

use std::time::{Duration, Instant};

use super::rtp::RtpPeer;
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
}
