//! The `ivr111` binary.

use std::process::ExitCode;

/// Gives memory back within seconds of a call's end, by a thread of its own: the system's allocator
/// keeps whatever the busiest hour has needed. See `docs/media.md`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ivr111::cli::main()
}
