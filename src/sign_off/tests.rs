mod differences;
mod histories;
mod rules;
mod wording;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::audit::Hash;

/// A private key, the same for the same byte.
fn key(byte: u8) -> SigningKey {
    let mut bytes = vec![
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
    ];
    bytes.extend([byte; 32]);
    SigningKey::from_pkcs8(&bytes).unwrap()
}

const PROVIDER: (&str, u8) = ("Duty manager", 1);
const COMMISSIONER: (&str, u8) = ("Lead commissioner", 2);
const DEPUTY: (&str, u8) = ("Deputy", 3);

fn people() -> Vec<Person> {
    let person = |(name, byte): (&str, u8), role| Person {
        name: name.to_owned(),
        organisation: String::new(),
        role,
        key: key(byte).public(),
    };
    vec![
        person(PROVIDER, Role::Provider),
        person(COMMISSIONER, Role::Commissioner),
        person(DEPUTY, Role::Commissioner),
    ]
}

/// So many seconds after a moment.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn files(pairs: &[(&str, &str)]) -> Files {
    let pairs = pairs.iter();
    pairs
        .map(|(path, text)| ((*path).to_owned(), Arc::from(text.as_bytes())))
        .collect()
}

fn set(text: &str) -> Set {
    Set::new(BTreeMap::from([(
        "areas.csv".to_owned(),
        Hash::of(text.as_bytes()),
    )]))
    .unwrap()
}

/// A history as it is written.
#[derive(Clone, Default)]
struct Written(Vec<u8>);

impl Written {
    fn read(&self) -> History {
        History::read(&self.0, &people())
    }

    /// Somebody does something, by their own key or by another.
    fn add_with(&mut self, (by, key_of): (&str, u8), seconds: i64, act: Act) -> u64 {
        let entry = self.read().next(at(seconds), by, act);
        let number = entry.sequence;
        let line = entry.sign(&key(key_of)).unwrap().line().unwrap();
        self.0.extend(line.bytes().chain([b'\n']));
        number
    }

    fn proposes(&mut self, by: (&str, u8), seconds: i64, text: &str) -> u64 {
        self.proposes_for(by, seconds, text, (None, None))
    }

    fn proposes_for(
        &mut self,
        by: (&str, u8),
        seconds: i64,
        text: &str,
        (effective, expires): (Option<i64>, Option<i64>),
    ) -> u64 {
        let act = Act::Proposed(Proposed {
            set: set(text),
            based_on: None,
            why: "for a test".to_owned(),
            effective: effective.map(at),
            expires: expires.map(at),
        });
        self.add_with(by, seconds, act)
    }

    fn approves(&mut self, by: (&str, u8), seconds: i64, proposal: u64, text: &str) {
        let set = set(text).id();
        self.add_with(by, seconds, Act::Approved { proposal, set });
    }

    fn withdraws(&mut self, by: (&str, u8), seconds: i64, proposal: u64) {
        let why = "no longer wanted".to_owned();
        self.add_with(by, seconds, Act::Withdrawn { proposal, why });
    }

    fn rolls_back(&mut self, by: (&str, u8), seconds: i64, (to, text): (u64, &str), from: i64) {
        let back = Rollback {
            to,
            set: set(text).id(),
            why: "it was a mistake".to_owned(),
            from: at(from),
        };
        self.add_with(by, seconds, Act::RolledBack(back));
    }

    /// The number of what is in force at a moment.
    fn in_force(&self, seconds: i64) -> Option<u64> {
        let (history, people) = (self.read(), people());
        let rules = Rules::new(&history, &people, |_| Object::Sound);
        rules
            .in_force(at(seconds))
            .map(|in_force| in_force.proposal)
    }

    fn next_change(&self, seconds: i64) -> Option<Timestamp> {
        let (history, people) = (self.read(), people());
        Rules::new(&history, &people, |_| Object::Sound).next_change(at(seconds))
    }

    /// Why a proposal is not in force at a moment.
    fn why(&self, seconds: i64, proposal: u64) -> String {
        let (history, people) = (self.read(), people());
        why(
            &Rules::new(&history, &people, |_| Object::Sound),
            seconds,
            proposal,
        )
    }
}

fn why(rules: &Rules<'_>, seconds: i64, proposal: u64) -> String {
    let standings = rules.standings(at(seconds));
    let standing = standings.iter().find(|s| s.proposal == proposal).unwrap();
    match &standing.state {
        State::Refused(refusal) => refusal.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_signature_is_known_by_its_key_and_by_no_other() {
    let (one, other) = (key(1), key(2));
    let signature = one.sign(b"text");
    assert!(one.public().verifies(b"text", &signature));
    assert!(!one.public().verifies(b"texT", &signature));
    assert!(!other.public().verifies(b"text", &signature));
    let text = one.public().to_string();
    assert_eq!(text.parse(), Ok(one.public()));
    for wrong in ["", "00", &text.to_uppercase(), &format!("{text}0"), "é"] {
        assert_eq!(wrong.parse::<PublicKey>(), Err(KeyError::Public));
    }
    assert!(SigningKey::from_pkcs8(b"no key").is_err());
    assert!(!format!("{one:?}").contains("0101"));
}

#[test]
fn paths_that_leave_the_folder_or_hide_are_refused() {
    for path in ["areas.csv", "regions/kent.toml", "a b/é.csv"] {
        assert_eq!(check_path(path), Ok(()));
    }
    let long = "a".repeat(201);
    for path in [
        "",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a//b",
        "a/",
        ".git/config",
        "a/.b",
        "a\\b",
        "a\nb",
        &long,
    ] {
        assert!(check_path(path).is_err(), "{path:?}");
        let files = BTreeMap::from([(path.to_owned(), Hash::of(b""))]);
        assert!(Set::new(files).is_err());
    }
    assert_eq!(Set::new(BTreeMap::new()), Err(SetError::Empty));
    let many = (0..=MOST_FILES).map(|n| (n.to_string(), Hash::of(b"")));
    assert_eq!(Set::new(many.collect()), Err(SetError::TooMany));
}

#[test]
fn a_set_is_known_by_its_paths_and_by_its_bytes() {
    let of = |path: &str, text: &str| {
        let files = BTreeMap::from([(path.to_owned(), Hash::of(text.as_bytes()))]);
        Set::new(files).unwrap().id()
    };
    assert_eq!(of("a", "x"), of("a", "x"));
    assert_ne!(of("a", "x"), of("b", "x"));
    assert_ne!(of("a", "x"), of("a", "y"));
}
