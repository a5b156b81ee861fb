use std::path::PathBuf;

use clap::Args;

use crate::clinical::Gender;

use super::Config;

/// `assess`
#[derive(Debug, Args)]
pub struct Assess {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The pathway, by the name of its file.
    #[arg(required_unless_present_any = ["list", "walk"])]
    pub pathway: Option<String>,
    /// The patient's age in full years.
    #[arg(long, value_name = "YEARS", default_value_t = 40, value_parser = clap::value_parser!(u8).range(..=130))]
    pub age: u8,
    /// The patient's gender: female or male.
    #[arg(long, value_parser = gender)]
    pub gender: Option<Gender>,
    /// The language in which is asked.
    #[arg(long, default_value = "en-GB")]
    pub language: String,
    /// Codes and pathways from this folder, instead of the one that the settings name.
    #[arg(long, value_name = "FOLDER")]
    pub routing: Option<PathBuf>,
    /// Answers by their numbers, separated by commas, instead of asking for them; `b` goes back.
    #[arg(long, value_name = "ANSWERS", value_delimiter = ',', conflicts_with_all = ["list", "walk"])]
    pub answers: Option<Vec<String>>,
    /// Lists the pathways.
    #[arg(long, conflicts_with = "walk")]
    pub list: bool,
    /// Tells for each pathway how many paths there are, and in which dispositions they end.
    #[arg(long)]
    pub walk: bool,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

fn gender(text: &str) -> Result<Gender, String> {
    Gender::from_word(text).ok_or_else(|| "female or male".to_owned())
}
