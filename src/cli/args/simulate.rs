use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::Config;

/// `simulate`
#[derive(Debug, Args)]
pub struct Simulate {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The day in London, as 2026-12-28.
    #[arg(long, value_name = "DATE")]
    pub day: Date,
    /// What the day is like: the name of one that comes with the program (winter-monday, ordinary-day), or a file.
    #[arg(long, default_value = "winter-monday", value_name = "NAME|FILE")]
    pub scenario: String,
    /// Calls in all; as the scenario has it where it is left out.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub calls: Option<u32>,
    /// People who answer at the busiest time; as the scenario has it where it is left out.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub handlers: Option<u32>,
    /// The same seed is the same day; another one is another.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
    /// Writes a page with plots to this file besides.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}
