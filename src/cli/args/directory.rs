use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::clinical::{DiscriminatorCode, DispositionCode, Gender, SymptomGroupCode};
use crate::directory::Query;

use super::super::instant::instant;
use super::Config;

/// `directory`
#[derive(Debug, Args)]
pub struct Directory {
    /// What to do with it.
    #[command(subcommand)]
    pub command: DirectoryCommand,
}

/// What can be done with the directory.
#[derive(Debug, Subcommand)]
pub enum DirectoryCommand {
    /// Lists the services.
    List(ListServices),
    /// Looks for services for a patient. Exit status 1 where none would do.
    Search(SearchServices),
    /// Reads a CSV table of services, checks it, and writes it as it stands in the routing folder.
    Import(ImportServices),
    /// Writes all services as a CSV table.
    Export(ExportServices),
}

/// `directory list`
#[derive(Debug, Args)]
pub struct ListServices {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Only those of a region.
    #[arg(long)]
    pub region: Option<String>,
    /// Only those of a type, such as pharmacy.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// Only those that should have been verified again.
    #[arg(long)]
    pub overdue: bool,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `directory search`
#[derive(Debug, Args)]
pub struct SearchServices {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Where the patient is: a postcode, or its first half.
    #[arg(long)]
    pub postcode: String,
    /// The patient's age in full years.
    #[arg(long, value_name = "YEARS")]
    pub age: u8,
    /// The patient's gender, female or male; left out, it is not known.
    #[arg(long, value_parser = gender)]
    pub gender: Option<Gender>,
    /// The patient's GP surgery by its code; left out, it is not known.
    #[arg(long, value_name = "ODS")]
    pub surgery: Option<String>,
    /// What is needed, such as Dx02.
    #[arg(long, value_name = "DX")]
    pub disposition: DispositionCode,
    /// What the matter is, such as SG1011.
    #[arg(long, value_name = "SG")]
    pub symptom_group: SymptomGroupCode,
    /// What the service must be able to do, such as SD4003; several are separated by commas.
    #[arg(long, value_name = "SD", value_delimiter = ',')]
    pub discriminators: Vec<DiscriminatorCode>,
    /// How far the patient can go, in kilometres, 1 to 99.
    #[arg(long, default_value_t = Query::USUAL_KM)]
    pub km: u8,
    /// London time, as 2026-12-25T02:00; now by default.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub at: Option<Timestamp>,
    /// The reference of the case.
    #[arg(long, default_value = "")]
    pub case: String,
    /// Tells of every service that was left out why that is so.
    #[arg(long)]
    pub why: bool,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `directory import`
#[derive(Debug, Args)]
pub struct ImportServices {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The CSV table.
    #[arg(value_name = "FILE")]
    pub table: PathBuf,
    /// Where to write the services; a file that is there already is left alone. Left out, they are printed.
    #[arg(long, value_name = "FILE")]
    pub into: Option<PathBuf>,
    /// Prints JSON: how many services there are, and which the directory has already.
    #[arg(long, requires = "into")]
    pub json: bool,
}

/// `directory export`
#[derive(Debug, Args)]
pub struct ExportServices {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Where to write the table; a file that is there already is left alone. Left out, it is printed.
    #[arg(long, value_name = "FILE")]
    pub into: Option<PathBuf>,
}

fn gender(text: &str) -> Result<Gender, String> {
    Gender::from_word(text).ok_or_else(|| "female or male, or nothing".to_owned())
}
