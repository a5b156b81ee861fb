//! What people do: make a key, propose, approve, withdraw, roll back.

use std::io;
use std::path::PathBuf;

use crate::call::Plan;
use crate::diagnostic::Problem;
use crate::sign_off::{
    Act, History, Judged, Person, Proposed, Refusal, Role, Rollback, Rules, Signed, SigningKey,
    Standing, State, moment,
};
use crate::steady::now;

use super::super::args::{Approve, NewKey, Propose, RollBack, Signer, Withdraw};
use super::super::{Outcome, output};
use super::files::Temporary;
use super::{Desk, files, key_file, signing_time};

pub(super) fn key(arguments: &NewKey) -> Outcome {
    let file = arguments
        .key
        .clone()
        .unwrap_or_else(|| key_name(&arguments.name));
    let key = match key_file::make(&file) {
        Ok(key) => key,
        Err(error) => return output::failed(error),
    };
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    output::line(format!(
        "[[sign-off.person]]\nname = {}\norganisation = {}\nrole = \"{}\"\nkey = \"{}\"",
        quoted(&arguments.name),
        quoted(&arguments.organisation),
        Role::from(arguments.role).word(),
        key.public()
    ));
    eprintln!(
        "The private key is in {}. Nobody else may have it.",
        file.display()
    );
    Outcome::Good
}

/// A file named after somebody.
fn key_name(name: &str) -> PathBuf {
    let plain = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' });
    PathBuf::from(format!("{}.key", plain.collect::<String>().to_lowercase()))
}

/// Why something is not done.
enum Refused {
    /// It could not be tried.
    Failed(String),
    /// It would count for nothing.
    Wrong(String),
    /// The files are not sound.
    Unsound(Vec<Problem>),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Refused::Failed(error.to_string())
    }
}

impl Refused {
    fn told(self) -> Outcome {
        match self {
            Refused::Failed(why) => output::failed(why),
            Refused::Wrong(why) => {
                eprintln!("ivr111: {why}");
                Outcome::Wrong
            }
            Refused::Unsound(problems) => {
                output::problems(&problems);
                eprintln!("{} problems: it is not signed", problems.len());
                Outcome::Wrong
            }
        }
    }
}

/// Somebody with their key.
struct Hand<'a> {
    desk: &'a Desk,
    person: &'a Person,
    key: SigningKey,
}

impl<'a> Hand<'a> {
    fn of(desk: &'a Desk, signer: &Signer) -> Result<Self, Refused> {
        let person = desk.people.iter().find(|person| person.name == signer.by);
        let Some(person) = person else {
            let names: Vec<&str> = desk.people.iter().map(|p| p.name.as_str()).collect();
            let known = match names.is_empty() {
                true => "nobody may sign yet: write them under [[sign-off.person]]".to_owned(),
                false => format!("those who may sign are: {}", names.join(", ")),
            };
            return Err(Refused::Failed(format!(
                "there is no {}; {known}",
                signer.by
            )));
        };
        let key = key_file::read(&signer.key)?;
        if key.public() != person.key {
            let (file, name) = (signer.key.display(), &person.name);
            let why =
                format!("{file}: wrong key: it is not the key that the settings have of {name}");
            return Err(Refused::Wrong(why));
        }
        Ok(Hand { desk, person, key })
    }

    /// Signs something and writes it down, if it counts.
    fn signs(&self, act: impl FnOnce(&History) -> Result<Act, Refused>) -> Result<Signed, Refused> {
        let (desk, people) = (self.desk, &self.desk.people);
        desk.folder.add(people, |history, bytes| {
            let entry = history.next(signing_time(), &self.person.name, act(history)?);
            let signed = entry.sign(&self.key).map_err(io::Error::other)?;
            let line = signed.line().map_err(io::Error::other)?;
            let with_it = [bytes, line.as_bytes(), b"\n"].concat();
            let with_it = History::read(&with_it, people);
            self.counts(&with_it)?;
            Ok(signed)
        })
    }

    /// Whether the last entry of a history counts.
    fn counts(&self, history: &History) -> Result<(), Refused> {
        let wrong = |refusal: &Refusal| Refused::Wrong(refusal.to_string());
        if let Some(broken) = history.broken() {
            return Err(Refused::Wrong(broken.to_string()));
        }
        let rules = self.desk.rules(history);
        let Some(Judged { entry, .. }) = history.entries().last() else {
            return Ok(());
        };
        if let Some(refusal) = rules
            .idle()
            .iter()
            .find(|r| r.entry() == Some(entry.sequence))
        {
            return Err(wrong(refusal));
        }
        let Act::Approved { proposal, .. } = &entry.act else {
            return Ok(());
        };
        let standings = rules.standings(entry.at);
        match standings
            .iter()
            .find(|standing| standing.proposal == *proposal)
        {
            Some(standing) if standing.approved_by.is_none() => match &standing.state {
                State::Refused(refusal) => Err(wrong(refusal)),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

fn carried_out(signer: &Signer, act: impl FnOnce(&Hand<'_>) -> Result<String, Refused>) -> Outcome {
    let desk = match Desk::open(&signer.config) {
        Ok(desk) => desk,
        Err(outcome) => return outcome,
    };
    match Hand::of(&desk, signer).and_then(|hand| act(&hand)) {
        Ok(said) => {
            output::line(said);
            Outcome::Good
        }
        Err(refused) => refused.told(),
    }
}

pub(super) fn propose(arguments: &Propose) -> Outcome {
    carried_out(&arguments.signer, |hand| {
        let desk = hand.desk;
        let (begins, ends) = (arguments.effective, arguments.expires);
        if ends.is_some_and(|ends| ends <= begins.unwrap_or_else(now).max(now())) {
            let why = "it would have expired before it takes effect";
            return Err(Refused::Failed(why.to_owned()));
        }
        let settings = &desk.settings;
        let routing = arguments.routing.clone();
        let routing = routing.unwrap_or_else(|| settings.path(&settings.tables.routing));
        let read = files::read(&routing)?;
        Plan::of(settings.clone(), Some(&routing)).map_err(Refused::Unsound)?;
        if files::read(&routing)? != read {
            let why = format!("{}: it was changed while it was checked", routing.display());
            return Err(Refused::Failed(why));
        }
        let set = files::set_of(&read).map_err(|error| Refused::Failed(error.to_string()))?;
        desk.folder.keep(&read)?;
        let signed = hand.signs(|history| {
            let in_force = desk.rules(history).in_force(now());
            Ok(Act::Proposed(Proposed {
                set,
                based_on: in_force.map(|in_force| in_force.set.id()),
                why: arguments.why.clone(),
                effective: begins,
                expires: ends,
            }))
        })?;
        let number = signed.entry.sequence;
        Ok(format!(
            "proposal {number}: `ivr111 sign-off show {number}` tells what it changes; a commissioner approves it"
        ))
    })
}

pub(super) fn approve(arguments: &Approve) -> Outcome {
    carried_out(&arguments.signer, |hand| {
        let (desk, number) = (hand.desk, arguments.proposal);
        let signed = hand.signs(|history| {
            let proposed = proposed(history, number)?;
            is_open(desk, history, number)?;
            is_sound(desk, proposed)?;
            Ok(Act::Approved {
                proposal: number,
                set: proposed.set.id(),
            })
        })?;
        let history = desk.folder.history(&desk.people)?;
        let rules = desk.rules(&history);
        Ok(format!(
            "proposal {number} is approved: {}",
            effect(&rules, number, signed.entry.at)
        ))
    })
}

/// What was proposed under a number.
fn proposed(history: &History, number: u64) -> Result<&Proposed, Refused> {
    let proposal = history.proposal(number).map(|(_, proposed)| proposed);
    proposal.ok_or_else(|| Refused::Failed(format!("there is no proposal {number}")))
}

/// What has been approved already, or withdrawn, is not approved again.
fn is_open(desk: &Desk, history: &History, number: u64) -> Result<(), Refused> {
    let standings = desk.rules(history).standings(now());
    let standing = standings
        .iter()
        .find(|standing| standing.proposal == number);
    match standing {
        Some(Standing {
            approved_by: Some(by),
            ..
        }) => Err(Refused::Wrong(format!(
            "{by} has approved proposal {number} already"
        ))),
        Some(Standing {
            state: State::Refused(refusal @ Refusal::Withdrawn { .. }),
            ..
        }) => Err(Refused::Wrong(refusal.to_string())),
        _ => Ok(()),
    }
}

/// Nobody approves what could not be served.
fn is_sound(desk: &Desk, proposed: &Proposed) -> Result<(), Refused> {
    let files = desk.folder.files(&proposed.set)?;
    let temporary = Temporary::with(&files)?;
    let plan = Plan::of(desk.settings.clone(), Some(temporary.path()));
    plan.map(drop).map_err(Refused::Unsound)
}

/// From when on a proposal is in force.
fn effect(rules: &Rules<'_>, number: u64, at: jiff::Timestamp) -> String {
    let standings = rules.standings(at);
    let standing = standings
        .iter()
        .find(|standing| standing.proposal == number);
    match standing.map(|standing| (&standing.state, standing.from)) {
        Some((State::InForce, _)) => "it is in force".to_owned(),
        Some((State::Refused(Refusal::NotYet { from }), _)) => {
            format!("it takes effect on {}", moment(*from))
        }
        Some((State::Superseded, _)) => "a later one is in force".to_owned(),
        Some((State::Refused(refusal), _)) => refusal.to_string(),
        None => String::new(),
    }
}

pub(super) fn withdraw(arguments: &Withdraw) -> Outcome {
    carried_out(&arguments.signer, |hand| {
        let proposal = arguments.proposal;
        hand.signs(|history| {
            proposed(history, proposal)?;
            let why = arguments.why.clone();
            Ok(Act::Withdrawn { proposal, why })
        })?;
        Ok(format!("proposal {proposal} is withdrawn"))
    })
}

pub(super) fn roll_back(arguments: &RollBack) -> Outcome {
    carried_out(&arguments.signer, |hand| {
        let (desk, to) = (hand.desk, arguments.to);
        let signed = hand.signs(|history| {
            let proposed = proposed(history, to)?;
            is_sound(desk, proposed)?;
            Ok(Act::RolledBack(Rollback {
                to,
                set: proposed.set.id(),
                why: arguments.why.clone(),
                from: arguments.from.unwrap_or_else(signing_time),
            }))
        })?;
        let from = arguments.from.filter(|from| *from > signed.entry.at);
        let from = from.map_or("at once".to_owned(), |from| format!("on {}", moment(from)));
        Ok(format!("proposal {to} is in force again: {from}"))
    })
}
