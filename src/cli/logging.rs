use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::settings::{Log, LogFormat};

/// rsipstack writes whole messages at INFO, callers' numbers included.
const QUIET: &str = "rsipstack=warn";

/// Starts logging to standard error. The error is a filter that cannot be read.
pub(super) fn start(log: &Log) -> Result<(), String> {
    let level = log.level.as_deref().unwrap_or("info");
    let quiet = match level.contains("rsipstack") {
        true => level.to_owned(),
        false => format!("{level},{QUIET}"),
    };
    let filter = EnvFilter::try_new(&quiet).map_err(|e| format!("log level `{level}`: {e}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| error.to_string())
}
