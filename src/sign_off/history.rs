use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

use crate::audit::Hash;

use super::entry::{Act, Entry, Proposed, Rollback, Signed, WHY, genesis};
use super::person::Person;

/// The longest line: a set of as many files as there may be.
const LONGEST_LINE: usize = 2 << 20;

/// Why an entry counts for nothing, though it stands where it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Error)]
#[serde(rename_all = "kebab-case")]
pub enum Unsigned {
    /// By a name that the settings do not have.
    #[error("no person of this name may sign: there is none under [[sign-off.person]]")]
    Unknown,
    /// Not by the key of whoever it names.
    #[error(
        "the signature was not made with this person's key: wrong key, or the entry was altered"
    )]
    WrongKey,
}

/// Where the chain breaks. What comes from there on is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Error)]
#[error("the chain is broken at entry {entry}: {why}")]
pub struct Broken {
    /// The entry, counted from 1: its line in the file.
    pub entry: u64,
    /// Why.
    pub why: &'static str,
}

/// An entry that stands where it should.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The entry.
    pub entry: Entry,
    /// Its hash.
    pub hash: Hash,
    /// Whether it is signed by whoever it names.
    pub signed: Result<(), Unsigned>,
}

/// How far a history goes: its last entry, by place and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The place of the last entry, 0 where there is none.
    pub sequence: u64,
    /// Its hash.
    pub hash: Hash,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.hash)
    }
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong =
            "a head is the number of an entry, a colon, and a hash of 64 hexadecimal digits";
        let (sequence, hash) = text.split_once(':').ok_or(wrong)?;
        let sequence = sequence.parse().map_err(|_| wrong)?;
        let hash = hash.parse().map_err(|()| wrong)?;
        Ok(Head { sequence, hash })
    }
}

/// All that has been proposed, approved, withdrawn and rolled back.
#[derive(Clone, Debug)]
pub struct History {
    entries: Vec<Judged>,
    broken: Option<Broken>,
    torn: usize,
}

impl History {
    /// Reads a history, one entry a line, as those who wrote it signed it. Bytes behind the last line's end are
    /// what somebody was writing when the power went: they are told of and not taken.
    pub fn read(bytes: &[u8], people: &[Person]) -> History {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        let (lines, torn) = bytes.split_at(whole.map_or(0, |end| end + 1));
        let mut history = History {
            entries: Vec::new(),
            broken: None,
            torn: torn.len(),
        };
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            if let Err(broken) = history.take(line, people) {
                history.break_off(&broken);
                break;
            }
        }
        history
    }

    fn take(&mut self, line: &[u8], people: &[Person]) -> Result<(), Broken> {
        let head = self.head();
        let sequence = head.sequence.saturating_add(1);
        let broken = |why| Broken {
            entry: sequence,
            why,
        };
        if line.len() > LONGEST_LINE {
            return Err(broken("its line is longer than any entry"));
        }
        let text = std::str::from_utf8(line).map_err(|_| broken("it is no text"))?;
        let signed: Signed =
            serde_json::from_str(text).map_err(|_| broken("it cannot be read as an entry"))?;
        if signed.line().ok().as_deref() != Some(text) {
            return Err(broken("it is not written as entries are: it was altered"));
        }
        if signed.entry.sequence != sequence {
            return Err(broken(
                "it has another number: one is missing, or was put in",
            ));
        }
        if signed.entry.before != head.hash {
            let why = "it does not follow the one before: one of them was altered";
            return Err(match self.entries.last() {
                // Whose signature does not hold is who was altered.
                Some(last) if last.signed == Err(Unsigned::WrongKey) => Broken {
                    entry: head.sequence,
                    why: "it was altered after it was signed",
                },
                _ => broken(why),
            });
        }
        if !is_within_limits(&signed.entry) {
            return Err(broken("a reason or a name in it is longer than it may be"));
        }
        let person = people.iter().find(|person| person.name == signed.entry.by);
        let is_signed = match person {
            None => Err(Unsigned::Unknown),
            Some(person) if signed.is_by(&person.key) => Ok(()),
            Some(_) => Err(Unsigned::WrongKey),
        };
        self.entries.push(Judged {
            hash: Signed::hash_of(text),
            entry: signed.entry,
            signed: is_signed,
        });
        Ok(())
    }

    fn break_off(&mut self, broken: &Broken) {
        let sound = usize::try_from(broken.entry.saturating_sub(1)).unwrap_or(usize::MAX);
        self.entries.truncate(sound);
        self.broken = Some(broken.clone());
    }

    /// The entries up to where the chain breaks.
    pub fn entries(&self) -> &[Judged] {
        &self.entries
    }

    /// Where the chain breaks, if it does.
    pub fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// So many bytes stand behind the last whole entry.
    pub fn torn(&self) -> usize {
        self.torn
    }

    /// The last entry of the sound part.
    pub fn head(&self) -> Head {
        let none = Head {
            sequence: 0,
            hash: genesis(),
        };
        self.entries.last().map_or(none, |last| Head {
            sequence: last.entry.sequence,
            hash: last.hash,
        })
    }

    /// Whether it goes on from a head that was known: nothing before that was altered or taken away.
    pub fn goes_on_from(&self, known: &Head) -> bool {
        let place = usize::try_from(known.sequence).unwrap_or(usize::MAX);
        match place.checked_sub(1) {
            None => known.hash == genesis(),
            Some(place) => self
                .entries
                .get(place)
                .is_some_and(|e| e.hash == known.hash),
        }
    }

    /// What was proposed under a number.
    pub fn proposal(&self, number: u64) -> Option<(&Judged, &Proposed)> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        let judged = self.entries.get(place)?;
        match &judged.entry.act {
            Act::Proposed(proposed) => Some((judged, proposed)),
            _ => None,
        }
    }

    /// What comes next, before it is signed.
    pub fn next(&self, at: jiff::Timestamp, by: &str, act: Act) -> Entry {
        let head = self.head();
        Entry {
            sequence: head.sequence.saturating_add(1),
            before: head.hash,
            at,
            by: by.to_owned(),
            act,
        }
    }
}

fn is_within_limits(entry: &Entry) -> bool {
    let why = match &entry.act {
        Act::Proposed(Proposed { why, .. })
        | Act::Withdrawn { why, .. }
        | Act::RolledBack(Rollback { why, .. }) => why.as_str(),
        Act::Approved { .. } => "",
    };
    why.chars().count() <= WHY && entry.by.chars().count() <= WHY
}
