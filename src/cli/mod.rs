//! The command line.

mod args;

use std::process::ExitCode;

/// Parses the arguments and runs the command they name.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
