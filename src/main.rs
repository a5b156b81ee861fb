//! The `ivr111` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ivr111::cli::main()
}
