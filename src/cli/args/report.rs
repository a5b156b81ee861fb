use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::report::By;

use super::super::instant::instant;
use super::Config;

/// `report`
#[derive(Debug, Args)]
pub struct Report {
    /// Which report.
    #[command(subcommand)]
    pub command: ReportCommand,
}

/// The reports that there are.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// The items of the IUC ADC, the targets, announced waits and callbacks by deadline.
    Adc(AdcReport),
}

/// `report adc`
#[derive(Debug, Args)]
pub struct AdcReport {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Calls that arrived from this moment on: London time as 2026-12-01 or 2026-12-01T08:00, or an instant with
    /// its offset.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub from: Timestamp,
    /// And before this one.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub to: Timestamp,
    /// Tables, each by region, provider, day or hour, or by several of them joined by commas; one by each
    /// where it is left out.
    #[arg(long, value_name = "WHAT", value_parser = table)]
    pub by: Vec<Table>,
    /// Counts from 1 to one less than this are held back, and what they could be reckoned from.
    #[arg(long, value_name = "NUMBER")]
    pub suppress: Option<u64>,
    /// Prints JSON.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Prints CSV, with the item codes as columns.
    #[arg(long)]
    pub csv: bool,
    /// Writes a page with plots to this file besides.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// By what a table tells calls apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table(pub Vec<By>);

fn table(text: &str) -> Result<Table, String> {
    let by = text.split(',').map(|word| word.trim().parse::<By>());
    let by = by.collect::<Result<Vec<By>, String>>()?;
    let is_twice = |n: usize| by.iter().take(n).any(|one| Some(one) == by.get(n));
    match (0..by.len()).any(is_twice) {
        true => Err(format!("`{text}` names something twice")),
        false => Ok(Table(by)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_by_what_there_is_once_each() {
        assert_eq!(table("region"), Ok(Table(vec![By::Region])));
        assert_eq!(table("region, day"), Ok(Table(vec![By::Region, By::Day])));
        for wrong in ["", "regions", "day,day", "day,"] {
            assert!(table(wrong).is_err(), "{wrong}");
        }
    }
}
