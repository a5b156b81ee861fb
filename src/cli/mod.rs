//! The command line.

mod args;
mod ask;
mod assess;
mod audit;
mod callbacks;
mod check;
mod directory;
mod explain;
mod handover;
mod instant;
mod list;
mod live;
mod load;
mod logging;
mod output;
mod page_file;
mod phone;
mod place;
mod report;
mod serve;
mod sign_off;
mod simulate;

use std::process::ExitCode;

use clap::Parser as _;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use args::{Cli, Command};
use place::place;

/// How a command ended: its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// As asked.
    Good,
    /// Something is wrong, or did not happen as asked.
    Wrong,
    /// It could not run.
    Failed,
}

impl Outcome {
    fn status(self) -> i32 {
        match self {
            Outcome::Good => 0,
            Outcome::Wrong => 1,
            Outcome::Failed => 2,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        ExitCode::from(outcome.status() as u8)
    }
}

/// Parses the arguments and runs the command they name.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Call(arguments) => phone::call(arguments),
        Command::Answer(arguments) => phone::answer(arguments),
        Command::Load(arguments) => load::run(&arguments),
        Command::Calls(arguments) => list::calls(&arguments),
        Command::Callbacks(arguments) => callbacks::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Directory(arguments) => directory::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Live(arguments) => live::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Assess(arguments) => assess::run(&arguments),
        Command::SignOff(arguments) => sign_off::run(&arguments),
    };
    outcome.into()
}

/// Every call needs descriptors, so as many are asked for as the system allows.
fn raise_descriptor_limit() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open descriptors stays as it is");
    }
}
