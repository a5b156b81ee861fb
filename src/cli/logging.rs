//! The log, on standard error. Whoever reads it there may stand still: that holds up no call.

mod lines;

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::settings::{Log, LogFormat};

pub(super) use lines::Written;

/// rsipstack writes whole messages at INFO, callers' numbers included.
const QUIET: &str = "rsipstack=warn";

/// Starts logging to standard error; what is given ends it in order. The error is a filter that cannot be read.
pub(super) fn start(log: &Log) -> Result<Written, String> {
    let level = log.level.as_deref().unwrap_or("info");
    let quiet = match level.contains("rsipstack") {
        true => level.to_owned(),
        false => format!("{level},{QUIET}"),
    };
    let filter = EnvFilter::try_new(&quiet).map_err(|e| format!("log level `{level}`: {e}"))?;
    let (lines, written) =
        lines::to(std::io::stderr(), log.format).map_err(|error| error.to_string())?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(move || lines.clone());
    let started = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| error.to_string())?;
    Ok(written)
}
