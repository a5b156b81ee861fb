//! `ivr111 sign-off`: changes to what callers are served by.

mod act;
mod files;
mod folder;
mod key_file;
mod replay;
mod serving;
mod show;
#[cfg(test)]
mod tests;
mod verify;

use std::io;

use jiff::{Timestamp, Unit};

use crate::settings::Settings;
use crate::sign_off::{Files, History, InForce, Person, Rules};

use super::args::{Config, SignOff, SignOffCommand};
use super::{Outcome, ask, output};
use folder::Folder;

pub(super) use serving::{Chosen, Nothing, choose, history_file, on_disk, plan_in_force, problems};

pub(super) fn run(arguments: &SignOff) -> Outcome {
    match &arguments.command {
        SignOffCommand::Key(arguments) => act::key(arguments),
        SignOffCommand::Propose(arguments) => act::propose(arguments),
        SignOffCommand::Show(arguments) => show::show(arguments),
        SignOffCommand::List(arguments) => show::list(arguments),
        SignOffCommand::Replay(arguments) => replay::run(arguments),
        SignOffCommand::Approve(arguments) => act::approve(arguments),
        SignOffCommand::Withdraw(arguments) => act::withdraw(arguments),
        SignOffCommand::RollBack(arguments) => act::roll_back(arguments),
        SignOffCommand::Verify(arguments) => verify::run(arguments),
    }
}

/// The time, in whole seconds, as it is signed: never ahead of the clock.
fn signing_time() -> Timestamp {
    let now = Timestamp::now();
    let whole = jiff::TimestampRound::new()
        .smallest(Unit::Second)
        .mode(jiff::RoundMode::Floor);
    now.round(whole).unwrap_or(now)
}

/// All that commands look at.
struct Desk {
    settings: Settings,
    people: Vec<Person>,
    folder: Folder,
}

impl Desk {
    fn open(config: &Config) -> Result<Self, Outcome> {
        let settings = ask::settings(config)?;
        let folder = Folder::new(settings.sign_off_folder());
        Ok(Desk {
            people: settings.sign_off.people(),
            settings,
            folder,
        })
    }

    /// The history, with a word about what of it is not taken.
    fn history(&self) -> Result<History, Outcome> {
        let history = self.folder.history(&self.people).map_err(output::failed)?;
        let file = self.folder.history_file();
        if let Some(broken) = history.broken() {
            eprintln!("ivr111: {}: {broken}", file.display());
        }
        if history.torn() > 0 {
            let torn = history.torn();
            eprintln!(
                "ivr111: {}: {torn} bytes behind the last entry are not taken",
                file.display()
            );
        }
        Ok(history)
    }

    fn rules<'a>(&'a self, history: &'a History) -> Rules<'a> {
        Rules::new(history, &self.people, |hash| self.folder.object(hash))
    }

    /// The bytes of what is in force; none where nothing is.
    fn files_in_force(&self, in_force: Option<&InForce>) -> io::Result<Files> {
        in_force.map_or(Ok(Files::new()), |in_force| {
            self.folder.files(&in_force.set)
        })
    }
}
