use clap::Args;

use super::super::live::Server;
use super::Config;

/// `live`
#[derive(Debug, Args)]
pub struct Live {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The server, as http://127.0.0.1:8111; where the settings have it listen, if left out.
    #[arg(long, value_name = "URL")]
    pub server: Option<Server>,
    /// Prints it once, though it is printed on a terminal.
    #[arg(long)]
    pub once: bool,
    /// Prints JSON, once.
    #[arg(long)]
    pub json: bool,
}
