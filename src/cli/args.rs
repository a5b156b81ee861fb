use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::load::TimedKeys;

mod assess;
mod callbacks;
mod directory;
mod live;
mod report;
mod sign_off;
mod simulate;

pub use assess::Assess;
pub use callbacks::{
    Audit, AuditCommand, CallbackCommand, Callbacks, Heads, Kept, ListCallbacks, Ordered, Reassign,
    Reschedule, ShowCallback, Verify,
};
pub use directory::{
    Directory, DirectoryCommand, ExportServices, ImportServices, ListServices, SearchServices,
};
pub use live::Live;
pub use report::{
    AdcReport, DuplicationReport, GapsReport, OutcomesReport, Report, ReportAsked, ReportCommand,
    ReportPeriod,
};
pub use sign_off::{
    Approve, ListProposals, NewKey, Propose, ReplayProposal, RollBack, ShowProposal, SignOff,
    SignOffCommand, Signer, VerifySignOff, Withdraw,
};
pub use simulate::{Period, Simulate, Sweep};

/// Answers the NHS's 111 line.
///
/// Exit status: 0 good, 1 something is wrong or did not happen as asked, 2 could not run.
#[derive(Debug, Parser)]
#[command(name = "ivr111", version, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answers calls. SIGTERM drains, SIGHUP reloads tables, flows and prompts.
    Serve(Serve),
    /// Checks settings, tables, flows, pathways and prompts, and walks every path that a caller can key.
    Check(Check),
    /// Tells which region, which prompts and which destination a caller would get, and why.
    Explain(Explain),
    /// A test phone: dials, sends keys, and prints what it hears.
    Call(Call),
    /// A test handler: registers, answers, and prints who is calling.
    Answer(Answer),
    /// Many test phones at once, with sound: how much a SIP endpoint carries, and how well it sounds.
    Load(Load),
    /// Lists the calls that the store holds.
    Calls(Calls),
    /// Lists the callbacks that have been promised; shows, reassigns, reschedules or closes one.
    Callbacks(Callbacks),
    /// Tells whether the log of callbacks is as it was written.
    Audit(Audit),
    /// The Directory of Services: lists it, searches it, and reads and writes it as a table.
    Directory(Directory),
    /// Reports what happened, in the measures that the service is held to.
    Report(Report),
    /// Shows the last 15 minutes and how things stand, as a running server has it; again and again on a
    /// terminal. Exit status 1 where a target is not met, or is not known to be.
    Live(Live),
    /// Simulates a day before it comes, with the tables on disk.
    Simulate(Simulate),
    /// Walks an assessment algorithm in the terminal: numbers answer, `b` goes back, `q` leaves.
    Assess(Assess),
    /// Changes to what callers are served by: proposed, shown, replayed, approved by somebody else, rolled back.
    SignOff(SignOff),
}

/// Where the settings are.
#[derive(Debug, Args)]
pub struct Config {
    /// The settings file.
    #[arg(long, default_value = "ivr111.toml", value_name = "FILE")]
    pub config: PathBuf,
}

/// `serve`
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
}

/// `check`
#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Prints every path through the flow and where it ends.
    #[arg(long)]
    pub paths: bool,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `explain`
#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The caller's number; left out, it is withheld.
    #[arg(long, value_name = "NUMBER")]
    pub from: Option<String>,
    /// The number dialled.
    #[arg(long, default_value = "111", value_name = "NUMBER")]
    pub dialled: String,
    /// London time, as 2026-12-25T02:00; now by default.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Keys as the caller presses them, separated by commas; `-` is silence.
    #[arg(
        long,
        value_name = "KEYS",
        default_value = "",
        allow_hyphen_values = true
    )]
    pub keys: String,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `call`
#[derive(Debug, Args)]
pub struct Call {
    /// The number to dial.
    pub number: String,
    /// The server.
    #[arg(long, default_value = "127.0.0.1:5060", value_name = "ADDRESS")]
    pub server: SocketAddr,
    /// The number to call from; left out, it is withheld.
    #[arg(long, value_name = "NUMBER")]
    pub from: Option<String>,
    /// Keys to press, separated by commas: each waits for the prompt that asks for it.
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub keys: String,
    /// Writes what is heard to this WAV file.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Hangs up after so many seconds of talking.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub talk: u64,
    /// Gives up after so many seconds in all.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub limit: u64,
    /// The recordings by which prompts are recognised.
    #[arg(long, default_value = "prompts", value_name = "FOLDER")]
    pub prompts: PathBuf,
}

/// `answer`
#[derive(Debug, Args)]
pub struct Answer {
    /// The account to register, such as 1001.
    #[arg(long = "as", value_name = "ACCOUNT")]
    pub account: String,
    /// Its password; `IVR111_PASSWORD` where it should not stand on the command line.
    #[arg(long, env = "IVR111_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// The server.
    #[arg(long, default_value = "127.0.0.1:5060", value_name = "ADDRESS")]
    pub server: SocketAddr,
    /// Answers after so many milliseconds of ringing.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pub ring: u64,
    /// Leaves after so many calls; 0 stays until interrupted.
    #[arg(long, default_value_t = 0)]
    pub calls: u32,
    /// Writes what is heard to this WAV file.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// `load`
#[derive(Debug, Args)]
pub struct Load {
    /// The number to dial.
    #[arg(default_value = "111")]
    pub number: String,
    /// The endpoint.
    #[arg(long, default_value = "127.0.0.1:5060", value_name = "ADDRESS")]
    pub server: SocketAddr,
    /// At most so many calls at once.
    #[arg(long, default_value_t = 100, value_parser = at_once)]
    pub calls: usize,
    /// New calls per second.
    #[arg(long, default_value_t = 10.0, value_parser = per_second)]
    pub rate: f64,
    /// So many calls in all; left out, each of those at once is made one time.
    #[arg(long)]
    pub total: Option<usize>,
    /// How long each call lasts after its answer, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub hold: Duration,
    /// Keys to press and when, in seconds after the answer, such as 1@3,2@8.
    #[arg(long, value_name = "KEYS", default_value = "")]
    pub keys: TimedKeys,
    /// Also answers the calls that come to this address, so that calls are joined: sound flows both
    /// ways, and its delay is measured.
    #[arg(long, value_name = "ADDRESS")]
    pub answer: Option<SocketAddr>,
    /// The numbers to call from: three digits are counted up behind this.
    #[arg(long, value_name = "NUMBER", default_value = "+441632960")]
    pub from: String,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `calls`
#[derive(Debug, Args)]
pub struct Calls {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// One call's timeline, by its reference.
    pub reference: Option<String>,
    /// At most so many, newest first.
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Sockets are two for each call, and a process has no more than a million.
fn at_once(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(calls @ 1..=100_000) => Ok(calls),
        _ => Err("a number from 1 to 100000".to_owned()),
    }
}

fn per_second(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.01..=100_000.0).contains(&rate) => Ok(rate),
        _ => Err("a number from 0.01 to 100000".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("seconds, from 0 to 86400".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_refuses_what_is_no_amount() {
        for wrong in [
            "--calls=0",
            "--rate=0",
            "--rate=NaN",
            "--rate=inf",
            "--hold=-1",
            "--hold=NaN",
        ] {
            assert!(
                Cli::try_parse_from(["ivr111", "load", wrong]).is_err(),
                "{wrong}"
            );
        }
        let Command::Load(load) = Cli::try_parse_from(["ivr111", "load", "--hold=0.5"])
            .unwrap()
            .command
        else {
            panic!("not load");
        };
        assert_eq!(load.hold, Duration::from_millis(500));
    }
}
