use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::sign_off::{Head, Role, WHY};

use super::super::instant::instant;
use super::Config;
use super::callbacks::{name, said};

/// `sign-off`
#[derive(Debug, Args)]
pub struct SignOff {
    /// What to do.
    #[command(subcommand)]
    pub command: SignOffCommand,
}

/// What can be done with proposals.
#[derive(Debug, Subcommand)]
pub enum SignOffCommand {
    /// Makes a key for somebody who is to sign, and prints what to write into the settings.
    Key(NewKey),
    /// Proposes what is under routing/ now, after it has passed every check.
    Propose(Propose),
    /// Shows a proposal: by whom, why, from when on, what differs in words, and who has approved it.
    Show(ShowProposal),
    /// Lists all proposals, and how they stand.
    List(ListProposals),
    /// Leads stored calls, or those of a simulated day, through what is proposed: which would have gone elsewhere.
    Replay(ReplayProposal),
    /// Approves what somebody else has proposed.
    Approve(Approve),
    /// Takes a proposal back, or refuses it.
    Withdraw(Withdraw),
    /// Has what was in force before be so again.
    RollBack(RollBack),
    /// Walks the whole history, and tells what is wrong with it and where.
    Verify(VerifySignOff),
}

/// `sign-off key`
#[derive(Debug, Args)]
pub struct NewKey {
    /// The name by which the history is to know them.
    #[arg(value_parser = name)]
    pub name: String,
    /// The file for the private key; named after them where it is left out.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// For whom they act.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub organisation: String,
    /// What they may do.
    #[arg(long, value_enum, default_value_t = RoleName::Provider)]
    pub role: RoleName,
}

/// A role, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Proposes.
    Provider,
    /// Proposes, approves, rolls back.
    Commissioner,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Role {
        match name {
            RoleName::Provider => Role::Provider,
            RoleName::Commissioner => Role::Commissioner,
        }
    }
}

/// Who signs.
#[derive(Debug, Args)]
pub struct Signer {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Who signs, by their name in the settings.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub by: String,
    /// The file of their private key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
}

/// `sign-off propose`
#[derive(Debug, Args)]
pub struct Propose {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub signer: Signer,
    /// Why.
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub why: String,
    /// From when on, London time as 2026-12-07T06:00; as soon as it is approved where that is later or nothing is
    /// said.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub effective: Option<Timestamp>,
    /// From then on it is in force no more.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub expires: Option<Timestamp>,
    /// Proposes what is in this folder instead.
    #[arg(long, value_name = "FOLDER")]
    pub routing: Option<PathBuf>,
}

/// `sign-off show`
#[derive(Debug, Args)]
pub struct ShowProposal {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The proposal's number.
    pub proposal: u64,
    /// Compares with another proposal than with what is in force.
    #[arg(long, value_name = "PROPOSAL")]
    pub against: Option<u64>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `sign-off list`
#[derive(Debug, Args)]
pub struct ListProposals {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `sign-off replay`
#[derive(Debug, Args)]
pub struct ReplayProposal {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The proposal's number.
    pub proposal: u64,
    /// Calls from then on; those of the last seven days where it is left out.
    #[arg(long, value_name = "TIME", value_parser = instant, conflicts_with = "scenario")]
    pub from: Option<Timestamp>,
    /// Calls before then; until now where it is left out.
    #[arg(long, value_name = "TIME", value_parser = instant, conflicts_with = "scenario")]
    pub to: Option<Timestamp>,
    /// Simulates days instead, and compares with what is in force: the name of a scenario, or its file.
    #[arg(long, value_name = "NAME|FILE")]
    pub scenario: Option<String>,
    /// Which day is simulated.
    #[arg(long, value_name = "DATE", requires = "scenario")]
    pub day: Option<jiff::civil::Date>,
    /// Calls in all; as the scenario has it where it is left out.
    #[arg(long, requires = "scenario", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub calls: Option<u32>,
    /// Days that are simulated, each with a seed of its own.
    #[arg(long, requires = "scenario", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub days: u64,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `sign-off approve`
#[derive(Debug, Args)]
pub struct Approve {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub signer: Signer,
    /// The proposal's number.
    pub proposal: u64,
}

/// `sign-off withdraw`
#[derive(Debug, Args)]
pub struct Withdraw {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub signer: Signer,
    /// The proposal's number.
    pub proposal: u64,
    /// Why.
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub why: String,
}

/// `sign-off roll-back`
#[derive(Debug, Args)]
pub struct RollBack {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub signer: Signer,
    /// To what was proposed under this number.
    #[arg(long, value_name = "PROPOSAL")]
    pub to: u64,
    /// Why.
    #[arg(long, value_name = "TEXT", value_parser = why)]
    pub why: String,
    /// From when on, London time; at once where it is left out.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub from: Option<Timestamp>,
}

/// `sign-off verify`
#[derive(Debug, Args)]
pub struct VerifySignOff {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// A head that was printed before and kept elsewhere: the history is to go on from it.
    #[arg(long, value_name = "HEAD")]
    pub head: Vec<Head>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

fn why(text: &str) -> Result<String, String> {
    said("a reason", text, WHY)
}
