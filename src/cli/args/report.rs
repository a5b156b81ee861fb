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
    /// What callers were led to: linked to a service, 999, a callback, advice; and how services were used.
    Outcomes(OutcomesReport),
    /// Needs that found no open service, or lost one by exactly one criterion, and what would close most of them.
    Gaps(GapsReport),
    /// Services that cover the same, and how much each was used.
    Duplication(DuplicationReport),
}

/// What a report is about.
#[derive(Debug, Args)]
pub struct ReportPeriod {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// What happened from this moment on: London time as 2026-12-01 or 2026-12-01T08:00, or an instant with its
    /// offset.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub from: Timestamp,
    /// And before this one.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub to: Timestamp,
}

/// How a report is told; as text for people where nothing is said.
#[derive(Debug, Args)]
pub struct ReportForm {
    /// Prints JSON.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Prints CSV.
    #[arg(long)]
    pub csv: bool,
    /// Writes a page with plots to this file besides.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// What is asked of a report that holds small numbers back.
#[derive(Debug, Args)]
pub struct ReportAsked {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub period: ReportPeriod,
    /// Counts from 1 to one less than this are held back, and what they could be reckoned from; 0 holds back nothing.
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub suppress: u64,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub form: ReportForm,
}

/// `report adc`
#[derive(Debug, Args)]
pub struct AdcReport {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub period: ReportPeriod,
    /// Tables, each by region, provider, month, day or hour, or by several of them joined by commas; one by each
    /// where it is left out.
    #[arg(long, value_name = "WHAT", value_parser = table)]
    pub by: Vec<Table>,
    /// Counts from 1 to one less than this are held back, and what they could be reckoned from.
    #[arg(long, value_name = "NUMBER")]
    pub suppress: Option<u64>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub form: ReportForm,
}

/// `report outcomes`
#[derive(Debug, Args)]
pub struct OutcomesReport {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub asked: ReportAsked,
    /// Tables, each by region, provider, month, day or hour, or by several of them joined by commas; by region,
    /// provider and month where it is left out.
    #[arg(long, value_name = "WHAT", value_parser = table)]
    pub by: Vec<Table>,
}

/// `report gaps`
#[derive(Debug, Args)]
pub struct GapsReport {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub asked: ReportAsked,
    /// Of patients of this region alone.
    #[arg(long, value_name = "ID")]
    pub region: Option<String>,
}

/// `report duplication`
#[derive(Debug, Args)]
pub struct DuplicationReport {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub asked: ReportAsked,
    /// Pairs with a service of this region alone.
    #[arg(long, value_name = "ID")]
    pub region: Option<String>,
    /// They overlap in each respect by more than this, in hundredths.
    #[arg(long, value_name = "PERCENT", default_value_t = 50,
        value_parser = clap::value_parser!(u8).range(1..100))]
    pub share: u8,
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
